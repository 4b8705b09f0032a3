from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.registry.related.fields import SPACES
from equipoise.registry.related.index import Index
from tests.registry.related.cohort import ALL, FOLLOW_UP, NAMING, PARENT, REPORTED, STRANGER, trial


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(ALL)


def _ids(found: list) -> list[str]:  # type: ignore[type-arg]
    return [each.nct_id for each in found]


def test_what_a_fact_links_comes_first(index: Index) -> None:
    found = index.related(PARENT, 5)
    assert set(_ids(found)[:2]) == {"NCT00007000", "NCT00008000"}
    assert _ids(found)[2] == "NCT00005000"


def test_by_words_alone_the_follow_up_comes_first(index: Index) -> None:
    found = index.related(PARENT, 5, linked=False)
    assert _ids(found)[0] == "NCT00005000"
    assert [r.kind for r in found[0].reasons] == [
        "cohort", "condition and drugs", "people", "sponsor",
    ]  # fmt: skip
    assert found[0].reasons[2].parts == ("Ann Nurse, MD",)


def test_a_record_is_not_related_to_itself(index: Index) -> None:
    for study in ALL:
        assert study["protocolSection"]["identificationModule"]["nctId"] not in _ids(
            index.related(study, 10)
        )


def test_nothing_in_common_is_not_related(index: Index) -> None:
    asked = trial(1, "Choir singing", "Singing")
    assert _ids(index.related(asked, 10)) == []
    assert "NCT00009000" not in _ids(index.related(PARENT, 10))


def test_a_record_outside_the_index_may_ask(index: Index) -> None:
    asked = copy.deepcopy(FOLLOW_UP)
    del asked["protocolSection"]["identificationModule"]["nctId"]
    assert _ids(index.related(asked, 1)) == ["NCT00005000"]


def test_saved_and_loaded_answers_the_same(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "kept")
    again = Index.load(tmp_path / "kept")
    for study in (PARENT, NAMING, REPORTED, STRANGER):
        assert again.related(study, 5) == index.related(study, 5)


def test_a_damaged_index_is_told(index: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no index"):
        Index.load(tmp_path)
    index.save(tmp_path)
    (tmp_path / "words.npz").write_bytes(b"")
    with pytest.raises(InputError, match="no index"):
        Index.load(tmp_path)


def test_an_empty_index_answers_with_nothing() -> None:
    assert Index.build([]).related(PARENT, 3) == []


def test_what_is_not_told_speaks_neither_way() -> None:
    at = ("Harbour clinic",)
    others = [trial(i, "Balmazole", "Sore hands", sites=at) for i in (30, 31)]
    index = Index.build([*ALL, *others])
    asking = trial(32, "Balmazole", "Sore hands", sites=at)
    places, told = index.evidence(asking, linked=False)
    column = told[:, SPACES.index("sites")]
    has = np.array([bool(index.known[place].sites) for place in places])
    assert not has.all()
    assert has.any()
    assert np.allclose(column[~has], column[has].mean())
    assert column[has].mean() > 0


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(len(ALL))))
def test_the_order_of_records_does_not_matter(order: list[int]) -> None:
    shuffled = Index.build([ALL[i] for i in order])
    straight = Index.build(ALL)
    expected = {r.nct_id: r.score for r in straight.related(PARENT, 5)}
    found = {r.nct_id: r.score for r in shuffled.related(PARENT, 5)}
    assert found.keys() == expected.keys()
    assert all(abs(found[each] - expected[each]) < 1e-3 for each in found)
