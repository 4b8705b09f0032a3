from __future__ import annotations

from tests.cli.shell import Shell

LOCK = ("lock", "trial.sqlite", "--study")


def test_data_are_locked_once_by_whom_it_concerns(shell: Shell) -> None:
    shell.trial()
    shell.refuses("ina as investigator: may not record DataLocked", *LOCK, "XX0001", "--as", "ina")
    shell.refuses("study 'XX0002': is not in this ledger", *LOCK, "XX0002", "--as", "dora")
    before = len(shell.events())
    out = shell.does(*LOCK, "XX0001", "--as", "dora", "--meaning", "all queries are answered")
    assert "XX0001 is locked: all queries are answered" in out
    assert shell.printed("head", out).startswith(f"{before + 1}:")
    assert shell.kinds()[-1] == "DataLocked"
    shell.refuses("cannot follow 'locked XX0001'", *LOCK, "XX0001", "--as", "dora")
