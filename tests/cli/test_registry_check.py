from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.sample import record


def test_the_flagship_s_record_is_judged(run: Run) -> None:
    done = run("registry", "check", "NCT05718544")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "no primary outcome is registered" in told
    assert "loss to follow-up is listed as an eligibility criterion" in told
    assert "there is no contact" in told
    assert "errors: 4" in told


def test_a_program_reads_findings_and_dates(run: Run) -> None:
    found = json.loads(run("registry", "check", "NCT05718544", "--json").stdout)
    assert {"record", "severity", "where", "what", "todo", "rule", "source"} == set(found[0])
    owed = json.loads(
        run("registry", "due", "NCT05718544", "--today", "2026-01-01", "--json").stdout
    )
    states = {each["obligation"]: each["state"] for each in owed}
    assert states["summary results within 12 months"] == "overdue"
    assert states["results within one year (United States)"] == "does not apply"


def test_findings_are_told_in_chinese(run: Run) -> None:
    assert "未登记主要结局" in run("registry", "check", "NCT05718544", "--language", "zh").stdout
    assert "已逾期" in run("registry", "due", "NCT05718544", "--language", "zh").stdout


def test_no_record_of_that_name(run: Run) -> None:
    done = run("registry", "check", "NCT00000000")
    assert done.returncode == 2
    assert "no file, folder or shipped study" in " ".join(done.stderr.split())


def test_a_record_of_the_store_is_judged(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(record()), encoding="utf-8")
    run("registry", "load", "one.json", "--home", "home")
    assert run("registry", "check", "NCT00000001", "--home", "home").returncode == 0
    due = run("registry", "due", "NCT00000001", "--home", "home", "--json")
    assert {each["record"] for each in json.loads(due.stdout)} == {"NCT00000001"}
    assert run("registry", "check", "NCT00000001", "--home", "elsewhere").returncode == 2
