"""The record as tables, and into docs/performance.md between its marks."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.simulators.case import LOOKS_H
from benchmarks.simulators.measure import ratios, spread

MARK = "<!-- benchmarks/bench_simulators.py: {} {} -->"
OURS = "ours"
TITLES = {
    "ours": "equipoise", "numba_grid": "numba grid of minutes", "jax_scan": "JAX lax.scan",
    "numpy_loop": "NumPy loop over minutes", "matrix_exponential": "scipy expm",
    "lsoda": "scipy solve_ivp, LSODA", "pytci_model": "PyTCI, exact", "opentiva_pump": "opentiva",
}  # fmt: skip
TASKS = {"open_loop": "doses given", "feedback": "presses answered"}


def title(name: str) -> str:
    """Return the name of a peer, with its size where it has several: ``numpy_loop 200``."""
    peer, _, people = name.partition(" ")
    return TITLES[peer] + (f", {int(people):,} people" if people else "")


def number(value: float) -> str:
    """Return three digits, with separators; no powers of ten."""
    rounded = float(f"{value:.3g}")
    if rounded >= 1000:
        return f"{rounded:,.0f}"
    return f"{value:.3g}" if value >= 0.001 or value == 0 else f"{value:.1e}"


def ranged(values: Sequence[float]) -> str:
    """Return the median with the lowest and highest."""
    middle, low, high = spread(values)
    return f"{number(middle)} ({number(low)} to {number(high)})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown; all columns but the first are numbers."""
    lines = [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def agreement(record: dict[str, Any]) -> str:
    """Return how far each is from the reference solution."""
    rows = [
        (title(name), f"{plasma:.1e}", f"{effect:.1e}")
        for name, (plasma, effect) in record["agreement"].items()
    ]
    return table(("", "plasma", "effect site"), rows)


def same_ward(record: dict[str, Any]) -> str:
    """Return what each says of the same people with feedback."""
    rows = []
    for name, found in record["speed"]["feedback"].items():
        means = found["means"]
        keys = ("demands", "delivered", f"pain {LOOKS_H[0]} h", f"pain {LOOKS_H[3]} h")
        rows.append((title(name), *(f"{means[key][0]:.2f} ± {means[key][1]:.2f}" for key in keys)))
    head = ("", "demands", "delivered", f"pain, {LOOKS_H[0]} h", f"pain, {LOOKS_H[3]} h")
    return table(head, rows)


def speed(record: dict[str, Any], task: str) -> str:
    """Return how fast each does one task."""
    found = record["speed"][task]
    ours = found[OURS]["per_s"]
    rows = []
    for name, one in found.items():
        two = record["two"][task].get(name)
        times = "1" if name == OURS else ranged(ratios(ours, one["per_s"]))
        both = "" if two is None else number(two)
        rows.append((title(name), f"{one['people']:,}", ranged(one["per_s"]), both, times))
    head = ("", "people", "people/s on a core", "people/s on two", "we are faster by")
    return table(head, rows)


def memory(record: dict[str, Any]) -> str:
    """Return what each needs."""
    rows = []
    for task, name in (("open_loop", "doses given"), ("feedback", "presses answered")):
        for peer, one in record["speed"][task].items():
            rows.append((
                title(peer), name, f"{one['people']:,}", number(one["imported_mb"]),
                number(one["peak_mb"]), number(one["peak_mb"] - one["imported_mb"]),
            ))  # fmt: skip
    return table(("", "task", "people", "ready, MB", "peak, MB", "the people, MB"), rows)


def study(record: dict[str, Any]) -> str:
    """Return how long 10,000 trials of the whole study take."""
    rows = []
    for one in record["study"]:
        measured = f"{one['trials']:,}" + (" (scaled)" if one["trials"] < 10_000 else "")
        rows.append((
            one["title"], str(one["threads"]), measured, number(one["seconds_10000"]),
            number(2_000_000 / one["seconds_10000"]), number(one["peak_mb"]),
            *(f"{one['means'][key]:.3f}" for key in
              ("chronic pain, combined", "chronic pain, placebo", "median risk ratio")),
        ))  # fmt: skip
    head = ("", "threads", "trials measured", "s for 10,000", "people/s", "peak, MB",
            "chronic pain, combined", "placebo", "median risk ratio")  # fmt: skip
    return table(head, rows)


def cycles(record: dict[str, Any]) -> str:
    """Return cycles a person on the pump beside the bound."""
    found, ghz = record["bound"], record["machine"]["gigahertz"]
    taken = ghz * 1e9 / statistics.median(record["speed"]["feedback"][OURS]["per_s"])
    counted = "; ".join(f"{value:.3g} {name}" for name, value in found["events"].items())
    rows = [
        ("measured, one person on the pump", number(taken)),
        ("counted, at least", number(found["cycles"])),
        ("times the bound", f"{taken / found['cycles']:.1f}"),
        ("measured, a minute of a person", f"{taken / 4320:.2f}"),
    ]
    return table(("cycles", ""), rows) + f"\n\nCounted for {counted}."


def machine(record: dict[str, Any]) -> str:
    """Return what it ran on, as a sentence or two."""
    one = record["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in one["versions"].items())
    busy = "" if one["load"] < 1 else f" Others were using it (load {one['load']}) meanwhile."
    return (
        f"{one['processor']} ({one['family']}, {one['vectors']}), {one['cores']} cores, "
        f"{one['gigahertz']} GHz measured, {one['memory_gb']} GB; Python {one['python']}; "
        f"{versions}.{busy}"
    )


def parts(record: dict[str, Any]) -> dict[str, str]:
    """Return what stands between the marks of the page, by name."""
    return {
        "machine": machine(record), "agreement": agreement(record), "ward": same_ward(record),
        "open loop": speed(record, "open_loop"), "feedback": speed(record, "feedback"),
        "memory": memory(record), "study": study(record), "cycles": cycles(record),
    }  # fmt: skip


def renewed(page: str, record: dict[str, Any]) -> str:
    """Return the page with its tables renewed."""
    for name, text in parts(record).items():
        begin, end = MARK.format(name, "begin"), MARK.format(name, "end")
        between = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not between.search(page):
            raise ValueError(f"the page lacks the marks of {name!r}")
        page = between.sub(lambda _: f"{begin}\n\n{text}\n\n{end}", page)  # noqa: B023
    return page
