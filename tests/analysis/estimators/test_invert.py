from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.analysis.estimators._invert import _limit, shifts
from equipoise.analysis.estimators._redraw import Draws, Sums
from equipoise.analysis.estimators._scores import Trial
from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
    reference_set,
)

ARMS = np.array([0, 1, 1, 0, 0, 1, 1, 0])
STRATA = np.array([0, 0, 1, 0, 1, 1, 1, 0])
DESIGNS: list[Design] = [PermutedBlocks((4,)), BigStick(2), Complete((2, 1)), Totals()]


def made(values: Any, design: Design, ranked: bool, groups: Any = None) -> tuple[Trial, Sums]:
    zeros = np.zeros_like(ARMS)
    within = zeros if groups is None else groups
    strata = zeros if groups is None else STRATA
    seen = ~np.isnan(values)
    trial = Trial(values, ARMS, strata, seen, ARMS == 1, within, ranked)
    return trial, Sums(reference_set(design, ARMS, (1, 0), strata), Draws(1, 20_000), 0)


def p_after(shift: float, trial: Trial, sums: Sums) -> float:
    scores = trial.scores(shift)
    found, chances = sums.of(scores)
    return trial.far(found[0], chances, scores)


@pytest.mark.parametrize("groups", [None, STRATA])
@pytest.mark.parametrize("ranked", [False, True])
@pytest.mark.parametrize("design", DESIGNS)
@settings(max_examples=5)
@given(
    st.lists(st.integers(-60, 60).map(lambda i: i / 8), min_size=8, max_size=8, unique=True),
    st.sampled_from([0.6, 0.8, 0.9]),
)
def test_limits_are_where_the_test_begins_to_reject(
    design: Design, ranked: bool, groups: Any, values: list[float], level: float
) -> None:
    if groups is not None and isinstance(design, PermutedBlocks):
        design = Totals()
    trial, sums = made(np.array(values), design, ranked, groups)
    assert sums.listed
    found = shifts(trial, sums, level)
    assert found.p_value == pytest.approx(p_after(0.0, trial, sums))
    assert found.low <= found.value <= found.high
    alpha, step = 1 - level, 1e-6
    if np.isfinite(found.low):
        assert p_after(found.low - step, trial, sums) <= alpha + 1e-9
        assert max(p_after(found.low, trial, sums), p_after(found.low + step, trial, sums)) > alpha
    if np.isfinite(found.high):
        assert p_after(found.high + step, trial, sums) <= alpha + 1e-9
        assert (
            max(p_after(found.high, trial, sums), p_after(found.high - step, trial, sums)) > alpha
        )


def test_the_value_is_the_difference_in_means_or_the_median_difference() -> None:
    values = np.array([1.0, 4, 6, 2, np.nan, 9, 3, 5])
    arm, reference = values[ARMS == 1], values[(ARMS == 0) & ~np.isnan(values)]
    trial, sums = made(values, Totals(), False)
    assert shifts(trial, sums, 0.9).value == pytest.approx(arm.mean() - reference.mean())
    trial, sums = made(values, Totals(), True)
    median = np.median(np.subtract.outer(arm, reference))
    assert shifts(trial, sums, 0.9).value == pytest.approx(median)


def test_of_drawn_ends_the_one_seen_counts_too() -> None:
    ends = np.arange(19.0)[::-1]  # with the one seen, twenty
    assert _limit(ends, None, 0.05) == 0.0
    assert _limit(ends, None, 0.1) == 1.0
    assert _limit(ends, None, 0.04) == -np.inf


def test_of_listed_ends_their_chances_count() -> None:
    ends, chances = np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.2, 0.3])
    assert _limit(ends, chances, 0.1) == 1.0
    assert _limit(ends, chances, 0.2) == 2.0
    assert _limit(ends, chances, 0.6) == 3.0
