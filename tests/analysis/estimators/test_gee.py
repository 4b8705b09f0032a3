from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from equipoise.analysis.estimators import ancova, binary, gee
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError

NAN = np.nan
Z = special.ndtri(0.975)
Y = np.array(
    [
        *([1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 1], [1, NAN, 0], [0, 0, 0], [1, 1, NAN]),
        *([0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0], [0, NAN, NAN]),
        *([0, 0, 1], [1, 0, 1]),
    ]
)
TREATED = np.arange(16) < 8
AGE = np.array([41, 55, 38, 62, 47, 59, 33, 51, 44, 60, 36, 58, 49, 53, 40, 46])[:, None]
GAUSSIAN: Any = {"family": "gaussian", "link": "identity"}
CORRELATIONS: tuple[Any, ...] = ("independence", "exchangeable", "ar1", "unstructured")
MODELS = [
    gee.Marginal(family=family, link=link, correlation=correlation)  # type: ignore[arg-type]
    for family, link in gee._MEASURES
    for correlation in CORRELATIONS
]

# at least one outcome of each kind in both arms
tables = st.tuples(*(st.integers(2, 25) for _ in range(4)))


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def positive() -> Any:
    rng = np.random.default_rng(1)  # noqa: TID251 - any scores will do
    y = rng.normal(size=(30, 1)) + rng.normal(size=(30, 3)) + 8
    y[3, 1], y[20, 2], y[21, 0] = NAN, NAN, NAN
    return y, np.arange(30) % 2 == 0


@pytest.mark.parametrize(
    ("more", "value", "se"),
    [
        # statsmodels 0.15.0, GEE(cov_struct=Independence()).fit(cov_type="robust"; "bias_reduced")
        ({}, 1.1815237669256806, 0.6295548899671192),
        ({"small_sample": True}, 1.1815237669256806, 0.7702916227841783),
        (GAUSSIAN, 0.2495173745173745, 0.12260985722276095),
        (GAUSSIAN | {"small_sample": True}, 0.2495173745173745, 0.15090183719709582),
    ],
)
def test_the_same_as_statsmodels(more: Any, value: float, se: float) -> None:
    model = gee.Marginal(correlation="independence", **more)
    e = gee.effect(Y, TREATED, model, covariates=AGE)
    back = np.log if model.link == "logit" else np.asarray
    # 16 participants less three visits, an arm and an age
    t = stats.t.ppf(0.975, 11) if model.small_sample else Z
    assert float(back(e.value)) == pytest.approx(value, abs=1e-9)
    assert float(back(e.high) - back(e.value)) / t == pytest.approx(se, abs=1e-9)
    tail = stats.t.sf(value / se, 11) if model.small_sample else stats.norm.sf(value / se)
    assert float(e.p_value) == pytest.approx(2 * tail, abs=1e-9)


@given(correlation=st.sampled_from(CORRELATIONS), table=tables)
def test_one_visit_is_woolf_katz_and_wald(correlation: Any, table: tuple[int, ...]) -> None:
    a, b, c, d = table
    y = np.repeat([1.0, 0, 1, 0], table)[:, None]
    arm = np.repeat([True, True, False, False], table)
    counts = a, a + b, c, c + d
    for link, expected in (
        ("logit", binary.odds_ratio(*counts, method="woolf")),
        ("log", binary.risk_ratio(*counts, method="katz")),
        ("identity", binary.risk_difference(*counts, method="wald")),
    ):
        e = gee.effect(y, arm, gee.Marginal(link=link, correlation=correlation))  # type: ignore[arg-type]
        assert (e.measure, e.note) == (expected.measure, "")
        there = (float(expected.value), float(expected.low), float(expected.high))
        assert numbers(e)[:3] == pytest.approx(there, rel=1e-7, abs=1e-9)


def test_one_visit_with_covariates_is_ancova_with_hc0_and_hc3() -> None:
    # (I - H)⁻¹ of one visit is 1 / (1 - h): Mancl and DeRouen's residual is that of HC3
    y, arm = positive()
    x = np.sin(np.arange(30.0))[:, None]
    for small, variance in ((False, "HC0"), (True, "HC3")):
        model = gee.Marginal(**GAUSSIAN, small_sample=small)
        e = gee.effect(y[:, :1], arm, model, covariates=x)
        expected = ancova.difference(y[:, 0], arm, covariates=x, variance=variance)  # type: ignore[arg-type]
        quantile = stats.t.ppf(0.975, 26)
        se = float(expected.high - expected.value) / quantile
        assert float(e.value) == pytest.approx(float(expected.value))
        assert float(e.high - e.value) == pytest.approx(se * (quantile if small else Z))


def test_complete_visits_and_one_effect_is_the_difference_in_mean_scores() -> None:
    # with everyone at every visit and no covariates, any exchangeable weights cancel
    y, arm = positive()
    y = np.where(np.isnan(y), 8.0, y)
    e = gee.effect(y, arm, gee.Marginal(**GAUSSIAN))
    means = y.mean(axis=1)
    se = np.sqrt(sum(means[side].var() / side.sum() for side in (arm, ~arm)))
    assert float(e.value) == pytest.approx(means[arm].mean() - means[~arm].mean())
    assert float(e.high - e.value) == pytest.approx(Z * se)


def test_working_correlations_by_hand() -> None:
    rng = np.random.default_rng(8)  # noqa: TID251 - any scores will do
    y = rng.normal(size=(40, 1)) + rng.normal(size=(40, 4))
    y[0, 1], y[5, 3] = NAN, NAN
    columns = np.broadcast_to(np.eye(4), (40, 4, 4))
    for correlation in CORRELATIONS:
        model = gee.Marginal(**GAUSSIAN, correlation=correlation)
        fitted = gee.fit(y, columns, model)
        means = fitted.basis.back @ fitted.at
        r = np.where(np.isnan(y), 0, y - means)
        number = (~np.isnan(y)).astype(float).T @ ~np.isnan(y)
        assert fitted.scale == pytest.approx((r**2).sum() / number.trace())
        moments = r.T @ r / float(fitted.scale)
        i, j = np.triu_indices(4, 1)
        lag = np.abs(np.subtract.outer(range(4), range(4)))
        if correlation == "independence":
            expected = np.eye(4)
            assert means == pytest.approx(np.nanmean(y, axis=0))
        elif correlation == "exchangeable":
            expected = np.full((4, 4), moments[i, j].sum() / number[i, j].sum())
        elif correlation == "unstructured":
            expected = moments / number
        else:
            grid = np.linspace(0, 1, 100001)
            power = grid[:, None] ** lag[i, j]
            # the slope of the least squares is zero
            slope = lag[i, j] * grid[:, None] ** (lag[i, j] - 1)
            fall = (slope * (moments[i, j] - number[i, j] * power)).sum(axis=1)
            expected = grid[np.argmin(np.abs(fall))] ** lag
        np.fill_diagonal(expected, 1)
        assert fitted.correlation == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_swapping_the_arms_and_the_order_of_participants(model: gee.Marginal) -> None:
    y, arm = positive()
    if model.family == "binomial":
        y = np.where(np.isnan(y), NAN, y > 8.3)
    rng = np.random.default_rng(4)  # noqa: TID251 - any order will do
    i = rng.permutation(len(arm))
    site = np.arange(len(arm)) // 3 % 2
    there = gee.effect(y, arm, model, strata=site)
    again = gee.effect(y[i], arm[i], model, strata=(5 - site)[i])
    assert there.note == again.note == ""
    assert numbers(there) == pytest.approx(numbers(again), rel=1e-7)
    value, low, high, p = numbers(gee.effect(y, ~arm, model, strata=site))
    turned = (
        (-value, -high, -low, p) if model.link == "identity" else (1 / value, 1 / high, 1 / low, p)
    )
    assert numbers(there) == pytest.approx(turned, rel=1e-7)
    assert there.low < there.value < there.high


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_an_ensemble_is_its_trials_one_by_one(model: gee.Marginal) -> None:
    rng = np.random.default_rng(6)  # noqa: TID251 - any trials will do
    latent = rng.normal(size=(4, 40, 1)) + rng.normal(size=(4, 40, 3))
    y = (latent > 0).astype(np.float64) if model.family == "binomial" else latent + 9
    y[1, :6, 2], y[2, 3] = NAN, NAN
    arm, site = rng.random((4, 40)) < 0.5, rng.integers(0, 2, (4, 40))
    y[3] = np.where(arm[3][:, None], 1.0, y[3])  # an arm with events only
    for by_visit in (False, True):
        together = gee.effect(y, arm, model, strata=site, by_visit=by_visit)
        for i in range(4):
            alone = gee.effect(y[i], arm[i], model, strata=site[i], by_visit=by_visit)
            assert np.array_equal(together.note[i], alone.note)
            for field in ("value", "low", "high", "p_value"):
                got: Any = getattr(together, field)
                assert got[i] == pytest.approx(getattr(alone, field), rel=1e-6, nan_ok=True)


def test_an_effect_for_each_visit() -> None:
    e = gee.effect(Y, TREATED, gee.Marginal(correlation="independence"), by_visit=True)
    for visit in range(3):
        x1, n1, x0, n0 = (
            int(number)
            for side in (TREATED, ~TREATED)
            for number in (np.nansum(Y[side, visit]), (~np.isnan(Y[side, visit])).sum())
        )
        woolf = binary.odds_ratio(x1, n1, x0, n0, method="woolf")
        assert np.asarray(e.value)[visit] == pytest.approx(float(woolf.value))
        assert np.asarray(e.low)[visit] == pytest.approx(float(woolf.low))
    blank = Y.copy()
    blank[TREATED, 2] = NAN
    e = gee.effect(blank, TREATED, gee.Marginal(), by_visit=True)
    assert list(np.asarray(e.note)) == ["", "", "empty arm"]
    assert np.isfinite(np.asarray(e.value)[:2]).all()


@settings(max_examples=20)
@given(st.sampled_from(MODELS), st.integers(0, 10**6))
def test_no_trial_raises_and_no_nan_is_silent(model: gee.Marginal, seed: int) -> None:
    rng = np.random.default_rng(seed)  # noqa: TID251 - a search for what breaks
    y = rng.integers(0, 2, (10, 7, 3)).astype(np.float64)
    y[rng.random(y.shape) < 0.3] = NAN
    arm = rng.random((10, 7)) < 0.5
    e = gee.effect(y, arm, model)
    for field in (e.value, e.low, e.high, e.p_value):
        assert not (np.isnan(np.asarray(field)) & (np.asarray(e.note) == "")).any()


def test_a_ratio_whose_best_mean_is_1_is_not_given() -> None:
    # the likelihood of the log link ends at a mean of 1, where no equation is solved
    y = np.array([[1.0]] * 4 + [[0.0], [1.0], [0.0], [0.0]])
    arm = np.array([True, True, False, False] * 2)
    sure = np.arange(8)[:, None] < 4
    e = gee.effect(y, arm, gee.Marginal(link="log"), covariates=sure.astype(float))
    assert e.note == "no convergence"
    assert np.isnan(numbers(e)).all()


def test_without_a_solution() -> None:
    events = np.where(TREATED[:, None], 1.0, Y)
    separated = gee.effect(events, TREATED, gee.Marginal())
    assert separated.note == "separated"
    assert np.isnan(numbers(separated)).all()
    empty = gee.effect(np.where(TREATED[:, None], NAN, Y), TREATED, gee.Marginal())
    assert empty.note == "empty arm"
    tied = gee.effect(Y, TREATED, gee.Marginal(), strata=TREATED.astype(int))
    assert tied.note == "not estimable"
    same = gee.effect(np.full((6, 3), 0.1), np.arange(6) < 3, gee.Marginal(**GAUSSIAN))
    assert (same.note, *numbers(same)) == ("no spread", 0, 0, 0, 1)
    few = gee.effect(
        np.array([[1.0, 2], [2, 2], [3, 5]]),
        [True, False, False],
        gee.Marginal(**GAUSSIAN, small_sample=True),
    )
    assert few.note == "too few"
    assert numbers(few)[1:] == (-np.inf, np.inf, 1)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="no logit link for gaussian"):
        gee.Marginal(family="gaussian", link="logit")
    with pytest.raises(InputError, match="neither 0 nor 1"):
        gee.effect([[0.5, 1]], [True], gee.Marginal())
    with pytest.raises(InputError, match="infinite"):
        gee.effect([[np.inf, 1]], [True], gee.Marginal(**GAUSSIAN))
    with pytest.raises(InputError, match="confidence level"):
        gee.effect(Y, TREATED, gee.Marginal(), level=0)
