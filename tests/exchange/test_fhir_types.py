from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange.fhir_types import age, concept, date, extensions, given


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [("18 Years", 18, "a"), ("1 Year", 1, "a"), ("6 Months", 6, "mo"), ("0.5 days", 0.5, "d")],
)
def test_an_age_is_a_quantity(text: str, value: float, code: str) -> None:
    found = age(text)
    assert found is not None
    assert (found["value"], found["code"]) == (value, code)


@pytest.mark.parametrize("text", ["N/A", "", None, "Years", "18", 18])
def test_what_is_no_age_is_none(text: Any) -> None:
    assert age(text) is None


def test_a_date_is_as_precise_as_the_record() -> None:
    assert date({"date": "2020-03"}) == "2020-03"
    assert date({"date": "3 May"}) is None
    assert date(None) is None


def test_a_concept_without_a_code_of_hl7() -> None:
    found = concept("phase", "X_Y", {"A": "a"})
    assert [each["code"] for each in found["coding"]] == ["X_Y"]
    assert found["text"] == "X y"
    assert concept("phase", "NA", {"NA": "n-a"})["text"] == "Not applicable"


def test_extensions_and_fields_without_value_are_left_out() -> None:
    assert [each["url"].rpartition("#")[2] for each in extensions(A=None, B="", C=0, D=["x"])] == [
        "C", "D",
    ]  # fmt: skip
    assert given(a=None, b=[], c={}, d="", e=0, f=False) == {"e": 0, "f": False}
