"""Score intervals of two independent proportions, by inverting the score statistic.

Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226,
doi:10.1002/sim.4780040211: constrained maximum likelihood in closed form for a given difference,
ratio or odds ratio. Without the factor N/(N-1) the ratio interval is that of Koopman PAR,
Biometrics 1984;40:513-517, doi:10.2307/2531405.

Every contrast is searched on (0, 1): a difference d as (1 + d) / 2, a ratio r as r / (1 + r), an
odds ratio through its square root. That treats both arms alike, keeps every expression finite at
the ends and leaves digits for the odds ratios of large separated tables.

The skewness-corrected limits are those of Laud PJ. Pharm Stat 2017;16:334-348,
doi:10.1002/pst.1813 (corrigendum 2018;17:290-293, doi:10.1002/pst.1855).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from equipoise.analysis.estimators._roots import find_roots
from equipoise.analysis.estimators.counts import Array, Mask, Table
from equipoise.analysis.estimators.estimate import critical_value, two_sided_p

Contrast = Literal["difference", "ratio", "odds ratio"]

# How far from the point estimate a search stops: the term z * se dominates from there on.
_ASIDE = 1e-12
_HALVINGS = 64  # of (0, 1): below the spacing of floats
_AT_END = 1e-13  # closer to an end than this is the end itself


def score_limits(
    table: Table, contrast: Contrast, level: float, *, corrected: bool, skewness: bool = False
) -> tuple[Array, Array]:
    """Return the lower and upper limit, element by element; arms must not be empty.

    ``corrected`` applies Miettinen and Nurminen's N/(N-1); ``skewness`` Laud's correction, for
    odds ratios with that of bias too. A ratio's limits may be 0 and infinity, and are both where
    the ratio is undefined. Tables that recur are worked out once.
    """
    shape = table.x1.shape
    distinct, which = np.unique(np.stack([c.ravel() for c in table]), axis=1, return_inverse=True)
    limits = _skewed_limits if skewness else _limits
    low, high = limits(Table(*distinct), contrast, level, corrected=corrected)
    return low[which].reshape(shape), high[which].reshape(shape)


def skewness_corrected_value(table: Table, contrast: Contrast) -> Array:
    """Return Laud's estimate: where the skewness-corrected score is zero; NaN where undefined."""
    flat = Table(*(np.ravel(count) for count in table))
    centre = _centre(flat, contrast)
    u = _between(flat, contrast, np.zeros_like(centre), np.ones_like(centre), 0.0, corrected=True)
    with np.errstate(divide="ignore"):
        value = _CONTRASTS[contrast][1](np.where(_no_contrast(flat), centre, u))
    return value.reshape(table.x1.shape)


def _no_contrast(table: Table) -> Mask:
    """Whether there are no events, or only events, in both arms."""
    events = table.x1 + table.x0
    return np.asarray((events == 0) | (events == table.n1 + table.n0))


def _limits(
    table: Table, contrast: Contrast, level: float, *, corrected: bool
) -> tuple[Array, Array]:
    factor = _factor(table, corrected=corrected)
    z = critical_value(level)
    statistic, back = _CONTRASTS[contrast]
    centre = _centre(table, contrast)
    start = 1 - (1 - centre) * (1 - _ASIDE)
    low = _solve(statistic, np.zeros_like(centre), centre * (1 - _ASIDE), table, factor, z)
    high = _solve(statistic, start, np.ones_like(centre), table, factor, -z)
    with np.errstate(divide="ignore"):
        return back(np.where(np.isnan(low), 0.0, low)), back(np.where(np.isnan(high), 1.0, high))


def _skewed_limits(
    table: Table, contrast: Contrast, level: float, *, corrected: bool
) -> tuple[Array, Array]:
    z = critical_value(level)
    back = _CONTRASTS[contrast][1]
    zero, one = np.zeros_like(table.x1), np.ones_like(table.x1)
    middle = _between(table, contrast, zero, one, 0.0, corrected=corrected)
    low = _between(table, contrast, zero, middle, z, corrected=corrected)
    high = _between(table, contrast, middle, one, -z, corrected=corrected)
    undefined = np.isnan(_centre(table, contrast))
    with np.errstate(divide="ignore"):
        return back(np.where(undefined, 0.0, low)), back(np.where(undefined, 1.0, high))


def _between(
    table: Table, contrast: Contrast, start: Array, stop: Array, z: float, *, corrected: bool
) -> Array:
    """Return where the skewness-corrected statistic falls through zero, or the end it stays at.

    Bisection, for near the ends of (0, 1) the statistic of a table with a zero cell touches zero.
    """
    statistic = _CONTRASTS[contrast][0]
    factor = _factor(table, corrected=corrected)
    for _ in range(_HALVINGS):
        u = (start + stop) / 2
        above = statistic(u, table, factor, z, (z**2 - 1) / 6) > 0
        start, stop = np.where(above, u, start), np.where(above, stop, u)
    return np.where(stop < _AT_END, 0.0, np.where(start > 1 - _AT_END, 1.0, stop))


def score_p(table: Table, *, corrected: bool, skewness: bool = False) -> Array:
    """Return the two-sided P value of equality: Pearson's, or with (N-1)/N if ``corrected``.

    ``skewness`` corrects the deviate by Laud's quadratic; nothing changes in arms of equal size.

    Where both arms have no events, or only events, nothing speaks against equality: P is 1.
    Pearson K. Phil Mag 1900;50:157-175, doi:10.1080/14786440009463897; the N-1 version is
    recommended by Campbell I. Stat Med 2007;26:3661-3675, doi:10.1002/sim.2832.
    """
    x1, n1, x0, n0 = table
    total, events = n1 + n0, x1 + x0
    cross = x1 * (n0 - x0) - x0 * (n1 - x1)
    spread = n1 * n0 * events * (total - events)
    with np.errstate(invalid="ignore", divide="ignore"):
        square = total * cross**2 / spread / _factor(table, corrected=corrected)
        z = np.sign(cross) * np.sqrt(np.where(spread > 0, square, 0.0))
        if skewness:
            share = events / total
            variance = share * (1 - share) * (1 / n1 + 1 / n0) * _factor(table, corrected=corrected)
            third = share * (1 - share) * (1 - 2 * share) * (1 / n1**2 - 1 / n0**2)
            z = _unskewed(z, np.where(spread > 0, third / (6 * variance**1.5), 0.0))
    return two_sided_p(z)


def _unskewed(z: Array, skew: Array) -> Array:
    """Return Z of z = Z + skew (Z² - 1), the root that tends to z without skewness."""
    inside = 1 + 4 * skew * (z + skew)
    root = np.sqrt(np.maximum(inside, 0.0))
    return np.where(inside >= 0, 2 * (z + skew) / (1 + root), z)


def _factor(table: Table, *, corrected: bool) -> Array:
    total = table.n1 + table.n0
    return total / (total - 1) if corrected else np.ones_like(total)


def _centre(table: Table, contrast: Contrast) -> Array:
    """Return the point estimate on the (0, 1) scale; NaN where it is undefined."""
    x1, n1, x0, n0 = table
    if contrast == "difference":
        return (1 + x1 / n1 - x0 / n0) / 2
    a, b = (x1 * n0, x0 * n1) if contrast == "ratio" else (x1 * (n0 - x0), x0 * (n1 - x1))
    if contrast == "odds ratio":
        a, b = np.sqrt(a), np.sqrt(b)
    with np.errstate(invalid="ignore"):
        return np.asarray(a / (a + b))


def _solve(
    statistic: Callable[..., Array],
    start: Array,
    stop: Array,
    table: Table,
    factor: Array,
    z: float,
) -> Array:
    """Return where ``statistic`` is zero between ``start`` and ``stop``; NaN if they coincide."""
    root = np.full(start.shape, np.nan)
    inside = stop > start
    if inside.any():

        def left(u: Array, x1: Array, n1: Array, x0: Array, n0: Array, k: Array) -> Array:
            return statistic(u, Table(x1, n1, x0, n0), k, z, 0.0)

        args = (*(count[inside] for count in table), factor[inside])
        found = find_roots(left, (start[inside], stop[inside]), args)
        if not np.all(found.success):
            raise ArithmeticError("a score limit was not bracketed")
        root[inside] = found.x
    return root


def _difference(u: Array, table: Table, k: Array, z: float, s: float) -> Array:
    """Observed minus assumed difference, less z standard errors under it, less s skewness."""
    x1, n1, x0, n0 = table
    p1, p0 = constrained_by_difference(u, table)
    v1, v0 = p1 * (1 - p1) / n1, p0 * (1 - p0) / n0
    third = v1 * (1 - 2 * p1) / n1 - v0 * (1 - 2 * p0) / n0
    return _left(x1 / n1 - x0 / n0 - (2 * u - 1), k * (v1 + v0), third, z, s)


def _ratio(u: Array, table: Table, k: Array, z: float, s: float) -> Array:
    """The same for a ratio u / (1 - u), both sides times 1 - u."""
    x1, n1, x0, n0 = table
    v = 1 - u
    p1, p0 = constrained_by_ratio(u, table)
    v1, v0 = v**2 * p1 * (1 - p1) / n1, u**2 * p0 * (1 - p0) / n0
    third = v * v1 * (1 - 2 * p1) / n1 - u * v0 * (1 - 2 * p0) / n0
    return _left(v * x1 / n1 - u * x0 / n0, k * (v1 + v0), third, z, s)


def _left(deviation: Array, variance: Array, third: Array, z: float, s: float) -> Array:
    skew = np.divide(third, variance, out=np.zeros_like(third), where=variance > 0)
    return np.asarray(deviation - z * np.sqrt(variance) - s * skew)


def _odds(u: Array, table: Table, k: Array, z: float, s: float) -> Array:
    """The same for an odds ratio, on the events of the first arm; with s, less the bias too."""
    _, n1, _, n0 = table
    p1, q1, p0, q0 = shares_by_odds(u, table)
    a1, a0 = n1 * p1 * q1, n0 * p0 * q0
    known = a1 + a0 > 0
    share1, share0 = (np.divide(a, a1 + a0, out=np.zeros_like(a), where=known) for a in (a1, a0))
    deviation = odds_deviation(table, (p1, q1, p0, q0))
    bias = share1 * share0 * (p1 - p0) if s else 0.0
    third = share0**2 * (q1 - p1) - share1**2 * (q0 - p0)
    return np.asarray(deviation - bias - z * np.sqrt(k * a1 * share0) - s * third / k)


def odds_deviation(table: Table, shares: tuple[Array, Array, Array, Array]) -> Array:
    """Return events of the first arm less those due, from the arm that loses fewer digits."""
    x1, n1, x0, n0 = table
    p1, q1, p0, q0 = shares
    gain1, loss1, gain0, loss0 = x1 * q1, (n1 - x1) * p1, (n0 - x0) * p0, x0 * q0
    return np.where(gain1 + loss1 < gain0 + loss0, gain1 - loss1, gain0 - loss0)


# --- the likeliest shares of both arms under an assumed contrast ----------------------------------


def constrained_by_difference(u: Array, table: Table) -> tuple[Array, Array]:
    """Return the likeliest shares with difference 2u - 1: the root of a cubic."""
    x1, n1, x0, n0 = table
    d = 2 * u - 1
    total, events = n1 + n0, x1 + x0
    l3, l2 = total, (n1 + 2 * n0) * d - total - events
    l1, l0 = (n0 * d - total - 2 * x0) * d + events, x0 * d * (1 - d)
    b = l2 / (3 * l3)
    q = b**3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    p = np.copysign(np.sqrt(np.maximum(b**2 - l1 / (3 * l3), 0.0)), q)
    cosine = np.divide(q, p**3, out=np.ones_like(q), where=p != 0)
    p0 = 2 * p * np.cos((np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3) - b
    p0 = np.clip(p0, np.maximum(0.0, -d), np.minimum(1.0, 1 - d))
    return np.clip(p0 + d, 0.0, 1.0), p0


def constrained_by_ratio(u: Array, table: Table) -> tuple[Array, Array]:
    """Return the likeliest shares with ratio u / (1 - u): the root of a quadratic."""
    x1, n1, x0, n0 = table
    v = 1 - u
    b = (n1 + x0) * u + (n0 + x1) * v
    root = np.sqrt(np.maximum(b**2 - 4 * (n1 + n0) * (x1 + x0) * u * v, 0.0))
    twice = 2 * (x1 + x0) / (b + root)
    return np.minimum(twice * u, 1.0), np.minimum(twice * v, 1.0)


def constrained_by_odds(u: Array, table: Table) -> tuple[Array, Array]:
    """Return the likeliest shares with odds ratio (u / (1 - u))²."""
    p1, _, p0, _ = shares_by_odds(u, table)
    return p1, p0


def shares_by_odds(u: Array, table: Table) -> tuple[Array, Array, Array, Array]:
    """Return the shares with and without events of the first arm, then of the reference."""
    x1, n1, x0, n0 = table
    up, down, events = u**2, (1 - u) ** 2, x1 + x0
    p0 = _reference_share(up, down, events, n1, n0)
    q0 = _reference_share(down, up, n1 + n0 - events, n1, n0)
    total = q0 * down + p0 * up
    at_edge = (events - n0 * p0) / n1
    p1 = np.divide(p0 * up, total, out=at_edge, where=total > 0)
    q1 = np.divide(q0 * down, total, out=1 - at_edge, where=total > 0)
    return p1, q1, p0, q0


def _reference_share(u: Array, v: Array, events: Array, n1: Array, n0: Array) -> Array:
    """Return the reference arm's share of events if the odds are as u to v.

    Called with sides exchanged it gives the share without events, to full precision near 0; the
    root of the quadratic is written so that neither form subtracts nearly equal numbers.
    """
    b = n1 * u + n0 * v - events * (u - v)
    root = np.sqrt(np.maximum(b**2 + 4 * n0 * (u - v) * events * v, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(b > 0, 2 * events * v / (b + root), (root - b) / (2 * n0 * (u - v)))
    return np.clip(share, 0.0, 1.0)


def _as_difference(u: Array) -> Array:
    return 2 * u - 1


def _as_ratio(u: Array) -> Array:
    return np.asarray(u / (1 - u))


def _as_odds_ratio(u: Array) -> Array:
    return np.asarray((u / (1 - u)) ** 2)


_CONTRASTS: dict[Contrast, tuple[Callable[..., Array], Callable[[Array], Array]]] = {
    "difference": (_difference, _as_difference),
    "ratio": (_ratio, _as_ratio),
    "odds ratio": (_odds, _as_odds_ratio),
}
