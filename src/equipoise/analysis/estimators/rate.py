"""Events per time at risk, with exact limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equipoise.analysis.estimators.estimate import Floats, critical_value, floats
from equipoise.errors import InputError


class Rate(NamedTuple):
    """Events per unit of time, between ``low`` and ``high``; NaN where there was no time."""

    value: Floats
    low: Floats
    high: Floats


def poisson_rate(events: ArrayLike, time: ArrayLike, *, level: float = 0.95) -> Rate:
    """Return the rate of ``events`` (whole numbers) in ``time`` with exact two-sided limits.

    Both of any broadcastable shape. The limits are quantiles of gamma distributions, each tail
    with half of what ``level`` leaves; the lower one is 0 without events. Garwood F. Biometrika
    1936;28:437-442, doi:10.1093/biomet/28.3-4.437. They hold for events that come one by one at a
    constant rate: with first events of participants rather than with all events, which cluster.

    Raises InputError for a level outside (0, 1), and for events or time below 0.
    """
    critical_value(level)
    count, t = (np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(events, time))
    if (count < 0).any() or (count % 1 != 0).any() or (t < 0).any():
        raise InputError(
            "rate", "events and time cannot be negative, nor events broken", "Check both."
        )
    tail = (1 - level) / 2
    low = np.where(count > 0, special.gammaincinv(np.maximum(count, 1), tail), 0.0)
    high = special.gammainccinv(count + 1, tail)
    at_risk = np.where(t > 0, t, np.nan)
    return Rate(*(floats(each / at_risk) for each in (count, low, high)))
