"""``equipoise verify``: whether a ledger is what was written, and its allocation what it promised.

The second form, with the word ``allocation`` before the ledger, checks both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from equipoise.cli.key_files import open_key
from equipoise.cli.options import AS_JSON
from equipoise.cli.reader import reader
from equipoise.cli.trials import running
from equipoise.cli.verify_allocation import Item, check_allocation
from equipoise.errors import InputError, Problem

_ALLOCATION = "allocation"
_OF_ALLOCATION = "verify allocation"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(
        epilog="Example: equipoise verify rehearsal-NCT05718544-published-1/ledger.sqlite; "
        "after the opening also: equipoise verify allocation trial.sqlite"
    )(verify)


def verify(
    words: list[Path] = typer.Argument(
        metavar="[allocation] LEDGER", help="A ledger file; after the word allocation, its list."
    ),
    head: str | None = typer.Option(
        None, help="The head as it was published outside (number:digest); finds a cut-off tail."
    ),
    study: str | None = typer.Option(
        None, help="Check the ledger's protocols against this study's files, too."
    ),
    sealed_list: Path | None = typer.Option(
        None, "--list", help="A sealed list that was published elsewhere.",
        rich_help_panel=_OF_ALLOCATION,
    ),
    publication: str | None = typer.Option(
        None, help="The list's digest as it was published elsewhere.",
        rich_help_panel=_OF_ALLOCATION,
    ),
    key: Path | None = typer.Option(
        None, help="The key of a sealed allocator, revealed: replay its decisions.",
        rich_help_panel=_OF_ALLOCATION,
    ),
    as_json: bool = AS_JSON,
) -> None:  # fmt: skip
    """Check the chain, the order of events and the protocol digests; name the first bad event.

    With `allocation`, make the concealed list again from what is public in the ledger: that each
    party's part and the annex are those committed to, that they give the sequence, that every
    slot held its arm from the beginning, and that every participant took the next slot.
    """
    from equipoise.ledger import Head, open_ledger
    from equipoise.ledger import verify as check_entries
    from equipoise.protocol.load import digest, load_study

    ledger, with_allocation = _read_words(words)
    if (sealed_list or publication) and not with_allocation:
        raise InputError(
            "--list and --publication",
            "belong to the allocation",
            f"Write: equipoise verify allocation {ledger}.",
        )
    expected = Head.parse(head) if head else None
    protocols = (
        {(p.study, p.version): digest(p) for p in loaded.lineage()}
        if study and (loaded := load_study(study).protocol)
        else None
    )
    store = open_ledger(ledger, read_only=True)
    found = check_entries(store.read(), expected_head=expected, protocols=protocols)
    store.close()
    items: list[Item] = []
    opened = False
    if with_allocation and found.verified:
        with running(ledger, read_only=True) as trial:
            revealed = open_key(key) if key else None
            items = check_allocation(trial, sealed_list, publication, revealed)
            opened = trial.state.opened is not None
    faults = [problem for item in items for problem in item.problems]
    verified = found.verified and not faults
    if as_json:
        report = {
            "events": found.events,
            "head": str(found.head),
            "problems": [_record(problem) for problem in (*found.problems, *faults)],
        }
        if with_allocation:
            report["opened"] = opened
            report["checks"] = [{"says": i.says, "holds": not i.problems} for i in items]
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if verified else 1)
    console = Console(highlight=False, soft_wrap=True)
    _print_problems(console, found.problems)
    if found.verified:
        console.print(f"[green]✓[/] {found.events} events: chain, order and protocol digests hold")
        console.print(f"  head {found.head}")
    for item in items:
        _print_problems(console, item.problems)
        if not item.problems:
            console.print(f"[green]✓[/] {escape(item.says)}")
    if items and not opened:
        console.print("[yellow]·[/] not opened yet: arms, annex and seed are still sealed")
    if not verified:
        raise typer.Exit(1)


def _read_words(words: Sequence[Path]) -> tuple[Path, bool]:
    if len(words) == 1:
        return words[0], False
    if len(words) == 2 and str(words[0]) == _ALLOCATION:
        return words[1], True
    raise InputError(
        "verify",
        f"'{' '.join(map(str, words))}' is more than one ledger",
        "Write: equipoise verify LEDGER, or equipoise verify allocation LEDGER.",
    )


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    for problem in map(reader().problem, problems):
        colour = "red" if problem.severity == "error" else "yellow"
        console.print(f"[bold {colour}]{escape(problem.where)}[/]: {escape(problem.what)}")
        console.print(f"   {escape(problem.todo)}")


def _record(problem: Problem) -> dict[str, str]:
    return {
        "where": problem.where, "what": problem.what, "todo": problem.todo,
        "severity": problem.severity,
    }  # fmt: skip
