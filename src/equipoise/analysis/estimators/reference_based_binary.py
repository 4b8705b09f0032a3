"""Reference-based imputation of an event at a single visit, without chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators import weighted_fits
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_LOGARITHM,
    NOTHING_OBSERVED,
    Estimate,
    notes,
)
from equipoise.analysis.estimators.imputation import Model, design, lay_out, samples
from equipoise.analysis.estimators.multiple_imputation import Measure
from equipoise.analysis.estimators.rubin import combine
from equipoise.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def conditional_mean(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    model: Model = "reference arm",
    measure: Measure = "risk ratio",
    level: float = 0.95,
) -> Estimate:
    """Return a contrast of risks with missing events replaced by their expected risk.

    ``values`` (..., n) are 0, 1 or NaN; ``covariates`` (..., n, k), complete. The expectation comes
    from logistic regression in the reference arm: a participant of the arm who is lost jumps to
    reference, and without covariates the risk difference is that of the observed times the share
    observed in the arm. The fit is Firth's with the intercept moved so that its mean risk is the
    observed one: Puhr R et al. Stat Med 2017;36:2302-2317, doi:10.1002/sim.7273. The jackknife
    gives the standard error, of the logarithm for ratios, as for continuous outcomes: Wolbers M et
    al. Pharm Stat 2022;21:1246-1257, doi:10.1002/pst.2234. With the ``model`` of the own arm the
    missing are missing at random.

    NaN with a note where the model's arm has nothing observed, or a ratio has no finite logarithm.
    Raises InputError for values other than 0, 1, NaN.
    """
    y = np.asarray(values, dtype=np.float64)
    if not np.isin(y[~np.isnan(y)], (0.0, 1.0)).all():
        raise InputError("binary values", "a value is not 0 or 1", "Give 0, 1 or NaN.")
    data = lay_out(y[..., None], treated, covariates)
    arm, n = np.asarray(data.treated), y.shape[-1]
    weights = np.concatenate([np.ones((1, n)), 1.0 - np.eye(n)])
    observed = ~np.isnan(y)
    x = design(data, model)[..., None, :, :]
    completed = np.broadcast_to(y[..., None, :], (*y.shape[:-1], n + 1, n)).copy()
    for sample, target in samples(data, model):
        w = weights * (sample & observed)[..., None, :]
        risk = _risk(x, y[..., None, :], w)
        completed = np.where((target & ~observed)[..., None, :], risk, completed)
    value = _contrast(completed, arm[..., None, :], weights, measure)
    found, without = value[..., 0], value[..., 1:]
    with np.errstate(invalid="ignore"):  # infinite logarithms are noted below
        centred = without - without.mean(axis=-1, keepdims=True)
    variance = (n - 1) / n * (centred**2).sum(axis=-1)
    empty = np.asarray(~arm.any(axis=-1) | arm.all(axis=-1))
    lack = np.asarray(np.isnan(completed).any(axis=(-2, -1)))
    undefined = np.asarray(~np.isfinite(found) | ~np.isfinite(variance))
    said = notes((empty, EMPTY_ARM), (lack, NOTHING_OBSERVED), (undefined, NO_LOGARITHM))
    gone = empty | lack | undefined
    pooled = combine(
        np.where(gone, np.nan, found), np.where(gone, np.nan, variance), 0.0, 1.0, np.inf, np.inf
    )
    strategy = "jump to reference" if model == "reference arm" else "missing at random"
    method = f"conditional mean imputation ({strategy}), jackknife"
    return pooled.estimate(measure, level, method, ratio=measure != "risk difference", note=said)


def _risk(x: Array, y: Array, w: Array) -> Array:
    """Return everyone's fitted risk, (..., replicates, n); its mean is that of the weighted."""
    fit = weighted_fits.logistic(x, y, w)
    linear = (x @ fit.coefficients[..., None])[..., 0]
    known = np.where(w > 0, y, 0.0)
    seen = w.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        goal = (w * known).sum(axis=-1) / seen
    move = np.zeros(linear.shape[:-1])
    for _ in range(60):
        p = special.expit(linear + move[..., None])
        slope = np.maximum((w * p * (1 - p)).sum(axis=-1), 1e-12)
        step = ((w * (known - p)).sum(axis=-1)) / slope
        move = np.clip(move + np.clip(step, -3.0, 3.0), -40.0, 40.0)
        if np.abs(step).max(initial=0.0) < 1e-12:
            break
    p = special.expit(linear + move[..., None])
    flat = (goal == 0) | (goal == 1)
    p = np.where(flat[..., None], goal[..., None], p)
    return np.where((seen > 0)[..., None], p, np.nan)


def _contrast(completed: Array, arm: Mask, weights: Array, measure: Measure) -> Array:
    arms = np.broadcast_to(arm, completed.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p0 = (
            np.where(here, weights * completed, 0.0).sum(axis=-1)
            / np.where(here, weights, 0.0).sum(axis=-1)
            for here in (arms, ~arms)
        )
        if measure == "risk difference":
            return np.asarray(p1 - p0)
        if measure == "risk ratio":
            return np.asarray(np.log(p1) - np.log(p0))
        return np.asarray(special.logit(p1) - special.logit(p0))
