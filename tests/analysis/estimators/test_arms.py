from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.estimators.arms import spread, tally
from equipoise.analysis.estimators.noise import uniforms
from equipoise.chance import Chance

NAN = np.nan
SIZES = st.sampled_from([0, 1, 7, 8, 9, 30, 127, 128, 129, 200, 257, 1000])


def people(n: int, seed: int) -> tuple[Any, Any, Any]:
    """Return values, arms and who is included, of three trials."""
    u = uniforms(Chance(seed), (3,), np.arange(n), "people", 4)
    included = u[..., 0] < 0.9
    values = np.where(u[..., 1] < 0.1, NAN, np.round(90 * u[..., 2] - 40, 2))
    return np.where(included, values, NAN), u[..., 3] < 0.5, included


def test_each_arm_is_counted() -> None:
    values = np.array([[1.0, NAN, 0.0, 2.5, NAN, 1.0]])
    treated = np.array([[True, True, True, False, False, False]])
    included = np.array([[True, True, True, True, False, True]])
    found = tally(values, treated, included)
    assert found.known.tolist() == [[2, 2]]
    assert found.missing.tolist() == [[1, 0]]
    assert found.events.tolist() == [[1, 1]]
    assert found.total.tolist() == [[1.0, 3.5]]


@given(SIZES, st.integers(0, 9))
def test_sums_are_those_of_numpy_to_the_bit(n: int, seed: int) -> None:
    values, treated, included = people(n, seed)
    found = tally(values, treated, included)
    for place, arm in enumerate((treated, ~treated)):
        there = arm & ~np.isnan(values)
        assert (found.total[:, place] == np.where(there, values, 0.0).sum(axis=-1)).all()
        assert (found.known[:, place] == there.sum(axis=-1)).all()
        lack = arm & included & np.isnan(values)
        assert (found.missing[:, place] == lack.sum(axis=-1)).all()


@given(SIZES, st.integers(0, 9))
def test_mean_and_standard_deviation_are_those_of_numpy(n: int, seed: int) -> None:
    values, treated, _ = people(n, seed)
    found = spread(values, treated)
    for trial in range(3):
        for place, arm in enumerate((treated[trial], ~treated[trial])):
            mine = values[trial][arm & ~np.isnan(values[trial])]
            assert found.n[trial, place] == mine.size
            if mine.size:
                assert found.mean[trial, place] == pytest.approx(mine.mean(), abs=1e-12)
            if mine.size > 1:
                assert found.sd[trial, place] == pytest.approx(mine.std(ddof=1), rel=1e-12)


def test_equal_values_have_no_spread_and_one_value_has_none() -> None:
    values = np.array([0.1, 0.1, 0.1, 7.7, NAN])
    found = spread(values, np.array([True, True, True, False, False]))
    assert found.n.tolist() == [3, 1]
    assert found.mean.tolist() == [0.1, 7.7]
    assert found.sd.tolist() == [0, 0]


def test_visits_of_an_array_in_another_order_are_the_same() -> None:
    values, treated, included = people(30, 3)
    turned = np.asfortranarray(values)
    assert tally(turned, treated, included).total.tolist() == (
        tally(values, treated, included).total.tolist()
    )
