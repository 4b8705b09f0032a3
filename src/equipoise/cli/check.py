"""``equipoise check``: the problems of a protocol, or its one-screen summary."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.options import AS_JSON, STUDY
from equipoise.cli.reader import reader


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise check NCT05718544")(check)


def check(study: str = STUDY, as_json: bool = AS_JSON) -> None:
    """Show what is wrong with a protocol, or, when nothing is, a summary of it.

    Every problem is shown at once, with its file and line, and what to do. Exit code 1 when there
    is an error; warnings and notes do not fail. JSON is in English, whoever reads.
    """
    from equipoise.protocol.load import load_study
    from equipoise.protocol.summary import as_json as summarised
    from equipoise.protocol.summary import summary

    loaded = load_study(study)
    errors = loaded.errors
    if as_json:
        typer.echo(json.dumps(summarised(loaded), ensure_ascii=False, indent=2))
        raise typer.Exit(1 if errors else 0)
    console, say = Console(highlight=False, soft_wrap=True), reader()
    shown = {
        "error": ("red", say("error")),
        "warning": ("yellow", say("warning")),
        "note": ("cyan", say("note")),
    }
    for problem in map(say.problem, loaded.problems):
        colour, severity = shown[problem.severity]
        console.print(f"[bold]{problem.where}[/]: [{colour}]{severity}[/]: {escape(problem.what)}")
        console.print("   " + escape(problem.todo))
    if errors:
        count = say("1 error") if len(errors) == 1 else say("{n} errors", n=len(errors))
        console.print(f"[red]{count}[/]")
        raise typer.Exit(1)
    Console(highlight=False).print(summary(loaded))
