from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings

from equipoise.analysis.estimators import binary, marginal
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.participants import participants
from equipoise.errors import InputError
from tests.analysis.estimators.test_adjusted import FIELDS, numbers, people, trial
from tests.analysis.estimators.test_score import tables

MODELS = get_args(marginal.Model)
every_measure = pytest.mark.parametrize("measure", get_args(marginal.Measure))
every_model = pytest.mark.parametrize("model", MODELS)
every_variance = pytest.mark.parametrize("variance", get_args(marginal.Variance))


def effect(outcome: Any, treated: Any, **options: Any) -> Estimate:
    return marginal.marginal_effect(outcome, treated, **options)


@every_model
@every_variance
def test_without_covariates_it_is_the_table(model: Any, variance: Any) -> None:
    counts = (65, 99, 86, 100)
    outcome, treated = people(counts)
    e = effect(outcome, treated, model=model, variance=variance)
    wald = binary.risk_difference(*counts, method="wald")
    assert e.value == pytest.approx(wald.value, rel=1e-9)
    # only the divisors of the variances differ: n, n - 1, or one pooled residual variance
    assert e.high - e.low == pytest.approx(wald.high - wald.low, rel=0.03)
    if variance == "ge-hc0":
        assert e.high == pytest.approx(wald.high, rel=1e-9)


@every_measure
@every_model
@every_variance
def test_swapping_the_arms_turns_the_contrast_round(
    measure: Any, model: Any, variance: Any
) -> None:
    outcome, treated, covariates = trial()
    options = {"covariates": covariates, "measure": measure, "model": model, "variance": variance}
    e, swapped = effect(outcome, treated, **options), effect(outcome, ~treated, **options)
    turn = np.negative if measure == "risk difference" else np.reciprocal
    turned = [float(turn(v)) for v in (swapped.value, swapped.high, swapped.low)]
    assert numbers(e)[:3] == pytest.approx(turned, rel=1e-7)
    assert e.p_value == pytest.approx(swapped.p_value, rel=1e-6)


@every_model
def test_an_ensemble_is_its_trials(model: Any) -> None:
    outcome, treated, covariates = trial(60, (2, 3))
    outcome[0, 0, :7] = np.nan
    outcome[1, 1] = 0.0
    outcome[1, 2] = treated
    strata = (covariates[..., 0] > 0).astype(int)
    e = effect(outcome, treated, covariates=covariates, strata=strata, model=model)
    assert np.shape(e.value) == np.shape(e.note) == (2, 3)
    for where in np.ndindex(2, 3):
        one = effect(
            outcome[where],
            treated,
            covariates=covariates[where],
            strata=strata[where],
            model=model,
        )
        got = [getattr(e, f)[where] for f in FIELDS]
        assert got == pytest.approx(numbers(one), rel=1e-6, abs=1e-9, nan_ok=True)
        assert np.asarray(e.note)[where] == one.note


@every_measure
@settings(max_examples=60)
@given(counts=tables(25))
def test_nothing_is_silently_undefined(measure: Any, counts: Any) -> None:
    outcome, treated = people(counts)
    side = (np.arange(len(outcome)) % 3).astype(float)[:, None]
    for model in ("logistic", "anhecova"):
        e = effect(outcome, treated, covariates=side, measure=measure, model=model)
        for number in numbers(e):
            assert not np.isnan(number) or e.note != ""
        if not np.isnan(e.value) and np.isfinite(e.value):
            assert e.low <= e.value <= e.high


def test_a_strong_covariate_narrows_the_interval() -> None:
    outcome, treated, covariates = trial(400)
    plain = effect(outcome, treated)
    wise = effect(outcome, treated, covariates=covariates)
    assert wise.high - wise.low < 0.95 * (plain.high - plain.low)


def test_blocks_that_balanced_something_take_variance_off() -> None:
    outcome, treated, covariates = trial(200)
    stratum = (covariates[:, 0] > 0).astype(int)
    plain = effect(outcome, treated)
    blocks = effect(outcome, treated, strata=stratum)
    assert blocks.value == plain.value
    assert blocks.high - blocks.low < 0.97 * (plain.high - plain.low)
    one = effect(outcome, treated, strata=np.zeros(200, dtype=int))
    assert numbers(one) == pytest.approx(numbers(plain), rel=1e-9)


def test_renaming_strata_changes_nothing() -> None:
    outcome, treated, covariates = trial(200)
    stratum = (covariates[:, 0] > 0).astype(int)
    expected = numbers(effect(outcome, treated, strata=stratum))
    assert numbers(effect(outcome, treated, strata=7 - 3 * stratum)) == pytest.approx(expected)


def test_an_arm_without_events_keeps_its_difference() -> None:
    outcome, treated = people((0, 20, 6, 22))
    side = (np.arange(42) % 2).astype(float)[:, None]
    difference = effect(outcome, treated, covariates=side)
    assert difference.value == pytest.approx(-6 / 22, abs=1e-7)
    assert difference.note == ""
    ratio = effect(outcome, treated, covariates=side, measure="risk ratio")
    score = binary.risk_ratio(0, 20, 6, 22, method="miettinen-nurminen")
    assert ratio.note == "zero cell"
    assert (ratio.low, ratio.high) == (score.low, score.high)


def test_the_covariance_of_ye_by_hand() -> None:
    # without covariates predictions have no variance: s2 / n of each arm, and no covariance
    outcome, treated = people((4, 10, 9, 20))
    found = marginal.marginal_means(participants(outcome, treated))
    first, reference = outcome[treated].var(ddof=1) / 10, outcome[~treated].var(ddof=1) / 20
    assert found.covariance == pytest.approx(np.diag([first, reference]), abs=1e-12)
    assert found.share == pytest.approx([0.4, 0.45])


def test_strata_need_a_variance_that_uses_them() -> None:
    outcome, treated = people((4, 10, 9, 20))
    with pytest.raises(InputError):
        effect(outcome, treated, strata=np.zeros(30, dtype=int), variance="ge-hc0")


@every_measure
@every_model
def test_the_order_of_participants_does_not_matter(measure: Any, model: Any) -> None:
    outcome, treated, covariates = trial()
    order = np.argsort(covariates[:, 1])
    stratum = (covariates[:, 0] > 0).astype(int)
    options = {"measure": measure, "model": model}
    there = effect(outcome, treated, covariates=covariates, strata=stratum, **options)
    turned = effect(
        outcome[order],
        treated[order],
        covariates=covariates[order][:, ::-1],
        strata=stratum[order],
        **options,
    )
    assert numbers(turned) == pytest.approx(numbers(there), rel=1e-7)
