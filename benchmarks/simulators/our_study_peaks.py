"""The whole shipped study by equipoise, with the highest concentrations of everybody."""

from __future__ import annotations

from benchmarks.simulators import our_study

TITLE = "equipoise, with everybody's peaks"


def run(
    trials: int, participants: int = our_study.PARTICIPANTS, threads: int = 1
) -> dict[str, float]:
    """Simulate as :func:`benchmarks.simulators.our_study.run` does."""
    return our_study.run(trials, participants, threads, peaks=True)
