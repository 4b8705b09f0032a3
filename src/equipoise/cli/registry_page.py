"""``equipoise registry page``: a record as one page that needs nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from equipoise.cli.files import check_new
from equipoise.cli.options import LANGUAGE, check_language
from equipoise.cli.registry_load import HOME
from equipoise.errors import InputError

RECORD = typer.Argument(
    help="A record: a file in any format, a shipped study, or a number in the store; NCT01234567@2 "
    "is its second version there."
)


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    example = "Example: equipoise registry page NCT05718544 --out NCT05718544.html"
    group.command(epilog=example)(page)


def page(
    record: str = RECORD,
    out: Path = typer.Option(..., "--out", help="The page to write; it must not exist yet."),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    today: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="The day to judge by what is owed; today unless given."
    ),
) -> None:
    """Write a record as a page: one file to read, print or send, in any browser, without network.

    It shows everything that the record says, with the design, the dates and the sites drawn, posted
    results as tables and forest plots, what the rules find, and the related studies among the
    records that were loaded: the first page after a load works these out, which takes a while. The
    record itself is inside.
    """
    from equipoise.clock import SystemClock
    from equipoise.language import Language
    from equipoise.registry.home import home as place
    from equipoise.registry.page import render
    from equipoise.registry.relatives import related_in
    from equipoise.registry.source import one

    check_new(out)
    folder, say = place(home), Language(check_language(language))
    study = one(record, folder=folder)
    day = (today or SystemClock().now()).date()
    related = related_in(folder, study, say)
    text = render(study, language=language, today=day, related=related)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            str(out), "exists already, and nothing is overwritten", "Give another --out."
        ) from None
    except OSError as error:
        raise InputError(
            str(out), f"cannot be written: {error.strerror}", "Give a place you may write to."
        ) from None
    typer.echo(str(out))
