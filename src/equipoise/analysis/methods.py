"""The function behind each method's name.

A function takes the :class:`Sample` and the :class:`Procedure` and returns an :class:`Estimate`;
one for a repeated measure may return a list, an estimate for each visit. A function that is not
``batched`` gets one trial at a time, with those included only. What each method estimates and can
be given stands in :mod:`equipoise.protocol.methods`, under the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators import (
    adjusted,
    ancova,
    exact,
    gee,
    mmrm,
    ordinal,
    stratified,
    stratified_rank,
    unconditional,
)
from equipoise.analysis.estimators.binary import odds_ratio, risk_difference, risk_ratio
from equipoise.analysis.estimators.continuous import mean_difference_by_arm
from equipoise.analysis.estimators.estimate import EMPTY_ARM, TOO_MANY, Estimate
from equipoise.analysis.estimators.marginal import marginal_effect
from equipoise.analysis.estimators.rank import (
    scores_by_arm,
    shift,
    shift_of_scores,
    win_probability,
    win_probability_of_scores,
)
from equipoise.analysis.estimators.reference_set import Totals
from equipoise.analysis.estimators.rerandomization import Draws, rerandomization
from equipoise.analysis.missing_values import MISSING, Estimates
from equipoise.analysis.sample import Sample
from equipoise.protocol import methods as offers
from equipoise.protocol.estimand import Procedure
from equipoise.protocol.methods import DRAWS

Function = Callable[[Sample, Procedure], Estimates]

_ARRAYS = ("value", "low", "high", "p_value", "note")  # of an Estimate, over trials
_SCORES_MAX = 100  # more than these are ranked trial by trial
_EXACT_BELOW = 50  # values in each arm: without ties, rank tests are exact below


@dataclass(frozen=True)
class Method:
    """A function, the estimator behind it, and whether it takes many trials at once."""

    function: Function
    source: str
    batched: bool = True


def analyse_with(procedure: Procedure) -> Callable[[Sample], Estimates]:
    """Return the method's function with all that it is given, over one trial or many."""
    method = METHODS[procedure.method]
    return lambda sample: method.function(sample, procedure)


def run(sample: Sample, procedure: Procedure) -> Estimates:
    """Return what a procedure estimates, over all trials of the sample."""
    method = METHODS[procedure.method]
    handling = MISSING[procedure.handling.method]
    estimate = analyse_with(procedure)

    if not sample.ensemble:
        return handling.function(sample.compact(), procedure, estimate)
    if method.batched and handling.batched:
        return handling.function(sample, procedure, estimate)
    return _stacked(
        [
            handling.function(sample.trial(place), procedure, estimate)
            for place in range(len(sample.included))
        ]
    )


def _stacked(found: list[Estimates]) -> Estimates:
    """Return the estimates of single trials as one of many."""
    if isinstance(found[0], list):
        visits = [list(each) for each in zip(*found, strict=True)]
        return [_stack(each) for each in visits]
    return _stack(found)  # type: ignore[arg-type]


def _stack(found: list[Estimate]) -> Estimate:
    arrays: dict[str, Any] = {
        name: np.array([getattr(each, name) for each in found]) for name in _ARRAYS
    }
    return replace(found[0], **arrays)


# --- methods --------------------------------------------------------------------------------


def _risk(estimator: Callable[..., Estimate], name: str) -> Method:
    def function(sample: Sample, procedure: Procedure) -> Estimate:
        return estimator(*sample.counts(), level=procedure.level, method=name)

    return Method(function, f'binary.{estimator.__name__}(method="{name}")')


def _means(*, equal_variances: bool) -> Method:
    def function(sample: Sample, procedure: Procedure) -> Estimate:
        return mean_difference_by_arm(
            sample.values, sample.treated, equal_variances=equal_variances, level=procedure.level
        )

    return Method(function, f"continuous.mean_difference(equal_variances={equal_variances})")


def _ranks(
    of_values: Callable[..., Estimate], of_scores: Callable[..., Estimate], *, exact: bool
) -> Method:
    """Return a rank method: for one trial over its values, for many over counts per score."""

    def single(sample: Sample, procedure: Procedure) -> Estimate:
        return of_values(*sample.by_arm(), level=procedure.level)

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        if not sample.ensemble:
            return single(sample, procedure)
        counts = scores_by_arm(sample.values, sample.treated, _SCORES_MAX)
        if counts is None:
            each = [single(sample.trial(k), procedure) for k in range(len(sample.included))]
            return _stack(each)
        whole = of_scores(*counts, level=procedure.level)
        if not exact:
            return whole
        few = np.maximum(counts[0].sum(axis=-1), counts[1].sum(axis=-1)) < _EXACT_BELOW
        if not few.any():
            return whole
        untied = (counts[0] + counts[1] < 2).all(axis=-1)
        alone = np.flatnonzero(untied & few).tolist()
        return _replaced(whole, {k: single(sample.trial(k), procedure) for k in alone})

    return Method(function, f"rank.{of_values.__name__}")


def _replaced(whole: Estimate, some: dict[int, Estimate]) -> Estimate:
    """Return the estimates with those of some trials put in."""
    if not some:
        return whole
    length = len(np.asarray(whole.value))
    return _stack([some.get(k) or _one(whole, k) for k in range(length)])


def _one(whole: Estimate, place: int) -> Estimate:
    arrays: dict[str, Any] = {name: np.asarray(getattr(whole, name))[place] for name in _ARRAYS}
    return replace(whole, **arrays)


def _people(estimator: Callable[..., Estimate], *, batched: bool = True, **fixed: object) -> Method:
    """Return a method over participants, with covariates, strata and the procedure's options."""

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        return estimator(
            sample.values,
            sample.treated,
            covariates=sample.covariates,
            strata=sample.strata,
            level=procedure.level,
            **fixed,
            **procedure.options,
        )

    return Method(function, _source(estimator, fixed), batched)


def _strata(estimator: Callable[..., Estimate], **fixed: object) -> Method:
    """Return a method over counts of strata, in a last axis."""

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        return estimator(*_stratum_counts(sample), level=procedure.level, **fixed)

    return Method(function, _source(estimator, fixed))


def _stratum_counts(sample: Sample) -> list[NDArray[np.int64]]:
    assert sample.strata is not None
    places = range(int(sample.strata.max(initial=0)) + 1)
    inside = [np.where(sample.strata == place, sample.values, np.nan) for place in places]
    each = [replace(sample, values=values).counts() for values in inside]
    return [np.stack(counts, axis=-1) for counts in zip(*each, strict=True)]


def _van_elteren(sample: Sample, procedure: Procedure) -> Estimate:
    assert sample.strata is not None
    return stratified_rank.van_elteren(
        sample.values, sample.treated, sample.strata, level=procedure.level
    )


def _regression(estimator: Callable[..., Estimate]) -> Method:
    """Return a regression on the arm and covariates, with the procedure's options."""

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        return estimator(
            sample.values,
            sample.treated,
            covariates=sample.covariates,
            level=procedure.level,
            **procedure.options,
        )

    return Method(function, _source(estimator, {}))


def _unconditional(test: Callable[[int, int, int, int], float], name: str) -> Method:
    """Return Newcombe's interval with the P value of an exact test."""

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        counts = [int(count) for count in sample.counts()]
        found = risk_difference(*counts, method="newcombe", level=procedure.level)
        if str(found.note) == EMPTY_ARM:
            return found
        p_value = test(*counts)
        if np.isnan(p_value):  # too many tables to go through
            return replace(found, note=np.str_(TOO_MANY))
        method = f"Newcombe hybrid score interval, {name}"
        return replace(found, p_value=np.float64(p_value), method=method)

    return Method(function, _source(test, {}), batched=False)


def _redrawn(statistic: str) -> Method:
    """Return a randomization test, under the design that dealt the arms where it is known."""

    def function(sample: Sample, procedure: Procedure) -> Estimate:
        dealt = sample.dealt
        assert dealt is not None
        values = np.full(dealt.arm.shape, np.nan)
        values[sample.people] = sample.values
        listed = np.lexsort((dealt.slot, dealt.stratum))
        options: dict[str, Any] = {"statistic": statistic, **procedure.options}
        found = rerandomization(
            values[listed],
            dealt.arm[listed],
            dealt.design or Totals(),
            draws=Draws(procedure.handling.seed, options.pop("draws", DRAWS[1])),
            compare=dealt.compare,
            strata=dealt.stratum[listed],
            level=procedure.level,
            **options,
        )
        return replace(found, measure=offers.METHODS[procedure.method].summary)

    return Method(function, f'rerandomization.rerandomization("{statistic}")', batched=False)


def _exact_odds(sample: Sample, procedure: Procedure) -> Estimate:
    return exact.odds_ratio(*sample.counts(), level=procedure.level)


def _mixed(sample: Sample, procedure: Procedure) -> list[Estimate]:
    found = mmrm.mmrm(
        sample.values,
        sample.treated,
        covariates=sample.covariates,
        strata=sample.strata,
        level=procedure.level,
    )
    return _visits(found.difference)


def _equations(model: gee.Marginal) -> Method:
    def function(sample: Sample, procedure: Procedure) -> list[Estimate]:
        return _visits(
            gee.effect(
                sample.values,
                sample.treated,
                model,
                covariates=sample.covariates,
                strata=sample.strata,
                by_visit=True,
                level=procedure.level,
            )
        )

    return Method(function, f"gee.effect({model.family}, {model.link}, {model.correlation})")


def _visits(found: Estimate) -> list[Estimate]:
    """Return estimates whose last axis is visits as one for each."""
    length = np.shape(found.value)[-1]
    each: list[dict[str, Any]] = [
        {name: np.asarray(getattr(found, name))[..., k][()] for name in _ARRAYS}
        for k in range(length)
    ]
    return [replace(found, **arrays) for arrays in each]


def _source(estimator: Callable[..., object], fixed: dict[str, object]) -> str:
    module = estimator.__module__.rpartition(".")[2]
    given = ", ".join(f'{name}="{value}"' for name, value in fixed.items())
    return f"{module}.{estimator.__name__}" + (f"({given})" if given else "")


METHODS: dict[str, Method] = {
    "risk ratio with Wald interval on the log scale": _risk(risk_ratio, "katz"),
    "risk ratio with Koopman interval": _risk(risk_ratio, "koopman"),
    "risk ratio with Miettinen-Nurminen interval": _risk(risk_ratio, "miettinen-nurminen"),
    "risk difference with Miettinen-Nurminen interval": _risk(
        risk_difference, "miettinen-nurminen"
    ),
    "risk difference with Newcombe interval": _risk(risk_difference, "newcombe"),
    "risk difference with Wald interval": _risk(risk_difference, "wald"),
    "odds ratio with Miettinen-Nurminen interval": _risk(odds_ratio, "miettinen-nurminen"),
    "odds ratio with Woolf interval": _risk(odds_ratio, "woolf"),
    "odds ratio with exact conditional interval": Method(_exact_odds, "exact.odds_ratio"),
    "risk difference with Newcombe interval and Boschloo test": _unconditional(
        unconditional.boschloo_p, "Boschloo's exact test"
    ),
    "risk difference with Newcombe interval and Barnard test": _unconditional(
        unconditional.barnard_p, "Barnard's exact test"
    ),
    "risk ratio with Mantel-Haenszel weights": _strata(stratified.risk_ratio),
    "risk difference with Mantel-Haenszel weights": _strata(
        stratified.risk_difference, method="sato"
    ),
    "risk difference with stratified Miettinen-Nurminen interval": _strata(
        stratified.risk_difference, method="miettinen-nurminen"
    ),
    "odds ratio with Mantel-Haenszel weights": _strata(stratified.odds_ratio),
    "marginal risk ratio by g-computation": _people(marginal_effect, measure="risk ratio"),
    "marginal risk difference by g-computation": _people(
        marginal_effect, measure="risk difference"
    ),
    "marginal odds ratio by g-computation": _people(marginal_effect, measure="odds ratio"),
    "odds ratio by logistic regression": _regression(adjusted.odds_ratio),
    "risk ratio by Poisson regression": _regression(adjusted.risk_ratio),
    "risk difference by linear regression": _regression(adjusted.risk_difference),
    "proportional odds model": _people(ordinal.odds_ratio),
    "van Elteren win probability": Method(_van_elteren, "stratified_rank.van_elteren"),
    "analysis of covariance": _people(ancova.difference),
    "mixed model for repeated measures": Method(_mixed, "mmrm.mmrm", batched=False),
    "estimating equations for means at each visit": _equations(
        gee.Marginal("gaussian", "identity")
    ),
    "estimating equations for odds at each visit": _equations(gee.Marginal()),
    "Hodges-Lehmann shift with Mann-Whitney test": _ranks(shift, shift_of_scores, exact=True),
    "win probability with Brunner-Munzel interval": _ranks(
        win_probability, win_probability_of_scores, exact=False
    ),
    "randomization test of events": _redrawn("difference in means"),
    "randomization test of means": _redrawn("difference in means"),
    "randomization test of ranks": _redrawn("rank sum"),
    "Welch difference in means": _means(equal_variances=False),
    "Student difference in means": _means(equal_variances=True),
}
