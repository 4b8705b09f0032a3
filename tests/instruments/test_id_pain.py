from __future__ import annotations

import pytest

from equipoise.instruments import Answer, instrument


def _yes(*items: int) -> dict[str, Answer]:
    return {f"id_pain_{item}": item in items for item in range(1, 7)}


@pytest.mark.parametrize(
    ("items", "points", "at_two", "at_three"),
    [
        ((), 0, False, False),
        ((6,), -1, False, False),
        ((1,), 1, False, False),
        ((1, 2), 2, True, False),
        ((4, 5, 6), 1, False, False),
        ((3, 4, 5), 3, True, True),
        ((1, 2, 3, 4, 5), 5, True, True),
        ((1, 2, 3, 4, 5, 6), 4, True, True),
    ],
)
def test_five_items_add_and_the_sixth_takes_away(
    items: tuple[int, ...], points: int, at_two: bool, at_three: bool
) -> None:
    assert instrument("id_pain").score(_yes(*items)) == {
        "id_pain": points,
        "id_pain_neuropathic": at_two,
    }
    assert instrument("id_pain", cut_off=3).score(_yes(*items))["id_pain_neuropathic"] is at_three


def test_an_unanswered_sixth_item_can_only_take_away() -> None:
    assert instrument("id_pain").bounds(_yes(1, 2) | {"id_pain_6": None}) == (1, 2)
