from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.instruments import Answer, instrument

CPSP = instrument("cpsp")
PRESENT: dict[str, Answer] = {
    "nrs": 3,
    "new_pain": True,
    "increased_pain": False,
    "since_surgery_months": Decimal(24),
    "in_surgical_field": True,
    "in_nerve_territory": False,
    "in_dermatome": False,
    "other_cause": False,
    "continued_pain": False,
}
YES_NO = [name for name in PRESENT if name not in {"nrs", "since_surgery_months"}]


def _cpsp(**changed: Answer) -> object:
    return CPSP.score(PRESENT | changed)["cpsp"]


def test_every_condition_of_the_definition_is_met() -> None:
    assert _cpsp() is True


@pytest.mark.parametrize(
    "changed",
    [
        {"new_pain": False},
        {"since_surgery_months": Decimal("2.9")},
        {"in_surgical_field": False},
        {"other_cause": True},
        {"continued_pain": True},
        {"nrs": 0},
    ],
)
def test_each_condition_is_needed(changed: dict[str, Answer]) -> None:
    assert _cpsp(**changed) is False


@pytest.mark.parametrize(
    "changed",
    [
        {"new_pain": False, "increased_pain": True},
        {"in_surgical_field": False, "in_nerve_territory": True},
        {"in_surgical_field": False, "in_dermatome": True},
        {"since_surgery_months": Decimal(3)},
        {"nrs": 1},
    ],
)
def test_alternatives_and_limits_that_count(changed: dict[str, Answer]) -> None:
    assert _cpsp(**changed) is True


@pytest.mark.parametrize(("rating", "counts"), [(3, False), (4, True)])
def test_the_cut_off_is_a_setting(rating: int, counts: bool) -> None:
    assert instrument("cpsp", cut_off=4).score(PRESENT | {"nrs": rating})["cpsp"] is counts


def test_someone_without_pain_needs_no_further_questions() -> None:
    assert CPSP.score({"nrs": 0})["cpsp"] is False


def test_an_unanswered_condition_leaves_it_unknown() -> None:
    for name in PRESENT:
        expected = (
            True if name in {"increased_pain", "in_nerve_territory", "in_dermatome"} else None
        )
        assert _cpsp(**{name: None}) is expected, name


@given(st.fixed_dictionaries({name: st.none() | st.booleans() for name in YES_NO}))
def test_it_is_settled_exactly_when_every_way_of_answering_the_rest_agrees(
    some: dict[str, Answer],
) -> None:
    base: dict[str, Answer] = {"nrs": 5, "since_surgery_months": Decimal(12)}
    missing = [name for name in YES_NO if some[name] is None]
    outcomes = {
        CPSP.score({**base, **some, **dict(zip(missing, chosen, strict=True))})["cpsp"]
        for chosen in product([False, True], repeat=len(missing))
    }
    found = CPSP.score({**base, **some})["cpsp"]
    assert found is (outcomes.pop() if len(outcomes) == 1 else None)
