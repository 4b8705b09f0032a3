from __future__ import annotations

import pytest

from equipoise.analysis import plan
from equipoise.events.types import AnalysisPlanSigned, OpeningSigned
from tests.cli.shell import Shell

PLAN = ("sign", "plan", "trial.sqlite", "--study", "XX0001", "--as")
OPENING = ("sign", "opening", "trial.sqlite", "--study", "XX0001", "--as")


def test_the_plan_is_fixed_before_and_agreed_to_after_the_lock(shell: Shell) -> None:
    shell.trial()
    out = shell.does(*PLAN, "stan", "--meaning", "I fix [this] analysis")
    assert "signed by stan as statistician: I fix [this] analysis" in out
    shell.refuses("OpeningSigned needs 'locked XX0001' first", *OPENING, "ina")
    shell.does("lock", "trial.sqlite", "--study", "XX0001", "--as", "dora")
    shell.does(*OPENING, "ina", "--role", "investigator")
    first, second = (
        e.fact for e in shell.events() if isinstance(e.fact, AnalysisPlanSigned | OpeningSigned)
    )
    assert first.plan_digest == second.plan_digest == shell.printed("plan", out)
    assert first.code_digest == second.code_digest == plan.code_digest()
    assert first.meaning == "I fix [this] analysis"


def test_another_code_than_that_signed_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.trial()
    shell.refuses("has no signed analysis plan", *OPENING, "ina")
    shell.does(*PLAN, "stan")
    shell.does("lock", "trial.sqlite", "--study", "XX0001", "--as", "dora")
    monkeypatch.setattr(plan, "code_digest", lambda: "0" * 64)
    shell.refuses("the analysis code is not the one that was signed", *OPENING, "ina")


def test_who_may_not_sign_is_told(shell: Shell) -> None:
    shell.trial()
    shell.refuses("dora as data manager: may not record AnalysisPlanSigned", *PLAN, "dora")
    shell.refuses("stan as investigator: is not delegated", *PLAN, "stan", "--role", "investigator")
    shell.refuses("person 'zoe': is not on the delegation log", *PLAN, "zoe")
    shell.refuses(
        "study 'XX0002': is not in this ledger",
        "sign", "plan", "trial.sqlite", "--study", "XX0002", "--as", "stan",
    )  # fmt: skip
