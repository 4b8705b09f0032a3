from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from equipoise.analysis.estimators import exact_imputation, reference_based_binary
from equipoise.analysis.estimators.binary import odds_ratio, risk_difference, risk_ratio
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    HALF_ADDED,
    NOTHING_OBSERVED,
    Estimate,
)
from equipoise.analysis.estimators.multiple_imputation import (
    Measure,
    binary,
    bootstrap_binary,
    bootstrap_continuous,
    continuous,
)
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.analysis.estimators.weighting import inverse_probability
from equipoise.chance import Chance

MEASURES: tuple[Measure, ...] = get_args(Measure)
DRAWS = Draws(Chance(5), 50)


def trial(counts: tuple[int, int, int], counts_ref: tuple[int, int, int]) -> tuple[Any, Any]:
    """Return values and arms of (events, observed, missing) participants."""
    values = [
        np.r_[np.ones(x), np.zeros(n - x), np.full(m, np.nan)] for x, n, m in (counts, counts_ref)
    ]
    return np.concatenate(values), np.arange(sum(map(len, values))) < len(values[0])


def numbers(e: Estimate) -> list[float]:
    return [float(v) for v in (e.value, e.low, e.high, e.p_value)]


@pytest.mark.parametrize("measure", MEASURES)
def test_with_nothing_missing_it_is_the_complete_analysis(measure: Measure) -> None:
    for table in ((65, 99, 86, 100), (0, 30, 4, 30), (0, 9, 0, 9)):
        y, arm = trial((*table[:2], 0), (*table[2:], 0))
        whole = {
            "risk ratio": risk_ratio(*table),
            "odds ratio": odds_ratio(*table),
            "risk difference": risk_difference(*table, method="wald"),
        }[measure]
        e = binary(y, arm, DRAWS, measure=measure)
        assert numbers(e) == pytest.approx(numbers(whole), nan_ok=True)
        assert (e.method, e.note) == (whole.method, whole.note)


def test_with_nothing_missing_it_is_student_s_t() -> None:
    y = normals(Chance(1), (), np.arange(30), "y", 1)
    arm = np.arange(30) < 13
    whole = mean_difference(y[arm, 0], y[~arm, 0], equal_variances=True)
    assert numbers(continuous(y, arm, DRAWS)) == pytest.approx(numbers(whole), abs=1e-10)


@pytest.mark.parametrize("measure", MEASURES)
def test_without_covariates_it_tends_to_the_exact_one(measure: Measure) -> None:
    counts, counts_ref = (55, 85, 14), (75, 88, 12)
    y, arm = trial(counts, counts_ref)
    exact = exact_imputation.binary(counts, counts_ref, measure=measure)
    found = binary(y, arm, Draws(Chance(2), 4000), measure=measure)
    scale = np.array([1, 1, 1, 0.2]) * float(exact.high - exact.low)
    away = (np.array(numbers(found)) - numbers(exact)) / scale
    assert np.abs(away).max() < 0.02


@pytest.mark.parametrize("measure", MEASURES)
def test_the_bootstrap_agrees_with_rubin_s_rules(measure: Measure) -> None:
    y, arm = trial((55, 85, 14), (75, 88, 12))
    rubin = binary(y, arm, Draws(Chance(2), 1000), measure=measure)
    von_hippel = bootstrap_binary(y, arm, Draws(Chance(2), 1000), measure=measure)
    width = float(rubin.high - rubin.low)
    assert von_hippel.value == pytest.approx(float(rubin.value), abs=0.05 * width)
    assert float(von_hippel.high - von_hippel.low) == pytest.approx(width, rel=0.1)


def test_the_bootstrap_flips_with_the_arms() -> None:
    y, arm = trial((55, 85, 14), (75, 88, 12))
    a = bootstrap_binary(y, arm, DRAWS, measure="risk difference")
    b = bootstrap_binary(y, ~arm, DRAWS, measure="risk difference")
    assert numbers(b)[:3] == pytest.approx([-a.value, -a.high, -a.low], abs=1e-9)
    z = normals(Chance(1), (), np.arange(60), "y", 2)
    series = np.where((np.arange(60) % 5 == 0)[:, None] & (np.arange(2) == 1), np.nan, z)
    side = np.arange(60) % 2 == 0
    c, d = (bootstrap_continuous(series, here, DRAWS) for here in (side, ~side))
    assert numbers(d)[:3] == pytest.approx([-c.value, -c.high, -c.low], abs=1e-9)


def test_the_interval_covers_the_truth() -> None:
    trials, n = 1500, 200
    arm = np.arange(n) % 2 == 0
    z = normals(Chance(11), (trials,), np.arange(n), "z", 1)
    u = uniforms(Chance(12), (trials,), np.arange(n), "u", 2)
    risk = special.expit(z[..., 0] - arm)
    y = np.where(u[..., 0] < risk, 1.0, 0.0)
    # the worse the prognosis the more are lost, and more of the reference
    y[u[..., 1] < 0.5 * special.expit(z[..., 0] - 0.5 - arm)] = np.nan
    grid = special.expit(np.linspace(-6, 6, 2001)[:, None] - [1, 0])
    weight = np.exp(-(np.linspace(-6, 6, 2001) ** 2) / 2)
    truth = (weight @ grid) / weight.sum()
    e = binary(y, arm, Draws(Chance(13), 10), covariates=z, measure="risk difference")
    low, high, value = (np.asarray(v) for v in (e.low, e.high, e.value))
    inside = (low <= truth[0] - truth[1]) & (truth[0] - truth[1] <= high)
    assert value.mean() == pytest.approx(truth[0] - truth[1], abs=0.006)
    assert inside.mean() == pytest.approx(0.95, abs=0.02)
    assert set(np.atleast_1d(e.note)) == {""}


def test_series_are_covered_too() -> None:
    trials, n = 400, 100
    arm = np.arange(n) % 2 == 0
    y = normals(Chance(21), (trials,), np.arange(n), "y", 3).cumsum(axis=-1)
    y[..., 2] += arm
    # who did badly at the second visit leaves
    gone = uniforms(Chance(22), (trials,), np.arange(n), "u", 1)[..., 0]
    y[gone < special.expit(y[..., 1] - 1), 2] = np.nan
    e = continuous(y, arm, Draws(Chance(23), 10))
    low, high, value = (np.asarray(v) for v in (e.low, e.high, e.value))
    assert value.mean() == pytest.approx(1, abs=0.06)
    assert ((low <= 1) & (high >= 1)).mean() == pytest.approx(0.95, abs=0.035)


def test_delta_of_a_continuous_outcome() -> None:
    y = normals(Chance(1), (), np.arange(40), "y", 2)
    arm = np.arange(40) < 20
    y[:5, 1] = y[20:22, 1] = np.nan
    a, b = continuous(y, arm, DRAWS), continuous(y, arm, DRAWS, delta=(2.0, 1.0))
    assert b.value == pytest.approx(float(a.value) + 2 * 5 / 20 - 2 / 20, abs=1e-9)
    assert "moved by 2 and 1" in b.method


def test_notes() -> None:
    everyone = np.ones(20, dtype=bool)
    y, arm = trial((3, 6, 4), (5, 8, 2))
    for method in (binary, bootstrap_binary):
        assert method(y, everyone, DRAWS).note == EMPTY_ARM
        gone = method(np.where(arm, np.nan, y), arm, DRAWS)
        assert gone.note == NOTHING_OBSERVED
        assert np.isnan(numbers(gone)).all()
        halved = method(np.where(arm, np.where(np.isnan(y), y, 0), y), arm, DRAWS)
        assert halved.note == HALF_ADDED
        assert np.isfinite(numbers(halved)).all()
    series = np.column_stack([np.arange(20.0), np.where(arm, np.nan, 1.0)])
    for of_series in (continuous, bootstrap_continuous):
        assert of_series(series, arm, DRAWS).note == NOTHING_OBSERVED
        assert np.isnan(numbers(of_series(series, arm, DRAWS))).all()
        assert of_series(series[:, :1], everyone, DRAWS).note == EMPTY_ARM
        assert np.isnan(numbers(of_series(series[:, :1], everyone, DRAWS))).all()


def test_an_ensemble_mixes_complete_and_incomplete_trials() -> None:
    y, arm = trial((3, 6, 4), (5, 8, 2))
    full = np.where(np.isnan(y), 1.0, y)
    both = binary(np.stack([y, full]), arm, DRAWS)
    for k, values in enumerate((y, full)):
        alone = binary(values, arm, Draws(Chance(5, k), 50))
        assert [np.asarray(v)[k] for v in (both.value, both.low, both.p_value)] == pytest.approx(
            [alone.value, alone.low, alone.p_value]
        )
        assert np.asarray(both.note)[k] == alone.note


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(2, 16), st.sampled_from([0.1, 0.5, 0.9]))
def test_whatever_a_trial_brings_a_nan_has_a_note(seed: int, n: int, share: float) -> None:
    u = uniforms(Chance(seed), (2,), np.arange(n), "trial", 6)
    arm = u[0, :, 0] < 0.4
    y = np.where(u[..., 1:4] < share, np.nan, np.round(4 * u[..., 3:]))
    z = np.round(u[..., 4:])
    event = np.where(np.isnan(y[..., 0]), np.nan, y[..., 0] > 2)
    draws = Draws(Chance(seed), 3)
    found = [continuous(y, arm, draws, covariates=z, matching=m) for m in (False, True)]
    found += [bootstrap_continuous(y, arm, draws, covariates=z)]
    for measure in MEASURES:
        for method in (binary, bootstrap_binary):
            found.append(method(event, arm, draws, covariates=z, measure=measure))
        found.append(reference_based_binary.conditional_mean(event, arm, measure=measure))
        found.append(inverse_probability(event, arm, z, measure=measure))
    for e in found:
        for k in range(2):
            field = [float(np.asarray(v)[k]) for v in (e.value, e.low, e.high, e.p_value)]
            assert np.asarray(e.note)[k] != "" or not np.isnan(field).any()
