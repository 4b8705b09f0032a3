"""The whole shipped study by equipoise: trials of the ensemble, some at a time."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray

from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble.plan import PEOPLE_WITH_PEAKS
from equipoise.rehearsal.ensemble.program import Program, compile_program
from equipoise.rehearsal.ensemble.simulate import simulate

Floats = NDArray[np.float64]

TITLE = "equipoise"
PARTICIPANTS = 200
AT_ONCE = 500
"""Trials whose answers are in memory at the same time."""
STUDY, SCENARIO = "NCT05718544", "published"
ENDPOINT = ("month24", "chronic_pain", "chronic_postsurgical_pain")


@cache
def program_for(participants: int) -> Program:
    """Return the compiled study."""
    return compile_program(load_study(STUDY), SCENARIO, participants)


def run(
    trials: int, participants: int = PARTICIPANTS, threads: int = 1, *, peaks: bool = False
) -> dict[str, float]:
    """Simulate ``trials`` trials; return the means that tell whether it is the same study.

    As the command does, it finds concentrations in the first trials, with ``peaks`` in all.
    """
    below = None if peaks else math.ceil(PEOPLE_WITH_PEAKS / participants)
    program = program_for(participants)

    def some(first: int) -> tuple[Floats, Floats]:
        count = min(AT_ONCE, trials + 1 - first)
        block = simulate(program, 2023, first, count, peaks_below=below)
        pain, known = block.answers[ENDPOINT], ~np.isnan(block.answers[ENDPOINT])
        counts = np.empty((2, 2, count))
        for side in (0, 1):
            here = known & (block.arm == side) & block.treated
            counts[:, side] = (here & (pain == 1)).sum(axis=1), here.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = counts[0] / counts[1]
            return counts.sum(axis=2), rates[0] / rates[1]

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(some, range(1, trials + 1, AT_ONCE)))
    events, asked = np.sum([counts for counts, _ in parts], axis=0)
    ratios = [each for _, each in parts]
    share = events / asked
    return {
        "chronic pain, combined": float(share[0]),
        "chronic pain, placebo": float(share[1]),
        "median risk ratio": float(np.nanmedian(np.concatenate(ratios))),
    }
