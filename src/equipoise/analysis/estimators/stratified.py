"""Two proportions in strata: Mantel-Haenszel, its test, score intervals, homogeneity.

Counts have the strata on the last axis; leading axes are trials. Strata without participants in
either arm, or without any, say nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equipoise.analysis.estimators.counts import Array, Mask, Table, counts
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    INFINITE,
    NO_CONTRAST,
    NO_EVENTS,
    ZERO_CELL,
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
    two_sided_p,
)
from equipoise.analysis.estimators.score import (
    constrained_by_difference,
    constrained_by_odds,
    constrained_by_ratio,
    odds_deviation,
    shares_by_odds,
)

_HALVINGS = 64  # of (0, 1): below the spacing of floats


class _Strata(NamedTuple):
    """A table per stratum; ``known`` where both arms have participants, elsewhere 0 of 1 stand."""

    table: Table
    known: Array
    empty: Mask


_Score = Callable[[Array, _Strata], tuple[Array, Array]]


def risk_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: Literal["mantel-haenszel", "miettinen-nurminen"] = "mantel-haenszel",
    level: float = 0.95,
) -> Estimate:
    """Return the common risk ratio of strata, arm over reference arm.

    ``mantel-haenszel``: with the variance of Greenland S, Robins JM. Biometrics 1985;41:55-68,
    doi:10.2307/2530643, on the log scale. ``miettinen-nurminen``: score interval with
    Mantel-Haenszel weights, each stratum's shares estimated under the assumed ratio, N/(N-1) in
    each; its P value is Cochran-Mantel-Haenszel's. Miettinen O, Nurminen M. Stat Med
    1985;4:213-226, doi:10.1002/sim.4780040211.

    With no events in an arm the Mantel-Haenszel interval is undefined and the score interval stands
    in, note ``zero cell``. Raises InputError for counts that are not whole numbers with
    0 <= events <= n.
    """
    strata = _strata(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = strata.table
    total = n1 + n0
    first, reference = ((x1 * n0 / total).sum(axis=-1), (x0 * n1 / total).sum(axis=-1))
    both = (n1 * n0 * (x1 + x0) - x1 * x0 * total) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        value = first / reference
        se = np.sqrt(np.maximum((both * strata.known).sum(axis=-1) / (first * reference), 0.0))
    none = (first == 0) & (reference == 0)
    cases = ((none, NO_EVENTS), (np.isinf(value), INFINITE))
    return _ratio(strata, "risk ratio", value, se, cases, method, level)


def odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate:
    """Return the Mantel-Haenszel odds ratio of strata.

    Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719-748; variance of the logarithm: Robins J,
    Breslow N, Greenland S. Biometrics 1986;42:311-323, doi:10.2307/2531052; Wald P. Where it is
    undefined the interval is that of the score statistic with weights of the information, and the
    note is ``zero cell``. The exact interval is
    :func:`equipoise.analysis.estimators.exact.common_odds_ratio`. Raises InputError for counts that
    are not whole numbers with 0 <= events <= n.
    """
    strata = _strata(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = strata.table
    total = n1 + n0
    r, s = x1 * (n0 - x0) / total, x0 * (n1 - x1) / total
    p, q = (x1 + n0 - x0) / total, (x0 + n1 - x1) / total
    r, s = r * strata.known, s * strata.known
    sum_r, sum_s = r.sum(axis=-1), s.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = sum_r / sum_s
        variance = (
            (p * r).sum(axis=-1) / (2 * sum_r**2)
            + (p * s + q * r).sum(axis=-1) / (2 * sum_r * sum_s)
            + (q * s).sum(axis=-1) / (2 * sum_s**2)
        )
    cases = ((np.isnan(value), NO_CONTRAST), (np.isinf(value), INFINITE))
    return _ratio(strata, "odds ratio", value, np.sqrt(variance), cases, "mantel-haenszel", level)


def risk_difference(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: Literal["miettinen-nurminen", "sato", "greenland-robins"] = "miettinen-nurminen",
    level: float = 0.95,
) -> Estimate:
    """Return the Mantel-Haenszel risk difference of strata, arm minus reference arm.

    ``miettinen-nurminen``: score interval with Mantel-Haenszel weights, N/(N-1) in each stratum;
    its P value is Cochran-Mantel-Haenszel's. Stat Med 1985;4:213-226, doi:10.1002/sim.4780040211.
    ``sato``: variance right both for large strata and for many small ones. Sato T. Biometrics
    1989;45:1323-1324. ``greenland-robins``: for large strata. Biometrics 1985;41:55-68,
    doi:10.2307/2530643. Both with Wald's P; where their variance is 0 the score interval stands in,
    note ``zero cell``. Raises InputError for counts that are not whole numbers with
    0 <= events <= n.
    """
    strata = _strata(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = strata.table
    weight = strata.known * n1 * n0 / (n1 + n0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray((weight * (x1 / n1 - x0 / n0)).sum(axis=-1) / weight.sum(axis=-1))
    low, high, p = _score_interval(strata, "risk difference", level)
    said = notes((strata.empty, EMPTY_ARM))
    label = "stratified Miettinen-Nurminen score interval, CMH P"
    if method != "miettinen-nurminen":
        variance = (_sato if method == "sato" else _greenland_robins)(strata, value)
        se = np.sqrt(np.maximum(variance, 0.0))
        kept = se > 0
        z = critical_value(level)
        low, high = np.where(kept, value - z * se, low), np.where(kept, value + z * se, high)
        wald = two_sided_p(np.divide(value, se, out=np.zeros_like(value), where=kept))
        p = np.where(kept, wald, p)
        said = notes((strata.empty, EMPTY_ARM), (~kept, ZERO_CELL))
        label = f"Mantel-Haenszel difference, variance of {_VARIANCES[method]}, Wald P"
    numbers = (floats(np.where(strata.empty, np.nan, a)) for a in (value, low, high, p))
    value_, low_, high_, p_ = numbers
    return Estimate("risk difference", value_, low_, high_, level, p_, label, said)


def cochran_mantel_haenszel_p(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    corrected: bool = False,
) -> Floats:
    """Return the P value of the Cochran-Mantel-Haenszel test of no effect in any stratum.

    ``corrected`` takes half an event, at most the deviation, off it. 1 where the margins leave no
    contrast, NaN where an arm is empty. Cochran WG. Biometrics 1954;10:417-451,
    doi:10.2307/3001616; Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719-748.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    strata = _strata(events, n, events_ref, n_ref)
    return floats(np.where(strata.empty, np.nan, _cmh_p(strata, corrected=corrected)))


def homogeneity_p(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    tarone: bool = True,
) -> Floats:
    """Return the P value of the Breslow-Day test of one odds ratio in all strata.

    Breslow NE, Day NE. Statistical methods in cancer research I. IARC 1980, section 4.4; ``tarone``
    applies the correction of Tarone RE. Biometrika 1985;72:91-95, doi:10.1093/biomet/72.1.91. 1
    where fewer than two strata have a contrast, or the Mantel-Haenszel odds ratio is 0 or infinite;
    NaN where an arm is empty. Raises InputError for counts that are not whole numbers with
    0 <= events <= n.
    """
    strata = _strata(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = strata.table
    total = n1 + n0
    with np.errstate(divide="ignore", invalid="ignore"):
        common = (x1 * (n0 - x0) / total).sum(axis=-1) / (x0 * (n1 - x1) / total).sum(axis=-1)
        usable = np.isfinite(common) & (common > 0)
        root = np.sqrt(np.where(usable, common, 1.0))[..., None]
    u = np.broadcast_to(root / (1 + root), x1.shape)
    p1, p0 = constrained_by_odds(u, strata.table)
    a1, a0 = n1 * p1 * (1 - p1), n0 * p0 * (1 - p0)
    informs = (a1 > 0) & (a0 > 0) & (strata.known > 0)
    variance = np.divide(a1 * a0, a1 + a0, out=np.zeros_like(a1), where=informs)
    away = np.where(informs, x1 - n1 * p1, 0.0)
    square = np.divide(away**2, variance, out=np.zeros_like(a1), where=informs).sum(axis=-1)
    if tarone:
        whole, all_variance = away.sum(axis=-1), variance.sum(axis=-1)
        square = square - np.divide(
            whole**2, all_variance, out=np.zeros_like(all_variance), where=all_variance > 0
        )
    df = informs.sum(axis=-1) - 1
    p = special.chdtrc(np.maximum(df, 1), np.maximum(square, 0.0))
    return floats(np.where(strata.empty, np.nan, np.where(usable & (df > 0), p, 1.0)))


_VARIANCES = {"sato": "Sato", "greenland-robins": "Greenland and Robins"}


def _strata(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> _Strata:
    x1, n1, x0, n0 = (np.atleast_1d(c) for c in counts(events, n, events_ref, n_ref))
    known = (n1 > 0) & (n0 > 0)
    table = Table(
        np.where(known, x1, 0.0),
        np.where(known, n1, 1.0),
        np.where(known, x0, 0.0),
        np.where(known, n0, 1.0),
    )
    return _Strata(table, known.astype(np.float64), np.asarray(~known.any(axis=-1)))


def _ratio(
    strata: _Strata,
    measure: str,
    value: Array,
    se: Array,
    cases: tuple[tuple[Mask, str], ...],
    method: str,
    level: float,
) -> Estimate:
    """Return a ratio with its Wald interval on the log scale, or with its score interval."""
    value, se = np.asarray(value), np.asarray(se)
    low, high, p = _score_interval(strata, measure, level)
    label = "stratified Miettinen-Nurminen score interval, CMH P"
    if method == "mantel-haenszel":
        kept = (value > 0) & np.isfinite(value) & (se > 0) & np.isfinite(se)
        with np.errstate(all="ignore"):
            margin = np.exp(critical_value(level) * se)
            low, high = np.where(kept, value / margin, low), np.where(kept, value * margin, high)
            p = np.where(kept, two_sided_p(np.log(value) / se), p)
        cases = (*cases[:1], (~kept, ZERO_CELL), *cases[1:])
        label = "Mantel-Haenszel ratio, Wald interval of the logarithm and P"
    said = notes((strata.empty, EMPTY_ARM), *cases)
    value, low, high, p = (np.where(strata.empty, np.nan, a) for a in (value, low, high, p))
    numbers = (floats(value), floats(low), floats(high))
    return Estimate(measure, *numbers, level, floats(p), label, said)


def _cmh_p(strata: _Strata, *, corrected: bool) -> Array:
    x1, n1, x0, n0 = strata.table
    total, events = n1 + n0, x1 + x0
    away = ((x1 - n1 * events / total) * strata.known).sum(axis=-1)
    variance = n1 * n0 * events * (total - events) / (total**2 * np.maximum(total - 1, 1))
    variance = (variance * strata.known).sum(axis=-1)
    left = np.abs(away)
    if corrected:
        left = left - np.minimum(left, 0.5)
    z = np.divide(left, np.sqrt(variance), out=np.zeros_like(left), where=variance > 0)
    return two_sided_p(z)


def _greenland_robins(strata: _Strata, _: Array) -> Array:
    x1, n1, x0, n0 = strata.table
    total = n1 + n0
    variance = (x1 * (n1 - x1) * n0**3 + x0 * (n0 - x0) * n1**3) / (n1 * n0 * total**2)
    weight = strata.known * n1 * n0 / total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((variance * strata.known).sum(axis=-1) / weight.sum(axis=-1) ** 2)


def _sato(strata: _Strata, value: Array) -> Array:
    x1, n1, x0, n0 = strata.table
    total = n1 + n0
    p = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * total)
    weight = strata.known * n1 * n0 / total
    p, q = (p * strata.known).sum(axis=-1), (q * strata.known).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((value * p + q) / weight.sum(axis=-1) ** 2)


# --- score intervals ----------------------------------------------------------------------------


def _score_interval(strata: _Strata, measure: str, level: float) -> tuple[Array, Array, Array]:
    """Return limits and the Cochran-Mantel-Haenszel P value; 0 and 1 of the scale at the ends."""
    z = critical_value(level)
    statistic, back = _SCORES[measure]
    low, high = (_crossing(strata, statistic, side * z) for side in (1, -1))
    with np.errstate(divide="ignore"):
        return back(low), back(high), _cmh_p(strata, corrected=False)


def _crossing(strata: _Strata, statistic: _Score, z: float) -> Array:
    shape = strata.empty.shape
    start, stop = np.zeros(shape), np.ones(shape)
    for _ in range(_HALVINGS):
        u = (start + stop) / 2
        shares = np.broadcast_to(u[..., None], strata.known.shape)
        deviation, variance = statistic(shares, strata)
        left = deviation - z * np.sqrt(variance)
        above = left > 0 if z > 0 else left >= 0  # without events it is 0 at no difference
        start, stop = np.where(above, u, start), np.where(above, stop, u)
    end = 1e-13
    return np.where(stop < end, 0.0, np.where(start > 1 - end, 1.0, stop))


def _factor(strata: _Strata) -> Array:
    total = strata.table.n1 + strata.table.n0
    return total / (total - 1)


def _difference_score(u: Array, strata: _Strata) -> tuple[Array, Array]:
    x1, n1, x0, n0 = strata.table
    p1, p0 = constrained_by_difference(u, strata.table)
    weight = strata.known * n1 * n0 / (n1 + n0)
    away = weight * (x1 / n1 - x0 / n0 - (2 * u - 1))
    variance = weight**2 * _factor(strata) * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    return away.sum(axis=-1), variance.sum(axis=-1)


def _ratio_score(u: Array, strata: _Strata) -> tuple[Array, Array]:
    """Return deviation and variance, both sides times 1 - u."""
    x1, n1, x0, n0 = strata.table
    v = 1 - u
    p1, p0 = constrained_by_ratio(u, strata.table)
    weight = strata.known * n1 * n0 / (n1 + n0)
    away = weight * (v * x1 / n1 - u * x0 / n0)
    spread = v**2 * p1 * (1 - p1) / n1 + u**2 * p0 * (1 - p0) / n0
    return away.sum(axis=-1), (weight**2 * _factor(strata) * spread).sum(axis=-1)


def _odds_score(u: Array, strata: _Strata) -> tuple[Array, Array]:
    shares = shares_by_odds(u, strata.table)
    p1, q1, p0, q0 = shares
    a1, a0 = strata.table.n1 * p1 * q1, strata.table.n0 * p0 * q0
    known = a1 + a0 > 0
    information = np.divide(a1 * a0, a1 + a0, out=np.zeros_like(a1), where=known)
    away = strata.known * odds_deviation(strata.table, shares)
    variance = strata.known * _factor(strata) * information
    return away.sum(axis=-1), variance.sum(axis=-1)


_SCORES: dict[str, tuple[_Score, Callable[[Array], Array]]] = {
    "risk difference": (_difference_score, lambda u: 2 * u - 1),
    "risk ratio": (_ratio_score, lambda u: np.asarray(u / (1 - u))),
    "odds ratio": (_odds_score, lambda u: np.asarray((u / (1 - u)) ** 2)),
}
