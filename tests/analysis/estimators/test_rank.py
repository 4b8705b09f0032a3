from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators import rank
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError

# Hollander & Wolfe 1973, p. 69: permeability of the human chorioamnion, at term and before
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]

scores = st.lists(st.integers(0, 10), min_size=1, max_size=25)
measurements = st.lists(
    st.integers(-1000, 1000).map(lambda i: i / 8), min_size=1, max_size=12, unique=True
)


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def counts(values: list[int]) -> Any:
    return rank.score_counts(values, 10)


def test_the_textbook_example_exactly() -> None:
    # wilcox.test(term, early, conf.int = TRUE): 0.305 (-0.15 to 0.76), P = 0.2544
    e = rank.shift(TERM, EARLY)
    assert numbers(e) == pytest.approx((0.305, -0.15, 0.76, 0.2544), abs=5e-5)
    assert e.method.startswith("exact")


def test_the_textbook_example_by_normal_approximation() -> None:
    e = rank.shift(TERM, EARLY, exact=False)
    there = stats.mannwhitneyu(TERM, EARLY, method="asymptotic")
    assert e.p_value == pytest.approx(there.pvalue, abs=1e-12)
    assert e.value == pytest.approx(0.305)


def test_the_distribution_of_u_is_that_of_every_ranking() -> None:
    ways = [sum(s) - 10 for s in combinations(range(1, 10), 4)]
    expected = np.bincount(ways, minlength=21) / len(ways)
    assert rank._u_distribution(4, 5) == pytest.approx(expected, abs=1e-15)
    assert rank._u_distribution(49, 49).sum() == pytest.approx(1, abs=1e-12)


@given(x=measurements, y=measurements)
def test_exact_p_is_that_of_scipy(x: list[float], y: list[float]) -> None:
    if set(x) & set(y):
        return
    e = rank.shift(x, y)
    there = stats.mannwhitneyu(x, y, method="exact")
    assert e.p_value == pytest.approx(there.pvalue, abs=1e-12)
    assert e.value == pytest.approx(np.median(np.subtract.outer(x, y)))


@given(x=scores, y=scores)
def test_tied_p_is_that_of_scipy(x: list[int], y: list[int]) -> None:
    if len(set(x + y)) == 1:
        return
    e = rank.shift_of_scores(counts(x), counts(y))
    there = stats.mannwhitneyu(x, y, method="asymptotic")
    assert e.p_value == pytest.approx(there.pvalue, abs=1e-12)


@settings(max_examples=50)
@given(x=scores, y=scores)
def test_counts_and_values_say_the_same(x: list[int], y: list[int]) -> None:
    by_values, by_counts = rank.shift(x, y, exact=False), rank.shift_of_scores(counts(x), counts(y))
    assert numbers(by_values) == pytest.approx(numbers(by_counts), abs=1e-12)
    assert by_values.value == np.median(np.subtract.outer(x, y))
    wins, wins_by_counts = (
        rank.win_probability(x, y),
        rank.win_probability_of_scores(counts(x), counts(y)),
    )
    assert numbers(wins) == pytest.approx(numbers(wins_by_counts), abs=1e-12)


@given(x=measurements, y=measurements)
def test_the_asymptotic_limits_are_where_the_test_starts_to_reject(
    x: list[float], y: list[float]
) -> None:
    e = rank.shift(x, y, exact=False)
    step = 2**-10  # smaller than any gap between differences

    def p(moved: float) -> float:
        shifted = [v - moved for v in x]
        return float(stats.mannwhitneyu(shifted, y, method="asymptotic").pvalue)

    if np.isinf(e.low):
        assert e.note == "too few"
        assert p(min(x) - max(y) - 1) > 0.05
    else:
        assert p(float(e.low) - step) < 0.05 <= p(float(e.low) + step)
        assert p(float(e.high) + step) < 0.05 <= p(float(e.high) - step)


def test_the_exact_interval_covers_as_it_says() -> None:
    # of all 252 rankings of 5 against 5, the 95% interval misses no shift in at least 95%
    misses = 0
    rankings = list(combinations(range(10), 5))
    for first in rankings:
        second = [i for i in range(10) if i not in first]
        e = rank.shift([float(i) for i in first], [float(i) for i in second])
        misses += not e.low <= 0 <= e.high
    assert 0 < misses <= 0.05 * len(rankings)


@pytest.mark.parametrize("function", [rank.shift, rank.win_probability])
@given(x=scores, y=scores)
def test_swapping_the_arms_turns_the_contrast_round(
    function: Any, x: list[int], y: list[int]
) -> None:
    there, back = numbers(function(x, y)), numbers(function(y, x))
    total = 1 if function is rank.win_probability else 0
    turned = (total - back[0], total - back[2], total - back[1], back[3])
    assert there == pytest.approx(turned, abs=1e-9)
    assert there[1] <= there[0] <= there[2]


@settings(max_examples=30)
@given(x=scores, y=scores, seed=st.integers(0, 99))
def test_the_order_of_participants_changes_nothing(x: list[int], y: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)  # noqa: TID251 - any order will do
    for function in (rank.shift, rank.win_probability):
        assert numbers(function(rng.permutation(x), rng.permutation(y))) == numbers(function(x, y))


@given(x=scores, y=scores)
def test_win_probability_is_that_of_scipys_brunner_munzel(x: list[int], y: list[int]) -> None:
    e = rank.win_probability(x, y)
    pairs = np.subtract.outer(x, y)
    assert e.value == pytest.approx(((pairs > 0) + (pairs == 0) / 2).mean())
    if e.note == "":
        assert min(len(x), len(y)) > 1
        there = stats.brunnermunzel(x, y)
        assert e.p_value == pytest.approx(there.pvalue, abs=1e-9)
        # where a limit is clipped at 0 or 1 the test is still on the same side
        assert bool(e.low > 0.5 or e.high < 0.5) == bool(e.p_value < 0.05)


def test_arms_that_do_not_overlap() -> None:
    e = rank.win_probability([7, 8, 9, 9], [1, 2, 3, 3, 4])
    assert numbers(e)[0::2] == (1, 1)
    assert e.note == "no spread"
    # Newcombe's method 5: (1 - low)^2 = z^2 V(low), V by Hanley and McNeil with (m + n) / 2 - 1
    t, z2, k = float(e.low), 1.959963984540054**2, 3.5
    variance = t * (1 - t) * (1 + k * ((1 - t) / (2 - t) + t / (1 + t))) / 20
    assert (1 - t) ** 2 == pytest.approx(z2 * variance, rel=1e-9)
    assert e.p_value == pytest.approx(
        stats.mannwhitneyu([7, 8, 9, 9], [1, 2, 3, 3, 4], method="asymptotic").pvalue
    )


def test_equal_values_and_an_empty_arm() -> None:
    same = rank.shift([2, 2, 2], [2, 2])
    assert numbers(same)[0::3] == (0, 1)
    assert numbers(rank.win_probability([2, 2, 2], [2, 2]))[0::3] == (0.5, 1)
    for function in (rank.shift, rank.win_probability):
        none = function([], [1.0, 2.0])
        assert none.note == "empty arm"
        assert np.isnan(numbers(none)).all()


def test_missing_values_are_left_out() -> None:
    assert numbers(rank.shift([*TERM, np.nan], EARLY)) == numbers(rank.shift(TERM, EARLY))
    table = np.array([[0, 2, np.nan], [1, 1, 2]])
    assert rank.score_counts(table, 2).tolist() == [[1, 0, 1], [0, 2, 1]]


def test_an_ensemble_is_its_trials_one_by_one() -> None:
    rng = np.random.default_rng(2)  # noqa: TID251 - any scores will do
    x, y = rng.integers(0, 11, (6, 30)), rng.integers(0, 9, (6, 35))
    cx, cy = rank.score_counts(x, 10), rank.score_counts(y, 10)
    assert cx.shape == (6, 11)
    for function in (rank.shift_of_scores, rank.win_probability_of_scores):
        together = function(cx, cy)
        for i in range(6):
            alone = function(cx[i], cy[i])
            assert together.low[i] == alone.low  # type: ignore[index]
            assert together.p_value[i] == alone.p_value  # type: ignore[index]


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="tied"):
        rank.shift([1, 2], [2, 3], exact=True)
    with pytest.raises(InputError, match="whole number 0 to 10"):
        rank.score_counts([3, 11], 10)
    with pytest.raises(InputError, match="whole number 0 to 10"):
        rank.score_counts([2.5], 10)
    with pytest.raises(InputError):
        rank.shift_of_scores([0.5, 1], [1, 1])
    with pytest.raises(InputError):
        rank.shift([1, np.inf], [1])
    with pytest.raises(InputError):
        rank.win_probability([1, 2], [1, 3], level=95)


@given(scores, scores, st.integers(-20, 20))
def test_scores_are_counted_by_arm_from_the_lowest_on(
    x: list[int], y: list[int], shift: int
) -> None:
    values = np.array([[*x, *y, np.nan], [*x, *y, 10]]) + shift
    treated = np.array([[True] * len(x) + [False] * len(y) + [True]] * 2)
    found = rank.scores_by_arm(values, treated, 10)
    assert found is not None
    low = min(*x, *y, 10)
    expected = np.array([counts([v - low for v in each]) for each in (x, [*x, 10], y)])
    width = found[0].shape[-1]
    assert expected[:, width:].sum() == 0
    assert found[0].tolist() == expected[:2, :width].tolist()
    assert found[1].tolist() == [expected[2, :width].tolist()] * 2


def test_what_are_no_scores_or_too_many_is_not_counted_by_arm() -> None:
    arms = np.array([[True, False, True]])
    assert rank.scores_by_arm(np.array([[1.0, 2.5, 3.0]]), arms, 10) is None
    assert rank.scores_by_arm(np.array([[1.0, 2.0, 12.0]]), arms, 10) is None
    assert rank.scores_by_arm(np.array([[1.0, np.inf, 2.0]]), arms, 10) is None
    empty = rank.scores_by_arm(np.full((1, 3), np.nan), arms, 10)
    assert empty is not None
    assert [each.tolist() for each in empty] == [[[0]], [[0]]]
