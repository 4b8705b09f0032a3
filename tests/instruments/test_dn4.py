from __future__ import annotations

import pytest

from equipoise.instruments import Answer, instrument

DN4 = instrument("dn4")


def _yes(*items: int) -> dict[str, Answer]:
    return {f"dn4_{item}": item in items for item in range(1, 11)}


@pytest.mark.parametrize(
    ("items", "full", "positive", "interview", "interview_positive"),
    [
        ((), 0, False, 0, False),
        ((1, 2), 2, False, 2, False),
        ((1, 2, 7), 3, False, 3, True),
        ((8, 9, 10), 3, False, 0, False),
        ((7, 8, 9, 10), 4, True, 1, False),
        (tuple(range(1, 11)), 10, True, 7, True),
    ],
)
def test_four_of_ten_and_three_of_seven(
    items: tuple[int, ...], full: int, positive: bool, interview: int, interview_positive: bool
) -> None:
    assert DN4.score(_yes(*items)) == {
        "dn4": full,
        "dn4_neuropathic": positive,
        "dn4_interview": interview,
        "dn4_interview_neuropathic": interview_positive,
    }


def test_by_telephone_the_interview_is_scored_and_the_whole_may_be_settled() -> None:
    asked = {f"dn4_{item}": item <= 4 for item in range(1, 8)}
    assert DN4.score(asked) == {
        "dn4": None,
        "dn4_neuropathic": True,
        "dn4_interview": 4,
        "dn4_interview_neuropathic": True,
    }
    assert DN4.bounds(asked) == (4, 7)
