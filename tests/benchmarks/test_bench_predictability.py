from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from math import comb

import numpy as np
import pytest

from benchmarks.bench_predictability import (
    ACCURACIES,
    DESIGNS,
    FIGURE,
    PAGE,
    Chain,
    Design,
    Row,
    blocks,
    coin,
    convergence_rate,
    guess_chances,
    look,
    measure,
    stick,
    table,
)


def _exact(chain: Chain, q: float, places: int) -> float:
    """Add up every sequence of arms and everything that the guesser may take them for."""

    def weight(arms: Sequence[int], seen: Sequence[int]) -> float:
        belief = chain.start
        for arm in arms:
            belief = belief @ (chain.first, chain.second)[arm]
        right = sum(arm == look for arm, look in zip(arms, seen, strict=False))
        return float(belief.sum()) * q**right * (1 - q) ** (len(seen) - right)

    total = 0.0
    for at in range(places):
        for seen in product((0, 1), repeat=at):
            next_arm = [
                sum(weight((*before, arm), seen) for before in product((0, 1), repeat=at))
                for arm in (0, 1)
            ]
            total += max(next_arm)
    return total / places


def _mean(chain: Chain, q: float, places: int) -> float:
    """Follow the guesser through all sequences and errors at once, each by its probability."""
    total = 0.0
    for arms in product((0, 1), repeat=places):
        belief = chain.start
        for arm in arms:
            belief = belief @ (chain.first, chain.second)[arm]
        for seen in product((0, 1), repeat=places):
            wrong = sum(arm != look for arm, look in zip(arms, seen, strict=True))
            chance = belief.sum() * (1 - q) ** wrong * q ** (places - wrong)
            if chance:  # what cannot be seen is no case of the guesser's
                total += chance * guess_chances(chain, np.array([arms]), np.array([seen]), q).mean()
    return total


@pytest.mark.parametrize("q", ACCURACIES)
@pytest.mark.parametrize("chain", [coin(), blocks([4]), blocks([2, 4]), stick(2)])
def test_the_filter_is_the_best_guess(chain: Chain, q: float) -> None:
    assert _mean(chain, q, 5) == pytest.approx(_exact(chain, q, 5), abs=1e-12)


@pytest.mark.parametrize("chain", [coin(), blocks([4]), blocks([4, 6, 8]), stick(3)])
def test_a_chain_goes_somewhere_from_every_state(chain: Chain) -> None:
    assert chain.start.sum() == pytest.approx(1)
    assert (chain.first + chain.second).sum(axis=1) == pytest.approx(np.ones(len(chain.start)))


@pytest.mark.parametrize(
    ("name", "half"), [("blocks of 4", 2), ("blocks of 6", 3), ("blocks of 8", 4)]
)
def test_blocks_are_guessed_as_often_as_the_closed_form_says(name: str, half: int) -> None:
    """Blackwell and Hodges 1957, doi:10.1214/aoms/1177706973, for one block of 2 * half."""
    closed = 0.5 + (4**half / comb(2 * half, half) - 1) / (4 * half)
    assert measure(_design(name), 300).rates[0] == pytest.approx(closed, abs=0.004)


@pytest.mark.parametrize("limit", [3, 4])
def test_the_big_stick_is_guessed_as_often_as_its_walk_is_at_the_limit(limit: int) -> None:
    """A reflected walk is at one of its ends every 2 * limit steps, and certain only there."""
    row = measure(_design(f"big stick, limit {limit}"), 300)
    assert row.rates[0] == pytest.approx(0.5 + 1 / (4 * limit), abs=0.006)
    assert row.certain == pytest.approx(1 / (2 * limit), abs=0.01)


def _design(name: str) -> Design:
    return next(design for design in DESIGNS if design.name == name)


def test_nobody_guesses_a_coin() -> None:
    row = measure(DESIGNS[0], 50)
    assert row.rates == pytest.approx((0.5, 0.5, 0.5))
    assert row.certain == 0


def test_convergence_names_the_arm_that_is_behind() -> None:
    assert convergence_rate(np.array([[0, 1, 1, 0]])) == pytest.approx((0.5 + 1 + 0.5 + 1) / 4)
    assert convergence_rate(np.array([[0, 0, 1, 1]])) == pytest.approx((0.5 + 0 + 1 + 1) / 4)


def test_somebody_with_accuracy_q_is_right_so_often() -> None:
    arms = np.zeros((100, 200), dtype=int)
    for q in (*ACCURACIES, 0.5):
        assert (look(arms, q) == 0).mean() == pytest.approx(q, abs=0.015)
    assert (look(arms, 1.0) == arms).all()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_the_page_says_what_is_measured(design: Design) -> None:
    row = measure(design, 150)
    (line,) = [x for x in PAGE.read_text("utf-8").splitlines() if x.startswith(f"| {row.name} |")]
    stated = [float(cell.rstrip("%")) for cell in re.findall(r"[\d.]+%?(?= \|)", line)[-6:]]
    measured = [*row.rates, row.certain * 100, row.convergence, row.imbalance]
    tolerances = [0.008, 0.008, 0.008, 1.5, 0.01, 1.5]
    for said, found, tolerance in zip(stated, measured, tolerances, strict=True):
        assert said == pytest.approx(found, abs=tolerance)


def test_the_figure_names_every_design() -> None:
    drawn = FIGURE.read_text("utf-8")
    assert not [design.name for design in DESIGNS if f">{design.name}<" not in drawn]


def test_a_row_is_written_as_a_line() -> None:
    row = Row("coin", (0.5, 0.50049, 1.0), 0.333, 0.25, 17.34)
    assert table([row]).splitlines()[2] == "| coin | 0.500 | 0.500 | 1.000 | 33% | 0.250 | 17.3 |"
