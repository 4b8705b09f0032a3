"""The short summary that a command prints when a report is made."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.rounding import fixed, interval_text, p_text
from equipoise.analysis.summary import summary


def show(analysis: Analysis, out: Path, *, as_json: bool) -> None:
    """Print the primary endpoints and where the report is; or the whole summary as JSON."""
    if as_json:
        typer.echo(json.dumps(summary(analysis), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    protocol = analysis.protocol
    table = Table(title=f"{protocol.study}: primary outcomes")
    table.add_column("outcome", overflow="fold")
    for arm in protocol.root.arms:
        table.add_column(arm, justify="right")
    table.add_column("estimate (95% CI)", justify="right")
    table.add_column("P", justify="right")
    endpoints = protocol.all_endpoints()
    for result in analysis.results:
        endpoint = endpoints[result.endpoint]
        if endpoint.role != "primary" or result.visit:
            continue
        cells = {group.arm: f"{group.events}/{group.n}" for group in result.groups}
        low, high = float(result.estimate.low), float(result.estimate.high)
        table.add_row(
            endpoint.title.en,
            *(cells.get(arm, "") for arm in protocol.root.arms),
            f"{endpoint.estimand.summary} {interval_text(float(result.estimate.value), low, high)}",
            p_text(float(result.estimate.p_value)),
        )
    console.print(table)
    for rate in analysis.dose_rates:
        figure = fixed(rate.ug_kg_h, 3 if rate.ug_kg_h < 1 else 1)
        console.print(f"  {rate.drug} in {rate.arm}: {figure} ug/kg/h")
    if analysis.state.rehearsal:
        console.print("[yellow]Rehearsal: virtual participants, no evidence.[/]")
    console.print(f"{analysis.events} events, head {analysis.head}", soft_wrap=True)
    console.print(f"Report: [bold]{out / 'report.html'}[/]", soft_wrap=True)
