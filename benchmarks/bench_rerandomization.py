"""How fast a trial is re-randomized, beside scipy.stats.permutation_test, in one run.

200 participants in 50 blocks of 4, a million re-randomizations. scipy keeps no blocks, so it draws
from fixed totals; its time is measured on fewer draws and scaled to a million, which is said. The
median of the rounds, with the lowest and the highest. All P values are printed: those by the same
reference set must agree within their Monte Carlo error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from scipy import stats

from equipoise.analysis.estimators._redraw import redraw
from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
    reference_set,
)
from equipoise.analysis.estimators.rerandomization import (
    Draws,
    monte_carlo_error,
    rerandomization,
    rerandomization_p,
)
from equipoise.chance import Chance, SeededEntropy
from equipoise.rules.allocation.designs import permuted_blocks
from equipoise.rules.allocation.generator import below, entropy_words

PARTICIPANTS = 200
TRIALS = 10_000
SCIPY_DRAWS = 20_000
ROUNDS = 5
DRAWS = Draws(seed=20260101)
DESIGNS: list[Design] = [
    PermutedBlocks((4,)),
    Complete(),
    Totals(),
    BigStick(3),
    PermutedBlocks((4, 6)),
]


def dealt() -> Any:
    """Return the arms of one trial, in blocks of 4."""
    source = entropy_words(SeededEntropy(1, "benchmark"))
    return np.array(permuted_blocks(lambda n: below(source, n), (1, 1), (4,), PARTICIPANTS))


def seconds(work: Callable[[], Any]) -> tuple[Any, list[float]]:
    """Return what ``work`` gives, and the time of each round, after one to compile."""
    found, times = work(), []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return found, times


def said(name: str, times: Sequence[float], unit: float = 1.0, note: str = "") -> None:
    """Print one line; the times are divided by ``unit``."""
    low, middle, high = (value / unit for value in (min(times), median(times), max(times)))
    print(f"{name:<52}{middle:>10.4g}   ({low:.4g} to {high:.4g})  {note}")


def with_scipy(values: Any, arms: Any) -> Any:
    """Return scipy's P value by the difference in means."""

    def difference(one: Any, other: Any, axis: int) -> Any:
        return one.mean(axis=axis) - other.mean(axis=axis)

    return stats.permutation_test(
        (values[arms == 1], values[arms == 0]),
        difference,
        n_resamples=SCIPY_DRAWS,
        vectorized=True,
        batch=1000,
    ).pvalue


def main() -> None:
    """Print the table."""
    arms, chance = dealt(), Chance(7)
    pain = np.array([chance.normal(i, "pain", 0) for i in range(PARTICIPANTS)]) + 0.2 * arms
    events = np.array([chance.uniform(i, "event", 0) < 0.41 for i in range(PARTICIPANTS)]) * 1.0
    zeros = np.zeros(PARTICIPANTS, dtype=np.int64)

    print(f"{os.cpu_count()} threads; seconds for a million re-randomizations of {PARTICIPANTS}")
    for design in DESIGNS:
        reference = reference_set(design, arms, (1, 0), zeros)
        column = (pain - pain.mean())[None]
        _, times = seconds(partial(redraw, reference, column, DRAWS))
        said(f"draw and sum: {design.name} {getattr(design, 'sizes', '')}", times)
    for design in DESIGNS:
        p, times = seconds(partial(rerandomization_p, pain, arms, design, draws=DRAWS))
        error = float(monte_carlo_error(p, DRAWS.number))
        said(
            f"P of a measurement: {design.name} {getattr(design, 'sizes', '')}",
            times,
            note=f"P {p:.5f}, error {error:.5f}",
        )
    found, times = seconds(lambda: rerandomization(pain, arms, DESIGNS[0], draws=DRAWS))
    said("P and interval: permuted blocks", times, note=f"{found.low:.4f} to {found.high:.4f}")
    p, times = seconds(lambda: with_scipy(pain, arms))
    scale = SCIPY_DRAWS / DRAWS.number
    error = float(monte_carlo_error(p, SCIPY_DRAWS))
    note = f"P {p:.5f}, error {error:.5f}; {SCIPY_DRAWS:,} draws, scaled"
    said("scipy permutation_test (fixed totals)", times, scale, note)

    print("\nexact P of events: milliseconds a trial")
    for design in DESIGNS:
        p, times = seconds(partial(rerandomization_p, events, arms, design, draws=DRAWS))
        said(f"one trial: {design.name} {getattr(design, 'sizes', '')}", times, 1e-3, f"P {p:.6f}")
    p, times = seconds(lambda: with_scipy(events, arms))
    note = f"P {p:.5f}; {SCIPY_DRAWS:,} draws, not scaled"
    said("scipy permutation_test (fixed totals)", times, 1e-3, note)

    many = np.array(
        [
            [(7919 * t + 104729 * i * i + i * t) % 100 < 41 for i in range(PARTICIPANTS)]
            for t in range(TRIALS)
        ]
    ).astype(float)
    _, times = seconds(lambda: rerandomization_p(many, arms, DESIGNS[0], draws=DRAWS))
    said(f"ensemble of {TRIALS:,}, blocks of 4: microseconds a trial", times, TRIALS * 1e-6)


if __name__ == "__main__":
    main()
