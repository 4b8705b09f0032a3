"""``equipoise plan``: power and sample size of a study, and whether it can answer its question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from equipoise.cli.options import AS_JSON, LANGUAGE, STUDY, check_language, new_folder
from equipoise.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise plan NCT05718544 --arm 0.15")(plan)


def plan(
    study: str = STUDY,
    participants: int | None = typer.Option(
        None, help="Randomized in the arms compared; those of the record unless given."
    ),
    reference: float | None = typer.Option(
        None, help="Outcome assumed in the reference arm: a share such as 0.3, or a mean."
    ),
    arm: float | None = typer.Option(None, help="Outcome assumed in the other arm."),
    sd: float | None = typer.Option(
        None, help="Standard deviation within an arm, of a measurement."
    ),
    attrition: float | None = typer.Option(
        None, help="Share of the randomized without an outcome."
    ),
    power: float | None = typer.Option(None, help="Power wanted."),
    endpoint: str | None = typer.Option(
        None, help="Endpoint; the planned or primary one unless given."
    ),
    out: Path | None = typer.Option(None, help="A folder to make: plan.html and plan.json."),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Say what a trial of this size can find, by the protocol's planning assumption.

    Power by the formula and by simulating the planned method, the size for the power wanted, the
    effect that this size can find. Any part of the assumption can be changed. A trial that misses
    its effect more often than it finds it is called hopeless.
    """
    from rich.console import Console
    from rich.table import Table

    from equipoise.analysis import design_page
    from equipoise.analysis.design import outlook
    from equipoise.protocol.load import load_study

    check_language(language)
    loaded = load_study(study)
    if loaded.protocol is None or loaded.errors:
        raise InputError(
            study, "its protocol has errors", f"See them with: equipoise check {study}"
        )
    protocol = loaded.protocol
    changes = {
        name: value
        for name, value in {
            "reference": reference, "arm": arm, "sd": sd, "attrition": attrition, "power": power,
        }.items()
        if value is not None
    }  # fmt: skip
    n = participants or _enrolled(loaded)
    plans = [outlook(protocol, each, n) for each in _assumptions(protocol, endpoint, changes)]
    if out is not None:
        with new_folder(out) as folder:
            html = design_page.page(protocol, plans, language)
            (folder / "plan.html").write_text(html, encoding="utf-8")
            told = json.dumps([design_page.as_json(each) for each in plans], indent=2)
            (folder / "plan.json").write_text(told + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps([design_page.as_json(each) for each in plans], indent=2))
        return
    console = Console(highlight=False)
    for each in plans:
        table = Table(box=None, show_header=False, pad_edge=False)
        for label, text in design_page.lines(protocol, each, language):
            table.add_row(label, text)
        console.print(table)
        colour = "yellow" if each.hopeless else "green"
        console.print(f"[{colour}]{design_page.verdict(each, language)}[/]\n")
    if out is not None:
        console.print(f"The picture is in {out / 'plan.html'}")


def _enrolled(loaded: Any) -> int:
    """Return how many the record says, or the rehearsal assumes."""
    record = loaded.record
    design = record.protocol_section.design if record else None
    if design and design.enrollment_info and design.enrollment_info.count:
        return int(design.enrollment_info.count)
    for part in reversed(loaded.protocol.lineage()):
        if part.rehearsal and part.rehearsal.participants:
            return int(part.rehearsal.participants)
    raise InputError(
        loaded.protocol.study, "says nowhere how many take part", "Give --participants."
    )


def _assumptions(protocol: Any, endpoint: str | None, changes: dict[str, float]) -> list[Any]:
    """Return the protocol's planning assumptions, changed; or one made of the options alone."""
    from pydantic import ValidationError

    from equipoise.protocol.planning import Planning

    planned = [
        each
        for part in protocol.lineage()
        for each in part.planning
        if endpoint in (None, each.endpoint) and (endpoint or part is protocol)
    ]
    try:
        if planned:
            changed = {"because": "changed on the command line", "status": "assumed"}
            return [
                Planning.model_validate(each.model_dump() | changes | (changed if changes else {}))
                for each in planned
            ]
        if {"reference", "arm"} <= changes.keys():
            primary = next(k for k, e in protocol.all_endpoints().items() if e.role == "primary")
            told = {"because": "given on the command line", "status": "assumed"}
            return [Planning.model_validate({"endpoint": endpoint or primary} | told | changes)]
    except ValidationError as error:
        first = error.errors()[0]
        where = f"--{first['loc'][0]}" if first["loc"] else "options"
        raise InputError(where, str(first["msg"]).lower(), "See equipoise plan --help.") from None
    raise InputError(
        protocol.study,
        "has no planning assumption" + (f" for '{endpoint}'" if endpoint else ""),
        "Give --reference and --arm, or add `planning` to protocol.yaml.",
    )
