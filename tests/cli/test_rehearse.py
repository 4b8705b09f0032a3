"""`equipoise rehearse`, `verify` and `analyze`, as a newcomer runs them, and as they fail."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from equipoise.ledger.sqlite import SqliteStore
from equipoise.protocol.load import shipped
from tests.cli.conftest import Run
from tests.small import store

SMALL = ("rehearse", "NCT05718544", "--participants", "6")


def test_a_trial_is_rehearsed_verified_and_analysed_again(run: Run, tmp_path: Path) -> None:
    done = run(*SMALL, "--seed", "5", "--out", "trial")
    assert done.returncode == 0, done.stderr
    assert "Rehearsal: virtual participants, no evidence." in done.stdout
    assert "Report: trial/report.html" in done.stdout
    assert {p.name for p in (tmp_path / "trial").iterdir()} - {"report.docx"} == {
        "ledger.sqlite", "report.html", "results.json", "summary.json",
        "tables", "figures", "dataset",
    }  # fmt: skip

    verified = run("verify", "trial/ledger.sqlite")
    assert verified.returncode == 0
    assert "chain, order and protocol digests hold" in verified.stdout
    head = json.loads(run("verify", "trial/ledger.sqlite", "--json").stdout)["head"]

    again = run("analyze", "trial/ledger.sqlite", "--out", "again")
    assert again.returncode == 0, again.stderr
    for name in ("report.html", "results.json", "summary.json", "dataset/participants.csv"):
        assert (tmp_path / "trial" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()

    twin = run(*SMALL, "--seed", "5", "--out", "twin", "--json", env={"PYTHONHASHSEED": "7"})
    assert json.loads(twin.stdout)["provenance"]["ledger_head"] == head
    assert (
        run("verify", "trial/ledger.sqlite", "--head", head, "--study", "NCT05718544").returncode
        == 0
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rehearse", "NCT0571854"), "NCT0571854: there is no such study\n   Did you mean"),
        ((*SMALL, "--seed", "abc"), "Invalid value for '--seed'"),
        ((*SMALL, "--seed", "-1"), "seed: -1 is not a whole number of 64 bits"),
        ((*SMALL, "--scenario", "hope"), "scenario 'hope': is not in the protocol"),
        ((*SMALL, "--out", "here"), "here: exists already, and nothing is overwritten"),
        ((*SMALL, "--out", "file/trial"), "file/trial: cannot be made"),
        ((*SMALL, "--language", "fr"), "--language: there is no report in 'fr'"),
        (("rehearse", "NCT05718544", "--participants", "1"), "participants: 1 cannot be"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "file").write_text("")
    failed = run(*words)
    assert failed.returncode == 2
    assert says in failed.stderr
    assert "Traceback" not in failed.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"here", "file"}
    assert list((tmp_path / "here").iterdir()) == []


def _alter(path: Path, statement: str) -> None:
    ledger = sqlite3.connect(path)
    for (name,) in ledger.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        ledger.execute(f"DROP TRIGGER {name}")
    ledger.executescript(statement)
    ledger.close()


ONE_BYTE = """
UPDATE entry SET payload = CAST(substr(payload, 1, 9) || X'21' || substr(payload, 11) AS BLOB)
WHERE seq = 40
"""
ONE_GONE = "DELETE FROM entry WHERE seq = 40"
TWO_SWAPPED = """
UPDATE entry SET seq = 100000 WHERE seq = 40;
UPDATE entry SET seq = 40 WHERE seq = 41;
UPDATE entry SET seq = 41 WHERE seq = 100000
"""


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (ONE_BYTE, "event 40: was altered"),
        (ONE_GONE, "event 40: is missing"),
        (TWO_SWAPPED, "event 40: "),
    ],
)
def test_an_altered_ledger_is_refused_with_the_event_named(
    run: Run, tmp_path: Path, statement: str, says: str
) -> None:
    copy = SqliteStore.create(tmp_path / "ledger.sqlite")
    copy.append(list(store().read()), expected=copy.head())
    copy.close()
    _alter(tmp_path / "ledger.sqlite", statement)
    for words in (("verify", "ledger.sqlite"), ("analyze", "ledger.sqlite", "--out", "results")):
        failed = run(*words)
        assert failed.returncode == 1
        assert says in failed.stdout + failed.stderr
    assert not (tmp_path / "results").exists()


def test_a_protocol_that_is_not_the_ledgers_is_named(run: Run, tmp_path: Path) -> None:
    copy = SqliteStore.create(tmp_path / "ledger.sqlite")
    copy.append(list(store().read()), expected=copy.head())
    copy.close()
    changed = tmp_path / "NCT04791059"
    changed.mkdir()
    text = (shipped()["NCT04791059"] / "protocol.yaml").read_text(encoding="utf-8")
    (changed / "protocol.yaml").write_text(text.replace("lockout_min: 8", "lockout_min: 9"))
    failed = run("verify", "ledger.sqlite", "--study", "./NCT04791059")
    assert failed.returncode == 1
    assert "event 2: " in failed.stdout
