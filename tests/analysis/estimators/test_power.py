from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binom

from equipoise.analysis.estimators.exact import fisher_p
from equipoise.analysis.estimators.power import (
    events_for_hazard_ratio,
    fisher_power,
    means_power,
    ordinal_power,
    proportions_power,
    rank_power,
    size,
    with_attrition,
)
from equipoise.errors import InputError

shares = st.floats(0.02, 0.98)
numbers = st.integers(5, 300)


def test_the_chronic_pain_question_is_hopeless_with_199() -> None:
    assert proportions_power(0.20, 0.30, 99, 100) == pytest.approx(0.37, abs=0.005)
    assert proportions_power(0.30, 0.40, 99, 100) == pytest.approx(0.31, abs=0.005)
    assert proportions_power(0.20, 0.40, 99, 100) == pytest.approx(0.87, abs=0.005)


@given(shares, shares, numbers, numbers)
def test_power_does_not_depend_on_which_arm_is_called_the_reference(
    p: float, q: float, n: int, m: int
) -> None:
    assert proportions_power(p, q, n, m) == pytest.approx(proportions_power(q, p, m, n), abs=1e-12)
    assert means_power(p - q, 1, n, m) == pytest.approx(means_power(q - p, 1, m, n), abs=1e-9)


@given(shares, numbers, numbers)
def test_without_an_effect_power_is_the_error_of_one_side(p: float, n: int, m: int) -> None:
    assert proportions_power(p, p, n, m) == pytest.approx(0.025, abs=1e-12)
    assert rank_power(0.5, n, m) == pytest.approx(0.025, abs=1e-12)
    assert means_power(0, 1, n, m) == pytest.approx(0.025, abs=1e-9)


def test_a_margin_of_almost_nothing_is_no_margin() -> None:
    near = proportions_power(0.4, 0.3, 80, 120, margin=1e-7)
    assert near == pytest.approx(proportions_power(0.4, 0.3, 80, 120), abs=1e-5)


def test_the_restricted_proportions_are_the_likeliest_at_the_margin() -> None:
    grid = np.linspace(0.15, 0.999, 200_001)
    n1, n0, p1, p0, margin = 80, 120, 0.45, 0.5, 0.1
    likelihood = n1 * (p1 * np.log(grid) + (1 - p1) * np.log(1 - grid)) + n0 * (
        p0 * np.log(grid - margin) + (1 - p0) * np.log(1 - grid + margin)
    )
    q1 = grid[np.argmax(likelihood)]
    null = np.sqrt(q1 * (1 - q1) / n1 + (q1 - margin) * (1 - q1 + margin) / n0)
    se = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    by_grid = ndtr((abs(p1 - p0 - margin) - 1.9599639845 * null) / se)
    assert proportions_power(p1, p0, n1, n0, margin=margin) == pytest.approx(by_grid, abs=1e-6)


def test_exact_power_is_a_sum_over_all_tables() -> None:
    total = sum(
        binom.pmf(x, 6, 0.9) * binom.pmf(y, 7, 0.2)
        for x in range(7)
        for y in range(8)
        if fisher_p(x, 6, y, 7) <= 0.05
    )
    assert fisher_power(0.9, 0.2, 6, 7) == pytest.approx(total, abs=1e-12)


def test_two_categories_are_two_proportions() -> None:
    odds = (0.6 / 0.4) / (0.4 / 0.6)
    ordinal = ordinal_power([0.4, 0.6], odds, 100, 100)
    assert ordinal == pytest.approx(proportions_power(0.6, 0.4, 100, 100), abs=0.02)


@given(st.floats(0.5, 0.95), st.floats(0.5, 3.0))
def test_the_size_has_the_power_asked_for(target: float, ratio: float) -> None:
    n = size(lambda n, m: proportions_power(0.5, 0.3, n, m), target, ratio=ratio)
    assert proportions_power(0.5, 0.3, ratio * n, n) == pytest.approx(target, abs=1e-9)


def test_a_hazard_ratio_and_its_inverse_need_as_many_events() -> None:
    assert events_for_hazard_ratio(0.7) == pytest.approx(events_for_hazard_ratio(1 / 0.7))


def test_attrition_is_added_and_rounded_up() -> None:
    assert with_attrition(90, 0.1) == 100
    assert with_attrition(90.2, 0.1) == 101
    assert with_attrition(88, 0.0) == 88


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InputError, match="no trial reaches"):
        size(lambda n, m: proportions_power(0.3, 0.3, n, m), 0.8)
    with pytest.raises(InputError, match="between 0 and 1"):
        proportions_power(30, 20, 100, 100)
    with pytest.raises(InputError, match="not a share below 1"):
        with_attrition(100, 1.0)
    with pytest.raises(InputError, match="do not add up"):
        ordinal_power([0.5, 0.6], 2, 10, 10)
    with pytest.raises(InputError, match="not above 0"):
        means_power(1, 0, 10, 10)
