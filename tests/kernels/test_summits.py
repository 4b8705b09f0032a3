"""The highest concentration found in lanes is that of going from flow to flow, or left open."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.kernels.pump import Program
from equipoise.kernels.summits import summits
from equipoise.kernels.ward import peak_of_given

PROGRAM = Program(2.0, 120.0, 8.0, 1.0, 200.0, math.inf, math.inf, 4320.0, 200.0, 3, 5.0, 0.01, 0)
ROOM = 200


def in_lanes(model: list[float], seconds: list[int]) -> tuple[float, bool]:
    """Return what the lanes find after boluses at ``seconds``, and whether they leave it open."""
    times = np.zeros((1, ROOM))
    times[0, : len(seconds)] = seconds
    peak, left_open = np.zeros(1), np.zeros(1, np.uint8)
    summits(
        np.array([model]), np.ones(1), times, np.array([len(seconds)]), PROGRAM,
        np.zeros(1, np.uint8), peak, left_open,
    )  # fmt: skip
    return float(peak[0]), bool(left_open[0])


def highest(model: list[float], seconds: list[int]) -> float | None:
    """Return what the lanes find; None when they leave it open."""
    found, left_open = in_lanes(model, seconds)
    return None if left_open else found


def exactly(model: list[float], seconds: list[int], floor: float = 0.0) -> float:
    times = np.zeros(ROOM)
    times[: len(seconds)] = seconds
    return float(peak_of_given(np.array(model), 1.0, PROGRAM, times, len(seconds), floor))


NEARLY_TIED = {
    "the later by two parts in a thousand": (
        [3257, 7560, 8069, 10683, 53232, 81955, 187525, 207643, 214651],
        [1.45246, 19.3539, 45.4259, 0.508383, 2.03043, 0.374320, 0.0586421],
    ),
    "the earlier by four in ten thousand": (
        [8346, 12390, 13937, 18402, 31272, 33181, 47323, 63737, 79703, 84622, 94366],
        [1.51977, 21.0401, 35.9971, 0.556607, 1.54024, 0.473942, 0.0356053],
    ),
    "the earlier by four in a hundred thousand": (
        [11071, 20796, 23732, 60234, 62642, 84409, 158549, 193907, 252903],
        [1.34920, 25.6983, 28.0168, 0.476630, 1.92987, 0.430461, 0.0506892],
    ),
}


@pytest.mark.parametrize("name", NEARLY_TIED)
def test_of_two_summits_that_are_nearly_tied_the_lower_is_not_taken(name: str) -> None:
    seconds, model = NEARLY_TIED[name]
    found = highest(model, seconds)
    assert found is None or found == pytest.approx(exactly(model, seconds), rel=1e-8)


def test_a_bolus_that_the_stop_cuts_short_is_left_open() -> None:
    _, model = NEARLY_TIED["the earlier by four in ten thousand"]
    assert highest(model, [259_150]) is None
    assert highest(model, [200_000]) == pytest.approx(exactly(model, [200_000]), rel=1e-8)


gaps = st.lists(st.integers(480, 40_000), min_size=0, max_size=12)
spread = st.lists(st.floats(0.5, 2.0), min_size=7, max_size=7)


@settings(max_examples=150, deadline=None)
@given(gaps, spread)
def test_whatever_is_not_left_open_is_exact_and_else_not_above(
    gaps_s: list[int], spread: list[float]
) -> None:
    seconds = [int(each) for each in np.cumsum(gaps_s) if each < 259_000]
    typical = [1.4, 23.8, 40.9, 0.57, 2.49, 0.50, 0.0428]
    model = [value * factor for value, factor in zip(typical, spread, strict=True)]
    found, left_open = in_lanes(model, seconds)
    whole = exactly(model, seconds)
    if left_open:  # a floor, from which going from flow to flow ends at the same height
        assert found <= whole * (1 + 1e-9)
        assert exactly(model, seconds, found) == pytest.approx(whole, rel=1e-9)
    else:
        assert found == pytest.approx(whole, rel=1e-7)


def test_most_are_found_in_lanes() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251 - any people will do
    typical = np.array([1.4, 23.8, 40.9, 0.57, 2.49, 0.50, 0.0428])
    found = 0
    for _ in range(200):
        model = typical * np.exp(0.26 * rng.normal(size=7))
        seconds = np.cumsum(480 + rng.exponential(25_000, 8)).astype(int)
        found += highest(model.tolist(), seconds[seconds < 259_000].tolist()) is not None
    assert found > 100
