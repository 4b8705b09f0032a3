"""Inverse probability weighting: the observed stand in for the missing who were like them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators import weighted_fits
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_LOGARITHM,
    NO_SPREAD,
    NOTHING_OBSERVED,
    Estimate,
    notes,
)
from equipoise.analysis.estimators.imputation import Data, design, lay_out
from equipoise.analysis.estimators.rubin import combine

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Measure = Literal["mean difference", "risk difference", "risk ratio", "odds ratio"]


def inverse_probability(
    values: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    measure: Measure = "mean difference",
    level: float = 0.95,
) -> Estimate:
    """Return a contrast of arms with each observed value weighted by 1 / P(observed).

    ``values`` (..., n), NaN = not observed; ``covariates`` (..., n, k), complete, predict within
    each arm whether a value is observed (logistic, Firth's). Weighted means are contrasted; the
    robust variance counts the weights as estimated: Robins JM, Rotnitzky A, Zhao LP. J Am Stat
    Assoc 1994;89:846-866, doi:10.1080/01621459.1994.10476818; Lunceford JK, Davidian M. Stat Med
    2004;23:2937-2960, doi:10.1002/sim.1903. Without covariates, or with nothing missing, the
    observed are compared as they are. Ratios by the delta method on their logarithms.

    NaN with a note where an arm has nothing observed or a ratio has no finite logarithm.
    """
    y = np.asarray(values, dtype=np.float64)
    data = lay_out(y[..., None], treated, covariates)
    arm = np.asarray(data.treated)
    (m1, v1), (m0, v0) = (_mean(y, here, data) for here in (arm, ~arm))
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "risk ratio":
            value, variance = np.log(m1) - np.log(m0), v1 / m1**2 + v0 / m0**2
        elif measure == "odds ratio":
            value = special.logit(m1) - special.logit(m0)
            variance = v1 / (m1 * (1 - m1)) ** 2 + v0 / (m0 * (1 - m0)) ** 2
        else:
            value, variance = m1 - m0, v1 + v0
    empty = np.asarray(~arm.any(axis=-1) | arm.all(axis=-1))
    lack = np.asarray(np.isnan(m1) | np.isnan(m0))
    undefined = ~np.asarray(np.isfinite(value) & np.isfinite(variance))
    flat = np.asarray(variance == 0)
    said = notes(
        (empty, EMPTY_ARM), (lack, NOTHING_OBSERVED), (undefined, NO_LOGARITHM), (flat, NO_SPREAD)
    )
    gone = empty | lack | undefined
    pooled = combine(
        np.where(gone, np.nan, value), np.where(gone, np.nan, variance), 0.0, 1.0, np.inf, np.inf
    )
    method = "inverse probability weighting, robust variance"
    return pooled.estimate(measure, level, method, ratio=measure.endswith("ratio"), note=said)


def probability_observed(
    values: ArrayLike, treated: ArrayLike, covariates: ArrayLike | None = None
) -> Array:
    """Return each participant's probability of being observed, (..., n), by arm and covariates.

    1 in an arm where nothing is missing. Very small ones mean that few stand in for many.
    """
    y = np.asarray(values, dtype=np.float64)
    data = lay_out(y[..., None], treated, covariates)
    arm = np.asarray(data.treated)
    both = [_probability(y, here, data)[0] for here in (arm, ~arm)]
    return np.where(arm, both[0], both[1])


def _probability(y: Array, here: Mask, data: Data) -> tuple[Array, Array]:
    x = design(data, "own arm")
    seen = (~np.isnan(y)).astype(np.float64)
    fit = weighted_fits.logistic(x, seen, here.astype(np.float64))
    p = special.expit((x @ fit.coefficients[..., None])[..., 0])
    complete = np.all(~here | (seen > 0), axis=-1)
    return np.where(complete[..., None], 1.0, p), x


def _mean(y: Array, here: Mask, data: Data) -> tuple[Array, Array]:
    """Return the weighted mean of an arm and its variance, each (...,)."""
    p, x = _probability(y, here, data)
    there = here & ~np.isnan(y)
    w = np.where(there, 1 / p, 0.0)
    total = w.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(
            total > 0, np.where(there, w * np.nan_to_num(y), 0).sum(axis=-1) / total, np.nan
        )
    rest = np.where(there, w * (np.nan_to_num(y) - mean[..., None]), 0.0)
    score = np.where(here, there - p, 0.0)[..., None] * x
    information = np.swapaxes(x * np.where(here, p * (1 - p), 0.0)[..., None], -1, -2) @ x
    pull = ((rest * (1 - p))[..., None] * x).sum(axis=-2)
    # the part of each contribution that estimating the weights takes away
    inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
    taken = (score @ (inverse @ pull[..., None]))[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = ((rest - taken) ** 2).sum(axis=-1) / total**2
    return mean, variance
