"""Drawing what is missing: event, continuous value or series of visits, many times, many trials.

Models are Bayesian draws under missing at random, fitted in each arm by itself unless told
otherwise, so that no interaction with treatment is assumed away. Every random number has the
address of its participant, so that results depend neither on order nor on other participants'
chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators import weighted_fits
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.errors import InputError
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
EVENT = "imputed event"  # the purpose of the numbers that are compared with chances
Model = Literal["own arm", "both arms", "reference arm"]
"""Whose values the model of a participant is fitted to; both arms: with the arm as a covariate."""


class Data(NamedTuple):
    """``values`` (..., n, visits), ``treated`` (..., n) and ``covariates`` (..., n, k)."""

    values: Array
    treated: Mask
    covariates: Array


def lay_out(values: ArrayLike, treated: ArrayLike, covariates: ArrayLike | None) -> Data:
    """Return the data with a common leading shape and covariates scaled to mean 0 and SD 1.

    Raises InputError for shapes that do not fit, infinite values or missing covariates.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim < 2 or np.isinf(y).any():
        raise InputError(
            "imputation", "an infinite value, or no participants", "Give finite values or NaN."
        )
    lead, n = y.shape[:-2], y.shape[-2]
    try:
        arm = np.broadcast_to(np.asarray(treated, dtype=bool), (*lead, n))
        z = np.zeros((n, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
        z = np.broadcast_to(
            z[:, None] if z.ndim == 1 else z, (*lead, n, z.shape[-1] if z.ndim > 1 else 1)
        )
    except ValueError:
        raise InputError(
            "imputation",
            "arms or covariates do not fit the values",
            "Give one of each for every participant.",
        ) from None
    each, scaled = (prod(lead), *z.shape[-2:]), np.empty(z.shape)
    if not _scale(z.reshape(each), scaled.reshape(each)):
        raise InputError(
            "imputation", "a covariate is missing", "Give a covariate for every participant."
        )
    return Data(y, arm, scaled)


@njit(cache=True, nogil=True, error_model="numpy")
def _scale(z: Array, scaled: Array) -> bool:
    """Write the covariates with mean 0 and SD 1, or 0 throughout; false where one is missing."""
    n, k = z.shape[1:]
    mean, spread = np.empty(k), np.empty(k)
    for trial in range(z.shape[0] if n else 0):
        mean[:] = 0.0
        spread[:] = 0.0
        for i in range(n):
            for a in range(k):
                mean[a] += z[trial, i, a]
        mean /= n
        if not np.isfinite(mean).all():
            return False
        for i in range(n):
            for a in range(k):
                scaled[trial, i, a] = z[trial, i, a] - mean[a]
                spread[a] += scaled[trial, i, a] * scaled[trial, i, a]
        for a in range(k):
            spread[a] = np.sqrt(spread[a] / n)
            spread[a] = spread[a] if spread[a] > 0.0 else 1.0
        for i in range(n):
            for a in range(k):
                scaled[trial, i, a] /= spread[a]
    return True


def impute_binary(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    covariates: ArrayLike | None = None,
    model: Model = "own arm",
    delta: tuple[float, float] = (0.0, 0.0),
    weights: Array | None = None,
) -> Array:
    """Return completed events, (..., draws.count, n); ``values`` (..., n) are 0, 1 or NaN.

    Logistic regression on the covariates; coefficients are drawn from the normal approximation of
    their posterior under Jeffreys' prior, which is finite under separation too.
    ``delta`` moves the log odds of missing events in the arm and in the reference: not at random.
    With the model of the reference arm a participant jumps to reference.
    With ``weights`` (..., draws.count, n) of bootstrap samples the coefficients are fitted to each
    sample and not drawn.

    NaN where there is nothing to impute from. Raises InputError for values other than 0, 1, NaN.
    """
    y = binary_values(values)
    data = lay_out(y[..., None], treated, covariates)
    lead, n, imputations = y.shape[:-1], y.shape[-1], draws.count
    completed = np.broadcast_to(y[..., None, :], (*lead, imputations, n)).copy()
    if not np.isnan(y).any():
        return completed
    u = draws.uniforms(lead, n, EVENT)
    shift = np.where(data.treated, delta[0], delta[1])
    for target, x, beta in event_models(y, data, draws, model, weights):
        _draw_events(
            completed.reshape(-1, imputations, n),
            np.isnan(y).reshape(-1, n) & target.reshape(-1, n),
            x.reshape(-1, n, x.shape[-1]),
            beta.reshape(-1, imputations, x.shape[-1]),
            shift.reshape(-1, n),
            u.reshape(-1, n, imputations),
        )
    return completed


def binary_values(values: ArrayLike) -> Array:
    """Return values that are 0, 1 or NaN; raise InputError for any other."""
    y = np.asarray(values, dtype=np.float64)
    if not ((y == 0) | (y == 1) | np.isnan(y)).all():
        raise InputError("binary values", "a value is not 0 or 1", "Give 0, 1 or NaN.")
    return y


def event_models(
    y: Array, data: Data, draws: Draws, model: Model, weights: Array | None
) -> Iterator[tuple[Mask, Array, Array]]:
    """Yield whom each model is for, its design and its drawn coefficients, NaN without a fit."""
    x = design(data, model)[..., None, :, :]
    k, imputations = x.shape[-1], draws.count
    own = draws.trials(y.shape[:-1])
    z = normals(draws.chance, own, np.arange(imputations), "imputation coefficients", 2 * k)
    for which, (sample, target) in enumerate(samples(data, model)):
        observed = (sample & ~np.isnan(y))[..., None, :]
        w = observed.astype(np.float64) if weights is None else observed * weights
        fit = weighted_fits.logistic(x, y[..., None, :], w)
        beta = fit.coefficients
        if weights is None:
            beta = beta + (fit.root @ z[..., which * k : (which + 1) * k, None])[..., 0]
        usable = np.broadcast_to(fit.rank > 0, beta.shape[:-1])
        yield target, x, np.where(usable[..., None], beta, np.nan)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_events(
    completed: Array, fill: Mask, x: Array, beta: Array, shift: Array, u: Array
) -> None:
    """Write the events of those to ``fill``; where trials are alike ``u`` is of one of them."""
    trials, imputations, n = completed.shape
    odds = np.empty(imputations)
    for trial in range(trials):
        of_trial = beta[trial].T.copy()
        for i in range(n):
            if not fill[trial, i]:
                continue
            odds[:] = shift[trial, i]
            for a in range(of_trial.shape[0]):
                for m in range(imputations):
                    odds[m] += x[trial, i, a] * of_trial[a, m]
            chance = u[trial % u.shape[0], i]
            for m in range(imputations):
                drawn = 1.0 if chance[m] < 1.0 / (1.0 + exp(-odds[m])) else 0.0
                completed[trial, m, i] = drawn if odds[m] == odds[m] else np.nan


def impute_visits(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    covariates: ArrayLike | None = None,
    model: Literal["own arm", "both arms"] = "own arm",
    matching: bool = False,
    cycles: int = 10,
    weights: Array | None = None,
) -> Array:
    """Return completed values (..., draws.count, n, visits) of continuous or ordinal outcomes.

    Each visit is regressed on the covariates and the visits before it and drawn with its residual
    variance: exact for missingness that only grows. Where someone came back after a missed visit,
    the visits are then drawn again and again given all others, ``cycles`` times: van Buuren S.
    Stat Methods Med Res 2007;16:219-242, doi:10.1177/0962280206074463.
    ``matching`` takes the observed value of one of the five participants with the nearest
    prediction instead of a normal number, which keeps ordinal scores on their scale: Morris TP et
    al. BMC Med Res Methodol 2014;14:75, doi:10.1186/1471-2288-14-75 (donors' coefficients fitted,
    the recipient's drawn). ``weights`` as in :func:`impute_binary`.

    NaN where a visit has fewer values than its regression needs.
    """
    y = np.asarray(values, dtype=np.float64)
    data = lay_out(y, treated, covariates)
    lead, (n, q), imputations = y.shape[:-2], y.shape[-2:], draws.count
    completed = np.broadcast_to(y[..., None, :, :], (*lead, imputations, n, q)).copy()
    lack = np.isnan(y)
    if not lack.any():
        return completed
    later = np.logical_or.accumulate(~lack[..., ::-1], axis=-1)[..., ::-1]
    came_back = np.asarray((lack & later).any(axis=(-2, -1)))
    rounds = 1 + cycles * bool(came_back.any())
    stream = _Stream(draws, lead, n)
    base = design(data, model)[..., None, :, :]
    for turn in range(rounds):
        for visit in range(q):
            if not lack[..., visit].any():
                continue
            others = [v for v in range(q) if v < visit or (turn > 0 and v != visit)]
            before = completed[..., others]
            # a visit that could not be imputed predicts nothing
            before = np.where(np.isnan(before).any(axis=-2, keepdims=True), 0.0, before)
            x = np.concatenate(
                [np.broadcast_to(base, (*before.shape[:-1], base.shape[-1])), before], axis=-1
            )
            stream.turn(turn * q + visit)
            for sample, target in samples(data, model):
                seen = (sample & ~lack[..., visit])[..., None, :]
                w = seen.astype(np.float64) if weights is None else seen * weights
                found = _regress(
                    x, y[..., None, :, visit], w, stream, drawn=weights is None, matching=matching
                )
                here = target & lack[..., visit] & (came_back[..., None] | (turn == 0))
                fill = np.repeat(here[..., None, :], imputations, axis=-2)
                completed[..., visit][fill] = found[fill]
    return completed


class _Stream:
    """The random numbers of one regression after the other."""

    def __init__(self, draws: Draws, lead: tuple[int, ...], n: int) -> None:
        self._draws, self._lead, self._n = draws, lead, n
        self._step = 0
        self._part = 0
        self.values: Array = np.empty(0)  # a uniform number per imputation and participant

    def turn(self, step: int) -> None:
        """Go on to the regressions of another visit or cycle."""
        self._step, self._part = step, 0
        u = self._draws.uniforms(self._lead, self._n, f"imputed value {step}")
        self.values = np.swapaxes(u, -1, -2)

    def coefficients(self, k: int) -> tuple[Array, Array]:
        """Return ``k`` normal numbers and one uniform number per imputation; new ones each call."""
        draws, own = self._draws, self._draws.trials(self._lead)
        self._part += 1
        purpose = f"imputation regression {self._step}, {self._part}"
        u = uniforms(draws.chance, own, np.arange(draws.count), purpose, k + 1)
        return special.ndtri(u[..., :k]), u[..., k]


def _regress(
    x: Array, y: Array, w: Array, stream: _Stream, *, drawn: bool, matching: bool
) -> Array:
    """Return a drawn value for everyone from the regression of ``y`` on ``x`` weighted ``w``."""
    k = x.shape[-1]
    known = np.where(w > 0, y, 0.0)
    fit = weighted_fits.linear(x, y, w)
    fitted = (x @ fit.coefficients[..., None])[..., 0]
    rest = (w * (known - fitted) ** 2).sum(axis=-1)
    freedom = (w > 0).sum(axis=-1) - fit.rank
    usable = freedom > 0
    mean, sd = fitted, np.sqrt(rest / np.maximum(w.sum(axis=-1), 1.0))
    if drawn:
        normal, chi = stream.coefficients(k)
        sd = np.sqrt(rest / special.chdtri(np.maximum(freedom, 1), chi))
        mean = mean + (x @ (sd[..., None, None] * fit.root @ normal[..., None]))[..., 0]
    u = stream.values
    if matching:
        found = _donors(fitted, mean, known, w, u)
    else:
        found = mean + sd[..., None] * special.ndtri(u)
    return np.where(usable[..., None], found, np.nan)


def _donors(fitted: Array, mean: Array, known: Array, w: Array, u: Array) -> Array:
    """Return the value of one of the five donors predicted nearest to each participant."""
    shape = mean.shape
    given = (np.broadcast_to(a, shape).reshape(-1, shape[-1]) for a in (fitted, mean, known, w, u))
    out = np.empty((prod(shape[:-1]), shape[-1]))
    _match(out, *given)
    return out.reshape(shape)


def _match_each(out: Any, fitted: Any, mean: Any, known: Any, w: Any, u: Any) -> None:
    for sample in range(out.shape[0]):
        donors = np.flatnonzero(w[sample] > 0)
        donors = donors[np.argsort(fitted[sample][donors], kind="mergesort")]
        predicted = fitted[sample][donors]
        count = min(5, donors.size)
        for i in range(out.shape[1]):
            out[sample, i] = np.nan
            target = mean[sample, i]
            above = np.searchsorted(predicted, target)
            below = above - 1
            for _ in range(min(count, 1 + int(u[sample, i] * count))):
                near = below
                if below < 0 or (
                    above < donors.size and predicted[above] - target < target - predicted[below]
                ):
                    near = above
                    above += 1
                else:
                    below -= 1
                out[sample, i] = known[sample, donors[near]]


_match = njit(cache=True)(_match_each)


def samples(data: Data, model: Model) -> list[tuple[Mask, Mask]]:
    """Return whose values are fitted and who is imputed from them, one pair for each model."""
    arm = data.treated
    everyone = np.ones_like(arm)
    if model == "own arm":
        return [(arm, arm), (~arm, ~arm)]
    return [(everyone if model == "both arms" else ~arm, everyone)]


def design(data: Data, model: Model) -> Array:
    """Return intercept, arm where both are modelled together, and covariates, (..., n, k)."""
    columns = [np.ones((*data.treated.shape, 1))]
    if model == "both arms":
        columns.append(data.treated[..., None].astype(np.float64))
    return np.concatenate([*columns, data.covariates], axis=-1)
