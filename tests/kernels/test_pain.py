"""Passing candidates over, and the limit of the noise that counts, change no law that is seen."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.kernels.pain import (
    least_reluctance,
    most_demanding_pain,
    most_noise,
    on_scale,
    relieved,
    reluctance,
    without_relief,
)


@given(
    start=st.floats(-3, 9), fading=st.floats(10, 1e5), sd=st.floats(0, 2), effect=st.floats(-3, 3),
    relief=st.floats(-2, 6), slope=st.floats(-1, 1), t_min=st.floats(0, 5000),
    below=st.floats(0, 5), effect_site=st.floats(0, 5),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_no_candidate_is_passed_over_that_could_be_kept(
    start: float, fading: float, sd: float, effect: float, relief: float, slope: float,
    t_min: float, below: float, effect_site: float,
) -> None:  # fmt: skip
    most = most_demanding_pain(start, sd, effect, relief, slope)
    least = least_reluctance(slope, most, start, fading, sd, effect, relief, t_min)
    noise = most_noise(sd, slope) - below
    pain = relieved(without_relief(start, fading, noise, effect, t_min), relief, effect_site, 0.1)
    assert -1e-12 <= least <= reluctance(slope, most, on_scale(pain), 0.0) + 1e-12


def test_what_is_passed_over_follows_the_fading_pain() -> None:
    of = (0.25, 8.0, 5.0, 600.0, 0.8, -1.0, 3.0)
    noise = most_noise(0.8, 0.25)
    assert least_reluctance(*of, 600.0) == pytest.approx(0.25 * (9 - 5 / math.e - noise))


@pytest.mark.parametrize(
    ("slope", "sd", "at_most"), [(0.25, 0.76, 1.1e-5), (1.0, 1.2, 2e-4), (2.0, 2.0, 1 / 4000)]
)
def test_the_limit_of_the_noise_takes_away_hardly_any_press(
    slope: float, sd: float, at_most: float
) -> None:
    """The part of E exp(slope * noise) that lies above the limit, in closed form."""
    normal, tilt, limit = NormalDist(), slope * sd, most_noise(sd, slope) / sd
    beyond = normal.cdf(tilt - limit)
    held = math.exp(tilt * limit - tilt**2 / 2) * normal.cdf(-limit)
    assert 0 < beyond - held < at_most
