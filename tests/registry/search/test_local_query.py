from __future__ import annotations

import pytest

pytest.importorskip("tantivy", reason="the local index needs tantivy")

from equipoise.registry.search import plan
from equipoise.registry.search.fields import place
from equipoise.registry.search.local_documents import record_schema
from equipoise.registry.search.local_query import Asking, lightest, query

ASKING = Asking(
    record_schema(), lambda _: [7], lambda _: ["1.0,2.0"], lambda _, _among: ["NCT00000001"]
)


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (plan.Phrase(place("BriefTitle"), ("a", "b")), ["PhraseQuery"]),
        (plan.Phrase(place("Keyword"), ("a",), first=True), ["PhraseQuery"]),
        (plan.Phrase(place("BasicSearch"), ("a",)), ["TermQuery"]),
        (plan.Phrase(place("LocationGeoPoint"), ("a",)), ["EmptyQuery"]),
        (plan.Between("StartDate", 1.0, None), ["RangeQuery"]),
        (plan.Between("StartDate", None, None), ["ExistsQuery"]),
        (plan.Ids(frozenset()), ["EmptyQuery"]),
        (plan.Any(()), ["EmptyQuery"]),
        (plan.Neither(plan.Everything()), ["MustNot", "AllQuery"]),
        (plan.Near(0, 0, 1), ["TermSetQuery"]),
        (plan.Exact(place("Keyword"), "A"), ["TermSetQuery"]),
        (plan.Prefer(plan.Phrase(place("Keyword"), ("a",)), 0), ["Const"]),
    ],
)
def test_each_part_of_a_plan_has_its_query(asked: plan.Plan, parts: list[str]) -> None:
    made = repr(query(asked, ASKING))
    assert all(part in made for part in parts), made


def test_the_weight_of_a_match_anywhere() -> None:
    assert lightest(place("BasicSearch")) == 0.1
