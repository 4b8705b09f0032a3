from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings

from equipoise.analysis.estimators import binary
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError
from tests.analysis.estimators.test_score import tables

TRIAL = (65, 99, 86, 100)  # Zhang Y et al. Br J Anaesth 2023;131:385-396

ESTIMATORS: list[tuple[Callable[..., Estimate], str]] = [
    *((binary.risk_ratio, m) for m in get_args(binary.RatioMethod)),
    *((binary.risk_difference, m) for m in get_args(binary.DifferenceMethod)),
    *((binary.odds_ratio, m) for m in get_args(binary.OddsMethod)),
]
COHERENT = {  # interval and P value are of one statistic
    "katz",
    "woolf",
    "wald",
    "koopman",
    "mee",
    "cornfield",
    "miettinen-nurminen",
    "skewness-corrected",
    "profile-likelihood",
}
every_estimator = pytest.mark.parametrize(
    ("estimator", "method"), ESTIMATORS, ids=[f"{f.__name__}-{m}" for f, m in ESTIMATORS]
)


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def test_the_published_risk_ratio_is_katz() -> None:
    # printed: RR 0.76 (0.65-0.90), P=0.001
    assert numbers(binary.risk_ratio(*TRIAL)) == pytest.approx(
        (0.76345, 0.64866, 0.89856, 0.00117), abs=5e-6
    )


def test_koopmans_own_example() -> None:
    # Koopman 1984: 36/40 against 16/80 gives 4.5 (2.94 to 7.15)
    e = binary.risk_ratio(36, 40, 16, 80, method="koopman")
    assert numbers(e)[:3] == pytest.approx((4.5, 2.94, 7.15), abs=0.005)


@pytest.mark.parametrize(
    ("counts", "method", "low", "high"),
    [  # Newcombe 1998, table II, methods 1, 6 and 10
        ((56, 70, 48, 80), "wald", 0.0575, 0.3425),
        ((56, 70, 48, 80), "miettinen-nurminen", 0.0528, 0.3382),
        ((56, 70, 48, 80), "newcombe", 0.0524, 0.3339),
        ((9, 10, 3, 10), "miettinen-nurminen", 0.1700, 0.8406),
        ((9, 10, 3, 10), "newcombe", 0.1705, 0.8090),
        ((10, 10, 0, 10), "newcombe", 0.6075, 1.0),
    ],
)
def test_newcombes_examples(counts: Any, method: Any, low: float, high: float) -> None:
    e = binary.risk_difference(*counts, method=method)
    assert numbers(e)[1:3] == pytest.approx((low, high), abs=5.1e-5)


def test_tests_of_the_published_table() -> None:
    assert binary.pearson_p(*TRIAL) == pytest.approx(0.0007966, abs=1e-7)
    assert binary.yates_p(*TRIAL) == pytest.approx(0.0014313, abs=1e-7)
    assert binary.fisher_p(*TRIAL) == pytest.approx(0.0008920, abs=1e-7)


def test_the_lady_tasting_tea() -> None:
    # Fisher 1935: 3 of 4 cups right; (16 + 1) / 70 one-sided, twice that two-sided
    assert binary.fisher_p(3, 4, 1, 4) == pytest.approx(34 / 70, abs=1e-12)


def test_woolf_and_the_number_needed_to_treat() -> None:
    e = binary.odds_ratio(*TRIAL)
    assert numbers(e)[:3] == pytest.approx((0.31122, 0.15442, 0.62723), abs=5e-6)
    needed = binary.number_needed_to_treat(binary.risk_difference(*TRIAL))
    assert numbers(needed)[:3] == pytest.approx((-4.9156, -11.6156, -3.1393), abs=5e-5)
    assert needed.note == ""


def test_a_number_needed_to_treat_may_pass_through_infinity() -> None:
    difference = binary.risk_difference(20, 100, 25, 100)
    needed = binary.number_needed_to_treat(difference)
    assert needed.note == "through infinity"
    assert needed.value == pytest.approx(-20)
    assert needed.low == pytest.approx(1 / difference.low)
    assert needed.high == pytest.approx(1 / difference.high)
    none = binary.number_needed_to_treat(binary.risk_difference(5, 10, 5, 10))
    assert none.value == np.inf


@pytest.mark.parametrize(
    ("estimator", "counts", "note", "value", "low", "high"),
    [
        (binary.risk_ratio, (0, 30, 0, 30), "no events", np.nan, 0, np.inf),
        (binary.risk_ratio, (0, 50, 1, 50), "zero cell", 0, 0, 3.81933),
        (binary.risk_ratio, (1, 50, 0, 50), "zero cell", np.inf, 0.26183, np.inf),
        (binary.risk_ratio, (30, 30, 30, 30), "zero cell", 1, 0.88478, 1.13022),
        (binary.odds_ratio, (0, 30, 0, 30), "no contrast", np.nan, 0, np.inf),
        (binary.odds_ratio, (30, 30, 28, 30), "zero cell", np.inf, 0.51680, np.inf),
        (binary.risk_ratio, (0, 0, 3, 4), "empty arm", np.nan, np.nan, np.nan),
        (binary.risk_difference, (3, 4, 0, 0), "empty arm", np.nan, np.nan, np.nan),
    ],
)
def test_a_degenerate_table_says_so(
    estimator: Callable[..., Estimate], counts: Any, note: str, value: Any, low: Any, high: Any
) -> None:
    e = estimator(*counts)
    assert e.note == note
    assert numbers(e)[:3] == pytest.approx((value, low, high), abs=5e-6, nan_ok=True)


def test_wald_without_variance_is_a_score_interval() -> None:
    e = binary.risk_difference(0, 30, 0, 30, method="wald")
    assert e.note == "zero cell"
    assert numbers(e) == numbers(binary.risk_difference(0, 30, 0, 30))


@every_estimator
@settings(max_examples=40)
@given(counts=tables())
def test_an_interval_holds_its_estimate_and_nothing_is_silently_undefined(
    estimator: Callable[..., Estimate], method: Any, counts: Any
) -> None:
    e = estimator(*counts, method=method)
    if np.isnan(e.value):
        assert e.note != ""
    else:
        assert e.low <= e.value <= e.high
    assert 0 <= e.p_value <= 1
    assert not np.isnan([float(e.low), float(e.high)]).any()


@every_estimator
@settings(max_examples=40)
@given(counts=tables(least=5))
def test_swapping_the_arms_turns_the_contrast_round(
    estimator: Callable[..., Estimate], method: Any, counts: Any
) -> None:
    if method == "noether":  # the delta method on a ratio treats the arms differently
        return
    x1, n1, x0, n0 = counts
    e, swapped = (
        estimator(*counts, method=method),
        estimator(x0, n0, x1, n1, method=method),
    )
    assert float(e.p_value) == pytest.approx(float(swapped.p_value), rel=1e-9)
    with np.errstate(divide="ignore"):
        turn = np.negative if estimator is binary.risk_difference else np.reciprocal
        expected = [float(turn(v)) for v in (swapped.value, swapped.high, swapped.low)]
    assert numbers(e)[:3] == pytest.approx(expected, rel=1e-8, abs=1e-10, nan_ok=True)


@every_estimator
def test_wald_intervals_and_their_tests_agree_on_an_ensemble(
    estimator: Callable[..., Estimate], method: Any
) -> None:
    x = np.arange(41)
    e = estimator(x[:, None], 40, x[None, :], 40, method=method)
    null = 0 if estimator is binary.risk_difference else 1
    excluded = (e.low > null) | (e.high < null)
    agree = excluded == (e.p_value < 0.05)
    assert np.shape(e.value) == np.shape(e.note) == (41, 41)
    # other intervals have no test of their own; Pearson's stands in and may differ at the edge
    assert agree.all() if method in COHERENT else agree.mean() > 0.8
    assert (method in COHERENT) or "Pearson" in e.method or "without" in e.method


@given(counts=tables(60))
def test_fisher_is_the_sum_over_no_more_likely_tables(counts: Any) -> None:
    x1, n1, x0, n0 = counts
    events = x1 + x0
    possible = range(max(0, events - n0), min(n1, events) + 1)
    ways = [comb(n1, k) * comb(n0, events - k) for k in possible]
    seen = comb(n1, x1) * comb(n0, x0)
    exact = sum(w for w in ways if w <= seen) / comb(n1 + n0, events)
    assert float(binary.fisher_p(*counts)) == pytest.approx(exact, rel=1e-9)


@given(counts=tables())
def test_yates_is_never_below_pearson(counts: Any) -> None:
    assert binary.yates_p(*counts) >= binary.pearson_p(*counts)


@pytest.mark.parametrize("test", [binary.pearson_p, binary.yates_p, binary.fisher_p])
def test_a_test_of_an_ensemble_is_that_of_each_trial(test: Callable[..., Any]) -> None:
    p = test([0, 65, 0], [0, 99, 30], [1, 86, 0], [9, 100, 30])
    assert np.isnan(p[0])
    assert p[1] == test(*TRIAL)
    assert p[2] == 1


@pytest.mark.parametrize("counts", [(5, 4, 1, 4), (-1, 4, 1, 4), (1.0, 4, 1, 4), (1, 4, True, 4)])
def test_impossible_counts_are_refused(counts: Any) -> None:
    with pytest.raises(InputError):
        binary.risk_ratio(*counts)


@every_estimator
def test_the_order_of_trials_is_the_order_of_results(
    estimator: Callable[..., Estimate], method: Any
) -> None:
    x1, x0 = np.array([3, 0, 9, 3, 10]), np.array([4, 4, 1, 4, 0])
    there = estimator(x1, 10, x0, 12, method=method)
    back = estimator(x1[::-1], 10, x0[::-1], 12, method=method)
    for name in ("value", "low", "high", "p_value", "note"):
        assert list(getattr(back, name)) == list(getattr(there, name)[::-1])


def test_a_method_without_an_interval_says_so() -> None:
    e = binary.risk_difference(1, 12, 8, 9, method="agresti-caffo", level=0.6)
    score = binary.risk_difference(1, 12, 8, 9, level=0.6)
    assert e.note == "no interval"
    assert numbers(e) == numbers(score)


def test_the_sign_of_a_number_needed_to_treat() -> None:
    # 10 of 100 against 30 of 100: five treated spare one event, five untreated cost one
    spared = binary.number_needed_to_treat(binary.risk_difference(10, 100, 30, 100))
    cost = binary.number_needed_to_treat(binary.risk_difference(30, 100, 10, 100))
    assert spared.value == pytest.approx(-5)
    assert spared.low < spared.value < spared.high < 0
    assert numbers(cost)[:3] == pytest.approx([-spared.value, -spared.high, -spared.low])
