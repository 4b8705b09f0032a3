from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipoise.analysis.summary import summary
from equipoise.cli.show import show
from tests.small import analysis, store


def test_people_see_primary_outcomes_and_where_the_report_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(analysis(), Path("out"), as_json=False)
    printed = capsys.readouterr().out
    for result in analysis().results:
        if result.endpoint in ("moderate_severe_pain_72h", "chronic_pain_24m"):
            for group in result.groups:
                assert f"{group.events}/{group.n}" in printed
    assert "SRS-22" not in printed
    assert "esketamine in combined" in printed
    assert "no evidence" in printed
    assert f"head {store().head()}" in printed
    assert printed.rstrip().endswith("Report: out/report.html")


def test_programs_see_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    show(analysis(), Path("out"), as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(summary(analysis())))
