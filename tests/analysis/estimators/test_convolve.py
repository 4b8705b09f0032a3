from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators._convolve import convolved_p, tails, whole_blocks_p
from equipoise.analysis.estimators._redraw import every
from equipoise.analysis.estimators._scores import Trial
from equipoise.analysis.estimators.reference_set import Design, reference_set
from tests.analysis.estimators.dealt import SITUATIONS


def one(design: Design, arms: Any, compare: tuple[int, int], values: Any, ranked: bool) -> Any:
    dealt, numbers = np.array(arms), np.array(values, dtype=float)
    zeros = np.zeros_like(dealt)
    seen = np.isin(dealt, compare) & ~np.isnan(numbers)
    trial = Trial(numbers, dealt, zeros, seen, dealt == compare[0], zeros, ranked)
    return trial, reference_set(design, dealt, compare, zeros)


scores = st.one_of(st.integers(0, 5), st.sampled_from([0.5, np.nan, 2.3, -1.0]))


@pytest.mark.parametrize("ranked", [False, True])
@pytest.mark.parametrize(("design", "arms", "compare"), SITUATIONS)
@settings(max_examples=8)
@given(data=st.data())
def test_it_is_the_share_of_all_arrangements(
    design: Design, arms: tuple[int, ...], compare: tuple[int, int], ranked: bool, data: Any
) -> None:
    values = data.draw(st.lists(scores, min_size=len(arms), max_size=len(arms)))
    trial, reference = one(design, arms, compare, values, ranked)
    if trial.empty:
        return
    column = trial.scores()
    sums, chances = every(reference, column[None])
    assert convolved_p(trial, reference) == pytest.approx(trial.far(sums[0], chances, column))


def test_it_declines_what_is_no_whole_number_or_varies_within_strata() -> None:
    design, arms, compare = SITUATIONS[0]
    assert convolved_p(*one(design, arms, compare, [0.1234, 1, 2, 3, 4], False)) is None
    assert convolved_p(*one(design, arms, compare, [0.1234, 1, 2, 3, 4], True)) is not None
    trial, reference = one(design, arms, compare, [0, 1, 1, 0, 1], False)
    groups = np.array([0, 0, 0, 1, 1])
    within = Trial(trial.values, trial.arms, groups, trial.observed, trial.treated, groups, False)
    assert convolved_p(within, reference) is None


def test_it_declines_what_would_fill_the_memory() -> None:
    design, arms, compare = SITUATIONS[4]
    assert convolved_p(*one(design, arms, compare, [0, 1, 10_000_000, 3, 4, 5], False)) is None
    design, arms, compare = SITUATIONS[10]
    assert convolved_p(*one(design, arms, compare, [0, 1, 10_000_000, 3, 4, 5], False)) is None


def test_one_block_is_hypergeometric() -> None:
    places, treated = np.array([30]), np.array([12])
    for events, seen in ((10, 7), (1, 0), (30, 12), (17, 2)):
        law = stats.hypergeom(30, events, 12)
        k = np.arange(13)
        far = abs(k - events * 12 / 30) >= abs(seen - events * 12 / 30) - 1e-9
        expected = law.pmf(k)[far].sum()
        found = tails(np.array([[events]]), places, treated, np.array([seen]))
        assert found[0] == pytest.approx(expected, rel=1e-10)


@given(
    st.lists(
        st.tuples(st.integers(2, 5), st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=4
    )
)
def test_blocks_of_several_kinds_are_convolved(kinds: list[tuple[int, int, int]]) -> None:
    blocks = [(size, min(ones, size - 1), min(e, size)) for size, ones, e in kinds]
    places, treated, events = (np.array(column) for column in zip(*blocks, strict=True))
    law = np.ones(1)
    for size, ones, e in blocks:
        law = np.convolve(law, stats.hypergeom(size, e, ones).pmf(np.arange(ones + 1)))
    centre = float((events * treated / places).sum())
    possible = np.flatnonzero(law > 1e-12)
    for seen in (possible[0], possible[-1], possible[possible.size // 2]):
        far = abs(np.arange(law.size) - centre) >= abs(seen - centre) - 1e-9
        found = tails(events[None], places, treated, np.array([seen]))
        assert found[0] == pytest.approx(law[far].sum())


def test_an_ensemble_of_whole_blocks() -> None:
    design, arms, compare = SITUATIONS[3]
    arms = (0, 1, 1, 0, 1, 0, 0, 1)
    values = np.array([[1, 0, 1, 0, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1, 1, 0], [0] * 8])
    treated = np.tile(np.array(arms) == 1, (3, 1))
    trial, reference = one(design, arms, compare, values[0], False)
    found = whole_blocks_p(reference, values, treated)
    for row, p in zip(values, found, strict=True):
        trial, _ = one(design, arms, compare, row, False)
        assert p == pytest.approx(convolved_p(trial, reference))
    assert found[2] == 1.0
