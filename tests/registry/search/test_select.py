from __future__ import annotations

import csv
import io

import pytest

from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.select import COLUMNS, chosen, columns, metadata, only, table
from tests.refusal import refusal
from tests.registry.sample import record


def test_branches_bring_what_is_below_them() -> None:
    assert only(record(), chosen(["StartDateStruct", "StartDate"])) == {
        "protocolSection": {"statusModule": {"startDateStruct": {"date": "2020-03-01",
                                                                 "type": "ACTUAL"}}}
    }  # fmt: skip
    assert only(record(), chosen(["StartDate"])) == {
        "protocolSection": {"statusModule": {"startDateStruct": {"date": "2020-03-01"}}}
    }
    assert only(record(), None) == record()


def test_parts_left_empty_are_left_out() -> None:
    assert only(record(), chosen(["Keyword", "LocationZip"])) == {}


def test_all_fields_chosen_one_by_one_are_the_record() -> None:
    assert only(record(), chosen([each.piece for each in by_piece().values()])) == record()


def test_an_area_brings_its_pieces() -> None:
    found = only(record(), chosen(["TitleSearch"]))
    assert set(found["protocolSection"]["identificationModule"]) == {"briefTitle", "officialTitle"}


def test_an_unknown_name_names_the_likely_ones() -> None:
    assert "BriefTitle" in refusal(chosen, ["BriefTitel"]).todo
    assert "metadata" in refusal(chosen, ["qqqqqqqqqq"]).todo


def test_a_table_of_all_columns() -> None:
    text = table([record()], columns([]), header=True, base="http://here/studies/")
    (row,) = csv.DictReader(io.StringIO(text))
    assert list(row) == list(COLUMNS)
    assert row["NCT Number"] == "NCT00000001"
    assert row["Study URL"] == "http://here/studies/NCT00000001"
    assert row["Interventions"].startswith("DRUG: Balm")
    assert row["Study Design"] == (
        "Allocation: RANDOMIZED|Intervention Model: PARALLEL|Masking: DOUBLE|"
        "Primary Purpose: TREATMENT"
    )
    assert row["Primary Outcome Measures"].count(",") >= 1
    assert row["Enrollment"] == "20"
    assert table([record()], ["Phases"], header=False) == "PHASE4\n"


def test_a_record_without_anything_is_a_row_without_anything() -> None:
    (row,) = csv.DictReader(io.StringIO(table([{}], columns([]), header=True)))
    shown = {name: cell for name, cell in row.items() if cell}
    assert set(shown) == {"Age", "Study Design"}


@pytest.mark.parametrize("names", [["nct number"], ["Acronym", "Sex"]])
def test_columns_in_any_case(names: list[str]) -> None:
    assert [each.lower() for each in columns(names)] == [each.lower() for each in names]


def test_an_unknown_column() -> None:
    assert "NCT Number" in refusal(columns, ["NCTId"]).todo


def test_the_tree_of_fields() -> None:
    first = metadata()[0]
    assert (first["name"], first["piece"]) == ("protocolSection", "ProtocolSection")
    assert first["children"][0]["children"][0]["piece"] == "NCTId"
