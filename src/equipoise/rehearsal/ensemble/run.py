"""The run of an ensemble: chunk after chunk, here or on a cluster, going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import polars as pl

from equipoise.errors import InputError
from equipoise.protocol.load import Loaded, digest
from equipoise.rehearsal.ensemble.plan import Cell, Chunk, Ensemble, compiled, usable
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rehearsal.ensemble.rows import check_analyses, people_rows, rows_of
from equipoise.rehearsal.ensemble.simulate import simulate
from equipoise.rehearsal.ensemble.storage import PEOPLE, TRIALS, Folder, begin

Rows = dict[str, pl.DataFrame]
Progress = Callable[[int, int], None]
"""Told how many trials are kept, and of how many."""
Worker = Callable[["Job", Iterable[Chunk]], Iterator[tuple[Chunk, Rows]]]
"""Makes the rows of chunks, in any order."""


@dataclass(frozen=True)
class Job:
    """All that a worker needs besides the chunk; it can be sent to another machine."""

    loaded: Loaded
    ensemble: Ensemble


def run(
    loaded: Loaded, ensemble: Ensemble, out: Path, progress: Progress, worker: Worker
) -> Folder:
    """Make what is missing of the ensemble in ``out``, and return its folder.

    Every chunk is kept as soon as it is made, so that a run that is stopped, in whatever way, is
    gone on with by the same call. Raises :class:`InputError` when ``out`` cannot be used or
    written, :class:`Broken` when a simulation is not as its loops assume.
    """
    check_analyses(usable(loaded))
    compiled(loaded, ensemble.cells[0], ensemble.participants)  # refuses before a folder is made
    folder = begin(out, ensemble)
    missing = folder.missing()
    total = ensemble.trials * len(ensemble.cells)
    done = total - sum(chunk.trials for chunk in missing)
    progress(done, total)
    for chunk, rows in worker(Job(loaded, ensemble), missing):
        folder.keep(chunk, rows)
        done += chunk.trials
        progress(done, total)
    return folder


def here(threads: int) -> Worker:
    """Return the worker of this process, with so many threads: each makes whole chunks."""
    if threads < 1:
        raise InputError("--threads", f"{threads} threads do nothing", "Give 1 or more.")

    def work(job: Job, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Rows]]:
        wanted = list(chunks)
        coming = iter(wanted)
        for_each = max(1, threads // max(1, len(wanted)))
        running: dict[Future[Rows], Chunk] = {}
        pool = ThreadPoolExecutor(threads)
        try:
            while True:
                for chunk in islice(coming, threads + 1 - len(running)):  # one waits its turn
                    chunk_program(job, chunk)  # once, not in every thread
                    running[pool.submit(chunk_rows, job, chunk, for_each)] = chunk
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for each in sorted(done, key=lambda one: one.exception() is not None):
                    yield running.pop(each), each.result()
        finally:
            pool.shutdown(cancel_futures=True)

    return work


def chunk_rows(job: Job, chunk: Chunk, threads: int = 1) -> Rows:
    """Return the rows of a chunk, by kind."""
    cell = job.ensemble.cells[chunk.cell]
    program = chunk_program(job, chunk)
    block = simulate(
        program, job.ensemble.seed, chunk.first, chunk.trials, threads,
        peaks_below=job.ensemble.trials_with_peaks(program.participants),
    )  # fmt: skip
    rows = {TRIALS: rows_of(block, program.protocol, threads)}
    if job.ensemble.people:
        rows[PEOPLE] = people_rows(block)
    where = [
        pl.lit(chunk.cell, pl.Int32).alias("cell"),
        pl.lit(cell.scenario).alias("scenario"),
        *(pl.lit(float(value)).alias(f"vary.{path}") for path, value in cell.changes.items()),
    ]
    return {kind: table.select(*where, pl.all()) for kind, table in rows.items()}


def chunk_program(job: Job, chunk: Chunk) -> Program:
    """Return the program of a chunk, compiled once for each process."""
    cell, asked = job.ensemble.cells[chunk.cell], job.ensemble.participants
    key = (digest(usable(job.loaded)), cell.scenario, tuple(cell.changes.items()), asked)
    return _compiled(_Once(job.loaded, key))


@dataclass(frozen=True, eq=False)
class _Once:
    """A program to be compiled, equal to any other with the same key."""

    loaded: Loaded
    key: tuple[str, str, tuple[tuple[str, float], ...], int | None]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@cache
def _compiled(once: _Once) -> Program:
    _, scenario, changes, participants = once.key
    return compiled(once.loaded, Cell(scenario, dict(changes)), participants)
