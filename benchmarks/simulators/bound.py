"""The fewest cycles that our way of simulating a person on the pump can take, by counting.

Each event needs so many operations of float64 or of integers; a core with AVX-512 does 16 of them a
cycle at best (two units of eight lanes). Nothing is counted for loads, branches, bookkeeping,
divisions (as one), or lanes that idle because people differ, so no program reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.simulators.case import DRUGS, LOOKS_H, STOP_MIN, WISH, Case
from equipoise.kernels.pain import bound_per_min, most_demanding_pain

PER_CYCLE = 16
EXP, LOG = 36, 36  # equipoise.kernels.elementary, counted
PHILOX = 100  # ten rounds: two products of 32 bits with high halves, four exclusive ors, two keys
NORMAL = 30  # a rational function, and now and then a logarithm
COURSE = 4 * EXP + 40  # four exponentials move one drug over one piece
OPERATIONS: Mapping[str, int] = {
    # When it comes, and how strong the wish is: most are ruled out without a look at the pump.
    "candidates": EXP + 3 * LOG + PHILOX + 30,
    "presses": COURSE + 2 * EXP + LOG + 2 * PHILOX + NORMAL + 30,
    "looks": COURSE + 2 * EXP + PHILOX + NORMAL + 20,
    # Two pieces, and where the effect site turns: about three steps of Newton; for every drug.
    "boluses": len(DRUGS) * (2 * COURSE + 3 * COURSE),
    # Three models: roots of a cubic by cosines and two steps, weights.
    "people": len(DRUGS) * 250,
}
"""Operations for each of these."""


def events(of: Case, demands: float, delivered: float) -> dict[str, float]:
    """Return how many of each there are a person, on average."""
    slope, fading = WISH["pain_slope"], WISH["demand_fading_min"]
    bounds = [
        bound_per_min(per_min, slope,
                      most_demanding_pain(start, WISH["noise_sd"], effect, WISH["relief"], slope))
        for per_min, start, effect in zip(
            of.column("per_min"), of.column("start"), of.column("effect"), strict=True
        )
    ]  # fmt: skip
    candidates = float(np.mean(bounds)) * fading * (1 - np.exp(-STOP_MIN / fading))
    return {"candidates": candidates, "presses": demands, "looks": len(LOOKS_H),
            "boluses": delivered, "people": 1}  # fmt: skip


def least_cycles(each: Mapping[str, float]) -> float:
    """Return the lower bound of cycles a person."""
    return sum(OPERATIONS[name] * number for name, number in each.items()) / PER_CYCLE
