from __future__ import annotations

import pytest

from equipoise.cli.trials import acting, protocol_of, running
from equipoise.conduct.trial import Staff
from equipoise.errors import InputError
from equipoise.events.types import StaffDelegated
from equipoise.ledger import SqliteStore
from tests.cli.shell import Shell


def test_a_person_acts_in_the_role_that_may(shell: Shell) -> None:
    shell.trial()
    with running(shell.folder / "trial.sqlite") as trial:
        two = StaffDelegated(person="two", name="Two", roles=("data manager", "statistician"))
        trial.act(Staff("ina", "investigator"), "XX0001", None, lambda: [two])
        assert acting(trial, "two", "AnalysisPlanSigned") == Staff("two", "statistician")
        assert acting(trial, "two", "DataLocked") == Staff("two", "data manager")
        assert acting(trial, "two", "OpeningSigned", "statistician").role == "statistician"
        assert acting(trial, "two", "Randomized").role == "data manager"  # conduct refuses it
        with pytest.raises(InputError, match="'zoe': is not on the delegation log"):
            acting(trial, "zoe", "DataLocked")
        assert protocol_of(trial, "XX0001").study == "XX0001"
        with pytest.raises(InputError, match="'XX0002': is not in this ledger"):
            protocol_of(trial, "XX0002")


def test_an_empty_ledger_is_no_trial(shell: Shell) -> None:
    SqliteStore.create(shell.folder / "empty.sqlite").close()
    shell.refuses(
        "empty.sqlite: is empty", "lock", "empty.sqlite", "--study", "XX0001", "--as", "dora"
    )


def test_what_is_no_ledger_is_said(shell: Shell) -> None:
    (shell.folder / "notes.txt").write_text("notes")
    words = ("--study", "XX0001", "--as", "dora")
    shell.refuses("none.sqlite: is not there", "lock", "none.sqlite", *words)
    shell.refuses("notes.txt: is not a ledger", "lock", "notes.txt", *words)
