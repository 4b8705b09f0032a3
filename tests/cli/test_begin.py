from __future__ import annotations

import pytest

from equipoise.errors import InputError
from equipoise.events.types import StaffDelegated, TrialOpened
from equipoise.ledger import SqliteStore
from tests.cli.shell import Shell
from tests.conduct.ward import STAFF, study

BEGIN = ("begin", "./XX0001", "--staff", "staff.yaml", "--ledger", "trial.sqlite", "--as", "ina")
GOOD = "- {person: ina, name: Ina, roles: [investigator]}\n"


def test_a_real_ledger_begins_with_protocol_and_staff(shell: Shell) -> None:
    shell.trial()
    opened, adopted, *people = shell.events()
    assert isinstance(opened.fact, TrialOpened)
    assert opened.fact.rehearsal is None
    assert opened.by == "ina"
    assert adopted.kind == "ProtocolAdopted"
    assert [p.fact.person for p in people if isinstance(p.fact, StaffDelegated)] == [
        staff.person for staff in STAFF
    ]
    shell.does("verify", "trial.sqlite", "--study", "./XX0001")
    shell.refuses("trial.sqlite: exists already", *BEGIN)


def test_a_study_that_extends_another_begins_with_the_first(shell: Shell) -> None:
    (shell.folder / "staff.yaml").write_text(GOOD)
    out = shell.does(
        "begin", "NCT05718544", "--staff", "staff.yaml", "--ledger", "t.sqlite", "--as", "ina"
    )
    assert "t.sqlite begins: NCT04791059" in out
    assert "Later: equipoise adopt NCT05718544 --ledger t.sqlite --as ina" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "staff.yaml: is not a list of people"),
        ("person: ina", "staff.yaml: is not a list of people"),
        ("- {person: ina", "staff.yaml:1: the YAML cannot be read"),
        (GOOD + "- {person: bob, roles: [statistician]}", "staff.yaml:2: name: field required"),
        (GOOD + "- bob", "staff.yaml:2: the entry: input should be a valid dictionary"),
        (GOOD + "- {person: bob, name: B, roles: [boss]}", "staff.yaml:2: bob has 'boss', which"),
        (GOOD + "- {person: bob, name: B, roles: []}", "staff.yaml:2: bob has no role"),
        (GOOD + GOOD, "staff.yaml:2: ina is in it twice"),
        (
            GOOD + "- {person: bob, name: B, roles: [outcomes assessor, pharmacist]}",
            "staff.yaml:2: bob would be masked as outcomes assessor and unmasked as pharmacist",
        ),
        ("- {person: bob, name: B, roles: [statistician]}", "person 'ina': is not in staff.yaml"),
        (
            "- {person: ina, name: Ina, roles: [statistician]}",
            "ina as investigator: is not delegated this role",
        ),
    ],
)
def test_staff_that_cannot_run_a_trial(shell: Shell, text: str, says: str) -> None:
    study(shell.folder)
    (shell.folder / "staff.yaml").write_text(text)
    shell.refuses(says, *BEGIN)


def test_a_protocol_with_errors_begins_nothing(shell: Shell) -> None:
    study(shell.folder, ("rule: age_y >= 18", "rule: agey >= 18"))
    (shell.folder / "staff.yaml").write_text(GOOD)
    shell.refuses("protocol: has 1 errors", *BEGIN)


def test_a_ledger_that_cannot_be_written_is_not_left_half(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    study(shell.folder)
    (shell.folder / "staff.yaml").write_text(GOOD)

    def full(*_: object, **__: object) -> None:
        raise InputError("trial.sqlite", "has no room on its disk", "Free some space.")

    monkeypatch.setattr(SqliteStore, "append", full)
    shell.refuses("trial.sqlite: has no room on its disk", *BEGIN)
