"""The functions of the loops against what conduct's own code does with one number."""

from __future__ import annotations

import math
from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from equipoise.rehearsal.ensemble import functions

NUMBERS = st.floats(-1e5, 1e5, allow_nan=False)
QUICK = settings(deadline=None, max_examples=300)


@given(x=NUMBERS, decimals=st.integers(0, 6))
@example(x=0.25, decimals=1)  # a tie goes to the even digit
@example(x=0.15, decimals=1)  # the float lies below the tie
@example(x=1.005, decimals=2)
@example(x=2.675, decimals=2)
@QUICK
def test_a_recorded_decimal_is_what_was_written(x: float, decimals: int) -> None:
    assert functions.recorded_decimal(x, 10.0**decimals) == float(f"{x:.{decimals}f}")


@given(n=st.integers(-(10**6), 10**6), decimals=st.integers(1, 4))
@QUICK
def test_decimals_near_a_tie_are_recorded_as_written(n: int, decimals: int) -> None:
    x = (n + 0.5) / 10**decimals
    for near in (math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf)):
        assert functions.recorded_decimal(near, 10.0**decimals) == float(f"{near:.{decimals}f}")


@given(hours=st.floats(-2000, 2000, allow_nan=False))
@example(hours=0.5 / 3.6e9)
@example(hours=1.5 / 3.6e9)
@QUICK
def test_hours_are_rounded_as_timedelta_does(hours: float) -> None:
    assert functions.microseconds(hours) == timedelta(hours=hours) // timedelta(microseconds=1)


@given(x=st.floats(-700, 700))
@QUICK
def test_expit_is_a_chance(x: float) -> None:
    assert math.isclose(functions.expit(x), 1 / (1 + math.exp(-x)), rel_tol=1e-14)


def test_what_cannot_be_computed_is_not_a_number() -> None:
    assert math.isnan(functions.quotient(1.0, 0.0))
    assert math.isnan(functions.log(0.0))
    assert math.isnan(functions.sqrt(-1.0))
    assert math.isnan(functions.power(-2.0, 0.5))
    assert functions.power(-2.0, 3.0) == -8.0
