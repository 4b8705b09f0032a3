"""The contrast of two arms by multiple imputation: binary and continuous endpoints."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.binary import odds_ratio, risk_difference, risk_ratio
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    HALF_ADDED,
    NOTHING_OBSERVED,
    Estimate,
    Notes,
    floats,
    notes,
)
from equipoise.analysis.estimators.event_counts import imputed_events
from equipoise.analysis.estimators.imputation import (
    Model,
    impute_binary,
    impute_visits,
    lay_out,
)
from equipoise.analysis.estimators.noise import Draws, exponentials
from equipoise.analysis.estimators.rubin import Pooled, pool, pool_bootstrap
from equipoise.analysis.estimators.weighted_fits import linear

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Measure = Literal["risk ratio", "risk difference", "odds ratio"]


def binary(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    measure: Measure = "risk ratio",
    covariates: ArrayLike | None = None,
    model: Model = "own arm",
    delta: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
) -> Estimate:
    """Return a contrast of event proportions by multiple imputation and Rubin's rules.

    ``values`` (..., n) are 0, 1 or NaN; the other arguments are those of
    :func:`imputation.impute_binary`, the rules those of :func:`rubin.pool`. Ratios are pooled as
    logarithms with Katz' and Woolf's variances, differences with Wald's. Where nothing is missing
    the estimate is the complete one by the same method. A trial of whose imputed tables one has a
    zero cell gets half added to each cell of all, with a note (not for differences).
    """
    y = np.asarray(values, dtype=np.float64)
    events = imputed_events(
        y, treated, draws, covariates=covariates, model=model, delta=delta
    )  # fmt: skip
    arm = _arms(y[..., None], treated)
    people = np.stack([arm.sum(axis=-1), (~arm).sum(axis=-1)], axis=-1).astype(np.float64)
    people = np.broadcast_to(people[..., None, :], events.shape)
    counts = (events[..., 0], people[..., 0], events[..., 1], people[..., 1])
    found, variance, halved = contrast(counts, measure)
    how = "missing at random" if model != "reference arm" else "jump to reference"
    if delta != (0.0, 0.0):
        how += f", log odds of missing values moved by {delta[0]:g} and {delta[1]:g}"
    method = f"multiple imputation ({how}), {draws.count} times, Rubin's rules"
    empty = _empty(arm)
    said = notes(
        (empty, EMPTY_ARM),
        (np.asarray(np.isnan(events).any(axis=(-2, -1))), NOTHING_OBSERVED),
        (halved, HALF_ADDED),
    )
    estimate = pool(found, variance).estimate(
        measure, level, method, ratio=measure != "risk difference", note=said
    )
    complete = np.asarray(~np.isnan(y).any(axis=-1) & ~empty)
    return _where_complete(complete, estimate, counts, measure) if complete.any() else estimate


def continuous(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    covariates: ArrayLike | None = None,
    model: Literal["own arm", "both arms"] = "own arm",
    matching: bool = False,
    delta: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
) -> Estimate:
    """Return the difference in means at the last visit by multiple imputation and Rubin's rules.

    ``values`` (..., n, visits), for a single visit ``values[..., None]``; imputation as
    :func:`imputation.impute_visits`, analysis by ANCOVA on ``covariates`` (without any: Student's
    t). ``delta`` is added to what is imputed at the last visit in the arm and in the reference.
    Where nothing is missing this is the complete analysis.
    """
    y = np.asarray(values, dtype=np.float64)
    arm = _arms(y, treated)
    done = impute_visits(
        y,
        arm,
        draws,
        covariates=covariates,
        model=model,
        matching=matching,
    )[..., -1]
    shift = np.where(arm, delta[0], delta[1])
    done = done + np.where(np.isnan(y[..., -1]), shift, 0.0)[..., None, :]
    found, variance, df = _ancova(y, arm, covariates, done, np.ones_like(done))
    how = "missing at random"
    if delta != (0.0, 0.0):
        how += f", imputed values moved by {delta[0]:g} and {delta[1]:g}"
    method = f"multiple imputation ({how}), {draws.count} times, Rubin's rules"
    pooled = pool(found, variance, df_complete=df)
    return pooled.estimate("mean difference", level, method, note=_note(arm, done, df))


def bootstrap_binary(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    measure: Measure = "risk ratio",
    covariates: ArrayLike | None = None,
    model: Model = "own arm",
    delta: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
) -> Estimate:
    """As :func:`binary` by von Hippel's bootstrap: samples imputed twice, their spread analysed.

    Samples are exponential weights (Bayesian bootstrap) within arms; :func:`rubin.pool_bootstrap`.
    """
    y = np.asarray(values, dtype=np.float64)
    arm = _arms(y[..., None], treated)
    weights = _weights(arm, draws)
    done = impute_binary(
        y,
        arm,
        _twice(draws),
        covariates=covariates,
        model=model,
        delta=delta,
        weights=weights,
    )
    found, _, halved = contrast(_weighed(done, arm, weights), measure)
    method = f"bootstrap multiple imputation, {draws.count} samples imputed twice"
    empty = _empty(arm)
    lack = np.asarray(np.isnan(done).any(axis=(-2, -1)))
    said = notes((empty, EMPTY_ARM), (lack, NOTHING_OBSERVED), (halved, HALF_ADDED))
    pooled = _pool_samples(found)
    return pooled.estimate(measure, level, method, ratio=measure != "risk difference", note=said)


def bootstrap_continuous(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    covariates: ArrayLike | None = None,
    model: Literal["own arm", "both arms"] = "own arm",
    level: float = 0.95,
) -> Estimate:
    """As :func:`continuous` by von Hippel's bootstrap; see :func:`bootstrap_binary`."""
    y = np.asarray(values, dtype=np.float64)
    arm = _arms(y, treated)
    weights = _weights(arm, draws)
    done = impute_visits(
        y,
        arm,
        _twice(draws),
        covariates=covariates,
        model=model,
        weights=weights,
    )[..., -1]
    found, _, df = _ancova(y, arm, covariates, done, weights)
    method = f"bootstrap multiple imputation, {draws.count} samples imputed twice"
    pooled = _pool_samples(found)
    return pooled.estimate("mean difference", level, method, note=_note(arm, done, df))


def _arms(values: Array, treated: ArrayLike) -> Mask:
    """Return the arm of everyone in every trial; ``values`` (..., n, visits)."""
    return np.asarray(lay_out(values, treated, None).treated)


def _weighed(done: Array, arm: Mask, weights: Array) -> tuple[Array, ...]:
    """Return events and participants of the arm and of the reference, each (..., imputations).

    A value that could not be imputed makes the events of both arms not-a-number.
    """
    sides = np.stack([arm, ~arm], axis=-1).astype(np.float64)
    events, people = (weights * done) @ sides, weights @ sides
    return events[..., 0], people[..., 0], events[..., 1], people[..., 1]


def contrast(counts: tuple[Array, ...], measure: Measure) -> tuple[Array, Array, Mask]:
    """Return value and variance of each imputed table, and the trials where half was added."""
    x1, n1, x0, n0 = counts
    if measure == "risk difference":
        halved = np.zeros(x1.shape[:-1], dtype=bool)
    else:
        zero = (x1 == 0) | (x0 == 0)
        if measure == "odds ratio":
            zero |= (x1 == n1) | (x0 == n0)
        else:
            zero |= (x1 == n1) & (x0 == n0)
        halved = zero.any(axis=-1)
    half = np.where(halved, 0.5, 0.0)[..., None]
    x1, x0, n1, n0 = x1 + half, x0 + half, n1 + 2 * half, n0 + 2 * half
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p0 = x1 / n1, x0 / n0
        if measure == "risk ratio":
            return np.log(p1 / p0), 1 / x1 - 1 / n1 + 1 / x0 - 1 / n0, halved
        if measure == "odds ratio":
            y1, y0 = n1 - x1, n0 - x0
            return np.log(x1 * y0 / (y1 * x0)), 1 / x1 + 1 / y1 + 1 / x0 + 1 / y0, halved
        return p1 - p0, p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0, halved


def _where_complete(
    complete: Mask, estimate: Estimate, counts: tuple[Array, ...], measure: Measure
) -> Estimate:
    """Return the estimate with the trials that lack nothing by their complete analysis."""
    table = [np.where(complete, c[..., 0], 1.0).astype(np.int64) for c in counts]
    if measure == "risk ratio":
        whole = risk_ratio(*table, level=estimate.level)
    elif measure == "odds ratio":
        whole = odds_ratio(*table, level=estimate.level)
    else:
        whole = risk_difference(*table, method="wald", level=estimate.level)
    picked = {
        name: floats(np.where(complete, getattr(whole, name), getattr(estimate, name)))
        for name in ("value", "low", "high", "p_value")
    }
    said: Notes = np.asarray(np.where(complete, whole.note, estimate.note))[()]
    return Estimate(
        estimate.measure,
        picked["value"],
        picked["low"],
        picked["high"],
        estimate.level,
        picked["p_value"],
        whole.method if complete.all() else estimate.method,
        said,
    )


def _ancova(
    y: Array, arm: Mask, covariates: ArrayLike | None, done: Array, weights: Array
) -> tuple[Array, Array, Array]:
    """Return the arm's coefficient in each imputed data set, its variance, residual freedom."""
    z = lay_out(y, arm, covariates).covariates
    x = np.concatenate([np.ones((*arm.shape, 1)), arm[..., None], z], axis=-1)[..., None, :, :]
    fit = linear(x, done, weights)
    rest = (weights * (done - (x @ fit.coefficients[..., None])[..., 0]) ** 2).sum(axis=-1)
    df = np.asarray(done.shape[-1] - fit.rank[..., 0], dtype=np.float64)
    unscaled = (fit.root[..., 1, :] ** 2).sum(axis=-1)
    ok = (df > 0) & arm.any(axis=-1) & ~arm.all(axis=-1)
    found = np.where(ok[..., None], fit.coefficients[..., 1], np.nan)
    variance = rest / np.where(ok, df, np.nan)[..., None] * unscaled
    return found, variance, df


def _empty(arm: Mask) -> Mask:
    return np.asarray(~arm.any(axis=-1) | arm.all(axis=-1))


def _note(arm: Mask, done: Array, df: Array) -> Notes:
    empty = _empty(arm)
    lack = np.asarray(np.isnan(done).any(axis=(-2, -1)) | (df <= 0))
    return notes((empty, EMPTY_ARM), (lack, NOTHING_OBSERVED))


def _pool_samples(found: Array) -> Pooled:
    return pool_bootstrap(found.reshape(*found.shape[:-1], -1, 2))


def _twice(draws: Draws) -> Draws:
    return Draws(draws.chance, 2 * draws.count, draws.participants)


def _weights(arm: Mask, draws: Draws) -> Array:
    """Return exponential weights of mean 1 in each arm, each sample twice, (..., 2 samples, n)."""
    numbers = draws.numbers(arm.shape[-1])
    lead, purpose = arm.shape[:-1], "bootstrap imputation"
    drawn = exponentials(draws.chance, lead, numbers, purpose, draws.count)
    w = np.repeat(np.swapaxes(drawn, -1, -2), 2, axis=-2)
    arms = np.broadcast_to(arm[..., None, :], w.shape)
    for here in (arms, ~arms):
        total = np.where(here, w, 0.0).sum(axis=-1, keepdims=True)
        size = here.sum(axis=-1, keepdims=True)
        w = np.where(here, w * size / np.where(total > 0, total, 1.0), w)
    return w
