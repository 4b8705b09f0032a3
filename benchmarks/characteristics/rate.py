"""One rate: how often intervals cover or tests reject, with its error or its range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.chance import Chance

CHANCE = Chance(20261122)
LEVEL = 0.95


@dataclass(frozen=True)
class Rate:
    """How often, in percent, with what whiskers: ``low`` to ``high``.

    ``panel`` and ``method`` place it in the picture, ``at`` is its colour; ``nominal`` is what it
    should be.
    """

    panel: str
    method: str
    at: str
    percent: float
    low: float
    high: float
    nominal: float
    trials: int = 0
    """How many were simulated; 0 where every table was enumerated."""


def simulated(panel: str, method: str, at: str, happened: ArrayLike, nominal: float) -> Rate:
    """Return the share of trials in which it ``happened``, within two Monte Carlo errors."""
    seen = np.asarray(happened, dtype=np.bool_).ravel()
    share = 100 * float(seen.mean())
    error = 100 * float(np.sqrt(seen.mean() * (1 - seen.mean()) / seen.size))
    return Rate(panel, method, at, share, share - 2 * error, share + 2 * error, nominal, seen.size)


def enumerated(panel: str, method: str, at: str, shares: ArrayLike, nominal: float) -> Rate:
    """Return the mean and range of exact ``shares`` over a grid of true values."""
    percent = 100 * np.asarray(shares, dtype=np.float64)
    low, high = float(percent.min()), float(percent.max())
    return Rate(panel, method, at, float(percent.mean()), low, high, nominal)
