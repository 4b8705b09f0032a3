"""Figures of effects with their intervals, as SVG text: a forest plot, and events by arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    FAINT,
    INK,
    KEY_LINE_IN,
    RULE,
    Words,
    arm_key,
    arm_style,
    look,
    panel,
    sheet,
    svg,
    text_width,
    wrap,
    write,
)
from equipoise.errors import InputError

_ROW_IN = 0.22


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a forest plot; without numbers it is a heading over the lines below.

    ``cells`` are printed between label and interval (say events of each arm), ``text`` to its
    right. ``value`` NaN leaves the interval out; a limit beyond the axis becomes an arrow.
    """

    label: str
    value: float | None = None
    low: float = float("nan")
    high: float = float("nan")
    text: str = ""
    cells: tuple[str, ...] = ()


def forest(
    rows: Sequence[Row],
    *,
    heads: Sequence[str] = ("",),
    text_head: str = "",
    logarithmic: bool = True,
    null: float = 1.0,
    sides: tuple[str, str] = ("", ""),
    x_range: tuple[float, float] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw estimates and intervals around the line of no effect.

    ``heads`` name the label column and each column of cells, ``text_head`` the one on the right;
    ``sides`` say what lies left and right of no effect. Raises InputError where cells do not match
    heads, or a ratio scale would show a value of 0 or less.
    """
    _check(rows, heads, logarithmic=logarithmic, x_range=x_range)
    span = x_range or _span(rows, logarithmic=logarithmic, null=null)
    with look():
        edges = _columns(rows, heads)
        text_in = max(text_width(t, 8.5) for t in [text_head, *(r.text for r in rows)]) / 72
        plot_in = 2.5
        bottom = 0.75 if any(sides) else 0.5
        height = _ROW_IN * len(rows)
        figure = sheet(edges[-1] + plot_in + text_in + 0.5, bottom + height + _ROW_IN + 0.1)
        axes = panel(figure, edges[-1], bottom, plot_in, height)
        axes.set(ylim=(0, len(rows)), yticks=[])
        axes.spines["left"].set_visible(False)
        if logarithmic:
            axes.set_xscale("log")
            _log_ticks(axes, span)
        axes.set_xlim(*span)
        axes.axvline(null, color=INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        right = edges[-1] + plot_in + 0.2
        y = bottom + height + _ROW_IN / 2
        _line(figure, edges, right, y, heads, text_head, weight="bold")
        for k, row in enumerate(rows):
            y = bottom + height - (k + 0.5) * _ROW_IN
            style = {"weight": "bold"} if row.value is None else {}
            _line(figure, edges, right, y, (row.label, *row.cells), row.text, **style)
            if row.value is not None:
                _interval(axes, len(rows) - k - 0.5, row, span)
        _under(figure, axes, words.get("x_label", ""), sides, bottom)
        return svg(figure, words)


def event_incidence(
    events: Sequence[str],
    arms: Sequence[str],
    counts: ArrayLike,
    n: ArrayLike,
    *,
    difference: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
    difference_label: str = "",
    **words: Unpack[Words],
) -> str:
    """Draw the share of participants with each event by arm and, beside it, risk differences.

    ``counts`` is (arms, events), ``n`` (arms,); ``difference`` is value, low and high, each
    (events,), as fractions. Counts are printed at the left, arm by arm.
    """
    shares = _shares(counts, n, (len(arms), len(events)))
    table = np.asarray(counts)
    with look():
        height = 0.24 * len(events)
        label_in = max(text_width(e, 8.5) for e in events) / 72
        count_in = [max(0.45, 0.14 + text_width(wrap(a, 60, 7)[0], 7) / 72) for a in arms]
        left = 0.15 + label_in + sum(count_in) + 0.35
        beside = 2.15 if difference is not None else 0.15
        key = KEY_LINE_IN * max(len(arms) - 2, 0)
        figure = sheet(left + 2.6 + beside, height + 1.0 + key)
        axes = panel(figure, left, 0.5, 2.6, height)
        y = np.arange(len(events))[::-1] + 0.5
        for row, name in zip(y, events, strict=True):
            write(figure, 0.15, 0.5 + height * row / len(events), name)
        for i, arm in enumerate(arms):
            x = 0.15 + label_in + 0.25 + sum(count_in[: i + 1]) - 0.12
            write(figure, x, height + 0.6, arm, ha="right", fontsize=7, color=FAINT)
            for row, count in zip(y, table[i], strict=True):
                at = 0.5 + height * row / len(events)
                write(figure, x, at, f"{count}", ha="right", fontsize=7.5)
        for row, pair in zip(y, shares.T, strict=True):
            axes.plot([pair.min(), pair.max()], [row, row], color=RULE, linewidth=2, zorder=1)
        for i in range(len(arms)):
            style = {**arm_style(i), "linestyle": "", "markersize": 5}
            axes.plot(shares[i], y, clip_on=False, **style)
        most = float(np.nanmax(shares)) if np.isfinite(shares).any() else 1.0
        _event_axes(axes, len(events), words.get("x_label", ""))
        axes.set_xlim(0, 1.06 * most or 0.01)
        arm_key(figure, left, height + 0.84 + key, arms)
        if difference is not None:
            beside_axes = panel(figure, left + 2.6 + 0.25, 0.5, 1.75, height)
            _differences(beside_axes, y, difference)
            _event_axes(beside_axes, len(events), difference_label)
        return svg(figure, words)


def _check(
    rows: Sequence[Row],
    heads: Sequence[str],
    *,
    logarithmic: bool,
    x_range: tuple[float, float] | None,
) -> None:
    if not rows:
        raise InputError("forest plot", "there is nothing to draw", "Leave the figure out.")
    for row in rows:
        if row.value is not None and len(row.cells) != len(heads) - 1:
            raise InputError(
                f"forest plot: {row.label}",
                f"{len(row.cells)} cells under {len(heads) - 1} heads",
                "Give one cell for each head after the first.",
            )
        if logarithmic and row.value is not None and (row.value < 0 or row.low < 0):
            raise InputError(
                f"forest plot: {row.label}",
                "a ratio below 0",
                "Use a linear scale for differences.",
            )
    if logarithmic and x_range is not None and x_range[0] <= 0:
        raise InputError("forest plot", "a ratio scale cannot begin at 0", "Begin it above 0.")


def _span(rows: Sequence[Row], *, logarithmic: bool, null: float) -> tuple[float, float]:
    """Return an axis that holds every finite limit, up to 50-fold either side on a ratio scale."""
    numbers = [v for r in rows if r.value is not None for v in (r.value, r.low, r.high)]
    seen = [v for v in numbers if np.isfinite(v) and (v > 0 or not logarithmic)]
    if logarithmic:
        far = max([1.5, *(max(v / null, null / v) for v in seen)])
        far = min(far * 1.1, 50.0)
        return null / far, null * far
    far = max([abs(v - null) for v in seen], default=1.0) * 1.1 or 1.0
    return null - far, null + far


def _log_ticks(axes: Axes, span: tuple[float, float]) -> None:
    """Mark 1, 2, 5 of each decade, or finer where few of them are in view."""
    for digits in ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)):
        ticks = [d * 10.0**k for k in range(-4, 5) for d in digits]
        ticks = [t for t in ticks if span[0] <= t <= span[1]]
        if len(ticks) >= 4:
            break
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.4g}"))


def _columns(rows: Sequence[Row], heads: Sequence[str]) -> list[float]:
    """Return where each text column begins, in inches, and where the plot begins after them."""
    labels = [heads[0], *(r.label for r in rows if r.value is not None)]
    widths = [max(text_width(t, 8.5) * 1.05 for t in labels) / 72]
    for k, head in enumerate(heads[1:]):
        cells = [r.cells[k] for r in rows if r.value is not None]
        widths.append(max(text_width(t, 8.5) * 1.05 for t in [head, *cells]) / 72)
    edges = [0.15]
    for width in widths:
        edges.append(edges[-1] + width + 0.25)
    return edges


def _line(
    figure: Any,
    edges: list[float],
    right: float,
    y: float,
    cells: Sequence[str],
    text: str,
    **style: Any,
) -> None:
    write(figure, edges[0], y, cells[0], **style)
    for cell, (begin, end) in zip(cells[1:], list(pairwise(edges))[1:], strict=False):
        write(figure, (begin + end - 0.25) / 2, y, cell, ha="center", **style)
    write(figure, right, y, text, **style)


def _interval(axes: Axes, y: float, row: Row, span: tuple[float, float]) -> None:
    low, high = max(row.low, span[0]), min(row.high, span[1])
    if row.value is None or np.isnan(row.value):
        return
    line: dict[str, Any] = {"color": COLOURS[0], "linewidth": 1.4, "solid_capstyle": "butt"}
    if low <= high:
        axes.plot([low, high], [y, y], **line)
    point: dict[str, Any] = {"color": COLOURS[0], "linestyle": "", "clip_on": False}
    for limit, edge, marker in ((row.low, span[0], "<"), (row.high, span[1], ">")):
        if (limit < edge) if marker == "<" else (limit > edge):
            axes.plot([edge], [y], marker=marker, markersize=5, **point)
    if span[0] <= row.value <= span[1]:
        axes.plot([row.value], [y], marker="s", markersize=5.5, **point)


def _under(figure: Any, axes: Axes, x_label: str, sides: tuple[str, str], bottom: float) -> None:
    """Write the label below the axis and, under it, what lies on either side of no effect."""
    w = figure.get_size_inches()[0]
    box = axes.get_position()
    centre = w * (box.x0 + box.width / 2)
    write(figure, centre, bottom - 0.36, x_label, ha="center")
    if any(sides):
        middle = axes.get_lines()[0].get_xdata()
        x = axes.transData.transform((float(np.asarray(middle)[0]), 0))[0] / figure.dpi
        write(figure, x - 0.1, bottom - 0.58, f"← {sides[0]}", ha="right", fontsize=7.5)
        write(figure, x + 0.1, bottom - 0.58, f"{sides[1]} →", fontsize=7.5)


def _shares(counts: ArrayLike, n: ArrayLike, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    table, sizes = np.asarray(counts), np.asarray(n)
    if shape[1] == 0:
        raise InputError("figure of events", "there is nothing to draw", "Leave the figure out.")
    if table.shape != shape or sizes.shape != shape[:1]:
        raise InputError(
            "figure of events",
            f"counts of shape {table.shape} where {shape} is needed",
            "Give one count for each arm and event, arms first.",
        )
    if (table > sizes[:, None]).any():
        raise InputError("figure of events", "more with an event than there are", "Check n.")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(table / sizes[:, None])


def _event_axes(axes: Axes, rows: int, x_label: str) -> None:
    axes.set(ylim=(0, rows), yticks=[], xlabel=x_label)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol="", decimals=0))


def _differences(
    axes: Axes, y: np.ndarray[Any, Any], difference: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> None:
    value, low, high = (np.asarray(d, dtype=np.float64) for d in difference)
    spread = np.stack([value - low, high - value])
    axes.errorbar(value, y, xerr=spread, fmt="D", color=INK, markersize=4, elinewidth=1.2)
    axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
    far = float(np.nanmax(np.abs([low, high]))) if np.isfinite([low, high]).any() else 0.1
    axes.set_xlim(-1.08 * far, 1.08 * far)
