from __future__ import annotations

import pytest

from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.index import FACETS, RELEVANCE, Sort, facet, sort_by
from tests.refusal import refusal


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("StartDate", Sort("StartDate", True)),
        ("startdate:asc", Sort("StartDate", False)),
        ("EnrollmentCount", Sort("EnrollmentCount", False)),
        ("MinimumAge:desc", Sort("MinimumAge", True)),
        ("@relevance", Sort(RELEVANCE, True)),
        ("@relevance:desc", Sort(RELEVANCE, True)),
    ],
)
def test_dates_fall_and_numbers_rise_by_themselves(text: str, sort: Sort) -> None:
    assert sort_by(text) == sort


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BriefTitle", "Use StartDate"),
        ("StartDat", "Did you mean StartDate"),
        ("StartDate:down", "Use asc or desc"),
        ("@relevance:asc", "Use @relevance"),
        ("BasicSearch", "Use StartDate"),
    ],
)
def test_no_orders(text: str, said: str) -> None:
    assert said in refusal(sort_by, text).todo


def test_facets_are_fields() -> None:
    assert set(FACETS) <= set(by_piece())
    assert facet(" phase ") == "Phase"
    assert "OverallStatus" in refusal(facet, "BriefTitle").todo
