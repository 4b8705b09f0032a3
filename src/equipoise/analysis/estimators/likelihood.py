"""The odds ratio of two proportions by its likelihood: profile interval and likelihood ratio test.

The profile interval holds the odds ratios whose best likelihood is within z²/2 of the greatest:
that of a logistic regression on the arm alone. Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94,
doi:10.2307/2347496.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from equipoise.analysis.estimators.counts import Array, Table
from equipoise.analysis.estimators.estimate import critical_value, two_sided_p
from equipoise.analysis.estimators.score import constrained_by_odds

_HALVINGS = 64  # of (0, 1): below the spacing of floats


def profile_limits(table: Table, level: float) -> tuple[Array, Array]:
    """Return the lower and upper limit of the odds ratio; 0 and infinity where it is undefined."""
    limit = critical_value(level) ** 2 / 2
    x1, n1, x0, n0 = table
    most = _log_likelihood(x1 / n1, x0 / n0, table)
    a, b = np.sqrt(x1 * (n0 - x0)), np.sqrt(x0 * (n1 - x1))
    centre = np.divide(a, a + b, out=np.full_like(a, 0.5), where=a + b > 0)
    low = _edge(table, most - limit, centre, np.zeros_like(centre))
    high = _edge(table, most - limit, centre, np.ones_like(centre))
    undefined = a + b == 0
    with np.errstate(divide="ignore"):
        return (
            np.where(undefined, 0.0, (low / (1 - low)) ** 2),
            np.where(undefined, np.inf, (high / (1 - high)) ** 2),
        )


def likelihood_ratio_p(table: Table) -> Array:
    """Return the P value of the likelihood ratio test of equal proportions.

    Wilks SS. Ann Math Stat 1938;9:60-62, doi:10.1214/aoms/1177732360.
    """
    x1, n1, x0, n0 = table
    common = (x1 + x0) / (n1 + n0)
    gain = _log_likelihood(x1 / n1, x0 / n0, table) - _log_likelihood(common, common, table)
    return two_sided_p(np.sqrt(2 * np.maximum(gain, 0.0)))


def _edge(table: Table, least: Array, inside: Array, outside: Array) -> Array:
    """Return where the profile falls below ``least``; searched on sqrt(ψ) / (1 + sqrt(ψ))."""
    end = outside
    for _ in range(_HALVINGS):
        u = (inside + outside) / 2
        holds = _log_likelihood(*constrained_by_odds(u, table), table) >= least
        inside, outside = np.where(holds, u, inside), np.where(holds, outside, u)
    return np.where(outside == end, end, inside)


def _log_likelihood(p1: Array, p0: Array, table: Table) -> Array:
    x1, n1, x0, n0 = table
    return np.asarray(
        special.xlogy(x1, p1)
        + special.xlog1py(n1 - x1, -p1)
        + special.xlogy(x0, p0)
        + special.xlog1py(n0 - x0, -p0)
    )
