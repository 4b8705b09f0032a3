from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators import rank
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.stratified_rank import trend_p, van_elteren

scores = st.lists(st.integers(0, 5), min_size=10, max_size=10)
ARM = np.array([True, False, True, False, True, True, False, False, False, True])
SITE = np.array([1, 1, 1, 1, 2, 2, 2, 2, 2, 2])


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def wins(y: Any, arm: Any) -> float:
    difference = np.subtract.outer(y[arm], y[~arm])
    return float((difference > 0).sum() + (difference == 0).sum() / 2)


def every_allocation(site: int) -> list[Any]:
    """All ways to put as many of a site's participants in the arm as there are."""
    (here,) = np.nonzero(np.equal(SITE, site))
    return [np.isin(here, chosen) for chosen in combinations(here, int(ARM[here].sum()))]


@settings(max_examples=30)
@given(y=scores)
def test_p_has_the_moments_of_every_allocation_within_strata(y: list[int]) -> None:
    at = np.array(y, dtype=np.float64)
    parts = [at[site == SITE] for site in (1, 2)]
    weight = [1 / (part.size + 1) for part in parts]
    sums = [
        weight[0] * wins(parts[0], a) + weight[1] * wins(parts[1], b)
        for a, b in product(every_allocation(1), every_allocation(2))
    ]
    seen = sum(
        w * wins(at[site == SITE], ARM[site == SITE])
        for w, site in zip(weight, (1, 2), strict=True)
    )
    e = van_elteren(at, ARM, SITE)
    assert float(e.value) == pytest.approx(seen / (weight[0] * 4 + weight[1] * 9))
    if np.std(sums) < 1e-9:
        assert e.p_value == 1
        return
    z = (seen - np.mean(sums)) / np.std(sums)
    assert float(e.p_value) == pytest.approx(2 * stats.norm.sf(abs(z)), abs=1e-9)


@given(y=scores)
def test_one_stratum_is_mann_whitney_and_brunner_munzel(y: list[int]) -> None:
    at = np.array(y, dtype=np.float64)
    e = van_elteren(at, ARM, np.zeros(10, dtype=int))
    if len(set(y)) > 1:
        there = stats.mannwhitneyu(at[ARM], at[~ARM], use_continuity=False, method="asymptotic")
        assert float(e.p_value) == pytest.approx(there.pvalue, abs=1e-12)
    w = rank.win_probability(at[ARM], at[~ARM])
    assert float(e.value) == pytest.approx(float(w.value))
    assert (e.note == "no spread") == (w.note == "no spread")
    if w.note == "" and w.low > 0 and w.high < 1:
        # the same standard error, with a normal quantile
        theirs = stats.brunnermunzel(at[ARM], at[~ARM], distribution="normal")
        z = abs(stats.norm.ppf(theirs.pvalue / 2))
        mine = abs(float(e.value) - 0.5) / (float(e.high - e.value) / stats.norm.ppf(0.975))
        assert mine == pytest.approx(z, abs=1e-6)


@given(y=scores)
def test_swapping_the_arms_turns_the_contrast_round(y: list[int]) -> None:
    there, back = numbers(van_elteren(y, ARM, SITE)), numbers(van_elteren(y, ~ARM, SITE))
    assert there == pytest.approx((1 - back[0], 1 - back[2], 1 - back[1], back[3]), abs=1e-9)
    assert trend_p(y, ARM, SITE) == pytest.approx(float(trend_p(y, ~ARM, SITE)), abs=1e-9)


@given(y=scores, order=st.permutations(range(10)))
def test_order_and_labels_change_nothing(y: list[int], order: list[int]) -> None:
    i, at = np.array(order), np.array(y)
    there = van_elteren(at, ARM, SITE)
    back = van_elteren(at[i], ARM[i], (8 - 3 * SITE)[i])
    assert numbers(there) == pytest.approx(numbers(back), abs=1e-9)
    # ranks know only the order of scores
    assert numbers(van_elteren(at**3 - 7, ARM, SITE)) == pytest.approx(numbers(there), abs=1e-12)


@given(y=scores)
def test_the_trend_is_the_correlation_with_the_arm(y: list[int]) -> None:
    p = trend_p(y, ARM)
    if len(set(y)) == 1:
        assert p == 1
        return
    # Mantel's (N - 1) r²
    r = np.corrcoef(y, ARM)[0, 1]
    assert p == pytest.approx(stats.chi2.sf(9 * r * r, 1), abs=1e-9)


def test_the_trend_over_strata_by_every_allocation() -> None:
    y = np.array([0, 3, 3, 1, 2, 5, 0, 0, 4, 5.0])
    sums = [
        y[SITE == 1][a].sum() + y[SITE == 2][b].sum()
        for a, b in product(every_allocation(1), every_allocation(2))
    ]
    z = (y[ARM].sum() - np.mean(sums)) / np.std(sums)
    assert trend_p(y, ARM, SITE) == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_an_ensemble_is_its_trials_one_by_one() -> None:
    rng = np.random.default_rng(7)  # noqa: TID251 - any trials will do
    y = rng.integers(0, 6, (5, 24)).astype(np.float64)
    y[1, :5], y[2] = np.nan, 3
    arm, site = rng.random((5, 24)) < 0.5, rng.integers(0, 4, (5, 24))
    together, trend = van_elteren(y, arm, site), np.asarray(trend_p(y, arm, site))
    for i in range(5):
        alone = van_elteren(y[i], arm[i], site[i])
        assert together.note[i] == str(alone.note)
        for field in ("value", "low", "high", "p_value"):
            got: Any = getattr(together, field)
            assert got[i] == pytest.approx(float(getattr(alone, field)), abs=1e-12)
        assert trend[i] == pytest.approx(float(trend_p(y[i], arm[i], site[i])), abs=1e-12)


def test_small_strata() -> None:
    # pairs: each arm has one participant in every stratum, and no stratum tells a spread
    y, arm = [2.0, 1, 5, 3, 4, 4], np.array([True, False] * 3)
    pairs = van_elteren(y, arm, [0, 0, 1, 1, 2, 2])
    assert pairs.note == "no spread"
    assert float(pairs.value) == pytest.approx((1 + 1 + 0.5) / 3)
    # the sign test without correction: 2 wins of 2
    assert float(pairs.p_value) == pytest.approx(2 * stats.norm.sf(np.sqrt(2)))
    # a stratum with one arm has no say
    more = van_elteren([*y, 9.0], [*arm, True], [0, 0, 1, 1, 2, 2, 3])
    assert numbers(more) == pytest.approx(numbers(pairs))
    # a stratum that tells none borrows the variance of no difference: 1/12 times 3 for two and two
    mixed = van_elteren(
        [1.0, 3, 2, 4, 8, 9, 1, 2],
        [True, True, False, False, True, True, False, False],
        [0, 0, 0, 0, 1, 1, 1, 1],
    )
    assert mixed.note == ""
    own, borrowed = 2 * (0.5 + 0.5), 4 * 5 / 12
    half = stats.norm.ppf(0.975) * np.sqrt(own + borrowed) / 8
    assert float(mixed.value) == pytest.approx((1 + 4) / 8)
    assert float(mixed.low) == pytest.approx(5 / 8 - half)


def test_nothing_to_compare() -> None:
    none = van_elteren([1.0, 2, np.nan], [True, True, False], [1, 1, 1])
    assert none.note == "empty arm"
    assert np.isnan(numbers(none)).all()
    assert np.isnan(trend_p([1.0, 2], [True, True]))
    assert trend_p([2.0, 2], [True, False]) == 1
    same = van_elteren([2.0] * 4, [True, True, False, False], [0, 1, 0, 1])
    assert (same.note, float(same.value), float(same.p_value)) == ("no spread", 0.5, 1)
