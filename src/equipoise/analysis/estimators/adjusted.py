"""Effects of the arm given covariates, by regression: odds ratio, risk ratio, risk difference.

The odds ratio is conditional on the covariates: it is not that of the arms as wholes, which
:mod:`~equipoise.analysis.estimators.marginal` gives. All functions take participants (..., n) with
trials on the leading axes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from equipoise.analysis.estimators import binary, glm
from equipoise.analysis.estimators.counts import Array, Mask
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_CONTRAST,
    NO_CONVERGENCE,
    NO_EVENTS,
    NOT_ESTIMABLE,
    PENALIZED,
    ZERO_CELL,
    Estimate,
    critical_value,
    floats,
    notes,
    two_sided_p,
)
from equipoise.analysis.estimators.participants import Participants, participants

_ARM = 1  # the column of the arm


def odds_ratio(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    variance: Literal["model", "HC0"] = "model",
    level: float = 0.95,
) -> Estimate:
    """Return the odds ratio of a logistic regression on the arm and ``covariates`` (..., n, k).

    Wald interval and test of its logarithm. Where the outcome is separated, so that some odds have
    no finite estimate, Firth's penalized likelihood is given (Heinze G, Schemper M. Stat Med
    2002;21:2409-2419, doi:10.1002/sim.1047), note ``penalized``. With no events, or only events,
    in both arms the value is NaN, the interval 0 to infinity, P 1.

    Raises InputError for outcomes other than 0, 1 and NaN and for infinite covariates.
    """
    who = participants(values, treated, covariates)
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, "logit")
    separated = fitted.separated
    value, variance_ = _arm(who, design, fitted, "logit", "model" if variance == "model" else "HC0")
    if separated.any():
        firth = glm.fit(design, who.outcome, who.seen, "logit", penalized=True)
        firm, spread = _arm(who, design, firth, "logit", "model")
        value = np.where(separated, firm, value)
        variance_ = np.where(separated, spread, variance_)
        settled = fitted.converged | (separated & firth.converged)
    else:
        settled = fitted.converged
    x1, n1, x0, n0 = who.counts()
    same = (x1 + x0 == 0) | (x1 + x0 == n1 + n0)
    low, high, p = _wald(value, variance_, level)
    with np.errstate(over="ignore"):
        odds, low, high = np.exp(value), np.exp(low), np.exp(high)
    odds = np.where(same, np.nan, odds)
    low, high, p = (np.where(same, end, a) for a, end in ((low, 0.0), (high, np.inf), (p, 1.0)))
    cases = ((same, NO_CONTRAST), (separated, PENALIZED))
    label = "logistic regression, Wald interval and P"
    return _pack("odds ratio", (odds, low, high, p), who, design, settled, cases, label, level)


def risk_ratio(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    variance: Literal["HC0", "HC1"] = "HC0",
    level: float = 0.95,
) -> Estimate:
    """Return the risk ratio of a Poisson regression with a robust variance.

    Zou G. Am J Epidemiol 2004;159:702-706, doi:10.1093/aje/kwh090; variances as in
    :func:`equipoise.analysis.estimators.glm.sandwich`. Wald interval and test of the logarithm.
    Where an arm has no events, or the variance is 0, the unadjusted Miettinen-Nurminen interval and
    P value stand in, note ``zero cell``. Raises InputError as :func:`odds_ratio`.
    """
    who = participants(values, treated, covariates)
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, "log")
    value, spread = _arm(who, design, fitted, "log", variance)
    x1, _, x0, _ = who.counts()
    bad = (x1 == 0) | (x0 == 0) | ~(spread > 1e-24)
    plain = binary.risk_ratio(*who.counts(), method="miettinen-nurminen", level=level)
    low, high, p = _wald(value, spread, level)
    with np.errstate(over="ignore"):
        ratio, low, high = np.exp(value), np.exp(low), np.exp(high)
    ratio, low, high, p = _instead(bad, plain, ratio, low, high, p)
    cases = (((x1 == 0) & (x0 == 0), NO_EVENTS), (bad, ZERO_CELL))
    settled = fitted.converged | bad
    label = "Poisson regression, robust variance, Wald interval and P"
    return _pack("risk ratio", (ratio, low, high, p), who, design, settled, cases, label, level)


def risk_difference(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    variance: glm.Sandwich = "HC3",
    level: float = 0.95,
) -> Estimate:
    """Return the risk difference of a least squares regression with a robust variance.

    Cheung YB. Am J Epidemiol 2007;166:1337-1344, doi:10.1093/aje/kwm223; variances as in
    :func:`equipoise.analysis.estimators.glm.sandwich`. Wald interval and test, standard normal.
    Where the variance is 0 the unadjusted Miettinen-Nurminen interval and P value stand in, note
    ``zero cell``. Raises InputError as :func:`odds_ratio`.
    """
    who = participants(values, treated, covariates)
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, "identity")
    value, spread = _arm(who, design, fitted, "identity", variance)
    bad = ~(spread > 1e-24)
    plain = binary.risk_difference(*who.counts(), level=level)
    value, low, high, p = _instead(bad, plain, value, *_wald(value, spread, level))
    cases = ((bad, ZERO_CELL),)
    settled = fitted.converged | bad
    label = "linear regression, robust variance, Wald interval and P"
    numbers = (value, low, high, p)
    return _pack("risk difference", numbers, who, design, settled, cases, label, level)


def _arm(
    who: Participants,
    design: Array,
    fitted: glm.Fit,
    family: glm.Family,
    variance: Literal["model"] | glm.Sandwich,
) -> tuple[Array, Array]:
    """Return the coefficient of the arm and its variance."""
    covariance = fitted.covariance
    if variance != "model":
        covariance = glm.sandwich(design, fitted, who.outcome, who.seen, family, variance)
    return fitted.coefficients[..., _ARM], covariance[..., _ARM, _ARM]


def _wald(value: Array, variance: Array, level: float) -> tuple[Array, Array, Array]:
    se = np.sqrt(np.maximum(variance, 0.0))
    half = critical_value(level) * se
    z = np.divide(value, se, out=np.zeros_like(half), where=se > 0)
    return value - half, value + half, two_sided_p(z)


def _instead(where: Mask, plain: Estimate, *numbers: Array) -> tuple[Array, ...]:
    unadjusted = (plain.value, plain.low, plain.high, plain.p_value)
    return tuple(np.where(where, a, b) for a, b in zip(unadjusted, numbers, strict=True))


def _pack(
    measure: str,
    numbers: tuple[Array, ...],
    who: Participants,
    design: Array,
    settled: Mask,
    cases: tuple[tuple[Mask, str], ...],
    label: str,
    level: float,
) -> Estimate:
    """Return the estimate, NaN with a note where there is none."""
    known = glm.estimable(design, who.seen, _ARM)
    said = notes(
        (who.empty, EMPTY_ARM),
        *cases[:-1],
        (~known, NOT_ESTIMABLE),
        (~settled, NO_CONVERGENCE),
        cases[-1],
    )
    ok = known & settled & ~who.empty
    value, low, high, p = (floats(np.where(ok, a, np.nan)) for a in numbers)
    return Estimate(measure, value, low, high, level, p, label, said)
