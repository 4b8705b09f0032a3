"""Score intervals of two independent proportions, by inverting the score statistic.

Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226,
doi:10.1002/sim.4780040211: constrained maximum likelihood in closed form for a given difference,
ratio or odds ratio. Without the factor N/(N-1) the ratio interval is that of Koopman PAR,
Biometrics 1984;40:513-517, doi:10.2307/2531405.

Every contrast is searched on (0, 1): a difference d as (1 + d) / 2, a ratio r as r / (1 + r), an
odds ratio through its square root. That treats both arms alike, keeps every expression finite at
the ends and leaves digits for the odds ratios of large separated tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from equipoise.analysis.estimators.estimate import critical_value, two_sided_p

Array = NDArray[np.float64]
Contrast = Literal["difference", "ratio", "odds ratio"]

# How far from the point estimate a search stops: the term z * se dominates from there on.
_ASIDE = 1e-12


class Table(NamedTuple):
    """Events and participants of the first arm (1) and of the reference arm (0), as floats."""

    x1: Array
    n1: Array
    x0: Array
    n0: Array


def score_limits(
    table: Table, contrast: Contrast, level: float, *, corrected: bool
) -> tuple[Array, Array]:
    """Return the lower and upper limit, element by element; arms must not be empty.

    ``corrected`` applies Miettinen and Nurminen's N/(N-1). A ratio's limits may be 0 and infinity,
    and are both where the ratio is undefined. Tables that recur are worked out once.
    """
    shape = table.x1.shape
    distinct, which = np.unique(np.stack([c.ravel() for c in table]), axis=1, return_inverse=True)
    low, high = _limits(Table(*distinct), contrast, level, corrected=corrected)
    return low[which].reshape(shape), high[which].reshape(shape)


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


def score_p(table: Table, *, corrected: bool) -> Array:
    """Return the two-sided P value of equality: Pearson's, or with (N-1)/N if ``corrected``.

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
    return two_sided_p(np.sqrt(np.where(spread > 0, square, 0.0)))


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
        args = (*(count[inside] for count in table), factor[inside], np.full(inside.sum(), z))
        found = elementwise.find_root(statistic, (start[inside], stop[inside]), args=args)
        if not np.all(found.success):
            raise ArithmeticError("a score limit was not bracketed")
        root[inside] = found.x
    return root


def _difference(u: Array, x1: Array, n1: Array, x0: Array, n0: Array, k: Array, z: Array) -> Array:
    """Observed minus assumed difference, less z standard errors under it."""
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
    p1 = np.clip(p0 + d, 0.0, 1.0)
    variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    return np.asarray(x1 / n1 - x0 / n0 - d - z * np.sqrt(k * variance))


def _ratio(u: Array, x1: Array, n1: Array, x0: Array, n0: Array, k: Array, z: Array) -> Array:
    """The same for a ratio u / (1 - u), both sides times 1 - u."""
    v = 1 - u
    b = (n1 + x0) * u + (n0 + x1) * v
    root = np.sqrt(np.maximum(b**2 - 4 * (n1 + n0) * (x1 + x0) * u * v, 0.0))
    twice = 2 * (x1 + x0) / (b + root)
    p0, p1 = np.minimum(twice * v, 1.0), np.minimum(twice * u, 1.0)
    variance = v**2 * p1 * (1 - p1) / n1 + u**2 * p0 * (1 - p0) / n0
    return np.asarray(v * x1 / n1 - u * x0 / n0 - z * np.sqrt(k * variance))


def _odds(u: Array, x1: Array, n1: Array, x0: Array, n0: Array, k: Array, z: Array) -> Array:
    """The same for an odds ratio, on the events of the first arm."""
    u, v, events = u**2, (1 - u) ** 2, x1 + x0
    p0 = _reference_share(u, v, events, n1, n0)
    q0 = _reference_share(v, u, n1 + n0 - events, n1, n0)
    total = q0 * v + p0 * u
    at_edge = (events - n0 * p0) / n1
    p1 = np.divide(p0 * u, total, out=at_edge, where=total > 0)
    q1 = np.divide(q0 * v, total, out=1 - at_edge, where=total > 0)
    a1, a0 = n1 * p1 * q1, n0 * p0 * q0
    information = np.divide(a1 * a0, a1 + a0, out=np.zeros_like(a1), where=a1 + a0 > 0)
    # both arms give the same deviation; the one with the smaller terms loses fewer digits
    gain1, loss1, gain0, loss0 = x1 * q1, (n1 - x1) * p1, (n0 - x0) * p0, x0 * q0
    deviation = np.where(gain1 + loss1 < gain0 + loss0, gain1 - loss1, gain0 - loss0)
    return np.asarray(deviation - z * np.sqrt(k * information))


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
