from __future__ import annotations

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
