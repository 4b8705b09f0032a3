from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipoise.registry import formats
from tests.cli.conftest import Run
from tests.registry.sample import record


@pytest.mark.parametrize("name", ["page", "usdm"])
def test_a_record_is_converted_and_what_has_no_place_is_told(
    run: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "it.json").write_text(json.dumps(record()), encoding="utf-8")
    done = run("registry", "convert", "it.json", "--to", name, "--out", "it.out")
    assert done.returncode == 0
    assert (tmp_path / "it.out").read_bytes() == formats.write(record(), name)
    assert "no place for" in done.stdout
    assert "oversightModule" in done.stdout


def test_a_program_is_told_everything(run: Run, tmp_path: Path) -> None:
    done = run("registry", "convert", "NCT05718544", "--to", "fhir", "--out", "a.json", "--json")
    told = json.loads(done.stdout)
    assert told["bytes"] == (tmp_path / "a.json").stat().st_size
    assert (told["format"], told["left_out"]) == ("fhir", [])


def test_a_page_becomes_a_record_again(run: Run, tmp_path: Path) -> None:
    run("registry", "convert", "NCT05718544", "--to", "page", "--out", "page.txt")
    done = run("registry", "convert", "page.txt", "--to", "json", "--out", "again.json")
    assert done.stdout.split() == ["again.json"]
    study = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert study["protocolSection"]["designModule"]["enrollmentInfo"] == {"count": 199}


def test_a_format_that_is_not_there_leaves_no_file(run: Run, tmp_path: Path) -> None:
    done = run("registry", "convert", "NCT05718544", "--to", "pdf", "--out", "a.pdf")
    assert done.returncode == 2
    assert "there is no format 'pdf'" in " ".join(done.stderr.split())
    assert not (tmp_path / "a.pdf").exists()


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine", encoding="utf-8")
    done = run("registry", "convert", "NCT05718544", "--to", "json", "--out", "a.json")
    assert done.returncode == 2
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "mine"
