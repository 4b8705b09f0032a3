from __future__ import annotations

import pytest

from equipoise.registry.search import plan
from equipoise.registry.search.fields import place
from equipoise.registry.search.holds import holds, loosely, refuse_exact
from tests.refusal import refusal

STUDY = {"protocolSection": {"conditionsModule": {"keywords": ["the HFpEF  and\nHFrEF", "Café"]}}}


@pytest.mark.parametrize(
    ("text", "first", "last", "there"),
    [
        ("HFpEF", False, False, True),
        ("hfpef", False, False, False),
        ("HFpE", False, False, False),
        ("FpEF", False, False, False),
        ("HFpEF and HFrEF", False, False, True),  # spaces in a row are one
        ("the HFpEF", True, False, True),
        ("HFpEF", True, False, False),
        ("HFrEF", False, True, True),
        ("HFpEF", False, True, False),
        ("Café", True, True, True),
        ("Cafe", True, True, False),
        ("the HFpEF", True, True, False),
        (".*", False, False, False),
    ],
)
def test_as_written(text: str, first: bool, last: bool, there: bool) -> None:
    assert holds(STUDY, plan.Exact(place("Keyword"), text, first, last)) is there


def test_the_loose_plan_finds_the_words() -> None:
    asked = plan.Exact(place("Keyword"), "Cafés", first=True)
    assert loosely(asked) == plan.Phrase(place("Keyword"), ("cafe",))
    assert "Cafés" in refusal(refuse_exact, asked, []).what
