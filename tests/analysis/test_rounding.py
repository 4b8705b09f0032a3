from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.rounding import (
    count_text,
    fixed,
    interval_text,
    p_text,
    percent_text,
    round_half_away,
    spread_text,
)
from equipoise.errors import InputError


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.1225, 3, "0.123"),  # the binary number lies below the tie
        (2.675, 2, "2.68"),
        (np.float64(1.005), 2, "1.01"),
        (np.float32(0.1225), 3, "0.123"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("-2.5"), 0, "-3"),
        (-0.04, 1, "0.0"),
        (-0.0, 1, "0.0"),
        (-0.05, 1, "-0.1"),
        (np.int64(7), 2, "7.00"),
        (Fraction(1, 8), 2, "0.13"),
        (1e22, 1, "10000000000000000000000.0"),
        (1e-7, 3, "0.000"),
        (0.9999, 2, "1.00"),
        (float("nan"), 2, "–"),
        (Decimal("NaN"), 2, "–"),
        (np.inf, 2, "∞"),
        (-np.inf, 2, "-∞"),
    ],
)
def test_fixed(value: float, places: int, text: str) -> None:
    assert fixed(value, places) == text


@given(st.decimals(-(10**6), 10**6, places=5), st.integers(0, 4))
def test_a_decimal_is_rounded_as_the_decimal_module_does(value: Decimal, places: int) -> None:
    expected = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert round_half_away(value, places) == expected
    assert round_half_away(-value, places) == -round_half_away(value, places)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_the_text_of_a_float_is_never_a_negative_zero(value: float, places: int) -> None:
    text = fixed(value, places)
    assert abs(float(text) - value) <= 0.5000001 * 10**-places
    assert not (text.startswith("-") and float(text) == 0)


def test_rounding_refuses_what_is_not_a_number() -> None:
    with pytest.raises(InputError):
        round_half_away(float("nan"), 1)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "<0.001"),
        (0.0009999, "<0.001"),
        (0.001, "0.001"),
        (0.0011678, "0.001"),
        (0.0096, "0.010"),
        (0.01, "0.01"),
        (0.0449, "0.04"),
        (0.047, "0.047"),
        (0.0499, "0.0499"),
        (0.05, "0.05"),
        (0.0501, "0.0501"),
        (0.056, "0.06"),
        (0.245, "0.25"),
        (0.985, "0.99"),
        (0.99, "0.99"),
        (0.9901, ">0.99"),
        (1, ">0.99"),
        (float("nan"), "–"),
    ],
)
def test_p_values_as_journals_print_them(p: float, text: str) -> None:
    assert p_text(p) == text


def test_a_p_value_with_its_name() -> None:
    assert p_text(np.float64(0.0011678), "P") == "P=0.001"
    assert p_text(0.0001, "P") == "P<0.001"
    assert p_text(float("nan"), "P") == "P=–"
    assert p_text(0.0199, alpha=0.02) == "0.0199"
    assert p_text(0.0199) == "0.02"


@pytest.mark.parametrize("p", [-0.1, 1.01, float("inf")])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(InputError):
        p_text(p)


def test_percentages_are_rounded_once_from_the_fraction() -> None:
    assert percent_text(65, 99) == "65.7%"
    assert percent_text(1, 8, 0) == "13%"
    assert percent_text(1, 16, 1) == "6.3%"
    assert percent_text(0, 0) == "–"
    assert count_text(65, 99) == "65 (65.7%)"
    assert count_text(86, 100, 0, denominator=True) == "86/100 (86%)"
    assert count_text(np.int64(0), 0) == "0 (–)"  # type: ignore[arg-type]


def test_estimates_with_their_limits() -> None:
    assert interval_text(0.7634, 0.6487, 0.8986) == "0.76 (0.65 to 0.90)"
    assert interval_text(-1.0, -1.5, -0.04, 1, to="，") == "-1.0 (-1.5，0.0)"
    assert interval_text(np.float64(np.nan), 0, np.inf) == "– (0.00 to ∞)"
    assert spread_text(47.844, 9.731) == "47.8 (9.7)"
