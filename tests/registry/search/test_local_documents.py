from __future__ import annotations

import pytest

pytest.importorskip("tantivy", reason="the local index needs tantivy")

from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.local_documents import (
    location_documents,
    ordered_pieces,
    record_document,
    record_number,
)
from tests.registry.search.library import invented


def test_a_record_is_a_document() -> None:
    made = record_document(invented()[0]).to_dict()
    assert made["id"] == ["NCT00000001"]
    assert made["alias"] == ["NCT00009901"]
    assert made["serial"] == [1]
    once, again = made["area_ConditionSearch"]
    assert "^ heart attack $ ^ pain $" in once
    assert again == " ".join(["^ heart attack $ ^ pain $"] * 3)
    assert made["point"] == ["50.73438,7.09549", "50.93333,6.95"]
    assert made["facet_LocationCountry"] == ["Germany"]
    assert "Keyword" not in made["has"]
    assert {"Condition", "Location", "ConditionsModule"} <= set(made["has"])
    assert {"Phase=phase 4", "LocationStatus=recruiting"} <= set(made["has"])


def test_a_site_is_a_document_with_the_number_of_its_record() -> None:
    bonn, cologne = (each.to_dict() for each in location_documents(invented()[0]))
    assert bonn["number"] == cologne["number"] == [record_number("NCT00000001")]
    assert "^ bonn $" in bonn["area_LocationSearch"][0]


def test_numbers_of_records_fit_and_differ() -> None:
    numbers = {record_number(f"NCT{each:08d}") for each in range(10_000)}
    assert len(numbers) == 10_000
    assert max(numbers) < 2**63


def test_ordered_pieces_are_dates_numbers_and_ages() -> None:
    assert {by_piece()[each].kind for each in ordered_pieces()} == {"date", "number", "time"}
