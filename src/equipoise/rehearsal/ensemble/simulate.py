"""Many trials at once: from who comes to who is lost, in columns, as conduct would have it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from equipoise.rehearsal.ensemble.block import Block, empty
from equipoise.rehearsal.ensemble.part import Part
from equipoise.rehearsal.ensemble.program import Program

PEOPLE_AT_ONCE = 8192
"""About how many randomized people are simulated side by side; of more, memory grows, not speed."""


def simulate(
    program: Program, seed: int, first: int, trials: int, threads: int = 1, *,
    peaks_below: int | None = None,
) -> Block:  # fmt: skip
    """Return trials ``first`` to ``first`` + ``trials`` - 1 of ``seed``.

    The same for any number of threads and any split of the trials into blocks. In trials with the
    number ``peaks_below`` or a greater one the highest concentrations are not-a-number, which takes
    half the time; None finds them in all.

    Raises:
        InputError: when too few of those who come are willing and eligible, or the slots of a
            stratum do not suffice; :class:`Broken` when something did not go as the loops assume.
    """
    block = empty(program, seed, first, trials)
    size = max(1, PEOPLE_AT_ONCE // program.participants)
    without = replace(program, pump=program.pump._replace(peaks=0))
    known = trials if peaks_below is None else min(max(peaks_below - first, 0), trials)
    parts = [
        (kind, at, min(size, end - at))
        for kind, begin, end in ((program, 0, known), (without, known, trials))
        for at in range(begin, end, size)
    ]

    def run(part: tuple[Program, int, int]) -> None:
        kind, at, count = part
        Part(kind, block, at, count).run()

    if threads == 1:
        for part in parts:
            run(part)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, parts))
    return block
