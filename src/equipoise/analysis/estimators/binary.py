"""Two proportions: ratio, difference, odds ratio and their tests, for one trial or a million.

Every function takes events and participants of an arm and of the reference arm as whole numbers of
broadcastable shape; results have the broadcast shape. What an undefined table gives is said in the
``note`` of the estimate. The value is always that of the observed proportions, whatever the method
of its interval.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equipoise.analysis.estimators import closed_form
from equipoise.analysis.estimators.counts import Array, Mask, Table, table
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    INFINITE,
    NO_CONTRAST,
    NO_EVENTS,
    NO_INTERVAL,
    THROUGH_INFINITY,
    ZERO_CELL,
    Estimate,
    Floats,
    Notes,
    floats,
    notes,
    two_sided_p,
)
from equipoise.analysis.estimators.exact import fisher_p
from equipoise.analysis.estimators.likelihood import likelihood_ratio_p, profile_limits
from equipoise.analysis.estimators.proportion import proportion
from equipoise.analysis.estimators.score import Contrast, score_limits, score_p

__all__ = [
    "fisher_p",
    "number_needed_to_treat",
    "odds_ratio",
    "pearson_p",
    "proportion",
    "risk_difference",
    "risk_ratio",
    "yates_p",
]

RatioMethod = Literal[
    "katz",
    "koopman",
    "miettinen-nurminen",
    "skewness-corrected",
    "mover",
    "adjusted-log",
    "bailey",
    "inverse-sinh",
    "noether",
]
DifferenceMethod = Literal[
    "miettinen-nurminen",
    "mee",
    "skewness-corrected",
    "newcombe",
    "newcombe-corrected",
    "mover",
    "wald",
    "wald-corrected",
    "agresti-caffo",
    "brown-li",
    "hauck-anderson",
    "haldane",
    "jeffreys-perks",
]
OddsMethod = Literal[
    "woolf",
    "cornfield",
    "miettinen-nurminen",
    "skewness-corrected",
    "mover",
    "profile-likelihood",
]


class _Method(NamedTuple):
    """How limits and P value are made, what that is called, and whether it holds everywhere."""

    limits: closed_form.Form
    p_value: Callable[[Table], Array]
    label: str
    total: bool = False
    """No table leaves it undefined."""


def risk_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: RatioMethod = "katz",
    level: float = 0.95,
) -> Estimate:
    """Return the risk ratio, arm over reference arm.

    ``katz``: Wald interval and test of the logarithm. Katz D et al. Biometrics 1978;34:469-474,
    doi:10.2307/2530610. ``koopman``: score interval with Pearson's P. Koopman PAR. Biometrics
    1984;40:513-517, doi:10.2307/2531405. ``miettinen-nurminen``: the same with N/(N-1), also in P.
    Stat Med 1985;4:213-226, doi:10.1002/sim.4780040211. ``skewness-corrected``: Laud PJ. Pharm Stat
    2017;16:334-348, doi:10.1002/pst.1813. The others, with Pearson's P, have their sources in
    :mod:`~equipoise.analysis.estimators.closed_form`.

    Where a method has no interval around the value (no events in one arm, or only events in both)
    interval and P value are Miettinen and Nurminen's and the note says so. With no events in
    either arm the value is NaN, the interval 0 to infinity, P 1.
    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = seen
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x1 / n1) / (x0 / n0)
    how = _RATIO_METHODS[method]
    low, high, p, broken = _interval(seen, value, "ratio", how, level)
    none = (x1 == 0) & (x0 == 0)
    said = notes(
        (empty, EMPTY_ARM), (none, NO_EVENTS), *_instead(seen, broken), (x0 == 0, INFINITE)
    )
    return _estimate("risk ratio", (value, low, high, p), level, how.label, said, empty)


def risk_difference(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: DifferenceMethod = "miettinen-nurminen",
    level: float = 0.95,
) -> Estimate:
    """Return the risk difference, arm minus reference arm, as a fraction (not in percent).

    ``miettinen-nurminen``: score interval and test with N/(N-1). Stat Med 1985;4:213-226,
    doi:10.1002/sim.4780040211. ``mee``: without, and Pearson's P. Mee RW. Biometrics
    1984;40:1175-1176; Farrington CP, Manning G. Stat Med 1990;9:1447-1454,
    doi:10.1002/sim.4780091208. ``skewness-corrected``: Laud PJ. Pharm Stat 2017;16:334-348,
    doi:10.1002/pst.1813. ``wald``: unpooled standard error for interval and test. ``newcombe``:
    hybrid of two Wilson intervals, with Pearson's P. Newcombe RG, method 10. Stat Med
    1998;17:873-890, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. The
    others, with Pearson's P, have their sources in
    :mod:`~equipoise.analysis.estimators.closed_form`.

    Where a method has no interval (no events, or only events, in each arm) interval and P value
    are Miettinen and Nurminen's and the note says so.
    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    value = seen.x1 / seen.n1 - seen.x0 / seen.n0
    how = _DIFFERENCE_METHODS[method]
    low, high, p, broken = _interval(seen, value, "difference", how, level)
    said = notes((empty, EMPTY_ARM), *_instead(seen, broken))
    return _estimate("risk difference", (value, low, high, p), level, how.label, said, empty)


def odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    method: OddsMethod = "woolf",
    level: float = 0.95,
) -> Estimate:
    """Return the odds ratio, arm over reference arm.

    ``woolf``: Wald interval and test of the logarithm. Woolf B. Ann Hum Genet 1955;19:251-253,
    doi:10.1111/j.1469-1809.1955.tb01348.x. ``cornfield``: score interval with Pearson's P, no
    continuity correction. Cornfield J. Proc 3rd Berkeley Symp 1956;4:135-148.
    ``miettinen-nurminen``: the same with N/(N-1). Stat Med 1985;4:213-226,
    doi:10.1002/sim.4780040211. ``skewness-corrected``: Laud PJ. Pharm Stat 2018;17:290-293,
    doi:10.1002/pst.1855. ``mover``: Fagerland MW, Newcombe RG. Stat Med 2013;32:2823-2836, with
    Pearson's P. ``profile-likelihood``: interval and test of the likelihood ratio, the interval of
    a logistic regression on the arm alone. Exact methods are in
    :mod:`~equipoise.analysis.estimators.exact`.

    Where a method has no interval around the value (any zero cell) interval and P value are
    Miettinen and Nurminen's and the note says so. With no events, or only events, in both arms the
    value is NaN, the interval 0 to infinity, P 1.
    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = seen
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x1 * (n0 - x0)) / ((n1 - x1) * x0)
    how = _ODDS_METHODS[method]
    low, high, p, broken = _interval(seen, value, "odds ratio", how, level)
    said = notes(
        (empty, EMPTY_ARM),
        (np.isnan(value), NO_CONTRAST),
        *_instead(seen, broken),
        (np.isinf(value), INFINITE),
    )
    return _estimate("odds ratio", (value, low, high, p), level, how.label, said, empty)


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


def pearson_p(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Return Pearson's chi-squared P value without continuity correction.

    1 where the margins leave no contrast; NaN where an arm is empty. Pearson K. Phil Mag
    1900;50:157-175, doi:10.1080/14786440009463897.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    return floats(np.where(empty, np.nan, score_p(seen, corrected=False)))


def yates_p(events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike) -> Floats:
    """Return the chi-squared P value with Yates' correction.

    The correction is at most the deviation itself. 1 where the margins leave no contrast; NaN where
    an arm is empty. Yates F. Suppl J R Stat Soc 1934;1:217-235, doi:10.2307/2983604.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = seen
    total, events_all = n1 + n0, x1 + x0
    cross = np.abs(x1 * (n0 - x0) - x0 * (n1 - x1))
    spread = n1 * n0 * events_all * (total - events_all)
    left = cross - np.minimum(cross, total / 2)
    z = np.sqrt(np.divide(total, spread, out=np.zeros_like(total), where=spread > 0)) * left
    return floats(np.where(empty, np.nan, two_sided_p(z)))


def _score(
    contrast: Contrast, label: str, *, corrected: bool = True, skewness: bool = False
) -> _Method:
    def limits(seen: Table, level: float) -> closed_form.Limits:
        return score_limits(seen, contrast, level, corrected=corrected, skewness=skewness)

    p_value = partial(score_p, corrected=corrected, skewness=skewness)
    return _Method(limits, p_value, label, total=not skewness)


_PEARSON = partial(score_p, corrected=False)
_MIETTINEN = "Miettinen-Nurminen score interval and P"
_SKEWNESS = "skewness-corrected score interval and P"
_RATIO_METHODS: dict[RatioMethod, _Method] = {
    "katz": _Method(closed_form.katz, closed_form.katz_p, "Katz log interval, Wald P"),
    "koopman": _score("ratio", "Koopman score interval, Pearson P", corrected=False),
    "miettinen-nurminen": _score("ratio", _MIETTINEN),
    "skewness-corrected": _score("ratio", _SKEWNESS, skewness=True),
    "mover": _Method(closed_form.mover_ratio, _PEARSON, "MOVER-Jeffreys interval, Pearson P"),
    "adjusted-log": _Method(
        closed_form.adjusted_log, _PEARSON, "Walter adjusted log interval, Pearson P"
    ),
    "bailey": _Method(closed_form.bailey, _PEARSON, "Bailey cube-root interval, Pearson P"),
    "inverse-sinh": _Method(
        closed_form.inverse_sinh, _PEARSON, "inverse hyperbolic sine interval, Pearson P"
    ),
    "noether": _Method(closed_form.noether, _PEARSON, "Noether interval, Pearson P"),
}
_DIFFERENCE_METHODS: dict[DifferenceMethod, _Method] = {
    "miettinen-nurminen": _score("difference", _MIETTINEN),
    "mee": _score("difference", "Mee score interval, Pearson P", corrected=False),
    "skewness-corrected": _score("difference", _SKEWNESS, skewness=True),
    "newcombe": _Method(
        closed_form.newcombe, _PEARSON, "Newcombe hybrid score interval, Pearson P"
    ),
    "newcombe-corrected": _Method(
        partial(closed_form.newcombe, arms="wilson-corrected"),
        _PEARSON,
        "Newcombe hybrid score interval with continuity correction, Pearson P",
    ),
    "mover": _Method(closed_form.mover_difference, _PEARSON, "MOVER-Jeffreys interval, Pearson P"),
    "wald": _Method(closed_form.wald, closed_form.wald_p, "Wald interval and P"),
    "wald-corrected": _Method(
        closed_form.wald_corrected,
        closed_form.wald_p,
        "Wald interval with continuity correction, Wald P without",
    ),
    "agresti-caffo": _Method(
        closed_form.agresti_caffo, _PEARSON, "Agresti-Caffo interval, Pearson P"
    ),
    "brown-li": _Method(closed_form.brown_li, _PEARSON, "Brown-Li Jeffreys interval, Pearson P"),
    "hauck-anderson": _Method(
        closed_form.hauck_anderson, _PEARSON, "Hauck-Anderson interval, Pearson P"
    ),
    "haldane": _Method(closed_form.haldane, _PEARSON, "Beal-Haldane interval, Pearson P"),
    "jeffreys-perks": _Method(
        closed_form.jeffreys_perks, _PEARSON, "Beal-Jeffreys-Perks interval, Pearson P"
    ),
}
_ODDS_METHODS: dict[OddsMethod, _Method] = {
    "woolf": _Method(closed_form.woolf, closed_form.woolf_p, "Woolf logit interval, Wald P"),
    "cornfield": _score("odds ratio", "Cornfield score interval, Pearson P", corrected=False),
    "miettinen-nurminen": _score("odds ratio", _MIETTINEN),
    "skewness-corrected": _score("odds ratio", _SKEWNESS, skewness=True),
    "mover": _Method(closed_form.mover_odds_ratio, _PEARSON, "MOVER-Jeffreys interval, Pearson P"),
    "profile-likelihood": _Method(
        profile_limits,
        likelihood_ratio_p,
        "profile likelihood interval, likelihood ratio P",
        total=True,
    ),
}


def _interval(
    seen: Table, value: Array, contrast: Contrast, how: _Method, level: float
) -> tuple[Array, Array, Array, Mask]:
    """Return limits, P value, and where both are Miettinen and Nurminen's instead."""
    shape, value = np.shape(value), np.ravel(value)
    seen = Table(*(count.ravel() for count in seen))
    low, high = (np.array(limit) for limit in how.limits(seen, level))
    p = np.array(how.p_value(seen))
    holds = (low <= value) & (value <= high) & (low < high)
    broken = np.zeros_like(holds) if how.total else ~holds
    if broken.any():
        part = Table(*(count[broken] for count in seen))
        low[broken], high[broken] = score_limits(part, contrast, level, corrected=True)
        p[broken] = score_p(part, corrected=True)
    return low.reshape(shape), high.reshape(shape), p.reshape(shape), broken.reshape(shape)


def _instead(seen: Table, broken: Mask) -> tuple[tuple[Mask, str], tuple[Mask, str]]:
    """Return the cases in which Miettinen and Nurminen stand in."""
    x1, n1, x0, n0 = seen
    zero = (x1 == 0) | (x0 == 0) | (x1 == n1) | (x0 == n0)
    return (np.asarray(broken & zero), ZERO_CELL), (broken, NO_INTERVAL)


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
