from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.sample import put, record


def test_the_flagship_s_page_gives_14_of_24_items(run: Run) -> None:
    done = run("registry", "show", "NCT05718544")
    assert done.returncode == 0
    assert "14 of 24 items" in done.stdout
    assert "缺失" in run("registry", "show", "NCT05718544", "--language", "zh").stdout


def test_a_program_reads_the_items(run: Run) -> None:
    told = json.loads(run("registry", "show", "NCT05718544", "--json").stdout)
    assert len(told["items"]) == 24
    assert told["items"][16]["values"] == ["199"]


def test_two_versions_are_compared(run: Run, tmp_path: Path) -> None:
    before, after = record(), record()
    put(after, "protocolSection.statusModule.overallStatus", "TERMINATED")
    for name, study in (("a.json", before), ("b.json", after)):
        (tmp_path / name).write_text(json.dumps(study), encoding="utf-8")
    told = run("registry", "compare", "a.json", "b.json").stdout
    assert "overallStatus: changed" in told
    assert "- COMPLETED" in told
    assert "+ TERMINATED" in told
    assert "no difference" in run("registry", "compare", "a.json", "a.json").stdout
    (change,) = json.loads(run("registry", "compare", "a.json", "b.json", "--json").stdout)
    assert change["after"] == "TERMINATED"


def test_several_records_are_not_one(run: Run, tmp_path: Path) -> None:
    page = {"studies": [record(), record()]}
    (tmp_path / "two.json").write_text(json.dumps(page), encoding="utf-8")
    done = run("registry", "show", "two.json")
    assert done.returncode == 2
    assert "holds 2 records" in " ".join(done.stderr.split())
