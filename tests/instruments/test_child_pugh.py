from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.instruments import Answer, instrument

CHILD_PUGH = instrument("child_pugh")
HEALTHY: dict[str, Answer] = {
    "bilirubin_umol_l": Decimal(10),
    "albumin_g_l": Decimal(42),
    "inr": Decimal("1.0"),
    "ascites": 0,
    "encephalopathy": 0,
}
POINTS = [
    "bilirubin_points",
    "albumin_points",
    "inr_points",
    "ascites_points",
    "encephalopathy_points",
]


def test_a_healthy_liver_has_five_points() -> None:
    assert CHILD_PUGH.score(HEALTHY) == {"child_pugh": 5, "child_pugh_class": "A"}


@pytest.mark.parametrize(
    ("part", "value", "points"),
    [
        ("bilirubin_umol_l", "33.9", 1),
        ("bilirubin_umol_l", "34", 2),
        ("bilirubin_umol_l", "51", 2),
        ("bilirubin_umol_l", "51.1", 3),
        ("albumin_g_l", "35.1", 1),
        ("albumin_g_l", "35", 2),
        ("albumin_g_l", "28", 2),
        ("albumin_g_l", "27.9", 3),
        ("inr", "1.69", 1),
        ("inr", "1.7", 2),
        ("inr", "2.3", 2),
        ("inr", "2.31", 3),
        ("ascites", "0", 1),
        ("ascites", "1", 2),
        ("ascites", "2", 3),
        ("encephalopathy", "0", 1),
        ("encephalopathy", "1", 2),
        ("encephalopathy", "2", 2),
        ("encephalopathy", "3", 3),
        ("encephalopathy", "4", 3),
    ],
)
def test_each_part_has_three_bands(part: str, value: str, points: int) -> None:
    assert CHILD_PUGH.score(HEALTHY | {part: Decimal(value)})["child_pugh"] == 4 + points


@pytest.mark.parametrize(
    ("points", "grade"),
    [
        ([1, 1, 1, 1, 1], "A"),
        ([2, 1, 1, 1, 1], "A"),
        ([2, 2, 1, 1, 1], "B"),
        ([3, 2, 2, 1, 1], "B"),
        ([3, 3, 2, 1, 1], "C"),
        ([3, 3, 3, 3, 3], "C"),
    ],
)
def test_points_may_be_given_and_make_the_class(points: list[int], grade: str) -> None:
    answers: dict[str, Answer] = dict(zip(POINTS, points, strict=True))
    assert CHILD_PUGH.score(answers) == {"child_pugh": sum(points), "child_pugh_class": grade}


def test_a_worked_example() -> None:
    # 30 umol/l, 30 g/l, INR 1.9, moderate ascites, grade 1: 1 + 2 + 2 + 3 + 2
    answers: dict[str, Answer] = {
        "bilirubin_umol_l": 30,
        "albumin_g_l": 30,
        "inr": Decimal("1.9"),
        "ascites": 2,
        "encephalopathy": 1,
    }
    assert CHILD_PUGH.score(answers) == {"child_pugh": 10, "child_pugh_class": "C"}


def test_the_class_is_settled_before_every_part_is_known() -> None:
    answers: dict[str, Answer] = {
        "bilirubin_umol_l": 90,
        "albumin_g_l": 20,
        "inr": 3,
    }
    assert CHILD_PUGH.score(answers) == {"child_pugh": None, "child_pugh_class": "C"}
    assert CHILD_PUGH.bounds(answers) == (11, 15)


def test_normal_laboratory_values_exclude_class_c() -> None:
    answers: dict[str, Answer] = {"bilirubin_umol_l": 10, "albumin_g_l": 40, "inr": 1}
    assert CHILD_PUGH.bounds(answers, "child_pugh_class") == ("A", "B")


def test_points_that_contradict_the_measurement_leave_the_part_unknown() -> None:
    assert CHILD_PUGH.bounds(HEALTHY | {"inr_points": 3}) == (5, 7)
    assert CHILD_PUGH.bounds(HEALTHY | {"inr_points": 1}) == (5, 5)


@given(
    st.decimals(0, 200, places=1),
    st.decimals(0, 200, places=1),
)
def test_more_bilirubin_never_lowers_the_points_and_more_albumin_never_raises_them(
    one: Decimal, other: Decimal
) -> None:
    low, high = sorted([one, other])

    def points(part: str, value: Decimal) -> int:
        found = CHILD_PUGH.score(HEALTHY | {part: value})["child_pugh"]
        assert isinstance(found, int)
        return found

    assert points("bilirubin_umol_l", low) <= points("bilirubin_umol_l", high)
    assert points("albumin_g_l", min(low, Decimal(100))) >= points(
        "albumin_g_l", min(high, Decimal(100))
    )
