"""What a participant of an ensemble costs, stage by stage.

Run: ``python benchmarks/bench_ensemble.py [study] [trials]``. Times are of the processor, of one
thread, in microseconds per randomized participant: the least of several runs, each stage by itself,
so that the parts of a whole need not quite add up to it. Peaks of concentration are not sought.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from equipoise.analysis.endpoints import estimate_ensemble
from equipoise.kernels.ward import ward
from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble import part, rows
from equipoise.rehearsal.ensemble.program import Program, compile_program
from equipoise.rehearsal.ensemble.simulate import simulate

REPEATS = 5
STAGES = {
    "_recruit": "screening", "_allocate": "lists", "_treated": "who starts",
    "_live": "life", "_pump": "  on the pump", "_seconds": "    clock", "_body": "    bodies",
    "_write": "  writing", "_settle_doubts": "    in decimals",
}  # fmt: skip

Times = dict[str, float]


def clocked(times: Times, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` such that its time is added up under ``name``."""

    def timed(*args: Any, **options: Any) -> Any:
        began = time.thread_time()
        found = function(*args, **options)
        times[name] = times.get(name, 0.0) + time.thread_time() - began
        return found

    return timed


def simulation(program: Program, trials: int) -> Times:
    """Return the seconds that each stage of a simulation takes."""
    times: Times = {}
    whole = clocked(times, "simulation", simulate)
    for name, label in STAGES.items():
        setattr(part.Part, name, clocked(times, label, getattr(part.Part, name)))
    setattr(part, "ward", clocked(times, "    ward", ward))  # noqa: B010 - it is not exported
    simulate(program, 1, 0, 20, peaks_below=0)  # what is compiled or looked up once
    return least(times, lambda: whole(program, 1, 0, trials, peaks_below=0))


def analysis(program: Program, trials: int) -> Times:
    """Return the seconds that the rows of the trials take, and each endpoint of them."""
    block = simulate(program, 1, 0, trials, peaks_below=0)
    protocol, times = program.protocol, Times()
    whole = clocked(times, "analysis", rows.rows_of)
    facts = rows.facts_of(block, protocol)
    each = [
        (clocked(times, f"  {name}", estimate_ensemble), name) for name in protocol.all_endpoints()
    ]

    def run() -> None:
        whole(block, protocol)
        for estimated, name in each:
            estimated(protocol, facts, name)

    run()
    return least(times, run)


def least(times: Times, run: Callable[[], object]) -> Times:
    """Return the least of the ``times`` that several runs leave behind."""
    found: Times = {}
    for _ in range(REPEATS):
        times.clear()
        run()
        found = {name: min(taken, found.get(name, taken)) for name, taken in times.items()}
    return found


def main(study: str, trials: int = 500) -> None:
    """Print what each stage takes."""
    program = compile_program(load_study(study), "published")
    people = trials * program.participants
    print(f"{study}: {trials} trials of {program.participants}, µs per participant")
    stages = simulation(program, trials)
    order = ["simulation", *STAGES.values()]
    order.insert(order.index("    bodies") + 1, "    ward")
    for name in order:
        print(f"{name:<44}{stages.get(name, 0.0) / people * 1e6:8.3f}")
    for name, taken in analysis(program, trials).items():
        print(f"{name:<44}{taken / people * 1e6:8.3f}")


if __name__ == "__main__":
    given = sys.argv[1:] or ["NCT05718544"]
    main(given[0], *map(int, given[1:]))
