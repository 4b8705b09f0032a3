from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import optimize

from equipoise.analysis.estimators import adjusted, binary
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError
from tests.analysis.estimators.test_score import tables

every_model = pytest.mark.parametrize(
    "model", [adjusted.odds_ratio, adjusted.risk_ratio, adjusted.risk_difference]
)
FIELDS = ("value", "low", "high", "p_value")


def numbers(e: Estimate) -> list[float]:
    return [float(getattr(e, field)) for field in FIELDS]


def people(counts: tuple[int, int, int, int]) -> tuple[Any, Any]:
    """Return outcomes and arms with these counts."""
    x1, n1, x0, n0 = counts
    outcome = np.repeat([1.0, 0.0, 1.0, 0.0], [x1, n1 - x1, x0, n0 - x0])
    return outcome, np.repeat([True, False], [n1, n0])


def trial(n: int = 80, trials: tuple[int, ...] = ()) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(3)  # noqa: TID251 - any data will do
    covariates = rng.normal(size=(*trials, n, 2)) * [1.0, 10.0] + [0.0, 50.0]
    treated = rng.permutation(np.arange(n) % 2 == 0)
    eta = covariates[..., 0] - 0.5 * treated
    return (rng.random(eta.shape) < 1 / (1 + np.exp(-eta))).astype(float), treated, covariates


def test_logistic_regression_maximizes_the_likelihood() -> None:
    outcome, treated, covariates = trial()
    x = np.column_stack([np.ones(80), treated, covariates[:, 0], covariates[:, 1] - 50])

    def minus(beta: Any) -> float:
        eta = x @ beta
        return float(np.logaddexp(0, eta).sum() - outcome @ eta)

    found = optimize.minimize(minus, np.zeros(4), method="BFGS", options={"gtol": 1e-9})
    e = adjusted.odds_ratio(outcome, treated, covariates=covariates)
    assert np.log(e.value) == pytest.approx(found.x[1], abs=1e-5)
    p = 1 / (1 + np.exp(-x @ found.x))
    covariance = np.linalg.inv(x.T @ (x * (p * (1 - p))[:, None]))
    width = 2 * 1.959964 * np.sqrt(covariance[1, 1])
    assert np.log(e.high / e.low) == pytest.approx(width, rel=1e-5)


@pytest.mark.parametrize("counts", [(65, 99, 86, 100), (5, 17, 11, 23)])
def test_without_covariates_it_is_the_table(counts: Any) -> None:
    outcome, treated = people(counts)
    pairs = [
        (adjusted.odds_ratio(outcome, treated), binary.odds_ratio(*counts)),
        (adjusted.risk_ratio(outcome, treated), binary.risk_ratio(*counts)),
        (
            adjusted.risk_difference(outcome, treated, variance="HC0"),
            binary.risk_difference(*counts, method="wald"),
        ),
    ]
    for ours, theirs in pairs:
        assert numbers(ours) == pytest.approx(numbers(theirs), rel=1e-8)


def test_separation_is_answered_by_firth() -> None:
    # of a saturated table, Firth's estimate adds half an event to every cell
    outcome, treated = people((0, 12, 5, 10))
    e = adjusted.odds_ratio(outcome, treated)
    assert e.note == "penalized"
    assert e.value == pytest.approx((0.5 / 12.5) / (5.5 / 5.5), rel=1e-8)
    assert 0 < e.low < e.value < e.high < np.inf


def test_a_covariate_that_tells_all_is_noticed() -> None:
    outcome, treated, covariates = trial()
    covariates = np.column_stack([covariates, outcome * 3 - 1])
    e = adjusted.odds_ratio(outcome, treated, covariates=covariates)
    assert e.note == "penalized"
    assert np.isfinite(numbers(e)).all()


@every_model
def test_an_arm_told_by_a_covariate_is_not_estimable(model: Callable[..., Estimate]) -> None:
    outcome, treated, _ = trial()
    e = model(outcome, treated, covariates=treated[:, None].astype(float))
    assert e.note == "not estimable"
    assert np.isnan(e.value)


@every_model
def test_a_covariate_given_twice_changes_nothing(model: Callable[..., Estimate]) -> None:
    outcome, treated, covariates = trial()
    twice = np.column_stack([covariates, covariates[:, 0] - 3])
    expected = numbers(model(outcome, treated, covariates=covariates))
    assert numbers(model(outcome, treated, covariates=twice)) == pytest.approx(expected, rel=1e-4)


@every_model
def test_an_ensemble_is_its_trials(model: Callable[..., Estimate]) -> None:
    outcome, treated, covariates = trial(60, (2, 3))
    outcome[0, 0, :7] = np.nan
    outcome[1, 1] = 0.0
    outcome[1, 2] = treated
    e = model(outcome, treated, covariates=covariates)
    assert np.shape(e.value) == np.shape(e.note) == (2, 3)
    for where in np.ndindex(2, 3):
        one = model(outcome[where], treated, covariates=covariates[where])
        got = [getattr(e, f)[where] for f in FIELDS]
        assert got == pytest.approx(numbers(one), rel=1e-7, nan_ok=True)
        assert np.asarray(e.note)[where] == one.note


@every_model
def test_missing_outcomes_are_left_out(model: Callable[..., Estimate]) -> None:
    outcome, treated, covariates = trial()
    gone = outcome.copy()
    gone[[2, 9, 40]] = np.nan
    kept = ~np.isnan(gone)
    expected = numbers(model(outcome[kept], treated[kept], covariates=covariates[kept]))
    assert numbers(model(gone, treated, covariates=covariates)) == pytest.approx(expected, rel=1e-9)


@every_model
@settings(max_examples=60)
@given(counts=tables(25))
def test_nothing_is_silently_undefined(model: Callable[..., Estimate], counts: Any) -> None:
    outcome, treated = people(counts)
    side = (np.arange(len(outcome)) % 3).astype(float)[:, None]
    e = model(outcome, treated, covariates=side)
    for number in numbers(e):
        assert not np.isnan(number) or e.note != ""


@every_model
@settings(max_examples=30)
@given(counts=tables(25, least=3))
def test_swapping_the_arms_turns_the_contrast_round(
    model: Callable[..., Estimate], counts: Any
) -> None:
    outcome, treated = people(counts)
    side = (np.arange(len(outcome)) % 3).astype(float)[:, None]
    e, swapped = (model(outcome, arm, covariates=side) for arm in (treated, ~treated))
    assert e.note in {swapped.note, "infinite"}
    if e.note == "":
        turn = np.negative if model is adjusted.risk_difference else np.reciprocal
        turned = [float(turn(v)) for v in (swapped.value, swapped.high, swapped.low)]
        assert numbers(e)[:3] == pytest.approx(turned, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("outcome", "treated", "covariates"),
    [
        ([0, 2], [True, False], None),
        ([0, 1], [1, 0], None),
        ([0, 1], [True, False], [[np.inf], [1]]),
    ],
)
def test_impossible_data_are_refused(outcome: Any, treated: Any, covariates: Any) -> None:
    with pytest.raises(InputError):
        adjusted.odds_ratio(outcome, treated, covariates=covariates)
