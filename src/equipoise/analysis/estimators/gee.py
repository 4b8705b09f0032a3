"""Repeated outcomes by generalized estimating equations, for one trial or an ensemble.

Liang KY, Zeger SL. Biometrika 1986;73:13-22, doi:10.1093/biomet/73.1.13. The effect is that on the
mean of the population; the correlation within a participant is estimated by moments and only steers
the weights, while the variance is robust to it being wrong. Values that are missing must be missing
completely at random (given the covariates).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.columns import (
    Array,
    Basis,
    Bools,
    basis,
    finite_or_missing,
    participants,
)
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_CONVERGENCE,
    NO_SPREAD,
    NOT_ESTIMABLE,
    SEPARATED,
    TOO_FEW,
    Estimate,
    critical_value,
    floats,
    notes,
)
from equipoise.errors import InputError

_MOST_STEPS = 200
_SETTLED = 1e-12
_FAR = 30.0
_LEAP = 3.0
_EDGE = 1e-8

_MEASURES = {
    ("binomial", "logit"): "odds ratio",
    ("binomial", "log"): "risk ratio",
    ("binomial", "identity"): "risk difference",
    ("gaussian", "identity"): "mean difference",
    ("gaussian", "log"): "ratio of means",
}


@dataclass(frozen=True, slots=True)
class Marginal:
    """What the mean and its working covariance look like.

    ``visit_means`` gives each visit a mean of its own; without, one intercept serves all.
    ``small_sample`` takes the variance of Mancl LA, DeRouen TA. Biometrics 2001;57:126-134,
    doi:10.1111/j.0006-341X.2001.00126.x, and t with participants less parameters degrees of
    freedom. Raises InputError for a family and link that do not go together.
    """

    family: Literal["gaussian", "binomial"] = "binomial"
    link: Literal["identity", "logit", "log"] = "logit"
    correlation: Literal["independence", "exchangeable", "ar1", "unstructured"] = "exchangeable"
    visit_means: bool = True
    small_sample: bool = False

    def __post_init__(self) -> None:
        if (self.family, self.link) not in _MEASURES:
            known = "; ".join(" ".join(pair) for pair in _MEASURES)
            raise InputError("GEE", f"no {self.link} link for {self.family}", f"Take: {known}.")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients in the coordinates of ``basis``, their robust ``covariance`` and what was used.

    ``correlation`` (..., visits, visits) and ``scale`` (...,) are the working ones; ``people``
    (...,) have a value, the ``greatest`` (...,) of which in size is kept; ``settled`` (...,) is
    False where the equations were not solved.
    """

    basis: Basis
    at: Array
    covariance: Array
    correlation: Array
    scale: Array
    people: NDArray[np.int64]
    greatest: Array
    settled: Bools


def effect(
    values: ArrayLike,
    treated: ArrayLike,
    model: Marginal,
    *,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    by_visit: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Return the effect of the arm on ``values`` (..., n, visits), NaN missing.

    One effect over all visits, or ``by_visit`` one for each, in a last axis. ``covariates``
    (..., n, k) enter as numbers, ``strata`` (..., n) as a factor. Interval and P: Wald's, from the
    robust variance. NaN where the equations have no solution; the note says so.

    Raises InputError for infinite values, or a binomial outcome other than 0 and 1.
    """
    critical_value(level)  # refuses an impossible level
    y, who = finite_or_missing(values), participants(treated, covariates, strata)
    visits = y.shape[-1]
    lead = np.broadcast_shapes(y.shape[:-1], who.treated.shape)
    y = np.where(np.broadcast_to(who.known, lead)[..., None], y, np.nan)
    if model.family == "binomial" and not np.isin(y[~np.isnan(y)], (0.0, 1.0)).all():
        raise InputError("GEE", "an outcome is neither 0 nor 1", "Give 0 and 1, or gaussian.")
    arm = np.broadcast_to(who.treated, lead)
    means = np.eye(visits) if model.visit_means else np.ones((visits, 1))
    asked = np.eye(visits) if by_visit else np.ones((visits, 1))
    parts = (arm[..., None, None] * asked, means, who.columns[..., None, :])
    wide = [np.broadcast_to(part, (*lead, visits, part.shape[-1])) for part in parts]
    fitted = fit(y, np.concatenate(wide, axis=-1), model)
    there = [~np.isnan(y) & (arm == side)[..., None] for side in (True, False)]
    if not by_visit:
        there = [side.any(axis=-1, keepdims=True) for side in there]
    empty = ~there[0].any(axis=-2) | ~there[1].any(axis=-2)
    separated = _one_outcome(y, arm) & (model.link != "identity") & (model.family == "binomial")
    return _answer(fitted, model, empty, separated, level, by_visit=by_visit)


def fit(values: Array, columns: Array, model: Marginal) -> Fit:
    """Solve the equations of ``values`` (..., n, visits) on ``columns`` (..., n, visits, p).

    Scale and correlation are moments of the Pearson residuals, without a correction for the number
    of parameters; AR(1) is the least squares fit of its powers to all pairs of visits. Visits are
    taken as equally spaced.
    """
    seen = ~np.isnan(values)
    lead, visits = values.shape[:-2], values.shape[-1]
    flat = columns.reshape(*lead, -1, columns.shape[-1])
    space = basis(flat, seen.reshape(*lead, -1))
    x = space.axes.reshape(*seen.shape, -1)
    y = np.where(seen, values, 0.0)
    count = np.maximum(seen.sum(axis=(-2, -1)), 1)
    at = x.sum(axis=(-3, -2)) * _first_guess(y, count, model)[..., None]
    working = np.broadcast_to(np.eye(visits), (*lead, visits, visits))
    greatest = np.abs(y).max(axis=(-2, -1), initial=0.0)
    size = np.where(model.link == "identity", np.maximum(greatest, 1e-300), 1.0)
    alpha = np.zeros(lead)
    settled = lost = np.zeros(lead, dtype=np.bool_)
    for step_number in range(_MOST_STEPS):
        residual, slope = _residuals(y, seen, x, at, model)
        scale = (residual**2).sum(axis=(-2, -1)) / count
        before = working
        if step_number > 3:  # the first steps are those of independence
            working, alpha = _correlation(residual, seen, scale, alpha, model)
        x_scaled = x * slope[..., None]
        weighted = _inverses(working, seen) @ x_scaled
        bread = _inverted(_over_rows(x_scaled, weighted))
        score = (weighted * residual[..., None]).sum(axis=(-3, -2))
        step = np.einsum("...ij,...j->...i", bread, score)
        step = np.where((settled | lost)[..., None] | ~np.isfinite(step), 0.0, step)
        moved = np.sqrt((step**2).sum(axis=-1) / count)
        step = _kept_inside(x, at, step, seen, model)
        at = at + step
        turned = np.abs(working - before).max(axis=(-2, -1))
        settled = (moved <= _SETTLED * size) & (turned < _SETTLED) & (step_number > 4)
        lost = lost | _astray(np.einsum("...ntp,...p->...nt", x, at), seen, model)
        if (settled | lost).all():
            break
    bad = lost | ~settled | (np.linalg.eigvalsh(working)[..., 0] < 1e-8)
    sandwich = _sandwich(residual, x_scaled, weighted, bread, model)
    people = seen.any(axis=-1).sum(axis=-1)
    return Fit(space, at, sandwich, working, scale, people, greatest, ~bad)


def _first_guess(y: Array, count: Array, model: Marginal) -> Array:
    total = y.sum(axis=(-2, -1))
    if model.family == "binomial":
        mean = (total + 0.5) / (count + 1)
        if model.link == "identity":
            return np.asarray(mean)
        return np.asarray(special.logit(mean) if model.link == "logit" else np.log(mean))
    mean = total / count
    return np.log(np.maximum(mean, 1e-300)) if model.link == "log" else np.asarray(mean)


def _residuals(y: Array, seen: Bools, x: Array, at: Array, model: Marginal) -> tuple[Array, Array]:
    """Return Pearson residuals, and the slope of the mean over its standard deviation."""
    eta = np.einsum("...ntp,...p->...nt", x, at)
    if model.link == "identity":
        mean, slope = eta, np.ones_like(eta)
    elif model.link == "log":
        mean = slope = np.exp(eta)
    else:
        mean = special.expit(eta)
        slope = mean * (1 - mean)
    variance = np.maximum(mean * (1 - mean), 1e-300) if model.family == "binomial" else 1.0
    sd = np.sqrt(variance)
    residual = np.where(seen, (y - mean) / sd, 0.0)
    # equal values leave rounding noise that is not spread
    noise = 1e-13 * np.abs(y).max(axis=(-2, -1), initial=0.0)[..., None, None]
    return np.where(np.abs(residual) <= noise, 0.0, residual), np.where(seen, slope / sd, 0.0)


def _kept_inside(x: Array, at: Array, step: Array, seen: Bools, model: Marginal) -> Array:
    """Shorten each trial's step until it is no leap and all its means are possible."""
    if model.link == "identity" and model.family == "gaussian":
        return step
    leap = np.abs(np.einsum("...ntp,...p->...nt", x, step)).max(axis=(-2, -1), initial=0.0)
    step = step / np.maximum(leap / _LEAP, 1.0)[..., None]
    if model.family == "gaussian" or model.link == "logit":
        return step
    room = _room(np.einsum("...ntp,...p->...nt", x, at), seen, model)
    for _ in range(60):
        left = _room(np.einsum("...ntp,...p->...nt", x, at + step), seen, model)
        trial = np.asarray((left < 0.05 * room).any(axis=(-2, -1)))
        if not trial.any():
            break
        step = np.where(trial[..., None], step / 2, step)
    return step


def _room(eta: Array, seen: Bools, model: Marginal) -> Array:
    """Return how far each mean of a binomial outcome is from what it cannot be."""
    room = -eta if model.link == "log" else np.minimum(eta, 1 - eta)
    return np.where(seen, room, 1.0)


def _astray(eta: Array, seen: Bools, model: Marginal) -> Bools:
    """Return which trials are on the way to a mean at the edge: there is no solution inside."""
    far: Bools = np.abs(eta).max(axis=(-2, -1), initial=0.0) > _FAR
    if model.link == "logit" or model.family == "gaussian":
        return np.asarray(far & (model.link != "identity"))
    return np.asarray(far | (_room(eta, seen, model).min(axis=(-2, -1), initial=1.0) < _EDGE))


def _correlation(
    residual: Array, seen: Bools, scale: Array, alpha: Array, model: Marginal
) -> tuple[Array, Array]:
    """Return the working correlation (..., visits, visits) and its one parameter, if it has one."""
    visits = residual.shape[-1]
    both = seen.astype(np.float64)
    number = np.swapaxes(both, -1, -2) @ both
    safe = np.where(scale > 0, scale, 1.0)[..., None, None]
    product = np.swapaxes(residual, -1, -2) @ residual / safe
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    off = lag > 0
    if model.correlation == "unstructured":
        free = np.divide(product, number, out=np.zeros_like(product), where=number > 0)
        return np.where(off, free, 1.0), alpha
    if model.correlation == "independence":
        return np.broadcast_to(np.eye(visits), product.shape), alpha
    if model.correlation == "exchangeable":
        pairs = (number * off).sum(axis=(-2, -1))
        total = (product * off).sum(axis=(-2, -1))
        alpha = np.divide(total, pairs, out=np.zeros_like(total), where=pairs > 0)
        return np.where(off, alpha[..., None, None], 1.0), alpha
    for _ in range(4):  # Gauss-Newton, taken up again at the next step of the coefficients
        power = np.where(off, alpha[..., None, None] ** lag, 0.0)
        tangent = np.where(off, lag * alpha[..., None, None] ** np.maximum(lag - 1, 0), 0.0)
        fall = (tangent * (product - number * power)).sum(axis=(-2, -1))
        curve = (tangent**2 * number).sum(axis=(-2, -1))
        change = np.divide(fall, curve, out=np.zeros_like(fall), where=curve > 0)
        alpha = np.clip(alpha + change, -0.999, 0.999)
    return alpha[..., None, None] ** lag, alpha


def _inverses(working: Array, seen: Bools) -> Array:
    """Return the inverse correlation of what each participant has: (..., n, visits, visits)."""
    visits = seen.shape[-1]
    patterns, which = np.unique(seen.reshape(-1, visits), axis=0, return_inverse=True)
    masked = working[..., None, :, :] * (patterns[:, :, None] & patterns[:, None, :])
    masked = masked + (~patterns[:, None, :]) * np.eye(visits)
    inverse = np.asarray(np.linalg.pinv(masked, hermitian=True), dtype=np.float64)
    return np.take_along_axis(
        inverse,
        which.reshape(seen.shape[:-1])[..., None, None],
        axis=-3,
    )


def _over_rows(a: Array, b: Array) -> Array:
    """Return the sum over participants and visits of the products of ``a`` and ``b``."""
    lead = a.shape[:-3]
    return np.swapaxes(a.reshape(*lead, -1, a.shape[-1]), -1, -2) @ b.reshape(
        *lead, -1, b.shape[-1]
    )


def _inverted(matrix: Array) -> Array:
    return np.linalg.pinv(np.where(np.isfinite(matrix), matrix, 0.0), hermitian=True)


def _sandwich(
    residual: Array, x_scaled: Array, weighted: Array, bread: Array, model: Marginal
) -> Array:
    if model.small_sample:
        hat = x_scaled @ bread[..., None, :, :] @ np.swapaxes(weighted, -1, -2)
        corrected = np.linalg.pinv(np.eye(hat.shape[-1]) - hat) @ residual[..., None]
        residual = corrected[..., 0]
    each = (weighted * residual[..., None]).sum(axis=-2)
    return np.asarray(bread @ (np.swapaxes(each, -1, -2) @ each) @ bread)


def _one_outcome(y: Array, arm: Bools) -> Bools:
    """Return where an arm has but one outcome."""
    ends = [
        (np.where((arm == side)[..., None] & (y == outcome), 1, 0).sum(axis=(-2, -1)) == 0)
        for side in (True, False)
        for outcome in (0.0, 1.0)
    ]
    return np.asarray(np.any(ends, axis=0))


def _answer(
    fitted: Fit, model: Marginal, empty: Bools, separated: Bools, level: float, *, by_visit: bool
) -> Estimate:
    contrasts = np.eye(empty.shape[-1], fitted.basis.reach.shape[-1])
    along = contrasts @ fitted.basis.back
    value = np.einsum("...mp,...p->...m", along, fitted.at)
    se = np.sqrt(
        np.maximum(np.einsum("...mp,...pq,...mq->...m", along, fitted.covariance, along), 0)
    )
    lost = np.broadcast_to(~fitted.settled[..., None], value.shape)
    hidden = np.broadcast_to(~fitted.basis.estimable(contrasts), value.shape)
    flat = ~lost & (se <= 1e-9 * np.sqrt(fitted.scale)[..., None])
    if model.small_sample:
        df = fitted.people - fitted.basis.rank
        t = np.where(df > 0, special.stdtrit(np.maximum(df, 1), 0.5 + level / 2), np.inf)[..., None]
        tail = np.where(df > 0, df, 1)[..., None]
    else:
        t, tail = np.asarray(critical_value(level)), np.asarray(np.inf)
    noise = 1e-9 * fitted.greatest[..., None]
    value = np.where(flat & (np.abs(value) <= noise), 0.0, value)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(np.isinf(t), np.inf, np.where(flat, 0.0, t * se))
        p = 2 * special.stdtr(tail, -np.abs(value) / se)
    p = np.where(np.isinf(half), 1.0, np.where(flat, value == 0, p))
    said = notes(
        (empty, EMPTY_ARM),
        (hidden, NOT_ESTIMABLE),
        (lost & separated[..., None], SEPARATED),
        (lost, NO_CONVERGENCE),
        (np.isinf(half), TOO_FEW),
        (flat, NO_SPREAD),
    )
    bad, turn = empty | hidden | lost, _turned_back(model)
    value = np.where(bad, np.nan, value)
    with np.errstate(over="ignore"):
        numbers = (turn(value), turn(value - half), turn(value + half), p)
    pick = np.s_[...] if by_visit else np.s_[..., 0]
    mean, low, high, p_value = (floats(np.where(bad, np.nan, n)[pick]) for n in numbers)
    name = "Mancl-DeRouen" if model.small_sample else "robust"
    return Estimate(
        _MEASURES[model.family, model.link],
        mean,
        low,
        high,
        level,
        p_value,
        f"GEE, {model.link} link, {model.correlation} correlation, {name} variance",
        np.asarray(said)[pick][()],
    )


def _turned_back(model: Marginal) -> Callable[[Array], Array]:
    """Return what turns a coefficient into the measure."""
    return np.asarray if model.link == "identity" else np.exp
