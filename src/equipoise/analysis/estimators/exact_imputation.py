"""Multiple imputation of a binary endpoint without chance: infinitely many imputations, summed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    HALF_ADDED,
    NOTHING_OBSERVED,
    Estimate,
)
from equipoise.analysis.estimators.multiple_imputation import Measure, contrast
from equipoise.analysis.estimators.rubin import combine
from equipoise.errors import InputError

Array = NDArray[np.float64]
Counts = tuple[ArrayLike, ArrayLike, ArrayLike]


def binary(
    counts: Counts,
    counts_ref: Counts,
    *,
    measure: Measure = "risk ratio",
    level: float = 0.95,
) -> Estimate:
    """Return what multiple imputation within arms tends to as imputations grow without bound.

    ``counts`` are events, participants observed and participants missing of the arm, ``counts_ref``
    those of the reference: whole numbers of shapes that spread over each other, one per trial.
    Missing events of an arm are beta-binomial, given its events and Jeffreys' prior; Rubin's
    variance is the mean of the tables' variances plus the variance of their (log) estimates, both
    summed over all tables with their probabilities: Rubin DB. Multiple imputation for nonresponse
    in surveys. Wiley 1987, section 3.3, doi:10.1002/9780470316696. Equal trials are done once.

    NaN with a note where an arm has nothing observed.
    Raises InputError for counts that are not whole with 0 <= events <= observed, 0 <= missing.
    """
    given = np.broadcast_arrays(*counts, *counts_ref)
    for x, n, m in (given[:3], given[3:]):
        whole = all(g.dtype.kind in "iu" for g in (x, n, m))
        if not whole or (x < 0).any() or (x > n).any() or (m < 0).any():
            raise InputError(
                "exact imputation",
                "counts must be whole, with events between 0 and those observed",
                "Check the counts of both arms.",
            )
    rows, which = np.unique(
        np.stack([g.ravel() for g in given], axis=1), axis=0, return_inverse=True
    )
    found = [_moments([int(c) for c in row], measure) for row in rows]
    moments = np.array([numbers for numbers, _ in found])[which.ravel()].T
    value, within, between = (v.reshape(given[0].shape) for v in moments)
    said = np.array([note for _, note in found])[which.ravel()].reshape(given[0].shape)
    pooled = combine(value, within, between, 1.0, np.inf, np.inf)
    method = "multiple imputation (missing at random), exact, Rubin's rules"
    ratio = measure != "risk difference"
    return pooled.estimate(measure, level, method, ratio=ratio, note=said[()])


def _moments(row: list[int], measure: Measure) -> tuple[tuple[float, float, float], str]:
    """Return the mean of the estimates, that of their variances, their variance, and a note."""
    x1, n1, m1, x0, n0, m0 = row
    if not (n1 and n0):
        empty = not (n1 + m1 and n0 + m0)
        return (float("nan"),) * 3, EMPTY_ARM if empty else NOTHING_OBSERVED
    chance = _missing_events(x1, n1, m1)[:, None] * _missing_events(x0, n0, m0)
    k, j = np.indices(chance.shape).reshape(2, -1).astype(np.float64)
    one = np.ones_like(k)
    found, variance, halved = contrast((x1 + k, (n1 + m1) * one, x0 + j, (n0 + m0) * one), measure)
    weight = chance.ravel()
    value = float(weight @ found)
    between = float(weight @ (found - value) ** 2)
    return (value, float(weight @ variance), between), HALF_ADDED if halved else ""


def _missing_events(events: int, observed: int, missing: int) -> Array:
    """Return the probability of 0, 1... ``missing`` events among the missing."""
    k = np.arange(missing + 1)
    a, b = events + 0.5, observed - events + 0.5
    log = special.betaln(a + k, b + missing - k) - special.betaln(k + 1, missing - k + 1)
    probability = np.exp(log - log.max())
    return np.asarray(probability / probability.sum())
