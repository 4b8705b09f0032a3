from __future__ import annotations

import json

from tests.cli.conftest import Run


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
