"""How often intervals cover and tests reject, as pictures and tables.

    python benchmarks/operating_characteristics.py            docs/coverage-*.svg and the tables
    python benchmarks/operating_characteristics.py --quick    fewer trials, printed only

The tables go into docs/operating-characteristics.md between the comments that name this script.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.characteristics import binary, designs, missing, scores, visits
from benchmarks.characteristics.rate import Rate

mpl.use("svg")
DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "operating-characteristics.md"
PICTURES: dict[str, Callable[..., Iterable[Rate]]] = {
    "intervals": binary.intervals,
    "tests": binary.tests,
    "ranks": scores.ranks,
    "means": scores.means,
    "mixed": visits.mixed,
    "missing": missing.imputed,
    "rerandomization": designs.dealt_again,
    "looks": designs.looks,
}
COLOURS = ("#0072b2", "#d55e00", "#009e73")


def picture(rates: list[Rate]) -> Figure:
    """Return one panel beside the other: a line for each method, a colour for each size."""
    panels = list(dict.fromkeys(rate.panel for rate in rates))
    rows = {p: list(dict.fromkeys(r.method for r in rates if r.panel == p)) for p in panels}
    ats = list(dict.fromkeys(rate.at for rate in rates))
    height = 1.1 + 0.3 * max(len(methods) for methods in rows.values())
    drawn = Figure(figsize=(1.2 + 3.6 * len(panels), height), layout="constrained")
    for axes, panel in zip(drawn.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for k, at in enumerate(ats):
            here = [rate for rate in rates if (rate.panel, rate.at) == (panel, at)]
            y = [rows[panel].index(r.method) + 0.22 * (k - (len(ats) - 1) / 2) for r in here]
            axes.hlines(y, [r.low for r in here], [r.high for r in here], color=COLOURS[k])
            axes.plot([r.percent for r in here], y, "o", ms=3.5, color=COLOURS[k], label=at)
        nominal = next(rate.nominal for rate in rates if rate.panel == panel)
        axes.axvline(nominal, color="#777777", lw=0.8, ls="--", zorder=0)
        left, right = axes.get_xlim()
        axes.set_xlim(max(left, 80) if nominal > 50 else 0, min(right, 100.2))
        axes.set_yticks(range(len(rows[panel])), labels=rows[panel], fontsize=8)
        axes.invert_yaxis()
        axes.set_title(panel, fontsize=9)
        axes.set_xlabel("percent of trials", fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = drawn.axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return drawn


def table(rates: list[Rate]) -> str:
    """Return the rates as a table, a column for each size."""
    ats = list(dict.fromkeys(rate.at for rate in rates))
    lines = ["| | |" + "|".join(f" {at} " for at in ats) + "|", "|---" * (2 + len(ats)) + "|"]
    places = dict.fromkeys((rate.panel, rate.method) for rate in rates)
    for panel, method in places:
        here = {r.at: r for r in rates if (r.panel, r.method) == (panel, method)}
        cells = [cell(here[at]) if at in here else "" for at in ats]
        lines.append(f"| {panel} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(rate: Rate) -> str:
    """Return a rate as text: with its Monte Carlo error, or with its range."""
    if rate.trials:
        return f"{rate.percent:.2f} ± {(rate.high - rate.percent) / 2:.2f}"
    return f"{rate.percent:.1f} ({rate.low:.1f} to {rate.high:.1f})"


def main() -> None:
    """Simulate, draw and write; or only print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer trials, printed only")
    parser.add_argument("only", nargs="*", help=f"of {', '.join(PICTURES)}")
    asked = parser.parse_args()
    for name in asked.only or PICTURES:
        start = perf_counter()
        rates = list(PICTURES[name](quick=asked.quick))
        print(f"{table(rates)}\n{name}: {perf_counter() - start:.0f} s\n", flush=True)
        if not asked.quick:
            keep(name, rates)


def keep(name: str, rates: list[Rate]) -> None:
    """Write the picture, and the table into the page."""
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        picture(rates).savefig(DOCS / f"coverage-{name}.svg", metadata={"Date": None})
    mark = f"<!-- benchmarks/operating_characteristics.py {name}: {{}} -->"
    begin, end = mark.format("begin"), mark.format("end")
    between = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    page = between.sub(f"{begin}\n{table(rates)}\n{end}", PAGE.read_text("utf-8"))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
