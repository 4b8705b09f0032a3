from __future__ import annotations

from tests.cli.shell import Shell


def test_the_follow_up_is_adopted_once_its_parent_is_there(shell: Shell) -> None:
    (shell.folder / "staff.yaml").write_text(
        "- {person: ina, name: Ina, roles: [investigator]}\n"
        "- {person: stan, name: Stan, roles: [statistician]}\n"
    )
    shell.does(
        "begin", "NCT05718544", "--staff", "staff.yaml", "--ledger", "t.sqlite", "--as", "ina"
    )
    adopt = ("adopt", "NCT05718544", "--ledger", "t.sqlite", "--as")
    shell.refuses("stan as statistician: may not record ProtocolAdopted", *adopt, "stan")
    out = shell.does(*adopt, "ina")
    assert "NCT05718544 version 1 holds from" in out
    assert shell.kinds("t.sqlite")[-1] == "ProtocolAdopted"
    shell.does("verify", "t.sqlite", "--study", "NCT05718544")


def test_without_its_parent_it_is_refused(shell: Shell) -> None:
    shell.trial()
    shell.refuses(
        "study NCT05718544: extends NCT04791059 in another version",
        "adopt", "NCT05718544", "--ledger", "trial.sqlite", "--as", "ina",
    )  # fmt: skip
