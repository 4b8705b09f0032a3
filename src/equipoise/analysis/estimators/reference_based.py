"""Reference-based imputation of a continuous outcome measured at several visits.

After an intercurrent event a participant's mean is taken from the reference arm. Conditional means
replace missing values and the jackknife or bootstrap gives the standard error, without chance in
the estimate; or values are drawn and pooled by Rubin's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_CONVERGENCE,
    NOTHING_OBSERVED,
    Estimate,
    critical_value,
    floats,
    two_sided_p,
)
from equipoise.analysis.estimators.noise import Draws, exponentials, normals
from equipoise.analysis.estimators.rubin import pool
from equipoise.analysis.estimators.visit_model import VisitModel, fit
from equipoise.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Strategy = Literal[
    "missing at random",
    "jump to reference",
    "copy reference",
    "copy increments in reference",
    "last mean carried forward",
]


@dataclass(frozen=True, slots=True, eq=False)
class Assumption:
    """What is assumed of values that are missing.

    ``first_affected`` (n,) is the first visit after the intercurrent event: by default the one
    after the last value. Values from it on are kept but not modelled, unless missing at random.
    ``delta``, of a shape that spreads to (n, visits), is added to values imputed from there on.
    """

    strategy: Strategy = "missing at random"
    first_affected: ArrayLike | None = None
    delta: ArrayLike = 0.0


AT_RANDOM = Assumption()


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceBased:
    """The difference of the arms at one visit, and each arm's mean at the mean covariates."""

    difference: Estimate
    mean: Estimate
    mean_ref: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """One trial laid out for imputation.

    ``values`` (n, visits) as observed, ``modelled`` the same without what followed an event,
    ``x`` (n, k) = intercept, arm, covariates; ``first`` the first visit after the event.
    """

    values: Array
    modelled: Array
    x: Array
    first: NDArray[np.int64]
    delta: Array
    strategy: Strategy


def conditional_mean(
    values: ArrayLike,
    treated: ArrayLike,
    assumption: Assumption = AT_RANDOM,
    *,
    covariates: ArrayLike | None = None,
    visit: int = -1,
    level: float = 0.95,
) -> ReferenceBased:
    """Impute conditional means, compare the arms at ``visit`` by ANCOVA, jackknife the error.

    ``values`` (n, visits) and ``treated`` (n,) of one trial; ``covariates`` (n, k), complete.

    Wolbers M et al. Pharm Stat 2022;21:1246-1257, doi:10.1002/pst.2234; the strategies: Carpenter
    JR et al. J Biopharm Stat 2013;23:1352-1371, doi:10.1080/10543406.2013.834911. Last mean carried
    forward takes the reference mean where no visit precedes the event. One trial at a time.

    NaN with a note where an arm is empty, a visit has too few values in an arm to impute from, or
    the values leave no spread.
    Raises InputError for shapes that do not fit, infinite values or missing covariates.
    """
    return conditional_means(values, treated, assumption, covariates=covariates, level=level)[visit]


def conditional_means(
    values: ArrayLike,
    treated: ArrayLike,
    assumption: Assumption = AT_RANDOM,
    *,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> list[ReferenceBased]:
    """Return :func:`conditional_mean` at every visit, from the same fits."""
    trial, note = _lay_out(values, treated, covariates, assumption)
    method = f"conditional mean imputation ({assumption.strategy}), jackknife"
    n, visits = trial.values.shape
    if note:
        return [_nothing(level, method, note)] * visits
    whole = fit(trial.modelled, trial.x, np.ones((1, n)))
    if not whole.fitted[0]:
        return [_nothing(level, method, _why(whole))] * visits
    weights = 1.0 - np.eye(n)
    left_out = fit(trial.modelled, trial.x, weights, whole.covariance[0])
    if not left_out.fitted.all():
        return [_nothing(level, method, _why(left_out))] * visits
    completed, others = _impute(trial, whole), _impute(trial, left_out)
    each = []
    for visit in range(visits):
        found = _analyse(completed, trial.x, np.ones((1, n)), visit)[0][0]
        without = _analyse(others, trial.x, weights, visit)[0]
        se = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
        each.append(_normal(found, se, level, method))
    return each


def bootstrap(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    assumption: Assumption = AT_RANDOM,
    *,
    covariates: ArrayLike | None = None,
    visit: int = -1,
    level: float = 0.95,
) -> ReferenceBased:
    """As :func:`conditional_mean` with the standard error by the Bayesian bootstrap.

    Each replicate weights participants by exponential numbers, within arms: Rubin DB. Ann Stat
    1981;9:130-134, doi:10.1214/aos/1176345338. So no replicate loses an arm or a visit.
    """
    trial, note = _lay_out(values, treated, covariates, assumption)
    method = (
        f"conditional mean imputation ({assumption.strategy}), Bayesian bootstrap of {draws.count}"
    )
    if note:
        return _nothing(level, method, note)
    n = len(trial.values)
    whole = fit(trial.modelled, trial.x, np.ones((1, n)))
    weights = _weights(trial, draws)
    if not whole.fitted[0]:
        return _nothing(level, method, _why(whole))
    again = fit(trial.modelled, trial.x, weights, whole.covariance[0])
    if not again.fitted.all():
        return _nothing(level, method, _why(again))
    found = _analyse(_impute(trial, whole), trial.x, np.ones((1, n)), visit)[0][0]
    others = _analyse(_impute(trial, again), trial.x, weights, visit)[0]
    return _normal(found, others.std(axis=0, ddof=1), level, method)


def multiple_imputation(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    assumption: Assumption = AT_RANDOM,
    *,
    covariates: ArrayLike | None = None,
    visit: int = -1,
    level: float = 0.95,
) -> ReferenceBased:
    """As :func:`conditional_mean`, but values are drawn and the analyses pooled by Rubin's rules.

    The model of each imputation is fitted under Bayesian bootstrap weights, an approximate draw
    from its posterior: Newton MA, Raftery AE. J R Stat Soc B 1994;56:3-48,
    doi:10.1111/j.2517-6161.1994.tb01956.x. Rubin's variance for these strategies keeps the
    information of missing at random: Cro S et al. J R Stat Soc A 2019;182:623-645,
    doi:10.1111/rssa.12423.
    """
    trial, note = _lay_out(values, treated, covariates, assumption)
    method = f"multiple imputation ({assumption.strategy}), {draws.count} times, Rubin's rules"
    if note:
        return _nothing(level, method, note)
    (n, q), k = trial.values.shape, trial.x.shape[1]
    weights = _weights(trial, draws)
    model = fit(trial.modelled, trial.x, weights)
    if not model.fitted.all():
        return _nothing(level, method, _why(model))
    purpose, count = "reference-based values", draws.count
    drawn = normals(draws.chance, (), draws.numbers(n), purpose, count * q)
    noise = np.swapaxes(drawn.reshape(n, count, q), 0, 1)
    completed = _impute(trial, model, noise)
    found, variance = _analyse(completed, trial.x, np.ones((count, n)), visit)
    parts = []
    for which, name in enumerate(("mean difference", "mean", "mean")):
        pooled = pool(found[:, which], variance[:, which], df_complete=n - k)
        parts.append(pooled.estimate(name, level, method))
    return ReferenceBased(*parts)


def _lay_out(
    values: ArrayLike,
    treated: ArrayLike,
    covariates: ArrayLike | None,
    assumption: Assumption,
) -> tuple[_Trial, str]:
    y = np.asarray(values, dtype=np.float64)
    arm = np.asarray(treated, dtype=bool)
    if y.ndim != 2 or arm.shape != y.shape[:1]:
        raise InputError(
            "reference-based imputation",
            f"values of shape {y.shape} do not fit arms of shape {arm.shape}",
            "Give values (participants, visits) and one arm for each participant.",
        )
    n, q = y.shape
    z = np.zeros((n, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    z = z[:, None] if z.ndim == 1 else z
    if len(z) != n or not np.isfinite(z).all() or np.isinf(y).any():
        raise InputError(
            "reference-based imputation",
            "an infinite value, or a covariate that is missing",
            "Give finite values and a covariate for every participant.",
        )
    observed = ~np.isnan(y)
    after = q - np.argmax(observed[:, ::-1], axis=1)
    after = np.where(observed.any(axis=1), after, 0)
    first = after
    if assumption.first_affected is not None:
        first = np.broadcast_to(np.asarray(assumption.first_affected, dtype=np.int64), (n,))
    affected = np.arange(q) >= first[:, None]
    kept = np.where(affected & (assumption.strategy != "missing at random"), np.nan, y)
    x = np.column_stack([np.ones(n), arm, z])
    shift = np.where(
        affected, np.broadcast_to(np.asarray(assumption.delta, dtype=np.float64), (n, q)), 0.0
    )
    note = EMPTY_ARM if arm.all() or not arm.any() else ""
    return _Trial(y, kept, x, first, shift, assumption.strategy), note


def _impute(trial: _Trial, model: VisitModel, noise: Array | None = None) -> Array:
    """Return the completed values (replicates, n, visits); with ``noise`` drawn, else the means."""
    shape = (len(model.fitted), *trial.values.shape)
    completed = np.broadcast_to(trial.values, shape).copy()
    observed = ~np.isnan(trial.values)
    layout = np.column_stack([observed, trial.first])
    _, group = np.unique(layout, axis=0, return_inverse=True)
    for g in np.unique(group):
        rows = np.flatnonzero(group.ravel() == g)
        seen, first = observed[rows[0]], int(trial.first[rows[0]])
        if seen.all():
            continue
        mean = _means(trial, model.coefficients, rows, first)
        lack = ~seen
        drawn = mean[:, :, lack]
        spread = model.covariance[:, lack][:, :, lack]
        if seen.any():
            weight = model.covariance[:, lack][:, :, seen] @ np.linalg.inv(
                model.covariance[:, seen][:, :, seen]
            )
            drawn = drawn + (trial.values[rows][:, seen] - mean[:, :, seen]) @ np.swapaxes(
                weight, 1, 2
            )
            spread = spread - weight @ model.covariance[:, seen][:, :, lack]
        if noise is not None:
            root = np.linalg.cholesky(spread)
            drawn = drawn + noise[:, rows][:, :, lack] @ np.swapaxes(root, 1, 2)
        visits = np.flatnonzero(lack)
        completed[:, rows[:, None], visits] = drawn + trial.delta[rows][:, lack]
    return completed


def _means(trial: _Trial, coefficients: Array, rows: NDArray[np.int64], first: int) -> Array:
    """Return the means that a strategy assumes, (replicates, rows, visits)."""
    x = trial.x[rows]
    as_reference = x.copy()
    as_reference[:, 1] = 0.0
    own, reference = x @ coefficients, as_reference @ coefficients
    if trial.strategy == "missing at random" or first == own.shape[2]:
        return own
    if trial.strategy == "copy reference" or first == 0:
        return reference
    mean = own.copy()
    if trial.strategy == "jump to reference":
        mean[:, :, first:] = reference[:, :, first:]
    elif trial.strategy == "copy increments in reference":
        step = reference[:, :, first:] - reference[:, :, first - 1 : first]
        mean[:, :, first:] = own[:, :, first - 1 : first] + step
    else:
        mean[:, :, first:] = own[:, :, first - 1 : first]
    return mean


def _analyse(completed: Array, x: Array, weights: Array, visit: int) -> tuple[Array, Array]:
    """Return difference, mean and reference mean by ANCOVA and their variances (replicates, 3)."""
    y = completed[:, :, visit]
    k = x.shape[1]
    xx = (weights @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(-1, k, k)
    inverse = np.linalg.inv(xx)
    beta = (inverse @ ((weights * y) @ x)[..., None])[..., 0]
    at = np.broadcast_to(weights @ x / weights.sum(axis=1, keepdims=True), beta.shape).copy()
    contrast = np.zeros((len(beta), 3, k))
    contrast[:, 0, 1] = 1.0
    for row, arm in ((1, 1.0), (2, 0.0)):
        at[:, 1] = arm
        contrast[:, row] = at
    rest = (weights * (y - beta @ x.T) ** 2).sum(axis=1) / (weights.sum(axis=1) - k)
    found = (contrast @ beta[..., None])[..., 0]
    variance = np.einsum("rca,rab,rcb->rc", contrast, inverse, contrast) * rest[:, None]
    return found, variance


def _weights(trial: _Trial, draws: Draws) -> Array:
    numbers = draws.numbers(len(trial.values))
    drawn = exponentials(draws.chance, (), numbers, "reference-based weights", draws.count).T
    for arm in (0.0, 1.0):
        here = trial.x[:, 1] == arm
        drawn[:, here] /= drawn[:, here].mean(axis=1, keepdims=True)
    return drawn


def _normal(found: Array, se: Array, level: float, method: str) -> ReferenceBased:
    z = critical_value(level)
    parts = []
    for name, value, error in zip(("mean difference", "mean", "mean"), found, se, strict=True):
        limits = (floats(value - z * error), floats(value + z * error))
        p = two_sided_p(value / error) if error > 0 else np.float64(value == 0)
        parts.append(Estimate(name, floats(value), *limits, level, floats(p), method, np.str_("")))
    return ReferenceBased(*parts)


def _why(model: VisitModel) -> str:
    return NO_CONVERGENCE if model.enough.all() else NOTHING_OBSERVED


def _nothing(level: float, method: str, note: str) -> ReferenceBased:
    critical_value(level)
    nan = floats(np.nan)
    parts = (
        Estimate(name, nan, nan, nan, level, nan, method, np.str_(note))
        for name in ("mean difference", "mean", "mean")
    )
    return ReferenceBased(*parts)
