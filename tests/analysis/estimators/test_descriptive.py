from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators.descriptive import (
    category_counts,
    median,
    quantiles,
    standardized_difference,
    standardized_difference_of_counts,
    summarize,
)
from equipoise.errors import InputError

TEN = [1, 2, 2, 3, 5, 7, 8, 8, 9, 12]


@pytest.mark.parametrize(
    ("kind", "quartiles"), [(2, [2, 6, 8]), (6, [2, 6, 8.25]), (7, [2.25, 6, 8])]
)
def test_quartiles_by_their_type(kind: object, quartiles: list[float]) -> None:
    # quantile(x, c(.25, .5, .75), type = 2, 6, 7) of R
    assert list(quantiles(TEN, [0.25, 0.5, 0.75], kind)) == quartiles  # type: ignore[arg-type]


def test_a_summary_counts_what_is_missing() -> None:
    s = summarize([*TEN, np.nan, np.nan], 7)
    assert [int(s.n), int(s.missing)] == [10, 2]
    assert s.mean == pytest.approx(5.7)
    assert s.sd == pytest.approx(np.std(TEN, ddof=1))
    five = [s.minimum, s.q1, s.median, s.q3, s.maximum]
    assert [float(v) for v in five] == [1, 2.25, 6, 8, 12]
    assert s.quantile_type == 7


def test_nothing_and_one_value() -> None:
    none = summarize([np.nan, np.nan])
    assert [int(none.n), int(none.missing)] == [0, 2]
    assert np.isnan([none.mean, none.sd, none.median, none.minimum]).all()
    assert summarize([]).n == 0
    assert np.isnan(summarize([]).median)
    one = summarize([3.0])
    assert [float(one.mean), float(one.median)] == [3, 3]
    assert np.isnan(one.sd)


def test_an_ensemble_is_summarized_trial_by_trial() -> None:
    s = summarize([[1.0, 2.0, 3.0], [4.0, np.nan, 8.0], [np.nan] * 3])
    assert list(np.asarray(s.missing)) == [0, 1, 3]
    assert np.asarray(s.median) == pytest.approx([2, 6, np.nan], nan_ok=True)


def test_equal_values_have_no_spread() -> None:
    s = summarize([[0.1, 0.1, 0.1], [1e9, 1e9 + 1, 1e9 + 2]])
    assert np.asarray(s.sd).tolist() == [0, 1]
    assert np.asarray(s.mean).tolist() == [0.1, 1e9 + 1]


@pytest.mark.parametrize(
    ("n", "level", "r"),
    # one more than the critical value of the two-sided sign test
    [(6, 0.95, 1), (10, 0.95, 2), (16, 0.95, 4), (20, 0.95, 6), (20, 0.99, 4), (30, 0.95, 10)],
)
def test_the_interval_of_a_median(n: int, level: float, r: int) -> None:
    value, low, high = median(np.arange(1, n + 1)[::-1], level=level)
    assert [float(value), float(low), float(high)] == [(n + 1) / 2, r, n + 1 - r]


@given(n=st.integers(1, 60), level=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_the_interval_of_a_median_is_the_shortest_that_covers(n: int, level: float) -> None:
    _, low, high = median(np.arange(1, n + 1), level=level)
    if np.isinf(low):
        assert 1 - 2 * 0.5**n < level
        assert np.isposinf(high)
        return
    assert high == n + 1 - low
    wrong = [2 * stats.binom.cdf(low - 1 + more, n, 0.5) for more in (0, 1)]
    assert 1 - wrong[0] >= level > 1 - wrong[1]


def test_medians_of_an_ensemble() -> None:
    value, low, high = median(np.array([[5, 1, 2, 3, 4, 6], [1, 2, 3, 4, 5, np.nan], [np.nan] * 6]))
    assert np.asarray(value) == pytest.approx([3.5, 3, np.nan], nan_ok=True)
    assert np.asarray(low).tolist() == [1, -np.inf, -np.inf]
    assert np.asarray(high).tolist() == [6, np.inf, np.inf]
    assert median([1, 2, 2, 9], quantile_type=7)[0] == 2
    with pytest.raises(InputError, match="confidence level"):
        median([1, 2], level=1)


def test_categories_and_the_rest() -> None:
    assert list(category_counts(["f", "m", "f", ""], ["f", "m"])) == [2, 1, 1]
    assert category_counts([[1, 2], [3, 3]], [1, 2]).tolist() == [[1, 1, 0], [0, 0, 2]]


def test_standardized_differences_by_hand() -> None:
    assert standardized_difference(5, 2, 4, 1) == pytest.approx(1 / np.sqrt(2.5))
    # 30/100 against 50/100: -0.2 / sqrt((0.21 + 0.25) / 2)
    two = standardized_difference_of_counts([30, 70], [50, 50])
    assert two == pytest.approx(-0.2 / np.sqrt(0.23))


def test_three_categories_by_hand() -> None:
    # p (.2, .3, .5), q (.4, .4, .2); S of the last two: [[.225, -.115], [-.115, .205]]
    s = np.array([[0.225, -0.115], [-0.115, 0.205]])
    d = np.array([-0.1, 0.3])
    expected = np.sqrt(d @ np.linalg.inv(s) @ d)
    got = standardized_difference_of_counts([20, 30, 50], [40, 40, 20])
    assert got == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=5))
def test_which_category_comes_first_is_no_matter(table: list[tuple[int, int]]) -> None:
    a, b = np.array(table).T
    if a.sum() == 0 or b.sum() == 0:
        assert np.isnan(standardized_difference_of_counts(a, b))
        return
    there = standardized_difference_of_counts(a, b)
    assert standardized_difference_of_counts(a[::-1], b[::-1]) == pytest.approx(there, rel=1e-6)
    assert standardized_difference_of_counts(b, a) == pytest.approx(there, rel=1e-6)
    assert there >= 0
    for with_nobody in (([*a, 0], [*b, 0]), ([0, *a], [0, *b])):
        got = standardized_difference_of_counts(*with_nobody)
        assert got == pytest.approx(there, rel=1e-6)


def test_without_spread() -> None:
    assert standardized_difference(3, 0, 3, 0) == 0
    assert standardized_difference(3, 0, 2, 0) == np.inf
    assert standardized_difference_of_counts([5, 0], [0, 5]) == np.inf
    assert standardized_difference_of_counts([5, 0, 0], [0, 3, 2]) == np.inf
    assert standardized_difference_of_counts([5, 0, 5], [1, 0, 1]) == 0


def test_an_ensemble_of_tables() -> None:
    a, b = np.array([[3, 4, 5], [9, 9, 9]]), np.array([[5, 4, 3], [9, 9, 9]])
    both = np.asarray(standardized_difference_of_counts(a, b))
    assert both[0] == standardized_difference_of_counts(a[0], b[0])
    assert both[1] == 0


@pytest.mark.parametrize("counts", [[5], [-1, 3], 7, [1, 2, 3]])
def test_what_is_no_table_is_refused(counts: object) -> None:
    with pytest.raises(InputError):
        standardized_difference_of_counts(counts, [1, 1])  # type: ignore[arg-type]
