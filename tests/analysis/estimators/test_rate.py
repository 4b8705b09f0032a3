from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

from equipoise.analysis.estimators.rate import poisson_rate
from equipoise.errors import InputError


def test_the_limits_are_garwoods() -> None:
    # Ulm K. Am J Epidemiol 1990;131:373-375: limits of 10 events, exact Poisson
    rate = poisson_rate(10, 1.0)
    assert float(rate.low) == pytest.approx(4.795, abs=5e-4)
    assert float(rate.high) == pytest.approx(18.390, abs=5e-4)


@pytest.mark.parametrize("events", [1, 3, 40])
def test_each_limit_leaves_half_of_the_rest(events: int) -> None:
    rate = poisson_rate(events, 2.0, level=0.9)
    assert poisson.sf(events - 1, 2 * float(rate.low)) == pytest.approx(0.05, rel=1e-9)
    assert poisson.cdf(events, 2 * float(rate.high)) == pytest.approx(0.05, rel=1e-9)


def test_no_events_have_an_upper_limit() -> None:
    rate = poisson_rate(0, 100.0)
    assert (float(rate.value), float(rate.low)) == (0, 0)
    assert float(rate.high) == pytest.approx(-math.log(0.025) / 100)


def test_no_time_has_no_rate() -> None:
    rate = poisson_rate([0, 2], [0.0, 4.0])
    assert np.isnan(np.array([each[0] for each in map(np.asarray, rate)])).all()
    assert np.asarray(rate.value)[1] == 0.5


@pytest.mark.parametrize(("events", "time"), [(-1, 1.0), (1, -1.0), (1.5, 1.0)])
def test_what_cannot_be_is_refused(events: float, time: float) -> None:
    with pytest.raises(InputError, match="negative"):
        poisson_rate(events, time)
