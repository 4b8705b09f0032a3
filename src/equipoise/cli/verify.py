"""``equipoise verify``: whether a ledger is what was written, event by event."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.options import AS_JSON, LEDGER


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise verify rehearsal-NCT05718544-published-1/ledger.sqlite")(
        verify
    )


def verify(
    ledger: Path = LEDGER,
    head: str | None = typer.Option(
        None, help="The head as it was published outside (number:digest); finds a cut-off tail."
    ),
    study: str | None = typer.Option(
        None, help="Check the ledger's protocols against this study's files, too."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Check the chain, the order of events and the protocol digests; name the first bad event."""
    from equipoise.ledger import Head, open_ledger
    from equipoise.ledger import verify as check_entries
    from equipoise.protocol.load import digest, load_study

    expected = Head.parse(head) if head else None
    protocols = (
        {(p.study, p.version): digest(p) for p in loaded.lineage()}
        if study and (loaded := load_study(study).protocol)
        else None
    )
    store = open_ledger(ledger, read_only=True)
    found = check_entries(store.read(), expected_head=expected, protocols=protocols)
    store.close()
    if as_json:
        report = {
            "events": found.events,
            "head": str(found.head),
            "problems": [
                {"where": p.where, "what": p.what, "todo": p.todo, "severity": p.severity}
                for p in found.problems
            ],
        }
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if found.verified else 1)
    console = Console(highlight=False, soft_wrap=True)
    for problem in found.problems:
        colour = "red" if problem.severity == "error" else "yellow"
        console.print(f"[bold {colour}]{problem.where}[/]: {escape(problem.what)}")
        console.print(f"   {escape(problem.todo)}")
    if not found.verified:
        raise typer.Exit(1)
    console.print(f"[green]✓[/] {found.events} events: chain, order and protocol digests hold")
    console.print(f"  head {found.head}")
