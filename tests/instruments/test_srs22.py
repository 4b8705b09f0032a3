from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.instruments import Answer, instrument
from tests.instruments.strategies import answers as drawn

SRS22 = instrument("srs22")
DOMAINS = {
    "srs22_function": [5, 9, 12, 15, 18],
    "srs22_pain": [1, 2, 8, 11, 17],
    "srs22_self_image": [4, 6, 10, 14, 19],
    "srs22_mental_health": [3, 7, 13, 16, 20],
    "srs22_satisfaction": [21, 22],
}


def _answers(**by_domain: list[int | None]) -> dict[str, Answer]:
    return {
        f"srs22_{item}": answer
        for domain, given_answers in by_domain.items()
        for item, answer in zip(DOMAINS[f"srs22_{domain}"], given_answers, strict=True)
    }


WORKED: dict[str, list[int | None]] = {
    "function": [5, 4, 4, 3, 5],
    "pain": [4, 4, 3, 5, 5],
    "self_image": [3, 3, 2, 4, 3],
    "mental_health": [5, 4, 4, 4, 2],
    "satisfaction": [5, 4],
}


def test_a_worked_example() -> None:
    # function 21/5, pain 21/5, self-image 15/5, mental health 19/5, satisfaction 9/2;
    # subtotal 76/20, total 85/22
    assert SRS22.score(_answers(**WORKED)) == {
        "srs22_total": Decimal("3.863636363636363636363636364"),
        "srs22_subtotal": Decimal("3.8"),
        "srs22_function": Decimal("4.2"),
        "srs22_pain": Decimal("4.2"),
        "srs22_self_image": Decimal(3),
        "srs22_mental_health": Decimal("3.8"),
        "srs22_satisfaction": Decimal("4.5"),
    }


@pytest.mark.parametrize(
    ("domain", "item"), [(domain, item) for domain, items in DOMAINS.items() for item in items]
)
def test_each_item_counts_in_its_domain_and_in_no_other(domain: str, item: int) -> None:
    all_three: dict[str, Answer] = {f"srs22_{each}": 3 for each in range(1, 23)}
    scores = SRS22.score(all_three | {f"srs22_{item}": 5})
    changed = {name for name, value in scores.items() if value != 3}
    counted = {domain, "srs22_total"} | (
        set() if domain == "srs22_satisfaction" else {"srs22_subtotal"}
    )
    assert changed == counted


def test_a_domain_is_the_mean_of_what_is_answered() -> None:
    answers = _answers(pain=[4, None, 3, None, 3])
    assert SRS22.score(answers)["srs22_pain"] == Decimal("3.333333333333333333333333333")


@pytest.mark.parametrize("domain", ["function", "pain", "self_image", "mental_health"])
def test_a_domain_with_fewer_than_three_answers_cannot_be_scored(domain: str) -> None:
    two: list[int | None] = [4, None, None, 4, None]
    scores = SRS22.score(_answers(**{**WORKED, domain: two}))
    unscored = {name for name, value in scores.items() if value is None}
    assert unscored == {f"srs22_{domain}", "srs22_subtotal", "srs22_total"}


def test_missing_items_reduce_the_denominator_of_the_totals() -> None:
    pain: list[int | None] = [4, None, 3, None, 5]
    scores = SRS22.score(_answers(**{**WORKED, "pain": pain}))
    assert scores["srs22_subtotal"] == Decimal(67) / Decimal(18)
    assert scores["srs22_total"] == Decimal(76) / Decimal(20)


def test_before_an_operation_the_subtotal_is_known_and_the_total_is_not() -> None:
    neither: list[int | None] = [None, None]
    scores = SRS22.score(_answers(**{**WORKED, "satisfaction": neither}))
    assert scores["srs22_subtotal"] == Decimal("3.8")
    assert scores["srs22_satisfaction"] is None
    assert scores["srs22_total"] is None


def test_how_many_satisfaction_items_are_needed_is_a_setting() -> None:
    answers = _answers(**{**WORKED, "satisfaction": [None, 4]})
    assert SRS22.score(answers)["srs22_satisfaction"] == 4
    assert instrument("srs22", satisfaction_minimum=2).score(answers)["srs22_satisfaction"] is None


def test_bounds_of_a_domain_with_missing_items() -> None:
    answers = _answers(pain=[4, None, 3, None, 5])
    assert SRS22.bounds(answers, "srs22_pain") == (Decimal("2.8"), Decimal("4.4"))


@given(drawn(SRS22), st.integers(1, 22))
def test_a_better_answer_never_lowers_a_score(given_answers: dict[str, Answer], item: int) -> None:
    name = f"srs22_{item}"
    before = given_answers[name]
    if before is None or before == 5:
        return
    better = {**given_answers, name: int(before) + 1}
    worse_scores, better_scores = SRS22.score(given_answers), SRS22.score(better)
    for score, value in worse_scores.items():
        other = better_scores[score]
        assert (value is None) == (other is None)
        if isinstance(value, Decimal) and isinstance(other, Decimal):
            assert value <= other
