"""The folder: refused when it is another's, never half written, a full disk in one sentence."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from equipoise.rehearsal.ensemble import storage
from equipoise.rehearsal.ensemble.run import here, run
from equipoise.rehearsal.ensemble.storage import KEPT, MANIFEST, begin, opened, write_whole
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import knees, made, nothing, parts
from tests.rehearsals.knee import study


def test_a_manifest_says_which_ensemble_it_is() -> None:
    data = json.loads((made().path / MANIFEST).read_text())
    assert data["synthetic"].startswith("REHEARSAL")
    assert [cell["scenario"] for cell in data["cells"]] == ["plain", "useless"]
    assert opened(made().path).ensemble == knees()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seed": 4}, "the seed differs"),
        ({"participants": 9}, "the number of participants differs"),
        ({"people": False}, "--people differs"),
        ({"chunk": 11}, "--chunk differs"),
        ({"scenarios": ("useless", "plain")}, "the scenarios differs"),
        ({"scenarios": ("plain",), "seed": 9}, "the scenarios, the seed differ"),
    ],
)
def test_the_folder_of_another_ensemble_is_refused(changed: dict[str, object], says: str) -> None:
    said = refusal(begin, made().path, knees(**changed))
    assert says in said.what
    assert said.todo == "Give another --out."


def test_fewer_trials_than_are_there_are_refused() -> None:
    assert "holds an ensemble of 40 trials" in refusal(begin, made().path, knees(trials=39)).what


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    assert "is not the folder of an ensemble" in refusal(begin, tmp_path, knees()).what
    assert "has no manifest.json" in refusal(opened, tmp_path).what
    (tmp_path / MANIFEST).write_text("{}")
    assert "cannot be read" in refusal(opened, tmp_path).what
    (tmp_path / "file").write_text("")
    assert "cannot be made" in refusal(begin, tmp_path / "file" / "it", knees()).what


def test_a_full_disk_is_one_sentence_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".parquet" and len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write_whole(path, content)

    monkeypatch.setattr(storage, "write_whole", full)
    said = refusal(run, study(), knees(), tmp_path / "it", nothing, here(1))
    assert said.what == "cannot be written: No space left on device"
    assert "same command" in said.todo
    monkeypatch.undo()
    assert not list((tmp_path / "it").rglob(".*"))
    run(study(), knees(), tmp_path / "it", nothing, here(1))
    assert parts(tmp_path / "it") == parts(made().path)


def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        real(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "part", b"abcd")
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_parts_that_was_cut_off_or_is_gone_costs_only_work(tmp_path: Path) -> None:
    folder = run(study(), knees(), tmp_path / "it", nothing, here(1))
    kept = folder.path / KEPT
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[:-1]) + lines[-1][:20])
    assert [(chunk.cell, chunk.place) for chunk in folder.missing()] == [(1, 3)]
    kept.unlink()
    assert len(folder.missing()) == 8


def test_a_part_that_is_gone_is_named(tmp_path: Path) -> None:
    folder = begin(tmp_path / "it", knees())
    said = refusal(lambda: list(folder.tables("trials", 0)))
    assert said.where.endswith("trials/cell-000/part-000000.parquet")
