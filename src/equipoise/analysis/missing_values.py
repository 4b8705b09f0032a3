"""The function behind each way of dealing with missing values.

It stands around any method: it gets the :class:`Sample`, the :class:`Procedure` and the method's
own function, and returns what the procedure estimates. One that is not ``batched`` gets one trial
at a time, with those included only. Names and what they fit are in
:mod:`equipoise.protocol.methods`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators import (
    exact_imputation,
    multiple_imputation,
    reference_based,
    reference_based_binary,
    weighting,
)
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.noise import Draws
from equipoise.analysis.estimators.tipping_point import TippingMap, binary_map
from equipoise.analysis.sample import Sample
from equipoise.chance import Chance
from equipoise.protocol.estimand import Procedure
from equipoise.protocol.methods import METHODS, OF_VISITS

Estimates = Estimate | list[Estimate]
Analyse = Callable[[Sample], Estimates]
Handling = Callable[[Sample, Procedure, Analyse], Estimates]

TIPPING_POINT = "tipping point"
_TOGETHER = 128  # trials that are imputed together: what is made of them fits in the cache


@dataclass(frozen=True)
class MissingMethod:
    """A way to deal with missing values, and whether it takes many trials at once."""

    function: Handling
    batched: bool = True


def tipping_map(sample: Sample, analyse: Analyse) -> TippingMap:
    """Return the result of every way in which the missing of one trial could have turned out.

    Each pair of counts is analysed as a trial of its own.
    """
    who = (sample.treated, ~sample.treated)
    missing = [int((sample.unobserved & arm).sum()) for arm in who]
    x1, n1, x0, n0 = (int(count) for count in sample.counts())

    def contrast(events: object, n: object, events_ref: object, n_ref: object) -> Estimate:
        tables = np.broadcast_arrays(*map(np.asarray, (events, n, events_ref, n_ref)))
        flat = [table.ravel() for table in tables]
        found = analyse(_of_counts(*flat))
        assert isinstance(found, Estimate)
        shaped: dict[str, Any] = {
            name: np.asarray(getattr(found, name)).reshape(tables[0].shape)
            for name in ("value", "low", "high", "p_value", "note")
        }
        return replace(found, **shaped)

    return binary_map(contrast, (x1, n1, missing[0]), (x0, n0, missing[1]))


def _of_counts(*tables: NDArray[np.int64]) -> Sample:
    """Return a trial for each table of events, n, events and n of the reference."""
    events, n, events_ref, n_ref = (table[:, None] for table in tables)
    place = np.arange(int((tables[1] + tables[3]).max(initial=0)))
    treated = place < n
    included = place < n + n_ref
    failed = np.where(treated, place < events, place - n < events_ref)
    return Sample(np.where(included, failed.astype(np.float64), np.nan), treated, included)


def _complete(sample: Sample, _procedure: Procedure, analyse: Analyse) -> Estimates:
    """Analyse those with a value: what every function does with NaN."""
    return analyse(sample)


def _filled(arm: str, reference: str) -> MissingMethod:
    """Count missing outcomes as a success or a failure, by arm."""

    def function(sample: Sample, _procedure: Procedure, analyse: Analyse) -> Estimates:
        worth = {"failure": sample.failure, "success": 1 - sample.failure}
        treated = sample.treated[..., None] if sample.visits else sample.treated
        fill = np.where(treated, worth[arm], worth[reference])
        return analyse(replace(sample, values=np.where(sample.unobserved, fill, sample.values)))

    return MissingMethod(function)


def _imputed(sample: Sample, procedure: Procedure, _analyse: Analyse) -> Estimates:
    """Impute under missing at random; each participant has draws of their own.

    The trials of an ensemble draw the same numbers, those that each would draw alone. Those with
    as many participants are done together.
    """
    if not sample.ensemble:
        return _pooled(sample, procedure)
    sizes = sample.included.sum(axis=-1)
    found: list[tuple[NDArray[np.intp], Estimate]] = []
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        for start in range(0, alike.size, _TOGETHER):
            trials = alike[start : start + _TOGETHER]
            found.append((trials, _pooled(_kept(sample, trials, int(size)), procedure)))
    order = np.argsort(np.concatenate([trials for trials, _ in found]))
    arrays: dict[str, Any] = {
        name: np.concatenate([np.asarray(getattr(each, name)) for _, each in found])[order]
        for name in ("value", "low", "high", "p_value", "note")
    }
    return replace(found[0][1], **arrays)


def _kept(sample: Sample, trials: NDArray[np.intp], size: int) -> Sample:
    """Return trials with those included only, ``size`` of each."""
    inside = sample.included[trials]

    def kept(array: NDArray[Any] | None) -> Any:
        return None if array is None else array[trials][inside].reshape(-1, size, *array.shape[2:])

    numbers = np.broadcast_to(sample.people, inside.shape)[inside].reshape(-1, size)
    return Sample(
        kept(sample.values), kept(sample.treated), kept(sample.included),
        covariates=kept(sample.covariates), failure=sample.failure,
        baseline=kept(sample.baseline), numbers=numbers,
    )  # fmt: skip


def _pooled(sample: Sample, procedure: Procedure) -> Estimate:
    missing = procedure.handling
    draws = Draws(Chance(missing.seed), missing.imputations, sample.people, sample.ensemble)
    if np.isnan(sample.failure):
        return multiple_imputation.continuous(
            sample.values[..., None], sample.treated, draws, covariates=sample.covariates,
            level=procedure.level,
        )  # fmt: skip
    return multiple_imputation.binary(
        sample.values, sample.treated, draws, measure=_summary(procedure),
        covariates=sample.baseline, level=procedure.level,
    )  # fmt: skip


def _endlessly(sample: Sample, procedure: Procedure, _analyse: Analyse) -> Estimates:
    """Impute events within arms as often as there is no end to it, by their probabilities."""
    x1, n1, x0, n0 = sample.counts()
    lack, lack_ref = ((sample.unobserved & w).sum(-1) for w in (sample.treated, ~sample.treated))
    return exact_imputation.binary(
        (x1, n1, lack), (x0, n0, lack_ref), measure=_summary(procedure), level=procedure.level
    )


def _weighted(sample: Sample, procedure: Procedure, _analyse: Analyse) -> Estimates:
    """Let the observed stand in for the missing with the same predictors."""
    return weighting.inverse_probability(
        sample.values, sample.treated, sample.baseline, measure=_summary(procedure),
        level=procedure.level,
    )  # fmt: skip


def _as_reference(strategy: reference_based.Strategy) -> MissingMethod:
    """Take what is missing in the first arm from the reference arm."""
    assumption = reference_based.Assumption(strategy)

    def function(sample: Sample, procedure: Procedure, _analyse: Analyse) -> Estimates:
        if not np.isnan(sample.failure):
            return reference_based_binary.conditional_mean(
                sample.values, sample.treated, covariates=sample.baseline,
                measure=_summary(procedure), level=procedure.level,
            )  # fmt: skip
        return [
            each.difference
            for each in reference_based.conditional_means(
                sample.values, sample.treated, assumption, covariates=sample.covariates,
                level=procedure.level,
            )
        ]  # fmt: skip

    return MissingMethod(function, batched=False)


def _summary(procedure: Procedure) -> Any:
    return METHODS[procedure.method].summary


def _at_random(sample: Sample, _procedure: Procedure, analyse: Analyse) -> Estimates:
    """Analyse the whole numbers of events nearest to what missing at random expects."""
    found = tipping_map(sample, analyse)
    if found.start is None:
        return analyse(sample)
    estimate = found.estimate
    picked: dict[str, Any] = {
        name: np.asarray(getattr(estimate, name))[found.start]
        for name in ("value", "low", "high", "p_value", "note")
    }
    return replace(estimate, **picked)


MISSING: dict[str, MissingMethod] = {
    "complete cases": MissingMethod(_complete),
    "missing as failure": _filled("failure", "failure"),
    "best case": _filled("success", "failure"),
    "worst case": _filled("failure", "success"),
    "multiple imputation": MissingMethod(_imputed),
    "infinitely many imputations": MissingMethod(_endlessly),
    "inverse probability weighting": MissingMethod(_weighted, batched=False),
    TIPPING_POINT: MissingMethod(_at_random, batched=False),
    **{
        strategy: _as_reference(strategy)
        for strategy in get_args(reference_based.Strategy)
        if strategy in OF_VISITS
    },
}
"""Best and worst are those of the first arm."""
