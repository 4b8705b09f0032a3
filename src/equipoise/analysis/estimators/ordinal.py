"""Ordered categories: the proportional odds model.

Categories are any numbers; only their order counts. A participant whose score or covariate is
missing (NaN) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.columns import (
    Array,
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
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
    two_sided_p,
)

_MOST_STEPS = 80
_RISE = 1e-18
# A log odds between participants as wide as this belongs to a likelihood without a maximum.
_FAR = 32.0


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """``category`` (..., n) from 0 without gaps; ``seen`` (..., n) says who has one.

    ``x`` (..., n, p) are the covariates in orthonormal coordinates, ``t`` (..., n) is the treatment
    with what they explain taken out; ``cuts`` (...,) is the number of thresholds of a trial.
    """

    category: NDArray[np.int64]
    seen: Bools
    x: Array
    t: Array
    cuts: NDArray[np.int64]
    empty: Bools
    hidden: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Thresholds then coefficients (..., C + m), their likelihood, information and state."""

    at: Array
    loglik: Array
    gradient: Array
    information: Array
    far: Bools
    settled: Bools


def odds_ratio(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    test: Literal["wald", "likelihood-ratio"] = "wald",
    level: float = 0.95,
) -> Estimate:
    """Return the odds ratio of a higher score, ``values`` (..., n), one for all cut points.

    Proportional odds model by maximum likelihood, ``covariates`` (..., n, k) as numbers and
    ``strata`` (..., n) as a factor. McCullagh P. J R Stat Soc B 1980;42:109-142,
    doi:10.1111/j.2517-6161.1980.tb01109.x. ``test``: Wald's interval and P from the observed
    information, or the interval of the profile likelihood with the likelihood ratio's P.

    Where the arms do not overlap the ratio is 0 or infinite, with P of the likelihood ratio; where
    all scores are equal it is NaN with P 1; in both the interval is 0 to infinity. The note says
    so.
    """
    z = critical_value(level)
    data = _data(values, treated, covariates, strata)
    none = np.zeros(data.t.shape)
    full = _maximum(data, np.concatenate([data.x, data.t[..., None]], axis=-1), none)
    null = _maximum(data, data.x, none)
    beta = full.at[..., -1]
    se = np.sqrt(np.linalg.inv(full.information)[..., -1, -1])
    ratio_p = special.chdtrc(1, np.maximum(2 * (full.loglik - null.loglik), 0.0))
    no_spread = data.cuts == 0
    apart = full.far & (np.abs(beta) > _FAR / 2)
    lost = (full.far & ~apart) | ~full.settled | ~null.settled
    hidden = data.hidden & ~data.empty & ~no_spread
    bad = data.empty | hidden | no_spread | apart | lost
    if test == "wald":
        low, high, p = beta - z * se, beta + z * se, two_sided_p(beta / se)
    else:
        low, high = (_profile_limit(data, full, beta, side * z * se, z, bad) for side in (-1, 1))
        p = ratio_p
    nan = data.empty | hidden | lost
    open_ = no_spread | apart
    value = np.where(apart, np.copysign(np.inf, beta), np.where(no_spread, np.nan, beta))
    low, high = np.where(open_, -np.inf, low), np.where(open_, np.inf, high)
    p = np.where(no_spread, 1.0, np.where(apart, ratio_p, p))
    ratio, lower, upper = (
        floats(np.exp(np.where(nan, np.nan, number))) for number in (value, low, high)
    )
    return Estimate(
        "odds ratio",
        ratio,
        lower,
        upper,
        level,
        floats(np.where(nan, np.nan, p)),
        "proportional odds model, "
        + ("Wald" if test == "wald" else "profile likelihood and likelihood ratio"),
        notes(
            (data.empty, EMPTY_ARM),
            (no_spread, NO_SPREAD),
            (hidden, NOT_ESTIMABLE),
            (apart, SEPARATED),
            (lost, NO_CONVERGENCE),
        ),
    )


def proportionality_p(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Floats:
    """Return the P value of the score test that the arm's odds ratio is the same at every cut.

    Peterson B, Harrell FE. Appl Stat 1990;39:205-217, doi:10.2307/2347760, with the expected
    information; the other covariates keep one odds ratio each. The test errs on the side of small
    P where a category is rare. 1 with fewer than three categories; NaN where the odds ratio itself
    is not given.
    """
    data = _data(values, treated, covariates, strata)
    w = np.concatenate([data.x, data.t[..., None]], axis=-1)
    none = np.zeros(data.t.shape)
    full = _maximum(data, w, none)
    cuts, size = _cuts(data), _cuts(data) + w.shape[-1]
    several = np.zeros((*full.at.shape[:-1], size + cuts, size + cuts))
    score = np.zeros((*full.at.shape[:-1], size + cuts))
    for k in range(cuts + 1):
        upper, lower = _slopes(data, np.full(data.category.shape, k), w)
        upper, lower = (
            np.concatenate([j, -data.t[..., None] * j[..., :cuts]], axis=-1) for j in (upper, lower)
        )
        u, low = _ends(data, np.full(data.category.shape, k), full.at, w, none)
        du, dl, chance = _first_derivatives(u, low)
        each = upper * du[..., None] + lower * dl[..., None]
        possible = data.seen & (k <= data.cuts[..., None])
        chance = np.where(possible, chance, 0.0)
        several += np.swapaxes(each, -1, -2) @ (each * chance[..., None])
        score += (each * (possible & (data.category == k))[..., None]).sum(axis=-2)
    # the shared effect is the sum of the effects at the cuts: the generalized inverse drops one
    inverse = np.linalg.pinv(several, rcond=1e-10, hermitian=True)
    statistic = np.einsum("...i,...ij,...j->...", score, inverse, score)
    p = special.chdtrc(np.maximum(data.cuts - 1, 1), np.maximum(statistic, 0.0))
    nothing = data.empty | data.hidden | full.far | ~full.settled
    return floats(
        np.where(data.cuts < 2, np.where(data.empty, np.nan, 1.0), np.where(nothing, np.nan, p))
    )


def _data(
    values: ArrayLike, treated: ArrayLike, covariates: ArrayLike | None, strata: ArrayLike | None
) -> _Data:
    y, who = finite_or_missing(values), participants(treated, covariates, strata)
    lead = np.broadcast_shapes(y.shape, who.treated.shape)
    seen = ~np.isnan(y) & who.known
    kinds = np.unique(y[~np.isnan(y)])
    rank = np.broadcast_to(np.searchsorted(kinds, y), lead)
    occupied = np.stack(
        [(seen & (rank == k)).any(axis=-1) for k in range(kinds.size)]
        or [np.zeros(lead[:-1], bool)],
        axis=-1,
    )
    dense = np.cumsum(occupied, axis=-1) - 1
    category = np.take_along_axis(dense, np.minimum(rank, dense.shape[-1] - 1), axis=-1)
    size = np.maximum(seen.sum(axis=-1), 1)[..., None]
    columns = np.where(seen[..., None], who.columns, 0.0)
    x = basis(columns - columns.sum(axis=-2, keepdims=True) / size[..., None], seen).axes
    arm = np.where(seen, who.treated, 0.0)
    centred = np.where(seen, arm - arm.sum(axis=-1, keepdims=True) / size, 0.0)
    t = centred - np.einsum("...ij,...j->...i", x, np.einsum("...ij,...i->...j", x, centred))
    hidden = (t**2).sum(axis=-1) < 1e-12 * size[..., 0]
    return _Data(
        category=np.where(seen, category, 0),
        seen=seen,
        x=x,
        t=np.where(hidden[..., None], 0.0, t),
        cuts=np.maximum(occupied.sum(axis=-1) - 1, 0),
        empty=np.asarray((arm.sum(axis=-1) == 0) | ((seen & ~who.treated).sum(axis=-1) == 0)),
        hidden=np.asarray(hidden),
    )


def _cuts(data: _Data) -> int:
    return int(np.max(data.cuts, initial=0))


def _slopes(data: _Data, category: NDArray[np.int64], w: Array) -> tuple[Array, Array]:
    """Return how the upper and lower end of each category move with the parameters."""
    k = np.arange(_cuts(data))
    upper = (category[..., None] == k) & (category < data.cuts[..., None])[..., None]
    lower = category[..., None] - 1 == k
    return (
        np.concatenate([upper.astype(np.float64), -w], axis=-1),
        np.concatenate([lower.astype(np.float64), -w], axis=-1),
    )


def _ends(
    data: _Data, category: NDArray[np.int64], at: Array, w: Array, offset: Array
) -> tuple[Array, Array]:
    """Return the ends of each category on the logit scale, less the participant's own score."""
    cuts = _cuts(data)
    below = np.full((*at.shape[:-1], 1), -np.inf)
    ladder = np.concatenate([below, at[..., :cuts], -below], axis=-1)
    eta = np.einsum("...ij,...j->...i", w, at[..., cuts:]) + offset
    top = category >= data.cuts[..., None]
    upper = np.take_along_axis(ladder, np.minimum(category + 1, cuts + 1), axis=-1)
    lower = np.take_along_axis(ladder, np.minimum(category, cuts), axis=-1)
    return np.where(top, np.inf, upper) - eta, lower - eta


def _loglik(data: _Data, upper: Array, lower: Array) -> Array:
    # log of F(u) - F(l) = F(u) F(-l) (1 - exp(l - u)), which does not cancel
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        each = (
            special.log_expit(upper)
            + special.log_expit(-lower)
            + np.log1p(-np.exp(np.minimum(lower - upper, 0.0)))
        )
    return np.asarray(np.where(data.seen, each, 0.0).sum(axis=-1))


def _first_derivatives(upper: Array, lower: Array) -> tuple[Array, Array, Array]:
    """Return the slopes of the log chance of a category in its ends, and the chance."""
    with np.errstate(over="ignore", divide="ignore"):
        gap = 1 / np.expm1(upper - lower)
    chance = special.expit(upper) * special.expit(-lower) * -np.expm1(lower - upper)
    return special.expit(-upper) + gap, -special.expit(lower) - gap, chance


def _derivatives(data: _Data, at: Array, w: Array, offset: Array) -> tuple[Array, Array]:
    """Return gradient and observed information; parameters a trial does not have get 0 and 1."""
    upper, lower = _ends(data, data.category, at, w, offset)
    ju, jl = _slopes(data, data.category, w)
    du, dl, _ = _first_derivatives(upper, lower)
    with np.errstate(over="ignore", divide="ignore"):
        gap = 1 / np.expm1(upper - lower)
    cross = np.where(data.seen, gap * (1 + gap), 0.0)
    huu, hll = (
        np.where(data.seen, special.expit(e) * special.expit(-e), 0.0) + cross
        for e in (upper, lower)
    )
    du, dl = np.where(data.seen, du, 0.0), np.where(data.seen, dl, 0.0)
    gradient = (ju * du[..., None] + jl * dl[..., None]).sum(axis=-2)
    left = ju * huu[..., None] - jl * cross[..., None]
    right = jl * hll[..., None] - ju * cross[..., None]
    information = np.swapaxes(ju, -1, -2) @ left + np.swapaxes(jl, -1, -2) @ right
    # without a maximum the information fades away; a trace of it keeps the equations solvable
    unused = np.where(np.einsum("...ii->...i", information) > 0, 1e-13, 1.0)
    return gradient, information + unused[..., None] * np.eye(at.shape[-1])


def _maximum(data: _Data, w: Array, offset: Array, start: Array | None = None) -> _Fit:
    """Maximize the likelihood by Newton's steps, halved until they rise.

    The log likelihood is concave: Pratt JW. J Am Stat Assoc 1981;76:103-106,
    doi:10.1080/01621459.1981.10477613.
    """
    at = _start(data, w.shape[-1]) if start is None else start
    upper, lower = _ends(data, data.category, at, w, offset)
    loglik = _loglik(data, upper, lower)
    settled = np.zeros(loglik.shape, dtype=np.bool_)
    far = np.zeros(loglik.shape, dtype=np.bool_)
    identity = np.eye(at.shape[-1])
    for _ in range(_MOST_STEPS):
        gradient, information = _derivatives(data, at, w, offset)
        halt = (settled | far)[..., None]
        step = np.linalg.solve(
            np.where(halt[..., None], identity, information),
            np.where(halt, 0.0, gradient)[..., None],
        )[..., 0]
        settled = settled | (~far & ((step * gradient).sum(axis=-1) < _RISE))
        for _ in range(_MOST_STEPS):
            ends = _ends(data, data.category, at + step, w, offset)
            new = _loglik(data, *ends)
            worse = ~(new >= loglik - 1e-12 * np.abs(loglik))
            if not worse.any():
                break
            step = np.where(worse[..., None], step / 2, step)
        at, loglik = at + step, new
        score = np.einsum("...ij,...j->...i", w, at[..., _cuts(data) :]) + offset
        far = far | (np.ptp(np.where(data.seen, score, 0.0), axis=-1) > _FAR)
        if (settled | far).all():
            break
    gradient, information = _derivatives(data, at, w, offset)
    information = np.where(far[..., None, None], identity, information)
    return _Fit(at, loglik, gradient, information, far, settled | far)


def _start(data: _Data, further: int) -> Array:
    """Return the thresholds of one distribution for all, and no effects."""
    k = np.arange(_cuts(data))
    below = (data.seen[..., None] & (data.category[..., None] <= k)).sum(axis=-2)
    size = np.maximum(data.seen.sum(axis=-1), 1)[..., None]
    share = np.where(k < data.cuts[..., None], below / size, 0.5)
    return np.concatenate([special.logit(share), np.zeros((*share.shape[:-1], further))], axis=-1)


def _profile_limit(
    data: _Data, full: _Fit, beta: Array, reach: Array, z: float, bad: Bools
) -> Array:
    """Return where twice the fall of the profile log likelihood is z², on the side of ``reach``.

    The fall is convex in the effect, so Newton's steps close in from outside.
    """
    limit = np.where(bad, 0.0, beta + reach)
    nuisance = np.where(bad[..., None], _start(data, data.x.shape[-1]), full.at[..., :-1])
    for _ in range(_MOST_STEPS):
        offset = limit[..., None] * data.t
        fit = _maximum(data, data.x, offset, nuisance)
        nuisance = fit.at
        fall = 2 * (full.loglik - fit.loglik) - z**2
        upper, lower = _ends(data, data.category, fit.at, data.x, offset)
        du, dl, _ = _first_derivatives(upper, lower)
        slope = 2 * np.where(data.seen, (du + dl) * data.t, 0.0).sum(axis=-1)
        step = np.where(bad, 0.0, fall / np.where(bad, 1.0, slope))
        limit = limit - step
        if (np.abs(step) < 1e-10).all():
            break
    return limit
