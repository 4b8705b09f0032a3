"""``equipoise registry search``: records found in the registry's query language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.registry.search.index import Index
    from equipoise.registry.store import Store

_EXAMPLE = 'Example: equipoise registry search "delirium AND AREA[StartDate]RANGE[2022,MAX]"'


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command(epilog=_EXAMPLE)(search)


def search(
    query: str = typer.Argument("", help='What to find: words, "a phrase", AND, OR, NOT, (…), …'),
    cond: str = typer.Option("", help="Conditions or diseases."),
    intr: str = typer.Option("", help="Interventions."),
    locn: str = typer.Option("", help="Cities, countries, facilities."),
    titles: str = typer.Option("", help="Titles and acronyms."),
    outc: str = typer.Option("", help="Outcome measures."),
    spons: str = typer.Option("", help="Sponsors and collaborators."),
    lead: str = typer.Option("", help="The lead sponsor."),
    study_id: str = typer.Option("", "--id", help="Registration and other numbers."),
    patient: str = typer.Option("", help="Words of a patient, across most fields."),
    status: str = typer.Option("", help="Statuses: RECRUITING,COMPLETED,…"),
    advanced: str = typer.Option("", help="A query that filters without counting for the rank."),
    near: str = typer.Option("", help="A site within a distance: LATITUDE,LONGITUDE,KM."),
    sort: str = typer.Option("", help="Two fields at most: StartDate:desc,EnrollmentCount."),
    facets: str | None = typer.Option(
        None, help="Count the answer by OverallStatus,Phase,LocationCountry,…, or by 'all'."
    ),
    size: int = typer.Option(20, min=0, max=1000, help="How many records to list."),
    skip: int = typer.Option(0, min=0, help="How many records to pass over first."),
    home: Path | None = typer.Option(None, help="Where the records are (else EQUIPOISE_HOME)."),
    postgres: str = typer.Option(
        "", help="Keep the index in this database: postgresql://user@host/name."
    ),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Find records that `registry load` keeps, in the registry's own query language.

    AREA[Condition]"heart failure", AREA[StartDate]RANGE[2022-01-01,MAX], AREA[Keyword]MISSING,
    SEARCH[Location](AREA[LocationCity]Bonn AND AREA[LocationStatus]Recruiting),
    COVERAGE[FullMatch], EXPANSION[None]. A query that cannot be read is pointed at.
    """
    from equipoise.language import Language
    from equipoise.registry.home import home as at_home
    from equipoise.registry.search.ask import ask
    from equipoise.registry.search.index import FACETS, facet
    from equipoise.registry.store import Store

    say, folder = Language(check_language(language)), at_home(home)
    counted = FACETS if facets == "all" else tuple(facet(f) for f in (facets or "").split(",") if f)
    given = {
        "query.term": query, "query.cond": cond, "query.intr": intr, "query.locn": locn,
        "query.titles": titles, "query.outc": outc, "query.spons": spons, "query.lead": lead,
        "query.id": study_id, "query.patient": patient, "filter.overallStatus": status,
        "filter.advanced": advanced, "filter.geo": _distance(near), "sort": sort,
    }  # fmt: skip
    with Store(folder) as store:
        if not len(store):
            raise InputError(
                str(folder), "holds no records", "Run `equipoise registry load` first."
            )
        with _index(store, folder, postgres) as index:
            asked = ask(given, index.synonyms, offset=skip, size=size)
            answer = index.search(replace(asked.query, facets=counted))
        found = [_line(store.get(each)) for each in answer.ids] if size else []
    if as_json:
        told = {"total": answer.total, "studies": found, "facets": answer.facets,
                "notes": asked.notes}  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    _tell(say, answer, found, asked.notes)


@contextmanager
def _index(store: Store, folder: Path, postgres: str) -> Iterator[Index]:
    if not postgres:
        from equipoise.registry.search.fresh import fresh_index

        yield fresh_index(store, folder)
        return
    from equipoise.registry.search.postgres import PostgresIndex
    from equipoise.registry.search.refresh import refresh

    index = PostgresIndex(postgres)
    try:
        refresh(index, store)
        yield index
    finally:
        index.close()


def _distance(near: str) -> str:
    parts = near.split(",")
    if near and len(parts) != 3:
        raise InputError("--near", f"cannot be read: '{near}'", "Write 50.73,7.10,25.")
    return f"distance({parts[0]},{parts[1]},{parts[2].strip()}km)" if near else ""


def _line(study: Any) -> dict[str, Any]:
    from equipoise.registry.record import module, nct_id, title

    return {
        "nctId": nct_id(study), "status": module(study, "status").get("overallStatus"),
        "title": title(study),
    }  # fmt: skip


def _tell(say: Any, answer: Any, found: list[dict[str, Any]], notes: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    for note in notes:
        console.print(f"[yellow]{escape(say(note))}[/]")
    for each in found:
        status = escape(str(each["status"] or say("unknown")))
        console.print(f"[bold]{each['nctId']}[/] [dim]{status}[/] {escape(each['title'])}")
    console.print(say("{shown} of {total} records", shown=len(found), total=answer.total))
    for piece, counts in answer.facets.items():
        console.print(f"[bold]{piece}[/]")
        table = Table(box=None, show_header=False, pad_edge=False)
        for value, count in counts.items():
            table.add_row(str(count), escape(value))
        console.print(table)
