"""``equipoise registry load``: records into the store, from files or a registry's API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.language import Language
    from equipoise.registry.load import Tally, Tell
    from equipoise.registry.store import Damaged, Store

HOME = typer.Option(None, "--home", help="Folder of the records; EQUIPOISE_HOME unless given.")
_SHOWN = 20  # damaged ones; --json gives all


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command(epilog="Example: equipoise registry load ctg-studies.json.zip")(load)


def load(
    paths: list[Path] = typer.Argument(
        None,
        help="Files, folders and archives (zip, tar, gz, xz, bz2) of JSON, NDJSON, XML or pages.",
    ),
    api: str | None = typer.Option(
        None, "--api", help="Address of a server, such as https://clinicaltrials.gov/api/v2."
    ),
    since: str | None = typer.Option(
        None, help="Only what the API posted on this day (2024-01-31) or later, or `last`."
    ),
    per_minute: float = typer.Option(50, help="Questions to the API in a minute, at most."),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Load registry records into the store, keeping every version.

    What cannot be read is set aside with the reason and does not stop the rest; exit code 1 says
    that there was some. A load that was stopped goes on where it was with the same command.
    `--since last` asks the API for what changed since it was last loaded.
    """
    from equipoise.language import Language
    from equipoise.registry.home import home as folder
    from equipoise.registry.store import Store

    say = Language(check_language(language))
    if bool(paths) == bool(api):
        raise InputError("load", "takes either paths or --api", "Give one of them.")
    if since is not None and not api:
        raise InputError("--since", "goes with --api only", "Leave it out, or give --api.")
    with Store(folder(home)) as store:
        try:
            with _progress(say, bytes_=not api) as (tell, waiting):
                if api:
                    tally, sources = _from_api(store, api, since, per_minute, tell, waiting)
                else:
                    tally, sources = _from_files(store, paths, tell)
        except KeyboardInterrupt:
            typer.echo(say("Stopped. What was loaded stays; the same command goes on."), err=True)
            raise typer.Exit(2) from None
        damaged = [each for each in store.damaged() if each.source in sources]
        _report(say, store, tally, damaged, as_json=as_json)
    raise typer.Exit(1 if tally.set_aside else 0)


def _from_files(store: Store, paths: list[Path], tell: Tell) -> tuple[Tally, set[str]]:
    from equipoise.clock import SystemClock
    from equipoise.registry.load import load_files
    from equipoise.registry.source import record_files

    tally = load_files(store, paths, clock=SystemClock(), tell=tell)
    return tally, {str(file) for path in paths for file in record_files(path)}


def _from_api(
    store: Store, api: str, since: str | None, per_minute: float, tell: Tell, waiting: _Waiting
) -> tuple[Tally, set[str]]:
    from equipoise.clock import SystemClock
    from equipoise.registry.api_client import Client, Patience
    from equipoise.registry.load_api import last_load, load_api

    client = Client(api, Patience(requests_per_min=per_minute), waiting=waiting)
    day = last_load(store, client) if since == "last" else _day(since)
    tally = load_api(store, client, since=day, clock=SystemClock(), tell=tell)
    return tally, {client.url}


def _day(since: str | None) -> date | None:
    try:
        return date.fromisoformat(since) if since else None
    except ValueError:
        raise InputError("--since", f"'{since}' is no day", "Give one like 2024-01-31.") from None


_Waiting = Callable[[float, str], None]


@contextmanager
def _progress(say: Language, *, bytes_: bool) -> Iterator[tuple[Tell, _Waiting]]:
    """Draw a bar on the terminal; where there is none, tell nothing."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, highlight=False)
    column = DownloadColumn() if bytes_ else MofNCompleteColumn()
    text = TextColumn("{task.description}")
    bar = Progress(
        text, BarColumn(), column, TimeRemainingColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(say("loading"), total=None)

        def tell(tally: Tally) -> None:
            words = say("{records} records", records=f"{tally.read:,}")
            bar.update(task, completed=tally.done, total=tally.total, description=words)

        def waiting(wait_s: float, why: str) -> None:
            words = say("waiting {seconds} s: {why}", seconds=round(wait_s), why=why)
            console.print(escape(words))

        yield tell, waiting


def _report(
    say: Language, store: Store, tally: Tally, damaged: list[Damaged], *, as_json: bool
) -> None:
    from rich.console import Console
    from rich.markup import escape

    if as_json:
        told: dict[str, Any] = {
            "new": tally.new, "changed": tally.changed, "same": tally.same,
            "set_aside": tally.set_aside, "records": len(store), "store": str(store.path),
            "damaged": [asdict(each) for each in damaged],
        }  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for each in damaged[:_SHOWN]:
        where = f"{each.source}: {each.member}" if each.member else each.source
        console.print(f"[yellow]{escape(where)}[/]: {escape(say.sentence(each.reason))}")
    if len(damaged) > _SHOWN:
        console.print(say("… and {n} more; --json gives all", n=len(damaged) - _SHOWN))
    console.print(
        say(
            "{new} new, {changed} changed, {same} unchanged, {set_aside} set aside",
            new=f"{tally.new:,}", changed=f"{tally.changed:,}", same=f"{tally.same:,}",
            set_aside=f"{tally.set_aside:,}",
        )
    )  # fmt: skip
    console.print(say("{n} records in {store}", n=f"{len(store):,}", store=escape(str(store.path))))
