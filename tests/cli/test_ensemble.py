"""`equipoise rehearse --trials` and `equipoise replay`, as people give them, and as they fail."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from equipoise.cli.ensemble import grid
from equipoise.rehearsal.ensemble import run as running
from tests.cli.shell import Shell
from tests.refusal import refusal
from tests.rehearsals.knee import STUDIES

KNEE = str(STUDIES / "KNEE-PCA")
SMALL = ("rehearse", KNEE, "--trials", "12", "--participants", "12", "--chunk", "4")


def test_an_ensemble_is_made_reported_and_replayed(shell: Shell) -> None:
    out = shell.does(*SMALL, "--scenario", "plain", "--scenario", "useless", "--out", "it")
    assert "12 trials of each scenario" in out
    assert "type I error" in out
    assert "Rehearsal: virtual participants, no evidence." in out
    folder = shell.folder / "it"
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "kept.txt", "trials", "summary.json", "report.html",
    }  # fmt: skip
    told = json.loads(shell.does(*SMALL, "--scenario", "plain", "--scenario", "useless",
                                 "--out", "it", "--json", "--threads", "2"))  # fmt: skip
    assert told == json.loads((folder / "summary.json").read_text())
    shell.refuses("is in 2 cells of it", "replay", "it", "3", "--out", "again")
    shell.refuses("is not in this ensemble of 12", "replay", "it", "12", "--scenario", "plain",
                  "--out", "again")  # fmt: skip
    shell.refuses("has no manifest.json", "replay", ".", "3", "--out", "again")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--trials", "0"), "0 trials make no ensemble"),
        (("--scenario", "plane"), "is not in the protocol of KNEE-PCA"),
        (("--vary", "demand.perh=1,2"), "is not a number under `rehearsal`"),
        (("--vary", "demand.per_h"), "is not a name with numbers"),
        (("--threads", "0"), "0 threads do nothing"),
        (("--participants", "5000"), "5000 cannot be randomized"),
        (("--ray", "nowhere"), "is no address"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    shell: Shell, words: tuple[str, ...], says: str
) -> None:
    done = shell(*SMALL, *words, "--out", "it")
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.said
    assert not (shell.folder / "it").exists()


def test_options_of_ensembles_need_trials(shell: Shell) -> None:
    done = shell("rehearse", KNEE, "--people", "--out", "it")
    assert done.code == 2
    assert "--trials: is missing" in done.err


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., object] = running.chunk_rows
    made: list[int] = []

    def stopping(*arguments: object) -> object:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(1)
        return real(*arguments)

    monkeypatch.setattr(running, "chunk_rows", stopping)
    done = shell(*SMALL, "--out", "it")
    assert done.code == 2
    assert "it: stopped with 8 of 12 trials kept\n   Go on with the same command." in done.err
    monkeypatch.undo()
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "stdin", None)
    shell.does(*SMALL, "--out", "it")
    assert len(list((shell.folder / "it" / "trials").rglob("*.parquet"))) == 3


def test_values_to_vary_are_numbers() -> None:
    assert grid(["a.b=1,2.5", "c=-3"]) == {"a.b": [1.0, 2.5], "c": [-3.0]}
    for wrong in ("a", "a=", "=1", "a=x", "a=1,,2", "a=nan", "a=inf"):
        assert "is not a name with numbers" in refusal(grid, [wrong]).what
    assert "says something twice" in refusal(grid, ["a=1,1"]).what
    assert "says something twice" in refusal(grid, ["a=1", "a=2"]).what


@pytest.mark.slow
def test_a_replay_that_differs_ends_with_one(shell: Shell) -> None:
    small = ("--trials", "2", "--participants", "6")
    shell.does("rehearse", "NCT04791059", *small, "--out", "it")
    done = shell("replay", "it", "1", "--out", "same")
    assert done.code == 0, done.said
    assert "numbers are those of trial 1 of the ensemble" in done.out
    told = json.loads((shell.folder / "same" / "replay.json").read_text())
    assert told["same"] is True
    assert (shell.folder / "same" / "ledger.sqlite").exists()
    manifest = shell.folder / "it" / "manifest.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "seed": 77}))
    other = shell("replay", "it", "1", "--out", "other")
    assert other.code == 1
    assert "numbers differ from trial 1" in other.out
    assert json.loads((shell.folder / "other" / "replay.json").read_text())["same"] is False
