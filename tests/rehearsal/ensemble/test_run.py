"""Interrupted and resumed, on any number of threads, in any order: the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pytest

from equipoise.rehearsal.ensemble.plan import Chunk
from equipoise.rehearsal.ensemble.run import Job, Rows, chunk_rows, here, run
from equipoise.rehearsal.ensemble.storage import PEOPLE, TRIALS
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import knees, made, nothing, parts
from tests.rehearsals.knee import study


def test_a_run_that_is_stopped_and_gone_on_with_gives_the_same_bytes(tmp_path: Path) -> None:
    told = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(study(), knees(), tmp_path / "it", stop, here(1))
    assert len(parts(tmp_path / "it")) == 2 * 3
    assert parts(tmp_path / "it").items() < parts(made().path).items()
    told.clear()
    run(study(), knees(), tmp_path / "it", lambda *now: told.append(now), here(1))
    assert told == [(done, 80) for done in range(30, 90, 10)]
    assert parts(tmp_path / "it") == parts(made().path)


def test_two_threads_give_the_same_bytes(tmp_path: Path) -> None:
    run(study(), knees(), tmp_path / "it", nothing, here(2))
    assert parts(tmp_path / "it") == parts(made().path)


def test_the_order_in_which_chunks_are_made_does_not_matter(tmp_path: Path) -> None:
    def backwards(job: Job, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Rows]]:
        for chunk in reversed(list(chunks)):
            yield chunk, chunk_rows(job, chunk)

    run(study(), knees(), tmp_path / "it", nothing, backwards)
    assert parts(tmp_path / "it") == parts(made().path)


def test_chunks_of_another_size_hold_the_same_rows(tmp_path: Path) -> None:
    other = run(study(), knees(chunk=16), tmp_path / "it", nothing, here(1))
    for kind in (TRIALS, PEOPLE):
        for cell in range(2):
            mine = pl.concat(made().tables(kind, cell))
            assert mine.equals(pl.concat(other.tables(kind, cell)))


def test_more_trials_are_added_to_those_there(tmp_path: Path) -> None:
    run(study(), knees(trials=25), tmp_path / "it", nothing, here(1))
    told = []
    run(study(), knees(), tmp_path / "it", lambda *now: told.append(now), here(1))
    assert told[0] == (40, 80)  # the third chunk of each cell was too short
    assert parts(tmp_path / "it") == parts(made().path)


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    folder = run(study(), knees(), tmp_path / "it", nothing, here(1))
    damaged = folder.part(TRIALS, folder.ensemble.chunks(1)[2])
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    folder.part(PEOPLE, folder.ensemble.chunks(0)[0]).unlink()
    told = []
    run(study(), knees(), tmp_path / "it", lambda *now: told.append(now), here(1))
    assert [done for done, _ in told] == [60, 70, 80]
    assert parts(tmp_path / "it") == parts(made().path)


def test_a_study_that_cannot_be_simulated_leaves_no_folder(tmp_path: Path) -> None:
    said = refusal(run, study(), knees(participants=2000), tmp_path / "it", nothing, here(1))
    assert "2000 cannot be randomized" in said.what
    assert list(tmp_path.iterdir()) == []


def test_no_threads_do_nothing() -> None:
    assert "0 threads do nothing" in refusal(here, 0).what
