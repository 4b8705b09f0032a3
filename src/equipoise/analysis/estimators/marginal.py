"""Marginal effects by g-computation: what the arms would differ by had everyone been in each.

A working model predicts every participant's outcome under both arms; the means of the predictions
are compared. That keeps the estimand of the unadjusted comparison and its validity whether or not
the model is right: FDA. Adjusting for covariates in randomized clinical trials for drugs and
biological products. Guidance for industry, May 2023, section III.C. The reported covariance is
that of Ye or of Ge, on the difference or, for ratios, on the log scale.

All functions take participants (..., n) with trials on the leading axes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

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
    ZERO_CELL,
    Estimate,
    critical_value,
    floats,
    notes,
    two_sided_p,
)
from equipoise.analysis.estimators.participants import Participants, participants
from equipoise.errors import InputError

Measure = Literal["risk difference", "risk ratio", "odds ratio"]
Model = Literal["logistic", "logistic-by-arm", "linear", "anhecova"]
Variance = Literal["ye", "ye-residual", "ge-hc0", "ge-model"]


class Means(NamedTuple):
    """Predicted shares of the arm and of the reference (..., 2), covariance (..., 2, 2)."""

    share: Array
    covariance: Array
    estimable: Mask
    settled: Mask


def marginal_effect(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    measure: Measure = "risk difference",
    model: Model = "logistic",
    variance: Variance = "ye",
    level: float = 0.95,
) -> Estimate:
    """Return the marginal effect of the arm, adjusted for ``covariates`` (..., n, k).

    ``variance``: ``ye`` (Ye T, Bannick M, Yi Y, Shao J. Stat Theory Relat Fields 2023;7:159-163,
    doi:10.1080/24754269.2023.2205802) is right for the whole population of participants and
    whatever the model; ``ye-residual`` uses the variance of the residuals of each arm where ``ye``
    takes it apart. ``ge-hc0`` and ``ge-model`` are the delta method on the model's coefficients for
    the covariates seen, with their robust or their model-based covariance: Ge M, Durham LK, Meyer
    RD, Xie W, Thomas N. Drug Inf J 2011;45:481-493, doi:10.1177/009286151104500409.

    ``strata`` (..., n), whole numbers, are those of a permuted block randomization: the variance of
    Ye is reduced by what the blocks balanced. Ye T, Shao J, Yi Y, Zhao Q. J Am Stat Assoc
    2023;118:2370-2382, doi:10.1080/01621459.2022.2049278. Covariates should hold them too.

    Each of ``logistic`` and ``linear`` has one coefficient per covariate; ``logistic-by-arm`` and
    ``anhecova`` (linear, that name in the paper) have one per covariate and arm. Interval and P are
    Wald's on the difference, or on the logarithm of a ratio.

    A separated logistic model still predicts shares, so its effect is given. Where no one, or
    everyone, is predicted the event in an arm, a ratio falls back on Miettinen and Nurminen's
    unadjusted interval and P value, and so does the difference where its variance is 0: note
    ``zero cell``. Raises InputError for outcomes other than 0, 1 and NaN, infinite covariates, and
    strata with a variance of Ge.
    """
    who = participants(values, treated, covariates)
    if strata is not None and variance.startswith("ge"):
        raise InputError(
            "variance", f"{variance} cannot use the strata", "Take the variance ye, or no strata."
        )
    found = marginal_means(who, strata=strata, model=model, variance=variance)
    value, se = _contrast(found, measure)
    z = critical_value(level)
    wald = np.isfinite(value) & (se > 0) & np.isfinite(se)
    with np.errstate(all="ignore"):
        low, high, p = value - z * se, value + z * se, two_sided_p(value / se)
        if measure != "risk difference":
            value, low, high = np.exp(value), np.exp(low), np.exp(high)
    ok = found.estimable & found.settled & ~who.empty
    plain = _unadjusted(who, measure, level)
    kept = wald & ok
    low, high, p = (
        np.where(kept, a, b) for a, b in ((low, plain.low), (high, plain.high), (p, plain.p_value))
    )
    value = np.where(np.isnan(value) | ~wald, plain.value, value)
    events, n, events_ref, n_ref = who.counts()
    none = (events + events_ref == 0) & (measure == "risk ratio")
    same = (events + events_ref == 0) | (events + events_ref == n + n_ref)
    said = notes(
        (who.empty, EMPTY_ARM),
        (~found.estimable, NOT_ESTIMABLE),
        (~found.settled, NO_CONVERGENCE),
        (none, NO_EVENTS),
        (same & (measure == "odds ratio"), NO_CONTRAST),
        (~wald, ZERO_CELL),
    )
    numbers = (floats(np.where(ok, a, np.nan)) for a in (value, low, high, p))
    value_, low_, high_, p_ = numbers
    label = f"g-computation, {model} model, {_LABELS[variance]}"
    return Estimate(measure, value_, low_, high_, level, p_, label, said)


def marginal_means(
    who: Participants,
    *,
    strata: ArrayLike | None = None,
    model: Model = "logistic",
    variance: Variance = "ye",
) -> Means:
    """Return the predicted shares had everyone been in the arm, or the reference, and covariance.

    The shares of a canonical model without interaction need no correction for bias; with it none
    either, for each arm's residuals sum to 0.
    """
    family: glm.Family = "logit" if model.startswith("logistic") else "identity"
    interaction = model in {"logistic-by-arm", "anhecova"}
    design = who.design(interaction=interaction)
    fitted = glm.fit(design, who.outcome, who.seen, family)
    designs = [who.design_as(np.asarray(arm), interaction=interaction) for arm in (1.0, 0.0)]
    eta = [np.clip((d @ fitted.coefficients[..., None])[..., 0], -35, 35) for d in designs]
    predicted = [1 / (1 + np.exp(-e)) if family == "logit" else e for e in eta]
    n = np.maximum(who.seen.sum(axis=-1), 1.0)
    share = np.stack([(p * who.seen).sum(axis=-1) / n for p in predicted], axis=-1)
    if variance.startswith("ge"):
        slopes = [p * (1 - p) if family == "logit" else np.ones_like(p) for p in predicted]
        gradient = np.stack(
            [
                (d * (s * who.seen)[..., None]).sum(axis=-2) / n[..., None]
                for d, s in zip(designs, slopes, strict=True)
            ],
            axis=-2,
        )
        if variance == "ge-hc0":
            around = glm.sandwich(design, fitted, who.outcome, who.seen, family)
        elif family == "identity":
            around = glm.model_covariance(design, fitted, who.outcome, who.seen)
        else:
            around = fitted.covariance
        covariance = gradient @ around @ np.swapaxes(gradient, -1, -2)
    else:
        covariance = _ye(who, predicted, fitted.mean, strata, residual=variance == "ye-residual")
    settled = fitted.converged | fitted.separated
    return Means(share, np.asarray(covariance), glm.estimable(design, who.seen, 1), settled)


_LABELS = {
    "ye": "variance of Ye",
    "ye-residual": "variance of Ye from residuals",
    "ge-hc0": "variance of Ge, robust",
    "ge-model": "variance of Ge, model-based",
}


def _ye(
    who: Participants,
    predicted: list[Array],
    mean: Array,
    strata: ArrayLike | None,
    *,
    residual: bool,
) -> Array:
    arms = [who.seen * who.treated, who.seen * (1 - who.treated)]
    n = np.maximum(who.seen.sum(axis=-1), 1.0)
    share = [np.maximum(a.sum(axis=-1), 1.0) / n for a in arms]
    away = (who.outcome - mean) * who.seen
    covariance = np.empty((*n.shape, 2, 2))
    for i in (0, 1):
        if residual:
            own = _covariance(away, away, arms[i])
        else:
            own = _covariance(who.outcome, who.outcome, arms[i])
            own = own + _covariance(predicted[i], predicted[i], who.seen)
            own = own - 2 * _covariance(who.outcome, predicted[i], arms[i])
        covariance[..., i, i] = (
            own / share[i]
            + 2 * _covariance(who.outcome, predicted[i], arms[i])
            - _covariance(predicted[i], predicted[i], who.seen)
        )
    between = (
        _covariance(who.outcome, predicted[1], arms[0])
        + _covariance(who.outcome, predicted[0], arms[1])
        - _covariance(predicted[0], predicted[1], who.seen)
    )
    covariance[..., 0, 1] = covariance[..., 1, 0] = between
    if strata is not None:
        covariance -= _balanced(who, arms, share, away, strata)
    return np.asarray(covariance / n[..., None, None])


def _balanced(
    who: Participants, arms: list[Array], share: list[Array], away: Array, strata: ArrayLike
) -> Array:
    """Return what permuted blocks within strata take off the covariance."""
    stratum = np.broadcast_to(np.asarray(strata), who.seen.shape)
    n = np.maximum(who.seen.sum(axis=-1), 1.0)
    off = np.zeros((*n.shape, 2, 2))
    pi = np.stack(share, axis=-1)
    chance = pi[..., :, None] * (np.eye(2) - pi[..., None, :])
    for label in np.unique(stratum):
        here = (stratum == label) & (who.seen > 0)
        sizes = [(arm * here).sum(axis=-1) for arm in arms]
        left = np.stack(
            [
                (away * arm * here).sum(axis=-1) / np.maximum(size, 1.0)
                for arm, size in zip(arms, sizes, strict=True)
            ],
            axis=-1,
        )
        scaled = left / pi
        weight = (here.sum(axis=-1) / n)[..., None, None]
        off += weight * scaled[..., :, None] * scaled[..., None, :] * chance
    return off


def _covariance(a: Array, b: Array, seen: Array) -> Array:
    """Return the sample covariance of those seen; 0 with fewer than two."""
    n = seen.sum(axis=-1, keepdims=True)
    safe = np.maximum(n, 1.0)
    a = a - (a * seen).sum(axis=-1, keepdims=True) / safe
    b = b - (b * seen).sum(axis=-1, keepdims=True) / safe
    return np.asarray((a * b * seen).sum(axis=-1) / np.maximum(n[..., 0] - 1, 1.0))


def _contrast(found: Means, measure: Measure) -> tuple[Array, Array]:
    """Return the difference, or the logarithm of a ratio, and its standard error."""
    first, reference = found.share[..., 0], found.share[..., 1]
    with np.errstate(all="ignore"):
        if measure == "risk difference":
            value = first - reference
            slope = np.stack([np.ones_like(first), -np.ones_like(first)], axis=-1)
        elif measure == "risk ratio":
            value = np.log(first / reference)
            slope = np.stack([1 / first, -1 / reference], axis=-1)
        else:
            value = np.log(first / (1 - first)) - np.log(reference / (1 - reference))
            slope = np.stack(
                [1 / (first * (1 - first)), -1 / (reference * (1 - reference))], axis=-1
            )
        square = (slope[..., None, :] @ found.covariance @ slope[..., :, None])[..., 0, 0]
        # shares this close to an end are those of a separated arm
        inside = (found.share > 1e-7).all(axis=-1) & (found.share < 1 - 1e-7).all(axis=-1)
        ratio = measure != "risk difference"
        se = np.where(inside | (not ratio), np.sqrt(np.maximum(square, 0.0)), np.nan)
        return value, np.where(se > 1e-12, se, 0.0) if not ratio else se


def _unadjusted(who: Participants, measure: Measure, level: float) -> Estimate:
    counts = who.counts()
    if measure == "risk difference":
        return binary.risk_difference(*counts, level=level)
    if measure == "risk ratio":
        return binary.risk_ratio(*counts, method="miettinen-nurminen", level=level)
    return binary.odds_ratio(*counts, method="miettinen-nurminen", level=level)
