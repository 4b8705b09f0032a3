"""The program ``equipoise``: its commands, and how errors reach people.

Exit codes: 0 done, 1 a check failed, 2 it cannot be done and one sentence says why.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from equipoise import __version__
from equipoise.cli import (
    adopt,
    allocator,
    analyze,
    begin,
    board,
    check,
    design,
    export,
    find_method,
    key,
    lock,
    plan,
    registry,
    rehearse,
    replay,
    seal,
    sign,
    verify,
    worksheet,
)
from equipoise.cli import open as open_
from equipoise.cli.reader import check_variable, reader
from equipoise.errors import EquipoiseError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="A clinical trial you can run: one protocol file, from registration to posted results.",
    epilog="Begin with: [bold]equipoise check NCT05718544[/bold], then "
    "[bold]equipoise rehearse NCT05718544[/bold]. Exit codes: 0 done, 1 a check failed, "
    "2 cannot be done.",
)
for command in (
    check, plan, design, rehearse, replay, verify, analyze, worksheet, begin, adopt, key, seal,
    open_, sign, lock, export, allocator, board, registry, find_method,
):  # fmt: skip
    command.register(app)

_INTERRUPTED = 130  # what Typer makes of Ctrl-C

# Typer carries its own copy of Click; this is the class that all its usage errors share.
_UsageError: Any = next(
    each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"equipoise {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    del version


def main() -> None:
    """Run the program; every error becomes a sentence and an exit code."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        check_variable()
        code = app(standalone_mode=False)
    except _UsageError as error:
        error.show()
        code = 2
    except EquipoiseError as error:
        problem = reader().problem(error.problem)
        errors.print(f"[bold red]{escape(problem.where)}[/]: {escape(problem.what)}")
        errors.print(f"   {escape(problem.todo)}")
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        say = reader()
        errors.print(say("Stopped. What was recorded in a ledger stays; no output was made."))
        code = 2
    sys.exit(code or 0)
