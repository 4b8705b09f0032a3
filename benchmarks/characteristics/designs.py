"""Re-randomization under a drift, and tests that look more than once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from benchmarks.characteristics.rate import CHANCE, Rate, simulated
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.group_sequential import (
    family,
    obrien_fleming_type,
    pocock_type,
    spending,
)
from equipoise.analysis.estimators.noise import normals, uniforms
from equipoise.analysis.estimators.reference_set import Complete, PermutedBlocks
from equipoise.analysis.estimators.rerandomization import Draws, rerandomization_p


def dealt_again(*, quick: bool) -> Iterator[Rate]:
    """Yield type I error in blocks of 4 while scores drift, by tests that know the blocks or not.

    The sum of a score 0 to 10 by arm is convolved: these P values are exact.
    """
    trials, n = 40 if quick else 1000, 40
    z = normals(CHANCE, (trials,), range(n), "drifting scores", 1)[..., 0]
    order = uniforms(CHANCE, (trials,), range(n), "blocks of 4", 1)[..., 0]
    place = np.argsort(order.reshape(trials, n // 4, 4), axis=-1).reshape(trials, n)
    arms = (place < 2).astype(np.int64)
    for name, slope in (("no drift", 0.0), ("drift of 4 SD", 4.0)):
        scores = np.clip(np.round(5 + z + slope * (np.arange(n) / (n - 1) - 0.5)), 0, 10)
        for design in (PermutedBlocks((4,)), Complete()):
            p = rerandomization_p(scores, arms, design, draws=Draws(1, 999))
            panel = "type I error, blocks of 4, n = 40"
            yield simulated(panel, f"dealt again by {design.name}", name, np.asarray(p) <= 0.05, 5)
        arm = np.where(arms == 1, scores, np.nan)
        e = mean_difference(arm, np.where(arms == 0, scores, np.nan))
        yield simulated(panel, "Welch", name, np.asarray(e.p_value) <= 0.05, 5)


def looks(*, quick: bool) -> Iterator[Rate]:
    """Yield the one-sided type I error of designs with looks at a Brownian motion without drift."""
    trials = 20_000 if quick else 400_000
    for k in (2, 3, 5):
        even = tuple((look + 1) / k for look in range(k))
        steps = normals(CHANCE, (trials,), range(1), f"looks {k}", k)[:, 0]
        z = np.cumsum(steps, axis=-1) / np.sqrt(np.arange(1, k + 1))
        plans = {
            "no correction": (float(special.ndtri(0.975)),) * k,
            "O'Brien-Fleming": family(even, 0.025, "O'Brien-Fleming").upper,
            "Pocock": family(even, 0.025, "Pocock").upper,
            "Haybittle-Peto": family(even, 0.025, "Haybittle-Peto").upper,
            "spending, O'Brien-Fleming type": spending(even, 0.025, obrien_fleming_type).upper,
            "spending, Pocock type": spending(even, 0.025, pocock_type).upper,
        }
        for name, upper in plans.items():
            crossed = (z >= np.array(upper)).any(axis=-1)
            yield simulated("one-sided type I error", name, f"{k} looks", crossed, 2.5)
