from __future__ import annotations

import json

from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.stats import (
    leaf_fields,
    list_fields,
    list_sizes,
    sizes,
    statistic,
    value_statistics,
)
from tests.registry.search.library import invented


def test_sizes_are_those_of_the_json() -> None:
    found = sizes(invented())
    plain = [len(json.dumps(s, ensure_ascii=False, separators=(",", ":")).encode())
             for s in invented()]  # fmt: skip
    assert found["averageSizeBytes"] == round(sum(plain) / len(plain))
    assert [each["sizeBytes"] for each in found["largestStudies"]] == sorted(plain, reverse=True)
    assert found["percentiles"]["99"] == max(plain)
    assert found["percentiles"]["1"] == min(plain)


def test_no_records() -> None:
    assert sizes([]) == {"averageSizeBytes": 0, "largestStudies": [], "percentiles": {},
                         "ranges": [], "totalStudies": 0}  # fmt: skip
    found = value_statistics([], leaf_fields())
    assert len(found) == len(leaf_fields())
    assert list_sizes([], [by_piece()["Location"]])[0]["uniqueSizesCount"] == 0


def test_values_by_kind() -> None:
    pieces = ("Condition", "Phase", "StartDate", "EnrollmentCount", "HasResults")
    texts, phases, dates, counts, flags = value_statistics(
        invented(), [by_piece()[piece] for piece in pieces]
    )
    assert texts["longest"] == {"length": 21, "nctId": "NCT00000002",
                                "value": "Myocardial infarction"}  # fmt: skip
    assert phases["topValues"][0] == {"value": "PHASE4", "studiesCount": 4}
    assert (dates["min"], dates["max"]) == ("2020-03-01", "2023-01-01")
    assert (counts["min"], counts["avg"], counts["max"]) == (20, 20, 20)
    assert flags["trueCount"] + flags["falseCount"] == len(invented())
    assert [statistic(by_piece()[piece]) for piece in pieces] == [
        "STRING", "ENUM", "DATE", "INTEGER", "BOOLEAN",
    ]  # fmt: skip


def test_lists_are_measured_where_they_stand() -> None:
    assert by_piece()["Location"] in list_fields()
    (sites,) = list_sizes(invented(), [by_piece()["Location"]])
    assert sites["topSizes"] == [{"size": 2, "studiesCount": 2}, {"size": 1, "studiesCount": 2}]
