from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from equipoise.instruments import Answer, instrument

PSQI = instrument("psqi")
# To bed at 23:00, up at 07:00, asleep 8 h: nothing disturbs.
GOOD: dict[str, Answer] = {
    "psqi_1_min": 23 * 60,
    "psqi_2_min": 10,
    "psqi_3_min": 7 * 60,
    "psqi_4_h": Decimal(8),
    **{f"psqi_5{letter}": 0 for letter in "abcdefghij"},
    **{f"psqi_{item}": 0 for item in range(6, 10)},
}


def _component(number: int, **changed: Answer) -> object:
    return PSQI.score(GOOD | changed)[f"psqi_c{number}"]


def test_undisturbed_sleep_scores_nothing() -> None:
    scores = PSQI.score(GOOD)
    assert scores.pop("psqi_poor") is False
    assert set(scores.values()) == {0}


def test_a_worked_example() -> None:
    # quality 2; 45 min and 5a = 2: 4 of 6, so 2; 5.5 h: 2; 5.5 of 8 h in bed, 68.75 %: 2;
    # disturbances 10: 2; medication 1; daytime 1 + 2: 2
    answers = GOOD | {
        "psqi_2_min": 45,
        "psqi_4_h": Decimal("5.5"),
        "psqi_5a": 2,
        "psqi_5b": 3,
        "psqi_5c": 3,
        "psqi_5d": 2,
        "psqi_5i": 2,
        "psqi_6": 2,
        "psqi_7": 1,
        "psqi_8": 1,
        "psqi_9": 2,
    }
    assert PSQI.score(answers) == {
        "psqi": 13,
        "psqi_poor": True,
        "psqi_c1": 2,
        "psqi_c2": 2,
        "psqi_c3": 2,
        "psqi_c4": 2,
        "psqi_c5": 2,
        "psqi_c6": 1,
        "psqi_c7": 2,
    }


@pytest.mark.parametrize(
    ("minutes", "item_5a", "points"),
    [
        (15, 0, 0),
        (16, 0, 1),
        (30, 0, 1),
        (30, 1, 1),
        (31, 0, 1),
        (31, 1, 2),
        (60, 2, 2),
        (61, 1, 2),
        (61, 2, 3),
        (61, 3, 3),
    ],
)
def test_latency(minutes: int, item_5a: int, points: int) -> None:
    assert _component(2, psqi_2_min=minutes, psqi_5a=item_5a) == points


@pytest.mark.parametrize(
    ("hours", "points"),
    [("7.01", 0), ("7", 1), ("6", 1), ("5.99", 2), ("5", 2), ("4.99", 3), ("0", 3)],
)
def test_duration(hours: str, points: int) -> None:
    assert _component(3, psqi_4_h=Decimal(hours)) == points


@pytest.mark.parametrize(
    ("hours", "points"),
    # of ten hours in bed
    [("8.5", 0), ("8.49", 1), ("7.5", 1), ("7.49", 2), ("6.5", 2), ("6.49", 3), ("10", 0)],
)
def test_efficiency(hours: str, points: int) -> None:
    found = _component(4, psqi_1_min=22 * 60, psqi_3_min=8 * 60, psqi_4_h=Decimal(hours))
    assert found == points


def test_efficiency_is_exact_in_any_decimal_context() -> None:
    with localcontext(prec=2):
        assert _component(4, psqi_1_min=0, psqi_3_min=600, psqi_4_h=Decimal("8.49")) == 1


def test_efficiency_needs_three_answers_and_no_more() -> None:
    three = ["psqi_1_min", "psqi_3_min", "psqi_4_h"]
    answers = {part: GOOD[part] for part in three}
    assert PSQI.score(answers)["psqi_c4"] == 0
    for part in three:
        assert PSQI.score({**answers, part: None})["psqi_c4"] is None


@pytest.mark.parametrize(("bed", "up"), [(0, 480), (1380, 420), (60, 540)])
def test_a_night_may_or_may_not_cross_midnight(bed: int, up: int) -> None:
    assert _component(4, psqi_1_min=bed, psqi_3_min=up, psqi_4_h=Decimal("6.5")) == 1


def test_answers_that_contradict_each_other_leave_efficiency_unknown() -> None:
    assert _component(4, psqi_4_h=Decimal("8.01")) is None
    assert _component(4, psqi_3_min=23 * 60) is None
    assert _component(4, psqi_3_min=23 * 60, psqi_4_h=Decimal(0)) is None
    assert PSQI.bounds(GOOD | {"psqi_4_h": Decimal("8.01")}) == (0, 3)


@pytest.mark.parametrize(
    ("total", "points"), [(0, 0), (1, 1), (9, 1), (10, 2), (18, 2), (19, 3), (27, 3)]
)
def test_disturbances(total: int, points: int) -> None:
    items = {
        f"psqi_5{letter}": max(0, min(3, total - 3 * place))
        for place, letter in enumerate("bcdefghij")
    }
    assert _component(5, **items) == points


@pytest.mark.parametrize(
    ("one", "other", "points"), [(0, 1, 1), (1, 1, 1), (1, 2, 2), (2, 2, 2), (2, 3, 3), (3, 3, 3)]
)
def test_daytime(one: int, other: int, points: int) -> None:
    assert _component(7, psqi_8=one, psqi_9=other) == points


@pytest.mark.parametrize(("number", "item"), [(1, "psqi_6"), (6, "psqi_7")])
def test_quality_and_medication_are_taken_as_they_are(number: int, item: str) -> None:
    assert _component(number, **{item: 2}) == 2


def test_other_reasons_left_empty_count_nothing() -> None:
    assert PSQI.score(GOOD | {"psqi_5j": None})["psqi"] == 0
    assert PSQI.bounds(GOOD | {"psqi_5j": None}) == (0, 1)


@pytest.mark.parametrize("part", [part.name for part in PSQI.parts if part.name != "psqi_5j"])
def test_any_other_unanswered_item_leaves_the_index_unknown(part: str) -> None:
    assert PSQI.score(GOOD | {part: None})["psqi"] is None


@pytest.mark.parametrize(("points", "poor"), [(5, False), (6, True)])
def test_more_than_five_is_poor(points: int, poor: bool) -> None:
    scores = PSQI.score(GOOD | {"psqi_6": 3, "psqi_7": points - 3})
    assert (scores["psqi"], scores["psqi_poor"]) == (points, poor)
