"""The pictures of docs/performance.md, drawn from the record."""

from __future__ import annotations

import statistics
from typing import Any

from matplotlib.figure import Figure

from benchmarks.simulators.page import OURS, TASKS, TITLES, title

COLOURS = {
    "ours": "#0b6e4f", "our_study": "#0b6e4f", "numba_grid": "#c8553d", "jax_scan": "#6a4c93",
    "numpy_loop": "#1982c4", "numpy_study": "#1982c4", "matrix_exponential": "#8a8a8a",
    "lsoda": "#5c5c5c", "pytci_model": "#b58900", "opentiva_pump": "#b5651d",
}  # fmt: skip


def speed(record: dict[str, Any]) -> Figure:
    """Draw people a second on one core, a panel a task; a line is the spread over rounds."""
    drawn = Figure(figsize=(8.2, 3.4), layout="constrained")
    panels = drawn.subplots(1, 2, sharex=True)
    for axes, (task, name) in zip(panels, TASKS.items(), strict=True):
        found = record["speed"][task]
        order = sorted(found, key=lambda peer: statistics.median(found[peer]["per_s"]))
        for place, peer in enumerate(order):
            rates = found[peer]["per_s"]
            colour = COLOURS[peer.split(" ")[0]]
            axes.barh(place, statistics.median(rates), color=colour, height=0.7)
            axes.hlines(place, min(rates), max(rates), color="black", linewidth=1)
        labels = axes.set_yticks(range(len(order)), labels=[title(p) for p in order])
        for label, peer in zip(axes.get_yticklabels(), order, strict=True):
            label.set_fontweight("bold" if peer == OURS else "normal")
        del labels
        axes.set_xscale("log")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("people a second, one core")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    return drawn


def growth(record: dict[str, Any]) -> Figure:
    """Draw time and peak memory against people, both logarithmic."""
    drawn = Figure(figsize=(8.2, 4.2), layout="constrained")
    time_axes, memory_axes = drawn.subplots(1, 2)
    lines: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for point in record["growth"]:
        lines.setdefault((point["peer"], point["task"], point["threads"]), []).append(point)
    for (peer, task, threads), points in lines.items():
        people = [point["people"] for point in points]
        whole = task == "study"
        name = {"our_study": "equipoise", "numpy_study": "NumPy"}.get(peer) or TITLES[peer]
        label = f"{name}, {'whole study' if whole else 'on the pump'}"
        label += f", {threads} threads" if threads > 1 else ""
        style = {"color": COLOURS[peer], "marker": "s" if whole else "o", "markersize": 3.5,
                 "linestyle": ":" if threads > 1 else "-" if whole else "--"}  # fmt: skip
        time_axes.loglog(people, [point["seconds"] for point in points], label=label, **style)
        memory_axes.loglog(people, [point["peak_mb"] for point in points], **style)
    time_axes.set_ylabel("seconds")
    memory_axes.set_ylabel("peak memory, MB")
    memory_axes.set_ylim(bottom=50)
    for axes in (time_axes, memory_axes):
        axes.set_xlabel("participants")
        axes.grid(visible=True, linewidth=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return drawn
