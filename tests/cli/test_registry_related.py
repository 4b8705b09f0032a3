from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipoise.registry.store import Store
from tests.cli.conftest import Run
from tests.registry.related.cohort import ALL


@pytest.fixture
def home(tmp_path: Path) -> str:
    folder = tmp_path / "registry"
    with Store(folder) as store:
        store.put_many([("test", each) for each in ALL], at="2026-01-01T00:00:00Z")
    return str(folder)


def test_related_records_are_listed_with_reasons(run: Run, home: str) -> None:
    done = run("registry", "related", "NCT00000100", "--unlinked", "--count", "1", "--home", home)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "NCT00005000 Balmazole for sore hands: long-term follow-up"
    assert lines[1].strip().startswith("same participants")


def test_a_program_reads_the_answer_in_any_language(run: Run, home: str) -> None:
    done = run("registry", "related", "NCT00000100", "--json", "--language", "zh", "--home", home)
    told = json.loads(done.stdout)
    assert {each["nct_id"] for each in told[:2]} == {"NCT00007000", "NCT00008000"}
    assert told[0]["reasons"][0]["kind"] in {"parent", "publication"}


def test_an_empty_store_is_told(run: Run, tmp_path: Path) -> None:
    done = run("registry", "related", "NCT05718544", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "holds no records" in done.stderr
