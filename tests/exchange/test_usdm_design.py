from __future__ import annotations

import pytest

from equipoise.exchange.usdm_design import criteria


def test_criteria_are_the_items_at_the_margin() -> None:
    text = (
        "Inclusion Criteria:\n\n* Sore hand:\n\n  * left, or\n  * right\n* Adult\n\n"
        "**Exclusion criteria**\n\n1. Burn\n2. Itch"
    )
    assert criteria(text) == [
        ("inclusion", "Sore hand:\n\n  * left, or\n  * right"),
        ("inclusion", "Adult"),
        ("exclusion", "Burn"),
        ("exclusion", "Itch"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("* Sore hand", []),
        ("Inclusion Criteria:\n\nSore hand\n\nAdult", ["Sore hand", "Adult"]),
        ("INCLUSION CRITERIA\nAll of:\n* Sore\n* Adult", ["All of:", "Sore", "Adult"]),
        ("No inclusion criteria apply here\n\n* Sore", []),
    ],
)
def test_text_under_no_heading_is_no_criterion(text: str, found: list[str]) -> None:
    assert [each for _, each in criteria(text)] == found
