from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from equipoise.analysis.estimators import exact
from equipoise.analysis.estimators.estimate import Estimate
from tests.analysis.estimators.test_score import tables

TRIAL = (65, 99, 86, 100)  # Zhang Y et al. Br J Anaesth 2023;131:385-396
every_rule = pytest.mark.parametrize("rule", get_args(exact.Rule))


def numbers(e: Estimate) -> tuple[float, ...]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def given_margins(counts: tuple[int, int, int, int], odds: Any) -> Any:
    x1, n1, x0, n0 = counts
    return stats.nchypergeom_fisher(n1 + n0, x1 + x0, n1, odds)


def test_the_central_limits_leave_one_fortieth_in_each_tail() -> None:
    for counts in (TRIAL, (10, 43, 2, 46), (4, 55, 14, 52)):
        e = exact.odds_ratio(*counts)
        assert given_margins(counts, e.low).sf(counts[0] - 1) == pytest.approx(0.025, abs=1e-9)
        assert given_margins(counts, e.high).cdf(counts[0]) == pytest.approx(0.025, abs=1e-9)
        assert given_margins(counts, e.value).mean() == pytest.approx(counts[0], abs=1e-6)


def test_mid_p_counts_half_of_what_was_seen() -> None:
    e = exact.odds_ratio(*TRIAL, rule="mid-p")
    there = given_margins(TRIAL, e.high)
    assert there.cdf(65) - there.pmf(65) / 2 == pytest.approx(0.025, abs=1e-9)
    null = given_margins(TRIAL, 1.0)
    assert e.p_value == pytest.approx(2 * (null.cdf(65) - null.pmf(65) / 2), rel=1e-9)
    middle = given_margins(TRIAL, float(exact.median_unbiased_odds_ratio(*TRIAL)))
    assert middle.cdf(65) - middle.pmf(65) / 2 == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("rule", ["minlike", "blaker"])
def test_two_sided_rules_reject_just_outside_their_limits(rule: Any) -> None:
    counts = (4, 55, 14, 52)
    e = exact.odds_ratio(*counts, rule=rule)

    def p(odds: float) -> float:
        there = given_margins(counts, odds)
        k = np.arange(19)
        f = there.pmf(k)
        size = f if rule == "minlike" else np.minimum(there.cdf(k), there.sf(k - 1))
        return float(f[size <= size[4] * (1 + 1e-7)].sum())

    assert p(1.0) == pytest.approx(e.p_value, rel=1e-6)
    for inside, outside in ((1.0001, 0.9999), (0.9999, 1.0001)):
        end = float(e.low if inside > 1 else e.high)
        assert p(end * outside) <= 0.05 + 1e-6
        assert p(end * inside) >= 0.05 - 1e-6


def test_one_sided_p_values_are_tails() -> None:
    null = given_margins(TRIAL, 1.0)
    assert exact.fisher_p(*TRIAL, alternative="less") == pytest.approx(null.cdf(65))
    assert exact.fisher_p(*TRIAL, alternative="greater") == pytest.approx(null.sf(64))
    assert exact.fisher_p(*TRIAL, rule="central") == pytest.approx(2 * null.cdf(65))


def test_blaker_is_never_above_central() -> None:
    x1, x0 = np.arange(13)[:, None], np.arange(16)[None, :]
    central = exact.fisher_p(x1, 12, x0, 15, rule="central")
    blaker = exact.fisher_p(x1, 12, x0, 15, rule="blaker")
    assert np.all(blaker <= central + 1e-12)
    assert np.any(blaker < central - 0.01)


@every_rule
@settings(max_examples=25)
@given(counts=tables(40))
def test_p_value_and_interval_are_of_one_inversion(rule: Any, counts: Any) -> None:
    e = exact.odds_ratio(*counts, rule=rule)
    if e.p_value > 0.05 + 1e-9:
        assert e.low <= 1 <= e.high
    elif rule in {"central", "mid-p"}:
        assert e.low > 1 or e.high < 1
    if np.isnan(e.value):
        assert (e.note, float(e.low), float(e.high)) == ("no contrast", 0, np.inf)
    else:
        assert e.low <= e.value <= e.high


@every_rule
@settings(max_examples=25)
@given(counts=tables(40))
def test_swapping_the_arms_inverts(rule: Any, counts: Any) -> None:
    x1, n1, x0, n0 = counts
    e, swapped = exact.odds_ratio(*counts, rule=rule), exact.odds_ratio(x0, n0, x1, n1, rule=rule)
    with np.errstate(divide="ignore"):
        turned = [float(1 / v) for v in (swapped.value, swapped.high, swapped.low)]
    assert numbers(e)[:3] == pytest.approx(turned, rel=1e-6, nan_ok=True)
    assert numbers(e)[3] == pytest.approx(numbers(swapped)[3], rel=1e-9)


@every_rule
def test_an_ensemble_is_its_trials(rule: Any) -> None:
    x1 = np.array([[3, 0], [8, 5]])
    e = exact.odds_ratio(x1, 10, 4, 12, rule=rule)
    low, p = np.asarray(e.low), np.asarray(e.p_value)
    assert low.shape == (2, 2)
    for where in np.ndindex(2, 2):
        one = exact.odds_ratio(int(x1[where]), 10, 4, 12, rule=rule)
        assert (low[where], p[where]) == (one.low, one.p_value)


def test_strata_without_contrast_or_participants_say_nothing() -> None:
    alone = exact.odds_ratio(*TRIAL)
    strata = exact.common_odds_ratio([65, 0, 0, 3], [99, 9, 0, 3], [86, 0, 1, 7], [100, 8, 4, 7])
    assert numbers(strata) == pytest.approx(numbers(alone), rel=1e-9)
    empty = exact.common_odds_ratio([0, 0], [0, 0], [1, 2], [3, 4])
    assert empty.note == "empty arm"
    assert np.isnan(empty.value)


def test_a_stratified_distribution_is_a_convolution() -> None:
    # two strata 1/2 v 0/2: P(S = 2) = (1/2)**2, both tails the same
    e = exact.common_odds_ratio([1, 1], [2, 2], [0, 0], [2, 2], rule="minlike")
    assert e.p_value == pytest.approx(0.5)
    assert e.note == "infinite"
