from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.exchange.ctgov_dates import IN_WORDS, PROCESSED, SLASHED
from equipoise.exchange.xml_map import Codec

WHEN = "ClinicalTrials.gov processed this data on "


@pytest.mark.parametrize(
    ("codec", "xml", "api"),
    [
        (IN_WORDS, "March 6, 2015", "2015-03-06"),
        (IN_WORDS, "December 31, 1999", "1999-12-31"),
        (IN_WORDS, "May 2020", "2020-05"),
        (PROCESSED, f"{WHEN}February 03, 2023", "2023-02-03"),
        (PROCESSED, f"{WHEN}June 22, 2014", "2014-06-22"),
        (SLASHED, "12/2020", "2020-12"),
    ],
)
def test_a_date_is_read_and_written(codec: Codec, xml: str, api: str) -> None:
    assert codec.read(xml) == api
    assert codec.write(api) == xml


@pytest.mark.parametrize("codec", [IN_WORDS, PROCESSED, SLASHED])
@pytest.mark.parametrize(
    "text",
    ["Unknown", "2025", "Brumaire 2, 1799", "March 32, 2015", "13/2020", "2020-13", "²/2020", ""],
)
def test_what_is_no_date_stands_for_itself(codec: Codec, text: str) -> None:
    assert codec.read(text) == text
    assert codec.write(text) == text


@settings(max_examples=60, deadline=None)
@given(st.dates())
def test_every_day_comes_back(day: object) -> None:
    assert IN_WORDS.read(IN_WORDS.write(str(day)) or "") == str(day)
