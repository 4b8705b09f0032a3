"""What many simulated trials found, as SVG text: estimates, and how often a test rejects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    FAINT,
    INK,
    MARKERS,
    RULE,
    Words,
    look,
    panel,
    sheet,
    svg,
    text_width,
    wrap,
    write,
)
from equipoise.errors import InputError

_WIDTH_IN = 5.6
_TICKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The estimates of one scenario: ``counts`` between ``edges``, and the true value (or NaN)."""

    label: str
    edges: ArrayLike
    counts: ArrayLike
    truth: float


def distributions(
    panels: Sequence[Distribution],
    *,
    no_effect: float,
    logarithmic: bool,
    truth_label: str,
    no_effect_label: str,
    **words: Unpack[Words],
) -> str:
    """Draw the estimates of each scenario, one below the other over the same axis.

    Raises InputError when there is nothing to draw.
    """
    if not panels:
        raise InputError("figure", "there is no distribution to draw", "Give one or more.")
    edges = [np.asarray(each.edges, dtype=np.float64) for each in panels]
    counts = [np.asarray(each.counts, dtype=np.float64) for each in panels]
    low, high = _middle(edges, counts)
    low, high = min(low, no_effect), max(high, no_effect)
    each_in, gap_in, bottom_in = 0.85, 0.28, 0.62
    height = bottom_in + len(panels) * (each_in + gap_in) + 0.25
    with look():
        figure = sheet(_WIDTH_IN + 0.4, height)
        for place, shown in enumerate(panels):
            bottom = bottom_in + (len(panels) - 1 - place) * (each_in + gap_in)
            axes = panel(figure, 0.2, bottom, _WIDTH_IN, each_in)
            width = np.diff(np.log(edges[place]) if logarithmic else edges[place])
            density = counts[place] / width
            axes.stairs(density, edges[place], fill=True, color=COLOURS[place % 4], alpha=0.75)
            if logarithmic:
                axes.set_xscale("log")
                inside = [t for t in _TICKS if low <= t <= high]
                axes.xaxis.set_major_locator(FixedLocator(inside))
                axes.xaxis.set_major_formatter(FixedFormatter([f"{t:g}" for t in inside]))
                axes.xaxis.set_minor_locator(NullLocator())
            axes.set(xlim=(low, high), ylim=(0, 1.08 * max(float(density.max()), 1e-12)))
            axes.yaxis.set_visible(False)
            axes.spines["left"].set_visible(False)
            axes.axvline(no_effect, color=FAINT, linewidth=0.9, linestyle=(0, (3, 2)))
            if np.isfinite(shown.truth) and low <= shown.truth <= high:
                axes.axvline(shown.truth, color=INK, linewidth=1.3)
            if place + 1 < len(panels):
                axes.tick_params(labelbottom=False)
            write(figure, 0.2, bottom + each_in + 0.12, shown.label, fontweight="bold")
        write(figure, 0.2 + _WIDTH_IN / 2, 0.3, words.get("x_label", ""), ha="center")
        _key(figure, 0.2, height - 0.12, truth_label, no_effect_label)
        return svg(figure, words)


def _key(figure: Figure, x_in: float, y_in: float, truth: str, no_effect: str) -> None:
    w, h = figure.get_size_inches()
    dashes: tuple[float, tuple[float, float]] = (0, (3, 2))
    for label, style in (
        (truth, {"color": INK, "linestyle": "solid"}),
        (no_effect, {"color": FAINT, "linestyle": dashes}),
    ):
        line: dict[str, Any] = {**style, "linewidth": 1.2}
        figure.add_artist(Line2D([x_in / w, (x_in + 0.3) / w], [y_in / h] * 2, **line))
        write(figure, x_in + 0.38, y_in, label)
        x_in += 0.38 + text_width(label, 8.5) / 72 + 0.3


def _middle(edges: Sequence[np.ndarray], counts: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return limits that hold all but the most extreme 0.2 % at each end of every distribution."""
    lows, highs = [], []
    for limit, count in zip(edges, counts, strict=True):
        share = np.cumsum(count) / max(count.sum(), 1.0)
        lows.append(limit[int(np.searchsorted(share, 0.002, side="right"))])
        highs.append(limit[int(np.searchsorted(share, 0.998)) + 1])
    low, high = float(min(lows)), float(max(highs))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


@dataclass(frozen=True, slots=True)
class Rejections:
    """How often each comparison's test rejects in one scenario: shares and their limits.

    ``errors`` says where a rejection is an error of type I; those are drawn hollow.
    """

    label: str
    rates: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    errors: Sequence[bool]


def rejections(
    labels: Sequence[str],
    scenarios: Sequence[Rejections],
    *,
    alpha: float,
    power_label: str,
    error_label: str,
    **words: Unpack[Words],
) -> str:
    """Draw how often each comparison's test rejects, with up to four scenarios side by side."""
    if not 1 <= len(scenarios) <= len(COLOURS):
        raise InputError(
            "figure", f"{len(scenarios)} scenarios; 1 to {len(COLOURS)} can be told apart",
            "Draw fewer.",
        )  # fmt: skip
    room = 2.5
    lines = [wrap(label, (room - 0.2) * 72, 8.5) for label in labels]
    each_in = max(0.115 * len(scenarios) + 0.09, max(0.15 * len(line) for line in lines) + 0.08)
    bottom, height = 0.55, len(labels) * each_in
    top = 0.2 + 0.19 * (len(scenarios) + 1)
    with look():
        figure = sheet(room + 4.3, bottom + height + top)
        axes = panel(figure, room, bottom, 4.1, height)
        axes.set(xlim=(0, 1), ylim=(len(labels), 0), xlabel=words.get("x_label", ""))
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=True, axis="x")
        axes.axvline(alpha, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        for row, line in enumerate(lines):
            y_in = bottom + height - (row + 0.5) * each_in
            for k, words_ in enumerate(line):
                write(figure, 0.05, y_in + 0.145 * ((len(line) - 1) / 2 - k), words_)
            if row:
                axes.axhline(row, color=RULE, linewidth=0.6)
        step = 1 / (len(scenarios) + 0.6)
        for place, each in enumerate(scenarios):
            y = np.arange(len(labels)) + 0.5 + (place - (len(scenarios) - 1) / 2) * step * 0.9
            axes.hlines(y, each.low, each.high, color=COLOURS[place], linewidth=1.4)
            for k, rate in enumerate(each.rates):
                axes.plot(
                    [rate], [y[k]], MARKERS[place], color=COLOURS[place], markersize=4.5,
                    markerfacecolor="white" if each.errors[k] else COLOURS[place], clip_on=False,
                )  # fmt: skip
            y_in = bottom + height + top - 0.12 - 0.19 * place
            w, h = figure.get_size_inches()
            figure.add_artist(
                Line2D([(room + 0.1) / w], [y_in / h], marker=MARKERS[place], linestyle="",
                       color=COLOURS[place], markersize=4.5)
            )  # fmt: skip
            write(figure, room + 0.25, y_in, each.label)
        y_in = bottom + height + top - 0.12 - 0.19 * len(scenarios)
        write(figure, room + 0.05, y_in, f"{power_label}; {error_label}", color=FAINT)
        return svg(figure, words)
