from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("tantivy", reason="search needs tantivy")

from equipoise.registry.store import Store
from tests.cli.conftest import Run
from tests.registry.search.library import invented


@pytest.fixture
def home(tmp_path: Path) -> str:
    folder = tmp_path / "registry"
    with Store(folder) as store:
        store.put_many([("test", each) for each in invented()], at="2026-01-01T00:00:00Z")
    return str(folder)


def test_records_are_found_counted_and_sorted(run: Run, home: str) -> None:
    done = run("registry", "search", "AREA[BriefTitle](heart OR salve)", "--sort", "StartDate",
               "--facets", "OverallStatus", "--size", "3", "--home", home)  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["NCT00000004", "NCT00000002", "NCT00000001"]
    assert "NOT_YET_RECRUITING Attack of panic: the heart" in lines[0]
    assert lines[3] == "3 of 4 records"
    assert [line.split() for line in lines[5:]] == [
        ["2", "COMPLETED"], ["1", "NOT_YET_RECRUITING"], ["1", "RECRUITING"],
    ]  # fmt: skip


def test_a_program_reads_the_answer(run: Run, home: str) -> None:
    done = run("registry", "search", "TILT[StartDate]ALL", "--near", "50.73,7.1,30", "--status",
               "RECRUITING", "--json", "--home", home)  # fmt: skip
    told = json.loads(done.stdout)
    assert told["total"] == 1
    assert told["studies"] == [
        {"nctId": "NCT00000002", "status": "RECRUITING", "title": "Salve for myocardial infarction"}
    ]
    assert told["notes"] == ["TILT only changes the order of the answer; it was not applied."]


def test_what_was_loaded_since_is_found(run: Run, home: str) -> None:
    options = ("--home", home, "--json", "--size", "0")
    assert json.loads(run("registry", "search", "added", *options).stdout)["total"] == 0
    study = json.loads(json.dumps(invented()[0]).replace("Balm for heart attack", "Added later"))
    with Store(Path(home)) as store:
        store.put(study, source="test", at="2026-01-02T00:00:00Z")
    assert json.loads(run("registry", "search", "added", *options).stdout)["total"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("heart AREA[Condtion]x",), "Did you mean Condition"),
        (("--cond", "heart AND"), "query.cond, character 10"),
        (("x", "--near", "50,7"), "Write 50.73,7.10,25"),
        (("x", "--facets", "Weather"), "'Weather' is not counted"),
        (("x", "--status", "OPEN"), "knows no 'OPEN'"),
        (("x", "--sort", "BriefTitle"), "no date or number"),
    ],
)
def test_what_cannot_be_asked_is_said(
    run: Run, home: str, words: tuple[str, ...], said: str
) -> None:
    done = run("registry", "search", *words, "--home", home)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def test_a_caret_stands_under_the_fault(run: Run, home: str) -> None:
    told = run("registry", "search", "heart AREA[Condtion]x", "--home", home).stderr.splitlines()
    assert told[1][told[2].index("^") :].startswith("Condtion]x")


def test_without_records_the_command_that_loads_them_is_named(run: Run, tmp_path: Path) -> None:
    done = run("registry", "search", "x", "--home", str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "registry load" in " ".join(done.stderr.split())
