"""Intervals of two proportions in closed form: Wald's family, hybrids, pseudo-counts.

Each function takes a :class:`Table` with no empty arm and the level, and returns the lower and
upper limit element by element; where its formula breaks down the result is NaN or has no width,
and the caller puts a score interval there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from equipoise.analysis.estimators.counts import Array, Table
from equipoise.analysis.estimators.estimate import critical_value, two_sided_p
from equipoise.analysis.estimators.proportion import Method, beta_quantile, limits

Limits = tuple[Array, Array]


# --- differences --------------------------------------------------------------------------------


def wald(table: Table, level: float) -> Limits:
    """Unpooled standard error."""
    return _around(table, 0.0, 0.0, level)


def wald_corrected(table: Table, level: float) -> Limits:
    """Wald, wider by (1/n1 + 1/n0) / 2; Fleiss JL. Statistical methods for rates. Wiley 1981."""
    low, high = wald(table, level)
    aside = (1 / table.n1 + 1 / table.n0) / 2
    return np.maximum(low - aside, -1.0), np.minimum(high + aside, 1.0)


def agresti_caffo(table: Table, level: float) -> Limits:
    """Wald after a success and a failure are added to each arm.

    Agresti A, Caffo B. Am Stat 2000;54:280-288, doi:10.1080/00031305.2000.10474560.
    """
    return _around(table, 1.0, 2.0, level)


def brown_li(table: Table, level: float) -> Limits:
    """Jeffreys shares (x + 1/2) / (n + 1) with variance p (1 - p) / n.

    Brown L, Li X. J Stat Plan Inference 2005;130:359-375, doi:10.1016/j.jspi.2003.09.039.
    """
    x1, n1, x0, n0 = table
    p1, p0 = (x1 + 0.5) / (n1 + 1), (x0 + 0.5) / (n0 + 1)
    half = critical_value(level) * np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    return np.maximum(p1 - p0 - half, -1.0), np.minimum(p1 - p0 + half, 1.0)


def hauck_anderson(table: Table, level: float) -> Limits:
    """Variances over n - 1, wider by half the reciprocal of the smaller arm.

    Hauck WW, Anderson S. Am Stat 1986;40:318-322, doi:10.1080/00031305.1986.10475426.
    """
    x1, n1, x0, n0 = table
    p1, p0 = x1 / n1, x0 / n0
    with np.errstate(divide="ignore", invalid="ignore"):  # an arm of one
        se = np.sqrt(p1 * (1 - p1) / (n1 - 1) + p0 * (1 - p0) / (n0 - 1))
    half = critical_value(level) * se + 1 / (2 * np.minimum(n1, n0))
    return np.maximum(p1 - p0 - half, -1.0), np.minimum(p1 - p0 + half, 1.0)


def haldane(table: Table, level: float) -> Limits:
    """Beal's approximation with the mean of both shares; see :func:`jeffreys_perks`."""
    return _beal(table, (table.x1 / table.n1 + table.x0 / table.n0) / 2, level)


def jeffreys_perks(table: Table, level: float) -> Limits:
    """The same with Jeffreys shares. Beal SL. Biometrics 1987;43:941-950, doi:10.2307/2531547."""
    x1, n1, x0, n0 = table
    return _beal(table, ((x1 + 0.5) / (n1 + 1) + (x0 + 0.5) / (n0 + 1)) / 2, level)


def newcombe(table: Table, level: float, *, arms: Method = "wilson") -> Limits:
    """Hybrid of the two arms' intervals.

    Newcombe RG, methods 10 and 11. Stat Med 1998;17:873-890,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    (l1, u1), (l0, u0) = (limits(x, n, arms, level) for x, n in (table[:2], table[2:]))
    return _hybrid(table.x1 / table.n1, table.x0 / table.n0, l1, u1, l0, u0)


def mover_difference(table: Table, level: float) -> Limits:
    """Newcombe's hybrid with Jeffreys intervals around the posterior medians; see mover_ratio."""
    return _hybrid(*_posteriors(table, level))


# --- ratios -------------------------------------------------------------------------------------


def katz(table: Table, level: float) -> Limits:
    """Katz D et al. Biometrics 1978;34:469-474, doi:10.2307/2530610."""
    return _log(*_ratio_and_variance(table), level)


def adjusted_log(table: Table, level: float) -> Limits:
    """Katz with half an event added to each count and arm.

    Walter SD. Biometrika 1975;62:371-374, doi:10.1093/biomet/62.2.371.
    """
    return _log(*_ratio_and_variance(Table(*(c + 0.5 for c in table))), level)


def noether(table: Table, level: float) -> Limits:
    """Delta method on the ratio itself. Noether GE. Psychometrika 1957;22:119-127."""
    ratio, variance = _ratio_and_variance(table)
    with np.errstate(invalid="ignore"):
        half = critical_value(level) * ratio * np.sqrt(variance)
        return np.maximum(ratio - half, 0.0), ratio + half


def inverse_sinh(table: Table, level: float) -> Limits:
    """Newcombe RG. Stat Med 2001;20:2889-2893, doi:10.1002/sim.1032."""
    ratio, variance = _ratio_and_variance(table)
    margin = np.exp(2 * np.arcsinh(critical_value(level) / 2 * np.sqrt(variance)))
    with np.errstate(invalid="ignore"):
        return ratio / margin, ratio * margin


def bailey(table: Table, level: float) -> Limits:
    """Cube roots. Bailey BJR. Biometrics 1987;43:201-205, doi:10.2307/2531960."""
    x1, n1, x0, n0 = table
    z = critical_value(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (x1 / n1) / (x0 / n0)
        a, b = (1 - x1 / n1) / x1, (1 - x0 / n0) / x0
        half = z * np.sqrt(a + b - z**2 * a * b / 9) / 3
        low, high = ((1 + side * half) / (1 - z**2 * b / 9) for side in (-1, 1))
        bounded = (a < 9 / z**2) & (b < 9 / z**2)
        return (
            np.where(bounded, ratio * np.maximum(low, 0.0) ** 3, np.nan),
            np.where(bounded, ratio * high**3, np.nan),
        )


def mover_ratio(table: Table, level: float) -> Limits:
    """Hybrid of Jeffreys intervals, without adjustment at 0 and n: always finite.

    Donner A, Zou GY. Stat Methods Med Res 2012;21:347-359, doi:10.1177/0962280210383082; with
    Jeffreys intervals: Laud PJ. Pharm Stat 2017;16:334-348, doi:10.1002/pst.1813.
    """
    return _ratio_hybrid(*_posteriors(table, level))


def mover_odds_ratio(table: Table, level: float) -> Limits:
    """The same for odds. Fagerland MW, Newcombe RG. Stat Med 2013;32:2823-2836."""
    return _ratio_hybrid(*(p / (1 - p) for p in _posteriors(table, level)))


def woolf(table: Table, level: float) -> Limits:
    """Woolf B. Ann Hum Genet 1955;19:251-253, doi:10.1111/j.1469-1809.1955.tb01348.x."""
    return _log(*_odds_ratio_and_variance(table), level)


def wald_p(table: Table) -> Array:
    """P value of the difference over its unpooled standard error."""
    x1, n1, x0, n0 = table
    p1, p0 = x1 / n1, x0 / n0
    se = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    return two_sided_p(np.divide(p1 - p0, se, out=np.zeros_like(se), where=se > 0))


def katz_p(table: Table) -> Array:
    """P value of the log ratio over its standard error."""
    ratio, variance = _ratio_and_variance(table)
    with np.errstate(all="ignore"):  # degenerate elements are replaced by the caller
        return two_sided_p(np.log(ratio) / np.sqrt(variance))


def woolf_p(table: Table) -> Array:
    """P value of the log odds ratio over its standard error."""
    ratio, variance = _odds_ratio_and_variance(table)
    with np.errstate(all="ignore"):
        return two_sided_p(np.log(ratio) / np.sqrt(variance))


Form = Callable[[Table, float], Limits]


def _around(table: Table, events: float, participants: float, level: float) -> Limits:
    n1, n0 = table.n1 + participants, table.n0 + participants
    p1, p0 = (table.x1 + events) / n1, (table.x0 + events) / n0
    half = critical_value(level) * np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    if not participants:
        return p1 - p0 - half, p1 - p0 + half
    return np.maximum(p1 - p0 - half, -1.0), np.minimum(p1 - p0 + half, 1.0)


def _beal(table: Table, share: Array, level: float) -> Limits:
    x1, n1, x0, n0 = table
    z = critical_value(level)
    d = x1 / n1 - x0 / n0
    u, v = (1 / n1 + 1 / n0) / 4, (1 / n1 - 1 / n0) / 4
    slope, spread = 1 - 2 * share, share * (1 - share)
    centre = (d + z**2 * v * slope) / (1 + z**2 * u)
    square = u * (4 * spread - d**2) + 2 * v * slope * d
    square += 4 * z**2 * u**2 * spread + z**2 * v**2 * slope**2
    half = z / (1 + z**2 * u) * np.sqrt(np.maximum(square, 0.0))
    return np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0)


def _ratio_and_variance(table: Table) -> Limits:
    x1, n1, x0, n0 = table
    with np.errstate(divide="ignore", invalid="ignore"):
        return (x1 / n1) / (x0 / n0), np.maximum(1 / x1 - 1 / n1 + 1 / x0 - 1 / n0, 0.0)


def _odds_ratio_and_variance(table: Table) -> Limits:
    x1, n1, x0, n0 = table
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (x1 * (n0 - x0)) / ((n1 - x1) * x0)
        return ratio, 1 / x1 + 1 / (n1 - x1) + 1 / x0 + 1 / (n0 - x0)


def _log(ratio: Array, variance: Array, level: float) -> Limits:
    with np.errstate(invalid="ignore", over="ignore"):
        margin = np.exp(critical_value(level) * np.sqrt(variance))
        return ratio / margin, ratio * margin


def _posteriors(table: Table, level: float) -> tuple[Array, ...]:
    """Return the Jeffreys medians of both arms, then the limits of the first and the reference."""
    tail = (1 - level) / 2
    critical_value(level)  # refuses an impossible level
    (m1, l1, u1), (m0, l0, u0) = (
        [beta_quantile(x + 0.5, n - x + 0.5, share) for share in (0.5, tail, 1 - tail)]
        for x, n in (table[:2], table[2:])
    )
    return m1, m0, l1, u1, l0, u0


def _hybrid(p1: Array, p0: Array, l1: Array, u1: Array, l0: Array, u0: Array) -> Limits:
    return p1 - p0 - np.hypot(p1 - l1, u0 - p0), p1 - p0 + np.hypot(u1 - p1, p0 - l0)


def _ratio_hybrid(p1: Array, p0: Array, l1: Array, u1: Array, l0: Array, u0: Array) -> Limits:
    cross = p1 * p0
    root = np.sqrt(np.maximum(cross**2 - l1 * u0 * (2 * p1 - l1) * (2 * p0 - u0), 0.0))
    low = (cross - root) / (u0 * (2 * p0 - u0))
    root = np.sqrt(np.maximum(cross**2 - u1 * l0 * (2 * p1 - u1) * (2 * p0 - l0), 0.0))
    return low, (cross + root) / (l0 * (2 * p0 - l0))
