from __future__ import annotations

import html
import json
import re
from pathlib import Path

from equipoise.ledger.sqlite import SqliteStore
from tests.cli.conftest import Run
from tests.small import events, store


def test_a_sealed_trial_is_analysed_on_dummies_only(run: Run, tmp_path: Path) -> None:
    opened = next(event.seq for event in events() if event.kind == "AllocationOpened")
    sealed = SqliteStore.create(tmp_path / "sealed.sqlite")
    sealed.append([e for e in store().read() if e.seq < opened], expected=sealed.head())
    sealed.close()
    failed = run("analyze", "sealed.sqlite", "--out", "results")
    assert failed.returncode == 2
    assert "allocation: is not opened" in failed.stderr
    done = run("analyze", "sealed.sqlite", "--dummy", "--out", "results")
    assert done.returncode == 0, done.stderr
    assert "DUMMY ARMS" in (tmp_path / "results/report.html").read_text(encoding="utf-8")


def test_every_printed_number_can_be_found_in_the_results(run: Run, tmp_path: Path) -> None:
    whole = SqliteStore.create(tmp_path / "ledger.sqlite")
    whole.append(list(store().read()), expected=whole.head())
    whole.close()
    done = run("analyze", "ledger.sqlite", "--language", "zh", "--out", "results")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "results/results.json").read_text(encoding="utf-8"))
    assert found["provenance"]["ledger"]["head"] == str(store().head())
    known = {each["id"] for each in found["results"]}
    page = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    printed = {html.unescape(name) for name in re.findall(r'data-result="([^"]+)"', page)}
    assert printed
    assert printed <= known
    header = (tmp_path / "results/tables/outcomes.csv").read_text(encoding="utf-8")
    assert header.startswith("结局,联合组,安慰剂组,")
