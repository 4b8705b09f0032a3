"""`equipoise replay` refuses what names no single trial; the rest is in test_ensemble.py."""

from __future__ import annotations

from tests.cli.shell import Shell


def test_a_folder_that_is_not_there_is_refused(shell: Shell) -> None:
    shell.refuses("is not the folder of an ensemble", "replay", "nowhere", "1", "--out", "again")


def test_one_value_of_each_varied_number_is_enough(shell: Shell) -> None:
    from tests.rehearsal.ensemble.knees import made  # noqa: PLC0415 - made when it is needed

    folder = str(made().path)
    shell.refuses("was not varied", "replay", folder, "1", "--vary", "demand.per_h=1",
                  "--out", "again")  # fmt: skip
    shell.refuses("has several values", "replay", folder, "1", "--vary", "demand.per_h=1,2",
                  "--out", "again")  # fmt: skip
