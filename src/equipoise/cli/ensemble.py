"""``equipoise rehearse STUDY --trials N``: many trials, kept as rows and told as one report."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from equipoise.errors import InputError
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol

if TYPE_CHECKING:
    from equipoise.rehearsal.ensemble.run import Worker


@dataclass(frozen=True)
class Wish:
    """What the command line asked for."""

    trials: int
    scenarios: Sequence[str]
    vary: Sequence[str]
    seed: int
    participants: int | None
    threads: int
    people: bool
    chunk: int | None
    ray: str | None
    out: Path | None
    language: str
    as_json: bool


def simulate(loaded: Loaded, wish: Wish) -> None:
    """Run what is missing of the ensemble, write its summary and report, and show them."""
    from equipoise.language import Language
    from equipoise.rehearsal.ensemble.plan import dumped, ensemble, usable
    from equipoise.rehearsal.ensemble.report import report
    from equipoise.rehearsal.ensemble.run import run
    from equipoise.rehearsal.ensemble.summary import summary

    protocol = usable(loaded)
    whole = ensemble(
        loaded, wish.scenarios or list(protocol.scenarios)[:1], grid(wish.vary),
        trials=wish.trials, seed=wish.seed, participants=wish.participants, people=wish.people,
        chunk=wish.chunk,
    )  # fmt: skip
    out = wish.out or Path(f"ensemble-{loaded.study}-{wish.seed}")
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    kept = [0, whole.trials * len(whole.cells)]
    try:
        with _workers(wish) as worker, Progress(*columns, console=console) as bar:
            task = bar.add_task("trials", total=kept[1])

            def progress(done: int, total: int) -> None:
                kept[:] = [done, total]
                bar.update(task, completed=done, total=total)

            folder = run(loaded, whole, out, progress, worker)
            bar.add_task("summary and report", total=None)
            found = summary(loaded, folder)
            folder.write("summary.json", dumped(found))
            page = report(found, protocol, Language(wish.language))
            folder.write("report.html", page.encode())
    except KeyboardInterrupt:
        raise InputError(
            str(out), f"stopped with {kept[0]:,} of {kept[1]:,} trials kept",
            "Go on with the same command.",
        ) from None  # fmt: skip
    _show(found, protocol, out, as_json=wish.as_json)


@contextmanager
def _workers(wish: Wish) -> Iterator[Worker]:
    from equipoise.rehearsal.ensemble.run import here

    if wish.ray is None:
        yield here(wish.threads)
        return
    from equipoise.rehearsal.ensemble.cluster import on

    with on(wish.ray) as worker:
        yield worker


def grid(vary: Sequence[str]) -> dict[str, list[float]]:
    """Return the values of each ``NAME=a,b,c``; raise :class:`InputError` for anything else."""
    found: dict[str, list[float]] = {}
    for each in vary:
        name, equals, values = each.partition("=")
        try:
            numbers = [float(value) for value in values.split(",")]
        except ValueError:
            numbers = []
        if not (name and equals and numbers) or not all(map(math.isfinite, numbers)):
            raise InputError(
                f"--vary {each}", "is not a name with numbers",
                "Write it so: --vary attrition.lost=0.05,0.1,0.2",
            )  # fmt: skip
        if name in found or len(set(numbers)) < len(numbers):
            raise InputError(f"--vary {each}", "says something twice", "Give each value once.")
        found[name] = numbers
    return found


def _show(found: Mapping[str, Any], protocol: Protocol, out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
        return
    console = Console(highlight=False)
    endpoints = protocol.all_endpoints()
    console.print(f"{protocol.study}: {found['trials']:,} trials of each scenario")
    for place, first in enumerate(found["cells"][0]["comparisons"]):
        if first["role"] != "primary":
            continue
        title = endpoints[first["endpoint"]].title.en
        table = Table(title=f"{title}{_at(first)}: {first['measure']}", title_justify="left")
        table.add_column("scenario", overflow="fold")
        for path in found["cells"][0]["changes"]:
            table.add_column(path, justify="right", overflow="fold")
        for heading in ("P < alpha, %", "true value", "bias", "coverage, %", "missing, %"):
            table.add_column(heading, justify="right", no_wrap=True)
        for cell in found["cells"]:
            values = [f"{value:g}" for value in cell["changes"].values()]
            table.add_row(cell["scenario"], *values, *_figures(cell["comparisons"][place]))
        console.print(table)
    console.print("± is the Monte Carlo standard error.")
    console.print("[yellow]Rehearsal: virtual participants, no evidence.[/]")
    console.print(f"Report: [bold]{out / 'report.html'}[/]", soft_wrap=True)


def _at(each: Mapping[str, Any]) -> str:
    return f", {each['visit']}" if each["visit"] else ""


def _figures(each: Mapping[str, Any]) -> list[str]:
    from equipoise.analysis.rounding import fixed

    def percent(value: float | None, error: float | None) -> str:
        if value is None:
            return "–"
        return f"{fixed(100 * value, 1)} ± {fixed(100 * (error or 0.0), 1)}"

    arms = each["arms"].values()
    people = sum(arm["missing"] + arm["analysed"] for arm in arms)
    return [
        percent(each["rejection_rate"], each["rejection_error"])
        + ("\ntype I error" if each["rejection_is"] == "type I error" else ""),
        "–" if each["truth"] is None else fixed(each["truth"], 3),
        "–" if each["bias"] is None else fixed(each["bias"], 3),
        percent(each["coverage"], each["coverage_error"]),
        f"{fixed(100 * sum(arm['missing'] for arm in arms) / max(1, people), 1)}",
    ]
