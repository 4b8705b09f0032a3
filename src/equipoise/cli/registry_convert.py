"""``equipoise registry convert``: a record into another format."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from equipoise.cli.files import check_new, write_new
from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.cli.registry_load import HOME

_SHOWN = 20  # paths that a format has no place for; --json gives all


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    example = "Example: equipoise registry convert NCT05718544 --to usdm --out study.json"
    group.command(epilog=example)(convert)


def convert(
    record: str = typer.Argument(
        help="A record: a file in any format, a shipped study, or a number in the store."
    ),
    to: str = typer.Option(
        ...,
        help="json (API v2), legacy-xml, upload-xml, page (a portal's text), who (the WHO's 24 "
        "items), usdm (CDISC, v4) or fhir (ResearchStudy, R5).",
    ),
    out: Path = typer.Option(..., "--out", help="The file to write; it must not exist yet."),
    home: Path | None = HOME,
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Write a record in another format, and say what that format has no place for.

    What the record is given in is seen from its content. Nothing is made up: what the other format
    asks for and the record does not say is marked as not stated.
    """
    from equipoise.language import Language
    from equipoise.registry import formats
    from equipoise.registry.source import one

    say = Language(check_language(language))
    check_new(out)
    study = one(record, folder=home)
    content = formats.write(study, to)
    missing = formats.left_out(study, to)
    write_new(out, content, secret=False)
    if as_json:
        told = {"file": str(out), "format": to, "bytes": len(content), "left_out": missing}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    typer.echo(str(out))
    if missing:
        typer.echo(say("The format has no place for:"))
        typer.echo("\n".join(f"   {path}" for path in missing[:_SHOWN]))
    if len(missing) > _SHOWN:
        typer.echo(say("   and {more} more; --json tells all", more=len(missing) - _SHOWN))
