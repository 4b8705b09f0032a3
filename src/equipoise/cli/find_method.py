"""``equipoise find-method``: which method gave an estimate that a paper prints."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(
        "find-method",
        epilog="Example: equipoise find-method 65 99 86 100 '0.76 (0.65-0.90)'",
        context_settings={"ignore_unknown_options": True},
    )(find_method)


def find_method(
    events: int = typer.Argument(help="Events in the arm."),
    n: int = typer.Argument(help="Participants in the arm."),
    events_ref: int = typer.Argument(help="Events in the reference arm."),
    n_ref: int = typer.Argument(help="Participants in the reference arm."),
    printed: str = typer.Argument(help="Estimate and limits as printed: '0.76 (0.65-0.90)'."),
    level: float = typer.Option(0.95, help="Confidence level of the interval."),
) -> None:
    """List the methods and roundings that give a printed estimate of two proportions.

    Ratios, differences and odds ratios are tried, either arm as the reference. Several methods
    can print the same; none found means that counts, level or method are others.
    """
    from equipoise.analysis.method_finder import find_methods

    found = find_methods((events, n, events_ref, n_ref), printed, level=level)
    for each in found:
        scale = 100 if each.percent else 1
        value, low, high = (f"{scale * v:.5g}" for v in (each.value, each.low, each.high))
        unit = " in %" if each.percent else ""
        order = ", arms exchanged" if each.exchanged else ""
        typer.echo(
            f"{each.measure}{unit}, {each.method}{order}: {value} ({low} to {high}), "
            f"P={each.p_value:.4g}; {' or '.join(each.roundings)}"
        )
    if not found:
        typer.echo(f"No method here gives {printed}.")
        raise typer.Exit(1)
