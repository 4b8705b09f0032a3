"""Two proportions: ratio, difference, odds ratio and their tests, for one trial or a million.

Every function takes events and participants of an arm and of the reference arm as whole numbers of
broadcastable shape; results have the broadcast shape. What an undefined table gives is said in the
``note`` of the estimate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    INFINITE,
    NO_CONTRAST,
    NO_EVENTS,
    THROUGH_INFINITY,
    ZERO_CELL,
    Estimate,
    Floats,
    Notes,
    critical_value,
    floats,
    notes,
    two_sided_p,
)
from equipoise.analysis.estimators.score import Array, Contrast, Table, score_limits, score_p
from equipoise.errors import InputError

Mask = NDArray[np.bool_]


def risk_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: Literal["katz", "koopman", "miettinen-nurminen"] = "katz",
    level: float = 0.95,
) -> Estimate:
    """Return the risk ratio, arm over reference arm.

    ``katz``: Wald interval and test of the logarithm. Katz D et al. Biometrics 1978;34:469-474,
    doi:10.2307/2530610. Undefined with no events in one arm, or only events in both: there the
    interval and P value are Miettinen and Nurminen's and the note says so.
    ``koopman``: score interval with Pearson's P. Koopman PAR. Biometrics 1984;40:513-517,
    doi:10.2307/2531405. ``miettinen-nurminen``: the same with N/(N-1), also in P. Stat Med
    1985;4:213-226, doi:10.1002/sim.4780040211.

    With no events in either arm the value is NaN, the interval 0 to infinity, P 1.
    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = table
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x1 / n1) / (x0 / n0)
        se = np.sqrt(1 / x1 - 1 / n1 + 1 / x0 - 1 / n0)
    degenerate = (x1 == 0) | (x0 == 0) | ((x1 == n1) & (x0 == n0))
    none = (x1 == 0) & (x0 == 0)
    if method == "katz":
        low, high, p = _wald_log(value, se, level)
        _fill_score(degenerate, table, "ratio", level, (low, high, p))
        said = notes((empty, EMPTY_ARM), (none, NO_EVENTS), (degenerate, ZERO_CELL))
    else:
        corrected = method == "miettinen-nurminen"
        low, high = score_limits(table, "ratio", level, corrected=corrected)
        p = score_p(table, corrected=corrected)
        said = notes((empty, EMPTY_ARM), (none, NO_EVENTS), (x0 == 0, INFINITE))
    numbers = (value, low, high, p)
    return _estimate("risk ratio", numbers, level, _RATIO_METHODS[method], said, empty)


def risk_difference(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: Literal["wald", "newcombe", "miettinen-nurminen"] = "miettinen-nurminen",
    level: float = 0.95,
) -> Estimate:
    """Return the risk difference, arm minus reference arm, as a fraction (not in percent).

    ``wald``: unpooled standard error for interval and test; where it is 0 (no events, or only
    events, in each arm) interval and P value are Miettinen and Nurminen's and the note says so.
    ``newcombe``: hybrid of two Wilson intervals, with Pearson's P. Newcombe RG, method 10. Stat
    Med 1998;17:873-890, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    ``miettinen-nurminen``: score interval and test with N/(N-1). Stat Med 1985;4:213-226,
    doi:10.1002/sim.4780040211.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = table
    p1, p0 = x1 / n1, x0 / n0
    value, said = p1 - p0, notes((empty, EMPTY_ARM))
    if method == "wald":
        se = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        z = critical_value(level)
        low, high = np.asarray(value - z * se), np.asarray(value + z * se)
        p = two_sided_p(np.divide(value, se, out=np.zeros_like(se), where=se > 0))
        _fill_score(se == 0, table, "difference", level, (low, high, p))
        said = notes((empty, EMPTY_ARM), (se == 0, ZERO_CELL))
    elif method == "newcombe":
        (l1, u1), (l0, u0) = _wilson(x1, n1, level), _wilson(x0, n0, level)
        low = value - np.hypot(p1 - l1, u0 - p0)
        high = value + np.hypot(u1 - p1, p0 - l0)
        p = score_p(table, corrected=False)
    else:
        low, high = score_limits(table, "difference", level, corrected=True)
        p = score_p(table, corrected=True)
    numbers = (value, low, high, p)
    return _estimate("risk difference", numbers, level, _DIFFERENCE_METHODS[method], said, empty)


def odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: Literal["woolf", "miettinen-nurminen"] = "woolf",
    level: float = 0.95,
) -> Estimate:
    """Return the odds ratio, arm over reference arm.

    ``woolf``: Wald interval and test of the logarithm. Woolf B. Ann Hum Genet 1955;19:251-253,
    doi:10.1111/j.1469-1809.1955.tb01348.x. Undefined with any zero cell: there the interval and P
    value are Miettinen and Nurminen's and the note says so. ``miettinen-nurminen``: score interval
    and test with N/(N-1). Stat Med 1985;4:213-226, doi:10.1002/sim.4780040211.

    With no events, or only events, in both arms the value is NaN, the interval 0 to infinity, P 1.
    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = table
    y1, y0 = n1 - x1, n0 - x0
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x1 * y0) / (y1 * x0)
        se = np.sqrt(1 / x1 + 1 / y1 + 1 / x0 + 1 / y0)
    zero, undefined = np.isinf(se), np.isnan(value)
    if method == "woolf":
        low, high, p = _wald_log(value, se, level)
        _fill_score(zero, table, "odds ratio", level, (low, high, p))
        said = notes((empty, EMPTY_ARM), (undefined, NO_CONTRAST), (zero, ZERO_CELL))
    else:
        low, high = score_limits(table, "odds ratio", level, corrected=True)
        p = score_p(table, corrected=True)
        said = notes((empty, EMPTY_ARM), (undefined, NO_CONTRAST), (np.isinf(value), INFINITE))
    numbers = (value, low, high, p)
    return _estimate("odds ratio", numbers, level, _ODDS_METHODS[method], said, empty)


def number_needed_to_treat(difference: Estimate) -> Estimate:
    """Return the reciprocal of a risk difference, with its sign: negative means fewer events.

    Where the difference's interval contains 0 the interval passes through infinity: it is all that
    lies below ``low`` and above ``high``, as the note says. Altman DG. BMJ 1998;317:1309-1312,
    doi:10.1136/bmj.317.7168.1309.
    """
    value, a, b = (np.asarray(v) for v in (difference.value, difference.low, difference.high))
    crosses = (a <= 0) & (b >= 0)
    with np.errstate(divide="ignore"):
        low = np.where(crosses, -1 / np.abs(a), 1 / b)
        high = np.where(crosses, 1 / np.abs(b), 1 / a)
        return Estimate(
            "number needed to treat",
            floats(1 / np.where(value == 0, 0.0, value)),
            floats(low),
            floats(high),
            difference.level,
            difference.p_value,
            f"reciprocal of the risk difference: {difference.method}",
            np.asarray(np.where(crosses, THROUGH_INFINITY, difference.note))[()],
        )


def proportion(
    events: ArrayLike,
    n: ArrayLike,
    *,
    method: Literal["wilson", "clopper-pearson"] = "wilson",
    level: float = 0.95,
) -> tuple[Floats, Floats, Floats]:
    """Return a proportion and its interval (value, low, high); NaN, 0 and 1 with no participants.

    ``wilson``: Wilson EB. J Am Stat Assoc 1927;22:209-212, doi:10.1080/01621459.1927.10502953.
    ``clopper-pearson``: Biometrika 1934;26:404-413, doi:10.1093/biomet/26.4.404.
    """
    x, n_, *_ = _counts(events, n)
    with np.errstate(invalid="ignore"):
        value = x / n_
    safe = np.maximum(n_, 1.0)
    if method == "wilson":
        low, high = _wilson(x, safe, level)
    else:
        critical_value(level)  # refuses an impossible level
        tail = (1 - level) / 2
        low = np.where(x > 0, special.betaincinv(np.maximum(x, 1), safe - x + 1, tail), 0.0)
        high = np.where(x < safe, special.betaincinv(x + 1, np.maximum(safe - x, 1), 1 - tail), 1.0)
    return floats(value), floats(low), floats(np.where(n_ > 0, high, 1.0))


def pearson_p(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Return Pearson's chi-squared P value without continuity correction.

    1 where the margins leave no contrast; NaN where an arm is empty. Pearson K. Phil Mag
    1900;50:157-175, doi:10.1080/14786440009463897.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    return floats(np.where(empty, np.nan, score_p(table, corrected=False)))


def yates_p(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Return the chi-squared P value with Yates' correction.

    The correction is at most the deviation itself. 1 where the margins leave no contrast; NaN where
    an arm is empty. Yates F. Suppl J R Stat Soc 1934;1:217-235, doi:10.2307/2983604.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = table
    total, events_all = n1 + n0, x1 + x0
    cross = np.abs(x1 * (n0 - x0) - x0 * (n1 - x1))
    spread = n1 * n0 * events_all * (total - events_all)
    left = cross - np.minimum(cross, total / 2)
    z = np.sqrt(np.divide(total, spread, out=np.zeros_like(total), where=spread > 0)) * left
    return floats(np.where(empty, np.nan, two_sided_p(z)))


def fisher_p(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Return Fisher's exact two-sided P value: the tables no more likely than the one seen.

    Probabilities within a relative 1e-7 count as equal, as in R. Tables with the same margins are
    worked out once. NaN where an arm is empty. Fisher RA. J R Stat Soc 1935;98:39-82,
    doi:10.2307/2342435; the two-sided rule: Freeman GH, Halton JH. Biometrika 1951;38:141-149,
    doi:10.1093/biomet/38.1-2.141.
    """
    table, empty = _table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = (np.asarray(c, dtype=np.int64).ravel() for c in table)
    margins, which = np.unique(np.stack([n1, n0, x1 + x0]), axis=1, return_inverse=True)
    p = np.empty(x1.shape)
    for k in range(margins.shape[1]):
        first, by_events = _fisher_by_events(*(int(m) for m in margins[:, k]))
        here = which.ravel() == k
        p[here] = by_events[x1[here] - first]
    return floats(np.where(empty, np.nan, p.reshape(empty.shape)))


_RATIO_METHODS = {
    "katz": "Katz log interval, Wald P",
    "koopman": "Koopman score interval, Pearson P",
    "miettinen-nurminen": "Miettinen-Nurminen score interval and P",
}
_DIFFERENCE_METHODS = {
    "wald": "Wald interval and P",
    "newcombe": "Newcombe hybrid score interval, Pearson P",
    "miettinen-nurminen": "Miettinen-Nurminen score interval and P",
}
_ODDS_METHODS = {
    "woolf": "Woolf logit interval, Wald P",
    "miettinen-nurminen": "Miettinen-Nurminen score interval and P",
}


def _counts(*given: ArrayLike) -> list[Array]:
    """Return (events, n, ...) broadcast as floats, or raise InputError."""
    arrays = [np.asarray(g) for g in given]
    if any(a.dtype.kind not in "iu" for a in arrays):
        raise InputError("counts", "they must be whole numbers", "Give integers.")
    counts = [np.array(a, dtype=np.float64) for a in np.broadcast_arrays(*arrays)]
    for x, n in zip(counts[::2], counts[1::2], strict=True):
        if np.any(x < 0) or np.any(x > n):
            raise InputError(
                "counts", "events must lie between 0 and the participants", "Check both counts."
            )
    return counts


def _table(
    events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike
) -> tuple[Table, Mask]:
    """Return the table and where an arm is empty; there 0 of 1 stands in, so that sums are safe."""
    x1, n1, x0, n0 = _counts(events, n, events_ref, n_ref)
    empty = (n1 == 0) | (n0 == 0)
    return Table(x1, np.maximum(n1, 1), x0, np.maximum(n0, 1)), empty


def _wald_log(value: Array, se: Array, level: float) -> tuple[Array, Array, Array]:
    with np.errstate(all="ignore"):  # degenerate elements are replaced by the caller
        margin = np.exp(critical_value(level) * se)
        return (
            np.asarray(value / margin),
            np.asarray(value * margin),
            np.asarray(two_sided_p(np.log(value) / se)),
        )


def _fill_score(
    where: Mask, table: Table, contrast: Contrast, level: float, into: tuple[Array, Array, Array]
) -> None:
    """Put Miettinen and Nurminen's limits and P value where a Wald method is undefined."""
    if not where.any():
        return
    part = Table(*(count[where] for count in table))
    low, high, p = into
    low[where], high[where] = score_limits(part, contrast, level, corrected=True)
    p[where] = score_p(part, corrected=True)


def _wilson(x: Array, n: Array, level: float) -> tuple[Array, Array]:
    z = critical_value(level)
    centre = (x + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    # exact at the ends, where rounding would leave 1e-18
    return np.where(x == 0, 0.0, centre - half), np.where(x == n, 1.0, centre + half)


def _fisher_by_events(n1: int, n0: int, events: int) -> tuple[int, Array]:
    """Return the fewest possible events of the first arm and the P value from there upwards."""
    fewest, most = max(0, events - n0), min(n1, events)
    k = np.arange(fewest, most + 1, dtype=np.float64)
    log = -(
        special.gammaln(k + 1)
        + special.gammaln(n1 - k + 1)
        + special.gammaln(events - k + 1)
        + special.gammaln(n0 - events + k + 1)
    )
    probability = np.exp(log - log.max())
    ranked = np.sort(probability)
    upto = np.cumsum(ranked)
    last = np.searchsorted(ranked, probability * (1 + 1e-7), side="right") - 1
    return fewest, np.minimum(upto[last] / upto[-1], 1.0)


def _estimate(
    measure: str,
    numbers: tuple[Array, Array, Array, Array],
    level: float,
    method: str,
    note: Notes,
    empty: Mask,
) -> Estimate:
    """Pack (value, low, high, P), NaN where an arm is empty."""
    value, low, high, p = (floats(np.where(empty, np.nan, x)) for x in numbers)
    return Estimate(measure, value, low, high, level, p, method, note)
