from __future__ import annotations

import pytest

from equipoise.instruments import Answer, instrument

HADS = instrument("hads")


def _answers(anxiety: int, depression: int) -> dict[str, Answer]:
    """Spread the sums over the seven items of each scale."""
    points = {0: depression, 1: anxiety}
    return {
        f"hads_{item}": max(0, min(3, points[item % 2] - 3 * ((item - 1) // 2)))
        for item in range(1, 15)
    }


@pytest.mark.parametrize("item", range(1, 15))
def test_odd_items_are_anxiety_and_even_items_depression(item: int) -> None:
    scores = HADS.score(_answers(0, 0) | {f"hads_{item}": 3})
    odd = item % 2 == 1
    assert (scores["hads_anxiety"], scores["hads_depression"]) == ((3, 0) if odd else (0, 3))


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (0, "normal"),
        (7, "normal"),
        (8, "borderline"),
        (10, "borderline"),
        (11, "abnormal"),
        (21, "abnormal"),
    ],
)
def test_bands(points: int, band: str) -> None:
    scores = HADS.score(_answers(points, 21 - points))
    assert scores["hads_anxiety"] == points
    assert scores["hads_depression"] == 21 - points
    assert scores["hads_anxiety_band"] == band
    assert HADS.score(_answers(0, points))["hads_depression_band"] == band


def test_a_missing_item_leaves_the_sum_unknown_but_not_always_the_band() -> None:
    scores = HADS.score(_answers(12, 6) | {"hads_13": None, "hads_14": None})
    assert scores == {
        "hads_anxiety": None,
        "hads_depression": None,
        "hads_anxiety_band": "abnormal",
        "hads_depression_band": None,
    }
    assert HADS.bounds(_answers(12, 6) | {"hads_13": None}) == (12, 15)
