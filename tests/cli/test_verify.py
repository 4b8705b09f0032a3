from __future__ import annotations

import json

from tests.cli.shell import Shell


def test_a_ledger_and_its_allocation_are_two_forms_of_one_command(shell: Shell) -> None:
    shell.sealed()
    chain = shell.does("verify", "trial.sqlite")
    assert "chain, order and protocol digests hold" in chain
    both = shell.does("verify", "allocation", "trial.sqlite")
    assert both.startswith(chain)
    assert "✓ the list's root" in both
    assert "not opened yet: arms, annex and seed are still sealed" in both


def test_a_program_reads_what_was_checked(shell: Shell) -> None:
    shell.sealed()
    report = json.loads(shell.does("verify", "allocation", "trial.sqlite", "--json"))
    assert report["opened"] is False
    assert report["problems"] == []
    assert [check["holds"] for check in report["checks"]] == [True, True, True]
    wrong = ("--publication", "0" * 64)
    done = shell.refuses(
        "the ledger's publication is", "verify", "allocation", "trial.sqlite", "--json", *wrong,
        code=1,
    )  # fmt: skip
    report = json.loads(done.out)
    assert [check["holds"] for check in report["checks"]] == [True, False, True, True]
    assert [problem["where"] for problem in report["problems"]] == ["publication"]
    assert set(json.loads(shell.does("verify", "trial.sqlite", "--json"))) == {
        "events", "head", "problems",
    }  # fmt: skip


def test_a_ledger_called_allocation_is_a_ledger(shell: Shell) -> None:
    shell.trial()
    (shell.folder / "trial.sqlite").rename(shell.folder / "allocation")
    assert "chain, order" in shell.does("verify", "allocation")


def test_other_words_are_refused(shell: Shell) -> None:
    shell.trial()
    shell.refuses("'trial.sqlite trial.sqlite' is more than one", "verify", *["trial.sqlite"] * 2)
    shell.refuses("belong to the allocation", "verify", "trial.sqlite", "--publication", "0" * 64)
    shell.refuses("belong to the allocation", "verify", "trial.sqlite", "--list", "sealed.list")
    shell.refuses("no sealed list is published", "verify", "allocation", "trial.sqlite")


def test_a_broken_chain_leaves_nothing_to_check(shell: Shell) -> None:
    shell.sealed()
    head = "3:" + "0" * 64
    words = ("verify", "allocation", "trial.sqlite", "--head", head)
    assert "✓" not in shell.refuses("event 3: ", *words, code=1).out
