"""Multiple imputation of a binary endpoint without chance: infinitely many imputations, summed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import HALF_ADDED, NOTHING_OBSERVED, Estimate
from equipoise.analysis.estimators.multiple_imputation import Measure, contrast
from equipoise.analysis.estimators.rubin import combine
from equipoise.errors import InputError

Array = NDArray[np.float64]


def binary(
    counts: tuple[int, int, int],
    counts_ref: tuple[int, int, int],
    *,
    measure: Measure = "risk ratio",
    level: float = 0.95,
) -> Estimate:
    """Return what multiple imputation within arms tends to as imputations grow without bound.

    ``counts`` are events, participants observed and participants missing of the arm, ``counts_ref``
    those of the reference. Missing events of an arm are beta-binomial, given its events and
    Jeffreys' prior; Rubin's variance is the mean of the tables' variances plus the variance of
    their (log) estimates, both summed over all tables with their probabilities: Rubin DB. Multiple
    imputation for nonresponse in surveys. Wiley 1987, section 3.3, doi:10.1002/9780470316696.
    One trial. NaN with a note where an arm has nothing observed.
    Raises InputError for counts that are not whole with 0 <= events <= observed, 0 <= missing.
    """
    for events, observed, missing in (counts, counts_ref):
        if not (0 <= events <= observed and missing >= 0):
            raise InputError(
                "exact imputation",
                "events must lie between 0 and those observed, and missing be 0 or more",
                "Check the counts of both arms.",
            )
    (x1, n1, m1), (x0, n0, m0) = counts, counts_ref
    method = "multiple imputation (missing at random), exact, Rubin's rules"
    if not (n1 and n0):
        nothing = combine(np.nan, np.nan, np.nan, 1.0, np.inf, np.inf)
        return nothing.estimate(measure, level, method, note=np.str_(NOTHING_OBSERVED))
    chance = _missing_events(x1, n1, m1)[:, None] * _missing_events(x0, n0, m0)
    k, j = np.indices(chance.shape)
    table = (x1 + k, np.full(k.shape, n1 + m1), x0 + j, np.full(k.shape, n0 + m0))
    flat = tuple(np.asarray(c, dtype=np.float64).ravel() for c in table)
    found, variance, halved = contrast(flat, measure)
    weight = chance.ravel()
    value = float(weight @ found)
    between = float(weight @ (found - value) ** 2)
    pooled = combine(value, float(weight @ variance), between, 1.0, np.inf, np.inf)
    note = np.str_(HALF_ADDED if halved else "")
    ratio = measure != "risk difference"
    return pooled.estimate(measure, level, method, ratio=ratio, note=note)


def _missing_events(events: int, observed: int, missing: int) -> Array:
    """Return the probability of 0, 1... ``missing`` events among the missing."""
    k = np.arange(missing + 1)
    a, b = events + 0.5, observed - events + 0.5
    log = special.betaln(a + k, b + missing - k) - special.betaln(k + 1, missing - k + 1)
    probability = np.exp(log - log.max())
    return np.asarray(probability / probability.sum())
