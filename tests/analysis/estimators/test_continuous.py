from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators.continuous import (
    mean_difference,
    mean_difference_by_arm,
    mean_difference_of_summaries,
)
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError

# Student 1908: extra hours of sleep under two drugs
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

values = st.lists(st.integers(-500, 500).map(lambda i: i / 10), min_size=2, max_size=20)


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def test_students_sleep_data() -> None:
    # t.test(extra ~ group): -1.58 (-3.3654832 to 0.2054832), P = 0.07939; var.equal: P = 0.07919
    assert numbers(mean_difference(FIRST, SECOND)) == pytest.approx(
        (-1.58, -3.3654832, 0.2054832, 0.07939414), abs=5e-8
    )
    pooled = numbers(mean_difference(FIRST, SECOND, equal_variances=True))
    assert pooled == pytest.approx((-1.58, -3.363874, 0.203874, 0.07918671), abs=5e-7)


@pytest.mark.parametrize("equal", [True, False])
@given(x=values, y=values)
@example(x=[0.1, 0.1, 0.1], y=[0.1, 0.1, 0.1])  # their mean as a float is not 0.1
def test_the_same_as_scipy(equal: bool, x: list[float], y: list[float]) -> None:
    e = mean_difference(x, y, equal_variances=equal, level=0.9)
    assert (e.note == "no spread") == (len(set(x)) == len(set(y)) == 1)
    if 1 in {len(set(x)), len(set(y))}:
        return  # scipy warns of it
    there = stats.ttest_ind(x, y, equal_var=equal)
    limits = there.confidence_interval(0.9)
    expected = (np.mean(x) - np.mean(y), limits.low, limits.high, there.pvalue)
    assert numbers(e) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(x=values, y=values)
def test_swapping_the_arms_changes_the_sign(x: list[float], y: list[float]) -> None:
    there, back = numbers(mean_difference(x, y)), numbers(mean_difference(y, x))
    assert there == pytest.approx((-back[0], -back[2], -back[1], back[3]), abs=1e-12)
    assert there[1] <= there[0] <= there[2]


def test_summaries_are_enough() -> None:
    # Conway A et al. Eur J Anaesthesiol 2021;38:839-849: 47.8 (9.7), n 61; 49.0 (6.9), n 65
    e = mean_difference_of_summaries(47.8, 9.7, 61, 49.0, 6.9, 65)
    there = stats.ttest_ind_from_stats(47.8, 9.7, 61, 49.0, 6.9, 65, equal_var=False)
    assert e.value == pytest.approx(-1.2)
    assert e.p_value == pytest.approx(there.pvalue)


def test_few_and_equal_values() -> None:
    one = mean_difference([1.0], [2.0, 3.0])
    assert one.note == "too few"
    assert numbers(one)[1:] == (-np.inf, np.inf, 1)
    assert mean_difference([1.0], [2.0, 3.0], equal_variances=True).note == ""
    flat = mean_difference([1.0, 1.0], [2.0, 2.0])
    assert flat.note == "no spread"
    assert numbers(flat) == (-1, -1, -1, 0)
    assert mean_difference([2.0, 2.0], [2.0, 2.0]).p_value == 1
    tenths = mean_difference([0.1, 0.1, 0.1], [0.1, 0.1, 0.1, np.nan])
    assert tenths.note == "no spread"
    assert numbers(tenths) == (0, 0, 0, 1)
    none = mean_difference([np.nan], [2.0, 3.0])
    assert none.note == "empty arm"
    assert np.isnan(numbers(none)).all()


def test_an_ensemble_leaves_out_what_is_missing_trial_by_trial() -> None:
    x = np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 9.0]])
    y = np.array([[2.0, 4.0, 5.0], [4.0, np.nan, 1.0]])
    together = mean_difference(x, y)
    assert np.shape(together.low) == (2,)
    assert np.asarray(together.low)[0] == pytest.approx(mean_difference([1, 2], [2, 4, 5]).low)
    assert np.asarray(together.low)[1] == pytest.approx(mean_difference([4, 5, 9], [4, 1]).low)


def test_what_is_refused() -> None:
    with pytest.raises(InputError):
        mean_difference([1.0, np.inf], [1.0, 2.0])
    with pytest.raises(InputError):
        mean_difference([1.0, 2.0], [1.0, 2.0], level=95)


@given(values, values, st.booleans())
def test_arms_in_one_array_give_the_same(x: list[float], y: list[float], equal: bool) -> None:
    together, arms = np.array([*x, np.nan, *y]), np.array([True] * (len(x) + 1) + [False] * len(y))
    found = mean_difference_by_arm(together, arms, equal_variances=equal)
    # sums go over everybody, so that they are added in another order
    assert numbers(found) == pytest.approx(
        numbers(mean_difference(x, y, equal_variances=equal)), rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_infinite_values_in_either_arm_are_refused(infinite: float) -> None:
    for place in (0, 3):
        some = np.arange(4.0)
        some[place] = infinite
        with pytest.raises(InputError, match="infinite"):
            mean_difference_by_arm(some, np.array([True, True, False, False]))
