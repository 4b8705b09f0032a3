"""``equipoise sign``: the analysis before the lock, and the opening after it."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.options import LEDGER
from equipoise.cli.trials import PERSON, acting, protocol_of, running

_STUDY = typer.Option(..., "--study", help="A study of the ledger.")
_ROLE = typer.Option(None, "--role", help="The role in which the person signs, if they have two.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    signs = typer.Typer(no_args_is_help=True, help="Signatures: of the analysis, of the opening.")
    signs.command(
        "plan", epilog="Example: equipoise sign plan trial.sqlite --study NCT05718544 --as sam"
    )(plan)
    signs.command(
        "opening",
        epilog="Example: equipoise sign opening trial.sqlite --study NCT05718544 --as lee "
        "--role investigator",
    )(opening)
    app.add_typer(signs, name="sign")


def plan(
    ledger: Path = LEDGER,
    study: str = _STUDY,
    role: str | None = _ROLE,
    meaning: str = typer.Option(
        "I fix this analysis before the allocation is opened", help="What the signature means."
    ),
    person: str = PERSON,
) -> None:
    """Fix the analysis of a study: the digests of its plan and of the code that carries it out."""
    from equipoise.analysis.plan import code_digest, plan_digest
    from equipoise.conduct.close import sign_plan

    with running(ledger) as trial:
        plan_now, code_now = plan_digest(protocol_of(trial, study)), code_digest()
        staff = acting(trial, person, "AnalysisPlanSigned", role)
        sign_plan(trial, staff, study, plan_now, code_now, meaning)
    _tell(f"{staff.person} as {staff.role}", meaning, plan_now, code_now)


def opening(
    ledger: Path = LEDGER,
    study: str = _STUDY,
    role: str | None = _ROLE,
    meaning: str = typer.Option(
        "I agree to the opening of the allocation", help="What the signature means."
    ),
    person: str = PERSON,
) -> None:
    """Agree to open the allocation to the analysis as it was signed, after the lock."""
    from equipoise.analysis.plan import code_digest, plan_digest
    from equipoise.conduct.close import sign_opening

    with running(ledger) as trial:
        plan_now, code_now = plan_digest(protocol_of(trial, study)), code_digest()
        staff = acting(trial, person, "OpeningSigned", role)
        sign_opening(trial, staff, study, plan_now, code_now, meaning)
    _tell(f"{staff.person} as {staff.role}", meaning, plan_now, code_now)


def _tell(who: str, meaning: str, plan_now: str, code_now: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] signed by {who}: {escape(meaning)}")
    console.print(f"  plan {plan_now}")
    console.print(f"  code {code_now}")
