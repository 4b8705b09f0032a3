"""Power over assumptions that were varied, as SVG text: curves over one, a map over two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FixedFormatter, FixedLocator, PercentFormatter
from numpy.typing import ArrayLike

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    DASHES,
    INK,
    MARKERS,
    Words,
    arm_key,
    fit,
    look,
    panel,
    sheet,
    svg,
    text_width,
)
from equipoise.errors import InputError

_WIDTH_IN, _HEIGHT_IN = 5.0, 2.8
_CELL_W_IN, _CELL_H_IN = 0.72, 0.5
_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
_SHADES = LinearSegmentedColormap.from_list("power", ["#f4f7fa", COLOURS[0]])


@dataclass(frozen=True, slots=True)
class Sweep:
    """The power of one scenario at each value, with its limits."""

    label: str
    power: ArrayLike
    low: ArrayLike
    high: ArrayLike


def sweep_curves(values: ArrayLike, sweeps: Sequence[Sweep], **words: Unpack[Words]) -> str:
    """Draw power with its Monte Carlo interval against one assumption, up to four scenarios.

    Raises InputError where a curve and the values do not fit together.
    """
    x = np.asarray(values, dtype=np.float64)
    order = np.argsort(x)
    shape = (len(sweeps), len(x))
    power, low, high = (
        fit(shape, np.array([getattr(each, name) for each in sweeps]))[0][:, order]
        for name in ("power", "low", "high")
    )
    x = x[order]
    with look():
        top = 0.2 + 0.19 * len(sweeps)
        figure = sheet(0.75 + _WIDTH_IN + 0.3, 0.65 + _HEIGHT_IN + top)
        axes = panel(figure, 0.75, 0.65, _WIDTH_IN, _HEIGHT_IN)
        margin = 0.03 * float(np.ptp(x)) or 0.5
        axes.set(xlim=(x[0] - margin, x[-1] + margin), ylim=(0, 1))
        axes.set(xlabel=words.get("x_label", ""), ylabel=words.get("y_label", ""))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.xaxis.set_major_locator(FixedLocator(x.tolist()))
        axes.xaxis.set_major_formatter(FixedFormatter([f"{each:g}" for each in x]))
        axes.grid(visible=True)
        for place in range(len(sweeps)):
            colour = COLOURS[place]
            axes.fill_between(x, low[place], high[place], color=colour, alpha=0.18, linewidth=0)
            axes.plot(
                x, power[place], color=colour, linestyle=DASHES[place], marker=MARKERS[place],
                markersize=4.5, clip_on=False,
            )  # fmt: skip
        arm_key(figure, 0.75, 0.65 + _HEIGHT_IN + top - 0.12, [each.label for each in sweeps])
        return svg(figure, words)


def sweep_map(across: ArrayLike, up: ArrayLike, power: ArrayLike, **words: Unpack[Words]) -> str:
    """Draw power (rows by ``up``, columns by ``across``) as a map with labelled contours.

    Columns and rows stand in equal steps, in order of their values. Raises InputError where the
    three do not fit together, or there is but one row or column.
    """
    x, y = np.asarray(across, dtype=np.float64), np.asarray(up, dtype=np.float64)
    if min(len(x), len(y)) < 2:
        raise InputError("figure", "a map needs two values each way", "Draw a curve.")
    grid = np.array(power, dtype=np.float64)
    if grid.shape != (len(y), len(x)):
        raise InputError(
            "figure", f"an array has shape {grid.shape} where {(len(y), len(x))} is needed",
            "Give one value for each row and column.",
        )  # fmt: skip
    grid = grid[np.argsort(y)][:, np.argsort(x)]
    x, y = np.sort(x), np.sort(y)
    width, height = _CELL_W_IN * len(x), _CELL_H_IN * len(y)
    left = 0.75 + max(text_width(f"{each:g}", 8.5) for each in y) / 72
    with look():
        figure = sheet(left + max(width, 2.5) + 0.3, 0.65 + height + 0.2)
        axes = panel(figure, left, 0.65, width, height)
        axes.pcolormesh(
            np.arange(len(x) + 1) - 0.5, np.arange(len(y) + 1) - 0.5, grid,
            cmap=_SHADES, vmin=0, vmax=1, edgecolors="white", linewidth=0.5,
        )  # fmt: skip
        axes.set_xticks(range(len(x)), [f"{each:g}" for each in x])
        axes.set_yticks(range(len(y)), [f"{each:g}" for each in y])
        axes.set(xlabel=words.get("x_label", ""), ylabel=words.get("y_label", ""))
        levels = [each for each in _LEVELS if grid.min() < each < grid.max()]
        if levels:
            lines = axes.contour(
                np.arange(len(x)), np.arange(len(y)), grid, levels=levels, colors=INK,
                linewidths=[1.6 if each == 0.8 else 0.7 for each in levels],
            )  # fmt: skip
            for level, segments in zip(levels, lines.allsegs, strict=True):
                # named at its upper end, where it can be read however short it is
                x_end, y_end = max(max(segments, key=len).tolist(), key=lambda point: point[1])
                axes.text(
                    x_end, y_end + 0.06, f"{100 * level:.0f} %", ha="center", va="bottom",
                    fontsize=7, fontweight="bold", bbox=_LABEL,
                )  # fmt: skip
        for row in range(len(y)):
            for column in range(len(x)):
                share = grid[row, column]
                axes.text(
                    column - 0.45, row - 0.45, f"{100 * share:.0f}", ha="left", va="bottom",
                    fontsize=7, color="white" if share > 0.6 else INK,
                )  # fmt: skip
        return svg(figure, words)
