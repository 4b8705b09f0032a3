"""``equipoise replay``: one trial of an ensemble as a full ledger, and whether it is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from equipoise.cli.options import AS_JSON, LANGUAGE, check_language
from equipoise.cli.rehearse import Tell, written
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.conduct.trial import Store

SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise replay ensemble 17 --scenario hoped --out trial-17")(
        replay
    )


def replay(
    ensemble: Path = typer.Argument(help="The folder of equipoise rehearse STUDY --trials N."),
    trial: int = typer.Argument(help="The number of the trial, from 0."),
    out: Path = typer.Option(..., help="A folder to make: ledger, report, dataset, summary."),
    scenario: str | None = typer.Option(None, help="Which scenario, where there are several."),
    vary: list[str] = typer.Option(
        [], metavar="NAME=A", help="Which value of a varied number, where there are several."
    ),
    study: str | None = typer.Option(
        None, help="The study, where it is not where it was when the ensemble was made."
    ),
    language: str = LANGUAGE,
    as_json: bool = AS_JSON,
) -> None:
    """Rehearse one trial of an ensemble through conduct, and compare it with the ensemble's row.

    The folder holds what equipoise rehearse writes, and replay.json. Ends with 1 when a number of
    the ledger's analysis is not that of the row.
    """
    from equipoise.cli.ensemble import grid
    from equipoise.cli.show import show
    from equipoise.protocol.load import load_study
    from equipoise.rehearsal import replay as again
    from equipoise.rehearsal.ensemble.plan import dumped
    from equipoise.rehearsal.ensemble.storage import opened

    check_language(language)
    folder = opened(ensemble)
    whole = folder.ensemble
    asked = grid(vary)
    for path, values in asked.items():
        if len(values) > 1:
            raise InputError(f"--vary {path}", "has several values", "Give the one to replay.")
    cell = again.find_cell(whole, scenario, {path: values[0] for path, values in asked.items()})
    loaded = load_study(study or whole.given)
    again.check(loaded, whole, trial)
    row = again.row_of(folder, cell, trial)

    def conduct(store: Store, tell: Tell) -> None:
        again.replay(loaded, whole, cell, trial, store, tell)

    with written(out, language, conduct) as (analysis, unfinished):
        compared = again.compare(row, analysis)
        told = {
            "trial": trial, "cell": whole.cells[cell].name,
            "same": all(each.same for each in compared),
            "compared": [each.as_json() for each in compared],
        }  # fmt: skip
        (unfinished / "replay.json").write_bytes(dumped(told))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        show(analysis, out, as_json=False)
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    different = [each for each in compared if not each.same]
    if not different:
        console.print(
            f"[green]✓[/] all {len(compared)} numbers are those of trial {trial} of the ensemble"
        )
        return
    for each in different[:SHOWN]:
        console.print(f"{each.name}: {each.ledger} in the ledger, {each.ensemble} in the ensemble")
    console.print(
        f"[bold red]{len(different)} of {len(compared)} numbers differ[/] from trial {trial} of "
        "the ensemble. Was it made with another version of equipoise? manifest.json says which."
    )
    raise typer.Exit(1)
