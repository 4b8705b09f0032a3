"""``equipoise registry show``, ``compare``, ``history``: what a record says, and what changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.cli.registry_load import HOME
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.registry.record import Study

RECORD = typer.Argument(
    help="A record: a file in any format, a shipped study, or a number in the store; NCT01234567@2 "
    "is its second version there."
)


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command(epilog="Example: equipoise registry show NCT05718544")(show)
    group.command(epilog="Example: equipoise registry compare last-year.json NCT05718544")(compare)
    group.command(
        epilog="Example: equipoise registry history NCT05718544 --field designModule.enrollmentInfo"
    )(history)


def show(
    record: str = RECORD,
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Show a record as the World Health Organization's 24 items, with what is missing.

    An item that the record does not give is unknown, and nothing stands in for it.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from equipoise.language import Language
    from equipoise.registry.data_set import completeness, items
    from equipoise.registry.record import title
    from equipoise.registry.source import one

    say, study = Language(check_language(language)), one(record, folder=home)
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
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say what changed between two versions of a record, part by part."""
    from rich.console import Console
    from rich.markup import escape

    from equipoise.language import Language
    from equipoise.registry.source import one
    from equipoise.registry.versions import differences

    say = Language(check_language(language))
    found = differences(one(before, folder=home), one(after, folder=home))
    if as_json:
        told = [{**asdict(each), "text": each.text(say)} for each in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for change in found:
        console.print(f"{escape(change.text(say))} [dim]{escape(change.path)}[/]")
    if not found:
        console.print(say("no difference"))


def history(
    record: list[str] = typer.Argument(
        help="A number in the store, for all its versions there; or versions, the first first."
    ),
    field: str | None = typer.Option(
        None, help="Say what this field was over time, such as designModule.enrollmentInfo.count."
    ),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say how a record became what it is: each version's changes, or the course of one field."""
    from rich.console import Console
    from rich.markup import escape

    from equipoise.language import Language
    from equipoise.registry.versions import course, differences, field_name

    say = Language(check_language(language))
    versions = _versions(record, home)
    console = Console(highlight=False, soft_wrap=True)
    if field is not None:
        path = field if field.startswith(_SECTIONS) else f"protocolSection.{field}"
        values = course(versions, path)
        if as_json:
            told = [{"at": at, "value": value} for at, value in values]
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        console.print(f"[bold]{escape(field_name(path, say))}[/]")
        for at, value in values:
            console.print(f"{at}  {escape(_text(value)) if value is not None else say('missing')}")
        return
    steps = list(pairwise(versions))
    if as_json:
        listed = [
            {"at": at, "changes": [asdict(each) for each in differences(before, after)]}
            for (_, before), (at, after) in steps
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    console.print(f"[bold]{versions[0][0]}[/]  {say('the first version')}")
    for (_, before), (at, after) in steps:
        console.print(f"[bold]{at}[/]")
        for change in differences(before, after):
            console.print(f"   {escape(change.text(say))}")


_SECTIONS = (
    "protocolSection", "resultsSection", "derivedSection", "documentSection", "annotationSection",
    "hasResults",
)  # fmt: skip


def _versions(names: list[str], home: Path | None) -> list[tuple[str, Study]]:
    """Return (date, record) of versions that are named, or of all versions in the store."""
    from equipoise.registry.home import home as folder_of
    from equipoise.registry.record import get
    from equipoise.registry.source import records
    from equipoise.registry.store import FILE, Store

    place = folder_of(home)
    if len(names) == 1 and not Path(names[0]).exists():
        if not (place / FILE).exists():
            raise InputError(
                names[0], "is no file, and there is no store of records",
                "Give several files, or `equipoise registry load` records first.",
            )  # fmt: skip
        with Store(place) as store:
            number = store.resolve(names[0].upper())
            kept = sorted(store.versions(number), key=lambda each: (each.updated, each.number))
            return [(each.updated, store.get(number, each.number)) for each in kept]
    found = [named.study for name in names for named in records(name, folder=home)]
    updated = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
    return [(get(study, updated, "?"), study) for study in found]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
