from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.estimators.area import area_under_curve
from equipoise.errors import InputError

NAN = np.nan
HOURS = [0, 1, 4]

scores = st.lists(st.integers(0, 10).map(float), min_size=5, max_size=5)


@given(y=scores, ends=st.sampled_from(["missing", "observed", "carry"]))
def test_without_gaps_it_is_the_trapezoid_rule(y: list[float], ends: Any) -> None:
    hours = np.array([0, 2, 3, 7, 24])
    area = np.trapezoid(y, hours)
    got = area_under_curve(y, hours, ends=ends, per_hour=False)
    assert got == pytest.approx(area)
    assert area_under_curve(y, hours, ends=ends) == pytest.approx(area / 24)
    assert min(y) - 1e-9 <= area_under_curve(y, hours, ends=ends) <= max(y) + 1e-9


@given(y=scores, at=st.integers(1, 3))
def test_a_gap_is_bridged_by_a_straight_line(y: list[float], at: int) -> None:
    hours = [0, 2, 3, 7, 24]
    gap = [*y[:at], NAN, *y[at + 1 :]]
    filled = [*y[:at], np.interp(hours[at], [hours[at - 1], hours[at + 1]], [y[at - 1], y[at + 1]])]
    got = area_under_curve(gap, hours)
    assert got == pytest.approx(area_under_curve([*filled, *y[at + 1 :]], hours))


@pytest.mark.parametrize(
    ("ends", "area", "hours"),
    [
        ("missing", [9, 8, NAN, NAN, NAN], 4),
        ("observed", [9, 8, 9, 2.5, NAN], [4, 4, 3, 1, 1]),
        # 2 carried back one hour; 3 carried on for three hours
        ("carry", [9, 8, 11, 11.5, NAN], 4),
    ],
)
def test_what_becomes_of_a_missing_end(ends: Any, area: list[float], hours: Any) -> None:
    y = np.array([[1, 2, 3], [1, NAN, 3], [NAN, 2, 4], [2, 3, NAN], [NAN, NAN, 2]])
    got = area_under_curve(y, HOURS, ends=ends, per_hour=False)
    assert got == pytest.approx(area, nan_ok=True)
    assert area_under_curve(y, HOURS, ends=ends) == pytest.approx(
        np.array(area) / hours, nan_ok=True
    )


def test_times_as_measured() -> None:
    y = np.array([[2.0, 4, 4], [2, 4, 4], [2, 4, 4]])
    times = np.array([[0.0, 1, 2], [0, 2, 3], [0, NAN, 4]])
    assert area_under_curve(y, times) == pytest.approx([3.5, 10 / 3, 3])


def test_too_few_scores() -> None:
    y = np.array([[1.0, NAN, 3], [1, 2, 3], [NAN] * 3])
    assert area_under_curve(y, HOURS, fewest=3) == pytest.approx([NAN, 2.25, NAN], nan_ok=True)


def test_an_ensemble_is_its_trials() -> None:
    y = np.arange(24.0).reshape(2, 4, 3) % 7
    y[0, 1, 2] = NAN
    together = area_under_curve(y, HOURS, ends="carry")
    assert together.shape == (2, 4)
    for i in range(2):
        assert together[i] == pytest.approx(area_under_curve(y[i], HOURS, ends="carry"))


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="do not ascend"):
        area_under_curve([1, 2, 3], [0, 2, 2])
    with pytest.raises(InputError, match="infinite"):
        area_under_curve([1, np.inf], [0, 1])
    with pytest.raises(InputError, match="span an area"):
        area_under_curve([1, 2], [0, 1], fewest=1)
