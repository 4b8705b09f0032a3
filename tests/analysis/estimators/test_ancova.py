from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators import ancova
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError

VARIANCES: tuple[ancova.Variance, ...] = ("model", "HC0", "HC1", "HC2", "HC3")
Y = np.array([5.1, 4.2, 6.3, 7.7, 5.0, 4.4, 6.8, 5.9, 3.9, 4.1, 6.0, 5.5, 2.8, 4.9, 5.2, 3.3])
TREATED = np.arange(16) < 8
AGE = np.array([41, 55, 38, 62, 47, 59, 33, 51, 44, 60, 36, 58, 49, 53, 40, 46])[:, None]
SITE = np.array([0, 0, 1, 1, 2, 2, 0, 1, 0, 0, 1, 1, 2, 2, 0, 1])

values = st.lists(st.integers(-50, 50).map(lambda i: i / 10), min_size=12, max_size=12)


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


@pytest.mark.parametrize(
    ("variance", "low", "high", "p"),
    [
        # statsmodels 0.15.0, OLS(...).fit(cov_type=..., use_t=True)
        ("model", 0.01514562, 2.40985438, 0.04762413518994601),
        ("HC0", 0.2197062, 2.2052938, 0.02110195903891546),
        ("HC1", 0.01514562, 2.40985438, 0.047624135189946196),
        ("HC2", 0.01722414, 2.40777586, 0.04730206994570024),
        ("HC3", -0.23188023, 2.65688023, 0.09170072248203105),
    ],
)
def test_the_same_as_statsmodels(
    variance: ancova.Variance, low: float, high: float, p: float
) -> None:
    e = ancova.difference(Y, TREATED, covariates=AGE, strata=SITE, variance=variance)
    assert numbers(e) == pytest.approx((1.2125, low, high, p), abs=5e-9)
    assert variance in e.method


@given(y=values)
def test_without_covariates_it_is_students_and_hc2_is_welchs_error(y: list[float]) -> None:
    arm = np.arange(12) < 5
    e = ancova.difference(y, arm)
    t = mean_difference(y[:5], y[5:], equal_variances=True)
    assert numbers(e) == pytest.approx(numbers(t), rel=1e-9, abs=1e-9)
    assert e.note == t.note
    hc2 = ancova.difference(y, arm, variance="HC2")
    se = float(hc2.high - hc2.value) / stats.t.ppf(0.975, 10)
    welch = np.sqrt(np.var(y[:5], ddof=1) / 5 + np.var(y[5:], ddof=1) / 7)
    assert se == pytest.approx(welch, rel=1e-9, abs=1e-9)


@given(y=values, variance=st.sampled_from(VARIANCES))
def test_swapping_the_arms_changes_the_sign(y: list[float], variance: ancova.Variance) -> None:
    arm = np.arange(12) % 2 == 0
    there = ancova.difference(y, arm, covariates=AGE[:12], strata=SITE[:12], variance=variance)
    back = ancova.difference(y, ~arm, covariates=AGE[:12], strata=SITE[:12], variance=variance)
    turned = (-float(back.value), -float(back.high), -float(back.low), float(back.p_value))
    assert numbers(there) == pytest.approx(turned, rel=1e-7, abs=1e-9)


@settings(max_examples=30)
@given(y=values, order=st.permutations(range(12)))
def test_the_order_of_participants_and_the_labels_of_factors_change_nothing(
    y: list[float], order: list[int]
) -> None:
    arm, i = np.arange(12) % 2 == 0, np.array(order)
    there = ancova.difference(y, arm, covariates=AGE[:12], strata=SITE[:12])
    back = ancova.difference(
        np.array(y)[i], arm[i], covariates=AGE[:12][i], strata=9 - 4 * SITE[:12][i]
    )
    assert numbers(there) == pytest.approx(numbers(back), rel=1e-7, abs=1e-9)


def test_an_ensemble_is_its_trials_one_by_one() -> None:
    rng = np.random.default_rng(5)  # noqa: TID251 - any trials will do
    y, arm = rng.normal(size=(4, 20)), rng.random((4, 20)) < 0.5
    x, site = rng.normal(size=(4, 20, 2)), rng.integers(0, 3, (4, 20))
    y[1, 3], x[2, 4, 1] = np.nan, np.nan
    site[3] = 1  # a trial with one site
    for variance in VARIANCES:
        together = ancova.difference(y, arm, covariates=x, strata=site, variance=variance)
        for i in range(4):
            alone = ancova.difference(
                y[i], arm[i], covariates=x[i], strata=site[i], variance=variance
            )
            for field in ("value", "low", "high", "p_value"):
                got: Any = getattr(together, field)
                assert got[i] == pytest.approx(float(getattr(alone, field)), rel=1e-9)


def test_means_of_arms_by_hand() -> None:
    # additive cell means: sites 10 and 14, arms 0, +1, +5; site 1 twice as often as site 0
    arms = np.array([0, 1, 2] * 6)
    site = np.repeat([0, 1, 1], 6)
    y = np.array([10.0, 14.0])[site] + np.array([0.0, 1.0, 5.0])[arms] + np.tile([0.5, -0.5], 9)
    model = ancova.fit(y, arms, factors=site[:, None])
    observed = ancova.arm_means(model)
    equal = ancova.arm_means(model, weights="equal")
    assert observed.value == pytest.approx(np.array([0, 1, 5]) + (10 + 2 * 14) / 3)
    assert equal.value == pytest.approx(np.array([12, 13, 17]))
    assert ancova.contrast(model, 2, 0).value == pytest.approx(5)
    assert ancova.contrast(model, 2, 1).value == pytest.approx(4)
    # without covariates a mean's interval is that of its arm, with the spread of all
    plain = ancova.arm_means(ancova.fit(Y, TREATED.astype(int)))
    spread = np.sqrt((Y[:8].var(ddof=1) + Y[8:].var(ddof=1)) / 2 / 8)
    half = stats.t.ppf(0.975, 14) * spread
    assert plain.low == pytest.approx([Y[8:].mean() - half, Y[:8].mean() - half])
    assert plain.high == pytest.approx([Y[8:].mean() + half, Y[:8].mean() + half])
    p = 2 * stats.t.sf(np.array([Y[8:].mean(), Y[:8].mean()]) / spread, 14)
    assert plain.p_value == pytest.approx(p)


def test_the_slope_of_a_dose_and_the_test_of_all_arms() -> None:
    dose = np.repeat([0.0, 54, 81], [6, 5, 5])
    line = stats.linregress(dose, Y)
    e = ancova.slope(ancova.fit(Y, np.zeros(16, int), covariates=dose[:, None]), 0)
    assert float(e.value) == pytest.approx(line.slope)
    assert float(e.p_value) == pytest.approx(line.pvalue)
    arms = np.repeat([4, 7, 9], [6, 5, 5])
    anova = stats.f_oneway(*(Y[arms == a] for a in (4, 7, 9)))
    assert ancova.arms_p(ancova.fit(Y, arms)) == pytest.approx(anova.pvalue)
    # with two arms F is the square of t
    two = ancova.fit(Y, TREATED.astype(int), covariates=AGE, variance="HC3")
    assert ancova.arms_p(two) == pytest.approx(ancova.contrast(two, 1, 0).p_value)


def test_equal_values_have_no_spread() -> None:
    same = ancova.difference([0.1] * 6, np.arange(6) < 3)
    assert numbers(same) == (0, 0, 0, 1)
    assert same.note == "no spread"
    apart = ancova.difference([0.3, 0.3, 0.1, 0.1], [True, True, False, False])
    assert numbers(apart) == pytest.approx((0.2, 0.2, 0.2, 0))
    assert ancova.arms_p(ancova.fit([0.1, 0.1, 0.3, 0.3], [0, 0, 1, 1])) == 0
    assert ancova.arms_p(ancova.fit([0.1] * 6, [0, 0, 1, 1, 2, 2])) == 1


def test_too_few_and_nothing() -> None:
    two = ancova.difference([1.0, 2.0], [True, False])
    assert two.note == "too few"
    assert numbers(two) == pytest.approx((-1, -np.inf, np.inf, 1))
    # the only treated participant is fitted exactly: nobody knows their variance
    lone = ancova.difference([1.0, 5, 2, 2], [True, False, False, False], variance="HC3")
    assert lone.note == "too few"
    # a participant alone on their site says nothing about the arms, and stands in nobody's way
    site = np.array([0, 0, 0, 0, 1])
    for variance in VARIANCES:
        e = ancova.difference(
            [1.0, 2, 4, 3, 9], [True, True, False, False, True], strata=site, variance=variance
        )
        rest = ancova.difference([1.0, 2, 4, 3], [True, True, False, False], variance=variance)
        # HC1 scales by all participants, and the lone one is among them
        scale = np.sqrt(5 / 4) if variance == "HC1" else 1.0
        assert float(e.high - e.value) == pytest.approx(float(rest.high - rest.value) * scale)
    none = ancova.difference([np.nan, 1.0, 2.0], [True, False, False])
    assert none.note == "empty arm"
    assert np.isnan(numbers(none)).all()
    tied = ancova.difference([1.0, 2, 3, 4], [True, True, False, False], strata=[1, 1, 2, 2])
    assert tied.note == "not estimable"
    assert np.isnan(numbers(tied)).all()
    absent = ancova.contrast(ancova.fit([1.0, 2, 3], [0, 0, 1]), 2, 0)
    assert absent.note == "empty arm"
    assert np.isnan(ancova.arms_p(ancova.fit([1.0, 2, np.nan], [0, 0, 1])))
    assert ancova.arms_p(ancova.fit([1.0, 2, 3], [1, 1, 1])) == 1


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="against itself"):
        ancova.contrast(ancova.fit(Y, TREATED.astype(int)), 1, 1)
    with pytest.raises(InputError, match="whole numbers"):
        ancova.fit(Y, TREATED.astype(int), factors=AGE / 2)
    with pytest.raises(InputError, match="infinite"):
        ancova.difference([np.inf, 1.0], [True, False])
    with pytest.raises(InputError, match="confidence level"):
        ancova.difference(Y, TREATED, level=95)


def test_a_variance_that_does_not_exist_is_refused() -> None:
    values, treated = [1, 2, 3, 4, 6, 9], [True, True, True, False, False, False]
    with pytest.raises(InputError, match="'hc3' is none"):
        ancova.difference(values, treated, variance="hc3")  # type: ignore[arg-type]
