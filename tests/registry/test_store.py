from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import Broken, InputError
from equipoise.registry.store import FILE, Store
from tests.registry.sample import put, record

ID = "protocolSection.identificationModule"
TITLE = f"{ID}.briefTitle"
POSTED = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
AT = "2024-03-01T08:00:00+00:00"


def study(k: int = 1, title: str = "Balm", posted: str = "2024-02-01") -> dict[str, Any]:
    made = record(results=False)
    put(made, f"{ID}.nctId", f"NCT{k:08}")
    put(made, TITLE, title)
    put(made, POSTED, posted)
    return made


def title_of(found: dict[str, Any]) -> object:
    return found["protocolSection"]["identificationModule"]["briefTitle"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a" / "home") as opened:
        yield opened


def test_a_record_is_new_then_the_same_then_changed(store: Store) -> None:
    assert store.put(study(), source="one.json", at=AT) == "new"
    assert store.put(study(), source="two.json", at=AT) == "same"
    assert store.put(study(title="Salve"), source="three.json", at=AT) == "changed"
    assert title_of(store.get("NCT00000001")) == "Salve"
    assert title_of(store.get(" nct00000001 ", 1)) == "Balm"
    first, second = store.versions("NCT00000001")
    assert (first.number, first.source, first.at, first.current) == (1, "one.json", AT, False)
    assert (second.number, second.source, second.current) == (2, "three.json", True)
    assert first.digest != second.digest
    assert len(store) == 1


def test_every_field_comes_back_in_its_order(store: Store) -> None:
    given = study()
    given["unheardOf"] = {"z": [1.5, None, "本"], "a": "<script>"}
    store.put(given, source="", at=AT)
    found = store.get("NCT00000001")
    assert found == given
    assert list(found["unheardOf"]) == ["z", "a"]


def test_fields_in_another_order_are_the_same_record(store: Store) -> None:
    store.put(study(), source="", at=AT)
    assert store.put(dict(reversed(study().items())), source="", at=AT) == "same"


def test_an_older_record_joins_the_history_and_changes_nothing(store: Store) -> None:
    store.put(study(title="now", posted="2024-02-01"), source="api", at=AT)
    generation = store.generation
    old = study(title="then", posted="2019-05-01")
    assert store.put(old, source="archive", at=AT) == "changed"
    assert store.put(old, source="archive", at=AT) == "same"
    assert title_of(store.get("NCT00000001")) == "now"
    assert [each.current for each in store.versions("NCT00000001")] == [True, False]
    assert store.generation == generation


def test_a_record_that_goes_back_to_what_it_was_is_a_change(store: Store) -> None:
    for title in ("a", "b", "a"):
        store.put(study(title=title), source="", at=AT)
    assert title_of(store.get("NCT00000001")) == "a"
    assert len(store.versions("NCT00000001")) == 3


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 2), st.sampled_from("abc"), st.sampled_from(["", "2020", "2021", "2022"])
        ),
        max_size=12,
    )
)
def test_history_and_current_record_follow_from_what_arrived(
    tmp_path_factory: pytest.TempPathFactory, arrived: list[tuple[int, str, str]]
) -> None:
    history: dict[int, list[tuple[str, str]]] = {1: [], 2: []}
    current: dict[int, tuple[str, str]] = {}
    with Store(tmp_path_factory.mktemp("home")) as store:
        for k, title, posted in arrived:
            this, held = (title, posted), current.get(k)
            older = held is not None and posted != "" and posted < held[1]
            known = this == held or (older and this in history[k])
            outcome = store.put(study(k, title, posted), source="", at=AT)
            assert outcome == ("same" if known else "changed" if held else "new")
            if not known:
                history[k].append(this)
            if not known and not older:
                current[k] = this
        assert {int(each[3:]) for each in store.ids()} == set(current)
        for k, (title, posted) in current.items():
            assert store.get(f"NCT{k:08}") == study(k, title, posted)
            versions = store.versions(f"NCT{k:08}")
            assert [each.updated for each in versions] == [day for _, day in history[k]]
            assert [each.number for each in versions] == list(range(1, len(versions) + 1))
            assert sum(each.current for each in versions) == 1


def test_a_record_without_a_day_takes_its_place(store: Store) -> None:
    store.put(study(title="now"), source="", at=AT)
    store.put(study(title="mine", posted=""), source="", at=AT)
    assert title_of(store.get("NCT00000001")) == "mine"


def test_many_at_once_or_none(store: Store) -> None:
    done = store.put_many([("a", study(1)), ("b", study(2)), ("c", study(1))], at=AT)
    assert done == {"new": 2, "same": 1}
    with pytest.raises(InputError, match="no registration number"):
        store.put_many([("a", study(3)), ("b", {"protocolSection": {}})], at=AT)
    assert list(store.ids()) == ["NCT00000001", "NCT00000002"]


def test_a_transaction_is_undone_by_an_error(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():  # noqa: PT012
        store.put(study(), source="", at=AT)
        store.set_bookmark("api", "t2")
        raise KeyboardInterrupt
    assert len(store) == 0
    assert store.bookmark("api") is None
    assert store.generation == 0


def test_all_records_in_order_and_what_comes_in_between(store: Store) -> None:
    store.put_many((("", study(k)) for k in range(450, 0, -1)), at=AT)
    assert [int(each[3:]) for each in store.ids()] == list(range(1, 451))
    seen = []
    for found in store.studies():
        seen.append(found)
        if len(seen) == 10:
            store.put(study(999), source="", at=AT)
    assert len(seen) == 451
    assert seen[0] == study(1)


def test_the_generation_tells_an_index_what_it_lacks(store: Store) -> None:
    assert store.generation == 0
    store.put_many([("", study(1)), ("", study(2))], at=AT)
    first = store.generation
    assert first > 0
    store.put(study(1), source="", at=AT)
    store.set_aside("a", "b", "c")
    assert store.generation == first
    store.put(study(2, title="Salve"), source="", at=AT)
    assert store.generation > first
    assert store.changed_since(0) == ["NCT00000001", "NCT00000002"]
    assert store.changed_since(first) == ["NCT00000002"]
    assert store.changed_since(store.generation) == []


def test_former_numbers_lead_to_the_record(store: Store) -> None:
    made = study(1)
    put(made, f"{ID}.nctIdAliases", ["NCT00000777"])
    store.put(made, source="", at=AT)
    assert store.get("NCT00000777") == made
    assert store.resolve("nct00000777") == "NCT00000001"
    store.put(study(777, title="its own"), source="", at=AT)
    assert title_of(store.get("NCT00000777")) == "its own"


def test_an_unknown_number_names_the_nearest(store: Store) -> None:
    with pytest.raises(InputError, match="registry load"):
        store.get("NCT05718544")
    store.put_many([("", study(k)) for k in (5718544, 4791059, 12)], at=AT)
    with pytest.raises(InputError, match=r"Nearest: NCT05718544") as unknown:
        store.get("NCT05718454")
    assert unknown.value.problem.where == "NCT05718454"
    assert store.near("NCT05718454", 1) == ["NCT05718544"]
    with pytest.raises(InputError, match="no version 2"):
        store.get("NCT00000012", 2)


def test_what_could_not_be_read_is_remembered_until_it_is_read_again(store: Store) -> None:
    store.set_aside("x.zip", "a.json", "is empty")
    store.set_aside("x.zip", "a.json", "is no JSON")
    store.set_aside("y.zip", "b.json", "is empty")
    assert [(d.source, d.member, d.reason) for d in store.damaged()] == [
        ("x.zip", "a.json", "is no JSON"),
        ("y.zip", "b.json", "is empty"),
    ]
    store.forget_damaged("x.zip")
    assert [d.source for d in store.damaged()] == ["y.zip"]


def test_bookmarks(store: Store) -> None:
    store.set_bookmark("api", "t2")
    store.set_bookmark("api", "t4")
    assert store.bookmark("api") == "t4"
    store.set_bookmark("api", None)
    assert store.bookmark("api") is None


def test_what_was_put_is_there_for_others_at_once(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "a" / "home") as other:
        with store.transaction():
            store.put(study(), source="", at=AT)
            assert len(other) == 0
            with Store(tmp_path / "a" / "home") as third:  # opening waits for no writer
                assert list(third.ids()) == []
        assert len(other) == 1


def test_threads_share_a_store(store: Store) -> None:
    def work(start: int) -> None:
        for k in range(start, start + 40):
            store.put(study(k), source="", at=AT)
            assert store.get(f"NCT{k:08}")

    threads = [threading.Thread(target=work, args=(1 + 100 * t,)) for t in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(store) == 160


def test_a_damaged_record_is_named(store: Store) -> None:
    store.put(study(), source="", at=AT)
    with sqlite3.connect(store.path) as inside:
        inside.execute("UPDATE versions SET body = substr(body, 1, 100)")
    inside.close()
    with pytest.raises(Broken, match="NCT00000001: is damaged"):
        store.get("NCT00000001")


def test_what_is_no_store(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("Not a database, but a text that goes on for a while. " * 20)
    with pytest.raises(InputError, match="no store of records"):
        Store(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be opened"):
        Store(tmp_path / "file" / "below")


def test_a_store_of_a_later_program(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as inside:
        inside.execute("PRAGMA user_version = 99")
    inside.close()
    with pytest.raises(InputError, match="later equipoise"):
        Store(tmp_path)


def test_a_full_disk_is_said_and_leaves_whole_records(store: Store) -> None:
    store.put(study(1), source="", at=AT)
    store._sql.execute("PRAGMA max_page_count = 1")  # raised to what is there already
    with pytest.raises(InputError, match="cannot be used: database or disk is full"):
        store.put_many((("", study(k, title="x" * 5000 + str(k))) for k in range(2, 400)), at=AT)
    assert list(store.ids()) == ["NCT00000001"]
    assert store.get("NCT00000001") == study(1)
