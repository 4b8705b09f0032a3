"""``equipoise registry check`` and ``due``: what is wrong with a record, and what it owes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.cli.registry_load import HOME

RECORDS = typer.Argument(
    help="Records: files in any format, folders, shipped studies, or numbers in the store; "
    "NCT01234567@2 is a second version there."
)


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command(epilog="Example: equipoise registry check NCT05718544")(check)
    group.command(epilog="Example: equipoise registry due NCT05718544")(due)


def check(
    records: list[str] = RECORDS,
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say what a registry's reviewers would send back, the worst first.

    How bad it is follows how often accepted records break the rule: what holds in all of them is
    an error, what many break is a note. Exit code 1 when there is an error.
    """
    from rich.console import Console
    from rich.markup import escape

    from equipoise.language import Language
    from equipoise.registry.check import check as checked
    from equipoise.registry.record import nct_id
    from equipoise.registry.source import records as read

    say, console = Language(check_language(language)), Console(highlight=False, soft_wrap=True)
    colours = {"error": "red", "warning": "yellow", "note": "cyan"}
    told, worst = [], Counter[str]()
    for name in records:
        for named in read(name, folder=home):
            found = checked(named.study)
            worst.update(each.severity for each in found)
            for each in found:
                line = {
                    "record": nct_id(named.study), "severity": each.severity, "where": each.where,
                    "what": each.what(say), "todo": each.todo(say), "rule": each.rule.id,
                    "source": each.rule.source,
                }  # fmt: skip
                told.append(line)
                if not as_json:
                    severity = f"[{colours[each.severity]}]{say(each.severity)}[/]"
                    where = f"[bold]{nct_id(named.study)}[/] {each.where}"
                    console.print(f"{where}: {severity}: {escape(each.what(say))}")
                    console.print("   " + escape(each.todo(say)))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        console.print(
            say(
                "errors: {errors}, warnings: {warnings}, notes: {notes}",
                errors=worst["error"],
                warnings=worst["warning"],
                notes=worst["note"],
            )
        )
    raise typer.Exit(1 if worst["error"] else 0)


def due(
    records: list[str] = RECORDS,
    today: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="The day to judge by; today unless given."
    ),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say what a record owes, since when, and why: registration, updates, results."""
    from rich.console import Console
    from rich.markup import escape

    from equipoise.clock import SystemClock
    from equipoise.language import Language
    from equipoise.registry.due import obligations
    from equipoise.registry.record import nct_id
    from equipoise.registry.source import records as read

    say, console = Language(check_language(language)), Console(highlight=False, soft_wrap=True)
    day: date = (today or SystemClock().now()).date()
    told = []
    for name in records:
        for named in read(name, folder=home):
            for owed in obligations(named.study):
                state = owed.state(day)
                told.append(
                    {
                        "record": nct_id(named.study),
                        "obligation": owed.id,
                        "state": state,
                        "due": owed.due.isoformat() if owed.due else None,
                        "source": owed.source,
                        "because": [reason.text(say) for reason in owed.reasons],
                    }
                )
                if as_json:
                    continue
                since = f" ({owed.due.isoformat()})" if owed.due else ""
                console.print(
                    f"[bold]{nct_id(named.study)}[/] {say(owed.id)}: {say(state)}{since}"
                    f" [dim]{owed.source}[/]"
                )
                for reason in owed.reasons:
                    mark = {True: "✓", False: "✗", None: "?"}[reason.holds]
                    console.print(f"   {mark} {escape(reason.text(say))}")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
