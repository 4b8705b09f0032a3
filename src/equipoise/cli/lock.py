"""``equipoise lock``: no more data for a study."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.options import LEDGER
from equipoise.cli.trials import PERSON, acting, protocol_of, running


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise lock trial.sqlite --study NCT05718544 --as dan")(lock)


def lock(
    ledger: Path = LEDGER,
    study: str = typer.Option(..., help="A study of the ledger."),
    meaning: str = typer.Option(
        "the data of this study are complete", help="What the signature means."
    ),
    person: str = PERSON,
) -> None:
    """Lock the data of a study. A lock is not undone."""
    from equipoise.conduct.close import lock as record

    with running(ledger) as trial:
        protocol_of(trial, study)
        record(trial, acting(trial, person, "DataLocked"), study, meaning)
        head = trial.store.head()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {study} is locked: {escape(meaning)}")
    console.print(f"  head {head}")
