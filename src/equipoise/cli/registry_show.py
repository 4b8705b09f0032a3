"""``equipoise registry show`` and ``compare``: what a record says, and what changed in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.errors import InputError

RECORD = typer.Argument(help="A record: a file of an API v2 study, or a shipped study.")


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command(epilog="Example: equipoise registry show NCT05718544")(show)
    group.command(epilog="Example: equipoise registry compare last-year.json NCT05718544")(compare)


def show(record: str = RECORD, language: str = LANGUAGE, as_json: bool = AS_JSON) -> None:
    """Show a record as the World Health Organization's 24 items, with what is missing.

    An item that the record does not give is unknown, and nothing stands in for it.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from equipoise.language import Language
    from equipoise.registry.data_set import completeness, items
    from equipoise.registry.record import title

    say, study = Language(check_language(language)), _one(record)
    found, share = items(study), completeness(study)
    if as_json:
        told = {"completeness": share, "items": [asdict(item) for item in found]}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(title(study))}[/]")
    table = Table(box=None, show_header=False, pad_edge=False)
    for item in found:
        text = "\n".join(escape(each) for each in item.values) or f"[yellow]{say('missing')}[/]"
        table.add_row(f"{item.number}", say(item.name), text)
    console.print(table)
    console.print(
        say(
            "{given} of 24 items of the WHO's data set ({share} %)",
            given=sum(item.given for item in found),
            share=round(100 * share),
        )
    )


def compare(
    before: str = typer.Argument(help="The earlier record."),
    after: str = typer.Argument(help="The later one."),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say what changed between two versions of a record, part by part."""
    from rich.console import Console
    from rich.markup import escape

    from equipoise.language import Language
    from equipoise.registry.versions import differences

    say = Language(check_language(language))
    found = differences(_one(before), _one(after))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for change in found:
        console.print(f"[bold]{escape(change.path)}[/]: {say(change.kind)}")
        if change.kind != "added":
            console.print(f"[red]- {escape(_text(change.before))}[/]")
        if change.kind != "removed":
            console.print(f"[green]+ {escape(_text(change.after))}[/]")
    if not found:
        console.print(say("no difference"))


def _one(name: str) -> dict[str, Any]:
    from equipoise.registry.source import records

    found = list(records(name))
    if len(found) != 1:
        raise InputError(name, f"holds {len(found)} records", "Give a file with one.")
    return dict(found[0].study)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
