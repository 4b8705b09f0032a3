from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.estimators._scores import Trial

VALUES = [3.0, 1.0, 2.0, np.nan, 2.0, 8.0]
ARMS = [1, 0, 1, 1, 0, 0]


def trial(ranked: bool, groups: Any = (0, 0, 0, 0, 0, 0), values: Any = VALUES) -> Trial:
    numbers, arms = np.array(values), np.array(ARMS)
    seen = ~np.isnan(numbers)
    return Trial(numbers, arms, np.array(groups), seen, arms == 1, np.array(groups), ranked)


def test_values_less_their_mean() -> None:
    assert trial(False).scores() == pytest.approx([-0.2, -2.2, -1.2, 0, -1.2, 4.8])
    assert trial(False).scores(1.0) == pytest.approx([-0.8, -1.8, -1.8, 0, -0.8, 5.2])
    within = trial(False, (0, 0, 1, 1, 1, 0)).scores()
    assert within == pytest.approx([-1, -3, 0, 0, 0, 4])


def test_ranks_less_theirs() -> None:
    assert trial(True).scores() == pytest.approx([1, -2, -0.5, 0, -0.5, 2])
    # groups of three and two: divided by four and three (van Elteren)
    within = trial(True, (0, 0, 1, 1, 1, 0)).scores()
    assert within == pytest.approx([0, -1 / 4, 0, 0, 0, 1 / 4])


def test_a_shift_by_a_difference_ties_what_it_makes_equal() -> None:
    values = [0.3, 0.1, 0.1 + 0.2, np.nan, 5.0, 7.0]
    moved = trial(True, values=values).scores(0.3 - 0.1)
    assert moved[0] == moved[1] == moved[2]


def test_sums_as_far_out_as_the_one_seen() -> None:
    scores = trial(False).scores()  # the treated have -1.4
    sums = np.array([-1.4, 1.4, 1.3999, -2.0, 0.0])
    assert trial(False).far(sums, None, scores) == pytest.approx(4 / 6)
    chances = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    assert trial(False).far(sums, chances, scores) == pytest.approx(0.55)


def test_an_arm_without_values() -> None:
    assert not trial(False).empty
    assert trial(False, values=[np.nan, 1, np.nan, np.nan, 2, 3]).empty
    assert trial(False, values=[1, np.nan, 1, 1, np.nan, np.nan]).empty


def test_the_rank_sum_is_mann_whitneys() -> None:
    scores = trial(True).scores()
    u = stats.mannwhitneyu([3, 2], [1, 2, 8]).statistic
    assert scores[[0, 2]].sum() == pytest.approx(u - 2 * 3 / 2)
