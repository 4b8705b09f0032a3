from __future__ import annotations

import pytest

from equipoise.registry.search import plan
from equipoise.registry.search.ask import AGGREGATES, KM_PER_MILE, ask, number, split, whole_value
from equipoise.registry.search.fields import by_piece, enums
from equipoise.registry.search.index import Sort
from equipoise.registry.search.synonyms import Synonyms
from tests.refusal import refusal

NONE = Synonyms()


def test_nothing_asked_is_everything() -> None:
    asked = ask({"query.cond": "  ", "filter.ids": "", "sort": ""}, NONE)
    assert asked.query.where == plan.Everything()
    assert asked.query.sort == ()


def test_queries_and_filters_together_and_filters_without_rank() -> None:
    asked = ask(
        {"query.titles": "a1", "query.lead": "b", "filter.overallStatus": "COMPLETED"}, NONE
    )
    assert isinstance(asked.query.where, plan.Every)
    *_, last = asked.query.where.parts
    assert last == plan.Prefer(plan.Any((whole_value("OverallStatus", "COMPLETED"),)), 0)
    assert asked.places == ("TitleSearch", "LeadSponsorName")


def test_distances_in_miles_unless_in_km() -> None:
    for text, km in (("1mi", KM_PER_MILE), ("1", KM_PER_MILE), ("1km", 1.0)):
        where = ask({"filter.geo": f"distance(1.5,-2,{text})"}, NONE).query.where
        assert where == plan.Every((plan.Prefer(plan.Near(1.5, -2.0, km), 0),)) or where == (
            plan.Prefer(plan.Near(1.5, -2.0, km), 0)
        )


def test_orders() -> None:
    asked = ask({"sort": "EnrollmentCount|StartDate:asc"}, NONE, offset=20, size=5).query
    assert asked.sort == (Sort("EnrollmentCount", False), Sort("StartDate", False))
    assert (asked.offset, asked.size) == (20, 5)


def test_every_option_of_the_aggregates_is_a_value_that_there_is() -> None:
    for piece, options in AGGREGATES.values():
        field = by_piece().get(piece)
        for value in options.values():
            if field is None:
                assert by_piece()[value].kind == "boolean"
            elif field.kind == "boolean":
                assert value in {"true", "false"}
            else:
                assert value in enums()[field.type.removesuffix("[]")]
    assert set(AGGREGATES["status"][1].values()) == set(enums()["Status"]) - {"WITHHELD"}


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("nct841061", "NCT00841061"),
        (" NCT00000001 ", "NCT00000001"),
        ("NCT12345678", "NCT12345678"),
    ],
)
def test_numbers_in_full(text: str, full: str) -> None:
    assert number(text) == full


@pytest.mark.parametrize("text", ["", "NCT", "NCT00000000", "NCT123456789", "841061", "ISRCTN1"])
def test_no_numbers(text: str) -> None:
    assert "is no registration number" in refusal(number, text).what


def test_lists() -> None:
    assert split(" a , b|c,,") == ["a", "b", "c"]


def test_a_fault_names_its_parameter() -> None:
    assert refusal(ask, {"query.intr": "a AND"}, NONE).where == "query.intr, character 6"
    assert refusal(ask, {"postFilter.advanced": "("}, NONE).where.startswith("postFilter.advanced")
