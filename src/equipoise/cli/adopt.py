"""``equipoise adopt``: an amendment, or a study that extends the one in the ledger."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from equipoise.cli.options import STUDY
from equipoise.cli.trials import PERSON, acting, running


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise adopt NCT05718544 --ledger trial.sqlite --as lee")(adopt)


def adopt(
    study: str = STUDY,
    ledger: Path = typer.Option(..., help="The ledger of the running trial."),
    person: str = PERSON,
) -> None:
    """Adopt a further protocol: an amendment, or the follow-up of a study in the ledger."""
    from equipoise.conduct.setup import adopt as record
    from equipoise.conduct.setup import usable
    from equipoise.protocol.load import load_study

    loaded = load_study(study)
    protocol = usable(loaded)
    with running(ledger) as trial:
        record(trial, acting(trial, person, "ProtocolAdopted"), loaded)
    Console(highlight=False, soft_wrap=True).print(
        f"[green]✓[/] {protocol.study} version {protocol.version} holds from "
        f"{protocol.effective_on}"
    )
