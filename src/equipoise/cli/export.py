"""``equipoise export``: the events that a person may read, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console

from equipoise.cli.files import check_new, write_new
from equipoise.cli.options import LEDGER
from equipoise.cli.trials import running


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(
        epilog='Example: equipoise export trial.sqlite --for dan --role "data manager" '
        "--out events.jsonl"
    )(export)


def export(
    ledger: Path = LEDGER,
    person: str = typer.Option(..., "--for", help="A person on the delegation log."),
    role: str = typer.Option(..., help="The role in which they read."),
    out: Path = typer.Option(..., help="The file to make: JSON, one event a line."),
) -> None:
    """Export the events that a person may read in a role, masked as their role is."""
    from equipoise.conduct.disclose import readable
    from equipoise.conduct.trial import Staff

    check_new(out)
    with running(ledger, read_only=True) as trial:
        lines = [
            json.dumps(event, ensure_ascii=False) for event in readable(trial, Staff(person, role))
        ]
    write_new(out, "".join(f"{line}\n" for line in lines).encode(), secret=True)
    Console(highlight=False, soft_wrap=True).print(
        f"[green]✓[/] {out}: {len(lines)} events for {person} as {role}"
    )
