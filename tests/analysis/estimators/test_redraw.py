from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.estimators import _redraw
from equipoise.analysis.estimators._redraw import Draws, Sums, arrangements, every, redraw
from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
    reference_set,
)
from equipoise.errors import InputError
from tests.analysis.estimators.dealt import SITUATIONS, binary

ARMS = np.tile([0, 1, 1, 0], 10)
DESIGNS: list[Design] = [PermutedBlocks((4,)), Totals(), BigStick(3), Complete()]


def made(design: Design, arms: Any = ARMS, compare: tuple[int, int] = (1, 0)) -> Any:
    return reference_set(design, np.array(arms), compare, np.zeros(len(arms), dtype=np.int64))


@pytest.mark.parametrize("largest_table", [4096, 1])
@pytest.mark.parametrize(("design", "arms", "compare"), SITUATIONS)
def test_draws_fall_as_often_as_they_should(
    design: Design,
    arms: tuple[int, ...],
    compare: tuple[int, int],
    largest_table: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_redraw, "_TABLE", largest_table)  # 1: every urn is drawn place by place
    reference = made(design, arms, compare)
    sums, chances = every(reference, binary(len(arms)))
    possible, which = np.unique(sums[0], return_inverse=True)
    expected = np.bincount(which, weights=chances)
    drawn = redraw(reference, binary(len(arms)), Draws(7, 40_000))[0]
    counts = (drawn[:, None] == possible).sum(axis=0)
    assert counts.sum() == drawn.size
    assert stats.chisquare(counts, expected * drawn.size).pvalue > 1e-3


@pytest.mark.parametrize("design", DESIGNS)
def test_draws_depend_on_their_address_alone(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = np.stack([np.sqrt(np.arange(40.0)), np.arange(40.0) ** 2])
    together = redraw(made(design), columns, Draws(2**63 + 5, 3000))
    monkeypatch.setattr(_redraw, "_CHUNK", 77)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    apart = redraw(made(design), columns, Draws(2**63 + 5, 3000))
    assert np.array_equal(together, apart)
    assert np.array_equal(redraw(made(design), columns[1:], Draws(2**63 + 5, 200)), apart[1:, :200])
    for other in (
        redraw(made(design), columns, Draws(2**63 + 6, 3000)),
        redraw(made(design), columns, Draws(5, 3000)),
        redraw(made(design), columns, Draws(2**63 + 5, 3000), trial=1),
    ):
        assert abs(np.corrcoef(other[0], apart[0])[0, 1]) < 0.08


@pytest.mark.parametrize("design", DESIGNS)
def test_participants_of_one_draw_are_unrelated_but_for_the_design(design: Design) -> None:
    # Between the first of two far blocks there is no correlation; a shared word would show.
    columns = np.zeros((2, 40))
    columns[0, 0], columns[1, 36] = 1.0, 1.0
    one, other = redraw(made(design), columns, Draws(3, 100_000))
    expected = -1 / 39 if isinstance(design, Totals) else 0.0
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(expected, abs=0.015)


def test_small_and_large_urns_of_one_trial_have_unrelated_draws() -> None:
    design = PermutedBlocks((2, 20), realised={0: (2, 20, 2)})
    arms = [0, 1] + [0, 1] * 10 + [1, 0]
    columns = np.zeros((2, 24))
    columns[0, 0], columns[1, 2] = 1.0, 1.0
    one, other = redraw(made(design, arms), columns, Draws(3, 100_000))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.015


def test_how_many_arrangements_there_are() -> None:
    assert arrangements(made(PermutedBlocks((4,)))) == pytest.approx(6.0**10)
    assert arrangements(made(Totals(), [0, 1, 1, 0, 1])) == pytest.approx(10)
    assert arrangements(made(Complete(), [0, 1, 1])) == pytest.approx(8)
    assert arrangements(made(BigStick(2), np.tile([0, 1], 2000))) == np.inf
    assert not Sums(made(Totals()), Draws(1), 0).listed
    assert Sums(made(Totals(), [0, 1] * 10), Draws(1), 0).listed


@pytest.mark.parametrize(("seed", "number"), [(-1, 10), (2**64, 10), (0, 0), (0, 2**32)])
def test_draws_without_an_address_are_refused(seed: int, number: int) -> None:
    with pytest.raises(InputError):
        Draws(seed, number)
