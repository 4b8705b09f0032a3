from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from equipoise.clock import SimulatedClock
from equipoise.errors import InputError
from equipoise.registry.load import Tally
from equipoise.registry.load_api import last_load, load_api
from equipoise.registry.store import Store
from tests.registry.server import Registry, serving
from tests.registry.test_api_client import World, client_of, numbered


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry([numbered(k, f"2024-01-0{k}") for k in range(1, 8)])) as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as opened:
        yield opened


def loaded(
    store: Store, registry: Registry, since: date | None = None, day: int = 1, **patience: Any
) -> Tally:
    clock = SimulatedClock(datetime(2024, 3, day, 8, tzinfo=UTC))
    client = client_of(registry, World(), **{"attempts": 2, **patience})
    return load_api(store, client, since=since, clock=clock, tell=lambda _: None)


def tokens(registry: Registry) -> list[str | None]:
    return [each.get("pageToken") for each in registry.asked]


def test_all_pages(store: Store, registry: Registry) -> None:
    tally = loaded(store, registry)
    assert (tally.new, tally.done, tally.total) == (7, 7, 7)
    assert len(store) == 7
    assert store.versions("NCT00000001")[0].source == f"{registry.url}/studies: study 1"


def test_a_load_that_broke_off_goes_on_at_its_page(store: Store, registry: Registry) -> None:
    registry.faults = ["ok", "ok", "500", "500"]
    with pytest.raises(InputError, match="goes on from the last page"):
        loaded(store, registry)
    assert len(store) == 4
    registry.asked.clear()
    tally = loaded(store, registry)
    assert tokens(registry) == ["t4", "t6"]
    assert (tally.new, tally.done, tally.total) == (3, 7, 7)
    registry.asked.clear()
    assert loaded(store, registry).same == 7
    assert tokens(registry) == [None, "t2", "t4", "t6"]


def test_a_crash_between_two_pages_loses_and_doubles_none(store: Store, registry: Registry) -> None:
    clock = SimulatedClock(datetime(2024, 3, 1, 8, tzinfo=UTC))

    def crash(tally: Tally) -> None:
        if tally.done == 4:
            raise KeyboardInterrupt

    client = client_of(registry, World())
    with pytest.raises(KeyboardInterrupt):
        load_api(store, client, since=None, clock=clock, tell=crash)
    assert len(store) == 4
    tally = loaded(store, registry)
    assert (tally.new, tally.same) == (3, 0)


def test_a_forgotten_token_begins_the_load_anew(store: Store, registry: Registry) -> None:
    registry.faults = ["ok", "500", "500"]
    with pytest.raises(InputError):
        loaded(store, registry)
    registry.expired, registry.asked = {"t2"}, []
    registry.page_size = 3
    tally = loaded(store, registry)
    assert (tally.new, tally.same, tally.total) == (5, 2, 7)
    assert tokens(registry) == ["t2", None, "t3", "t6"]


def test_what_changed_since_a_day(store: Store, registry: Registry) -> None:
    loaded(store, registry)
    registry.studies[6] = numbered(7, "2024-03-09")
    registry.studies.append(numbered(9, "2024-03-10"))
    tally = loaded(store, registry, date(2024, 3, 1))
    assert (tally.new, tally.changed, tally.same, tally.total) == (1, 1, 0, 2)
    assert len(store.versions("NCT00000007")) == 2


def test_two_questions_have_a_place_each(store: Store, registry: Registry) -> None:
    registry.faults = ["ok", "500", "500"]
    with pytest.raises(InputError):
        loaded(store, registry)
    loaded(store, registry, date(2024, 1, 5))
    registry.asked.clear()
    loaded(store, registry)
    assert tokens(registry)[0] == "t2"


def test_since_the_last_load(store: Store, registry: Registry) -> None:
    client = client_of(registry, World())
    assert last_load(store, client) is None
    loaded(store, registry, day=5)
    assert last_load(store, client) == date(2024, 3, 4)


def test_the_last_load_is_the_day_it_began(store: Store, registry: Registry) -> None:
    registry.faults = ["ok", "500", "500"]
    with pytest.raises(InputError):
        loaded(store, registry, day=5)
    client = client_of(registry, World())
    assert last_load(store, client) is None
    loaded(store, registry, day=9)
    assert last_load(store, client) == date(2024, 3, 4)


def test_damaged_studies_are_set_aside_by_their_place(store: Store, registry: Registry) -> None:
    registry.studies[2] = {"protocolSection": {}}
    registry.studies[3] = 7
    tally = loaded(store, registry)
    assert (tally.new, tally.set_aside) == (5, 2)
    assert [(d.member, d.reason) for d in store.damaged()] == [
        ("study 3", "has no registration number"),
        ("study 4", "is no JSON object, so no study"),
    ]
    registry.studies = [numbered(1)]
    loaded(store, registry)
    assert store.damaged() == []


def test_every_misdeed_at_once(store: Store, registry: Registry) -> None:
    registry.faults = ["429", "ok", "cut", "500", "repeat", "stall", "ok", "dropped", "loop"]
    tally = loaded(store, registry, attempts=8, silence_s=0.5)
    assert (tally.new, tally.same, tally.set_aside) == (7, 0, 0)
