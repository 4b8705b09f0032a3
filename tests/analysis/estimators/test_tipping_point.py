from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from equipoise.analysis.estimators.binary import odds_ratio, risk_difference, risk_ratio
from equipoise.analysis.estimators.estimate import NOTHING_OBSERVED, Estimate
from equipoise.analysis.estimators.reference_based import Assumption, conditional_mean
from equipoise.analysis.estimators.tipping_point import binary_map, delta_map, delta_path
from equipoise.errors import InputError


def shifted(delta: float, delta_ref: float = 0.0) -> Estimate:
    """A difference of -3 + delta - delta_ref with standard error 1."""
    value = -3 + delta - delta_ref
    p = 2 * special.ndtr(-abs(value))
    v, low, high = (np.float64(x) for x in (value, value - 1.96, value + 1.96))
    return Estimate("mean difference", v, low, high, 0.95, np.float64(p), "z", np.str_(""))


def test_every_table_is_the_trial_with_those_events() -> None:
    made = binary_map(risk_ratio, (5, 9, 3), (8, 10, 2))
    assert made.verdict.shape == (4, 3)
    for k in range(4):
        for j in range(3):
            e = risk_ratio(5 + k, 12, 8 + j, 12)
            for name in ("value", "low", "high", "p_value"):
                assert np.asarray(getattr(made.estimate, name))[k, j] == getattr(e, name)


def test_the_verdict_and_where_it_changes() -> None:
    made = binary_map(risk_ratio, (55, 85, 14), (75, 88, 12))
    p, value = np.asarray(made.estimate.p_value), np.asarray(made.estimate.value)
    assert (made.verdict == np.where(p < 0.05, np.sign(np.log(value)), 0)).all()
    assert made.at_random == pytest.approx((14 * 55 / 85, 12 * 75 / 88))
    assert made.start == (9, 10)
    assert made.verdict[9, 10] == -1
    assert (made.tipped == (made.verdict != -1)).all()
    assert made.nearest is not None
    k, j = made.nearest
    assert made.tipped[k, j]
    away = abs(k - made.at_random[0]) + abs(j - made.at_random[1])
    for row, column in np.argwhere(made.tipped):
        assert abs(row - made.at_random[0]) + abs(column - made.at_random[1]) >= away - 1e-12


def test_both_signs_can_be_reached() -> None:
    made = binary_map(partial(risk_difference, method="newcombe"), (10, 20, 40), (10, 20, 40))
    assert set(np.unique(made.verdict)) == {-1, 0, 1}
    assert made.start is not None
    assert made.verdict[made.start] == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 6), st.integers(0, 6))
def test_swapping_the_arms_turns_the_map_over(x1: int, x0: int, m1: int, m0: int) -> None:
    a = binary_map(odds_ratio, (x1, 12, m1), (x0, 12, m0))
    b = binary_map(odds_ratio, (x0, 12, m0), (x1, 12, m1))
    assert (b.verdict == -a.verdict.T).all()
    assert (b.tipped == a.tipped.T).all()


def test_with_nothing_missing_there_is_one_table_and_no_tipping() -> None:
    made = binary_map(risk_ratio, (65, 99, 0), (86, 100, 0))
    assert made.verdict.tolist() == [[-1]]
    assert (made.start, made.nearest) == ((0, 0), None)
    assert not made.tipped.any()


def test_with_nothing_observed_there_is_no_start() -> None:
    made = binary_map(risk_ratio, (0, 0, 12), (8, 10, 2))
    assert (made.start, made.nearest, made.note) == (None, None, NOTHING_OBSERVED)
    assert np.isnan(made.at_random).all()
    assert not made.tipped.any()
    assert np.isfinite(np.asarray(made.estimate.p_value)).all()


@pytest.mark.parametrize("counts", [(5, 4, 1), (-1, 4, 1), (1, 4, -1), (1.5, 4, 1)])
def test_counts_are_whole_and_fit(counts: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="tipping point"):
        binary_map(risk_ratio, counts, (1, 2, 0))


def test_the_delta_at_which_the_conclusion_tips() -> None:
    path = delta_path(shifted, [0.0, 1.0, 2.0, 3.0])
    assert path.tipping == pytest.approx(3 - 1.959964, abs=1e-5)
    assert np.asarray(path.estimate.value).tolist() == [-3, -2, -1, 0]
    # of two crossings the one nearest to 0
    assert delta_path(shifted, [0.0, 3.0, 6.0]).tipping == pytest.approx(1.040036, abs=1e-5)
    assert np.isnan(delta_path(shifted, [-1.0, 0.0]).tipping)
    with pytest.raises(InputError, match="deltas"):
        delta_path(shifted, [1.0, 0.0])


def test_the_path_of_a_real_analysis() -> None:
    y = np.column_stack([np.arange(40.0) % 7, np.arange(40.0) % 5])
    arm = np.arange(40) % 2 == 0
    y[:, 1] -= 2.5 * arm
    y[::8, 1] = np.nan

    def analyse(delta: float) -> Estimate:
        return conditional_mean(y, arm, Assumption(delta=delta * arm[:, None])).difference

    path = delta_path(analyse, [0.0, 5.0, 10.0, 20.0])
    assert analyse(path.tipping).p_value == pytest.approx(0.05, abs=1e-6)


def test_a_map_of_deltas() -> None:
    made = delta_map(shifted, [0.0, 1.0, 2.0], [0.0, 1.0])
    assert np.asarray(made.estimate.value).tolist() == [[-3, -4], [-2, -3], [-1, -2]]
    assert made.verdict.tolist() == [[-1, -1], [-1, -1], [0, -1]]
    assert (made.start, made.nearest) == ((0, 0), (2, 0))


def test_the_nearest_pair_counts_from_each_arm_s_own_expectation() -> None:
    made = binary_map(risk_ratio, (6, 60, 40), (30, 60, 40))
    assert made.at_random == pytest.approx((4, 20))
    tipped = np.argwhere(made.tipped)
    away = np.abs(tipped - [4, 20]).sum(axis=1)
    assert made.nearest is not None
    assert np.abs(np.array(made.nearest) - [4, 20]).sum() == away.min()
    assert np.abs(tipped - [4, 4]).sum(axis=1).argmin() != away.argmin()
