"""``equipoise worksheet``: what goes into a bag, for a participant's weight."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from equipoise.cli.options import STUDY
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.infusion.mixture import Worksheet


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise worksheet NCT04791059 --weight-kg 58.5 --arm combined")(
        worksheet
    )


def worksheet(
    study: str = STUDY,
    weight_kg: str = typer.Option(..., help="Body weight in kg, such as 58.5."),
    arm: str = typer.Option(..., help="An arm of the protocol. For unmasked eyes only."),
) -> None:
    """Show how a bag is made up: the same steps and volumes in every arm."""
    from equipoise.conduct.setup import usable
    from equipoise.infusion.mixture import worksheet as make
    from equipoise.protocol.load import load_study

    root = usable(load_study(study)).root
    if arm not in root.arms:
        raise InputError(f"arm '{arm}'", "is not in the protocol", f"Use {', '.join(root.arms)}.")
    try:
        weight = Decimal(weight_kg)
    except InvalidOperation:
        raise InputError("--weight-kg", f"'{weight_kg}' is not a number", "Write 58.5.") from None
    sheet = make(root.mixtures[root.arms[arm].mixture], root.mixtures.values(), weight)
    show_worksheet(sheet, f"{arm}, {weight} kg")


def show_worksheet(sheet: Worksheet, title: str) -> None:
    """Print what goes into the bag and the steps. This tells the arm."""
    console = Console(highlight=False)
    drugs = Table("drug", "amount", "per ml", "cap", title=title)
    for line in sheet.lines:
        drugs.add_row(
            line.drug, f"{line.amount} {line.unit}", f"{line.per_ml} {line.unit}/ml",
            "reached" if line.capped else "",
        )  # fmt: skip
    console.print(drugs)
    steps = Table("step", "draw", "ml", title=f"{len(sheet.steps)} steps, {sheet.volume_ml} ml")
    for step in sheet.steps:
        steps.add_row(str(step.number), step.drug or sheet.diluent.en, str(step.volume_ml or "–"))
    console.print(steps)
