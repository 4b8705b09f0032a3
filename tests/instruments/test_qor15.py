from __future__ import annotations

import pytest

from equipoise.instruments import Answer, instrument

QOR15 = instrument("qor15")
REVERSED = instrument("qor15", items_11_to_15="best_is_0")


def _answers(points: int) -> dict[str, Answer]:
    return {f"qor15_{item}": max(0, min(10, points - 10 * (item - 1))) for item in range(1, 16)}


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (0, "poor"),
        (89, "poor"),
        (90, "moderate"),
        (121, "moderate"),
        (122, "good"),
        (135, "good"),
        (136, "excellent"),
        (150, "excellent"),
    ],
)
def test_the_sum_and_its_band(points: int, band: str) -> None:
    assert QOR15.score(_answers(points)) == {"qor15": points, "qor15_band": band}


def test_a_form_that_asks_for_complaints_from_0_reverses_items_11_to_15() -> None:
    best: dict[str, Answer] = {f"qor15_{item}": 10 if item <= 10 else 0 for item in range(1, 16)}
    assert REVERSED.score(best)["qor15"] == 150
    assert QOR15.score(best)["qor15"] == 100


@pytest.mark.parametrize(("item", "points"), [(1, 53), (10, 53), (11, 47), (15, 47)])
def test_which_items_are_reversed(item: int, points: int) -> None:
    none: dict[str, Answer] = {f"qor15_{each}": 0 for each in range(1, 16)}
    assert REVERSED.score(none | {f"qor15_{item}": 3})["qor15"] == points


def test_bounds_with_a_reversed_item_missing() -> None:
    none: dict[str, Answer] = {f"qor15_{each}": 0 for each in range(1, 16)}
    assert REVERSED.bounds(none | {"qor15_15": None}) == (40, 50)
    assert REVERSED.bounds(none | {"qor15_15": 10}) == (40, 40)
