"""Power against the number of participants, as SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    DASHES,
    FAINT,
    INK,
    RULE,
    Words,
    fit,
    look,
    panel,
    sheet,
    svg,
    text_width,
    write,
)

_WIDTH_IN, _HEIGHT_IN = 4.6, 2.7


@dataclass(frozen=True, slots=True)
class Curve:
    """Power (0 to 1) of one assumed effect, at each size."""

    label: str
    powers: ArrayLike


def power_curves(
    sizes: ArrayLike,
    curves: Sequence[Curve],
    *,
    planned: tuple[float, float],
    target: float,
    planned_label: str,
    target_label: str,
    **words: Unpack[Words],
) -> str:
    """Draw up to four curves, the ``target``, and the ``planned`` (size, power) on the first curve.

    Raises InputError where a curve and the sizes do not fit together.
    """
    x = np.asarray(sizes, dtype=np.float64)
    (lines,) = fit((len(curves), len(x)), np.array([curve.powers for curve in curves]))
    with look():
        labels_in = max(text_width(curve.label, 8.5) for curve in curves) / 72
        right = max(labels_in, text_width(target_label, 8.5) / 72) + 0.25
        figure = sheet(0.75 + _WIDTH_IN + right, 0.65 + _HEIGHT_IN + 0.35)
        axes = panel(figure, 0.75, 0.65, _WIDTH_IN, _HEIGHT_IN)
        axes.set(xlim=(0, x[-1]), ylim=(0, 1), xlabel=words.get("x_label", ""))
        axes.set_ylabel(words.get("y_label", ""))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(visible=True)
        axes.axhline(target, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        size, power = planned
        axes.plot([size, size], [0, power], color=FAINT, linewidth=0.9)
        axes.plot([0, size], [power, power], color=FAINT, linewidth=0.9)
        for place, line in enumerate(lines):
            axes.plot(x, line, color=COLOURS[place], linestyle=DASHES[place], clip_on=True)
        axes.plot([size], [power], "o", color=COLOURS[0], markersize=6, clip_on=False)
        ends = _apart([*lines[:, -1], target])
        for y, label, colour in zip(
            ends, [*(c.label for c in curves), target_label], [*COLOURS[: len(curves)], INK],
            strict=True,
        ):  # fmt: skip
            write(figure, 0.75 + _WIDTH_IN + 0.1, 0.65 + y * _HEIGHT_IN, label, color=colour)
        at = 0.75 + _WIDTH_IN * min(size / x[-1], 1.0)
        write(figure, at, 0.65 + _HEIGHT_IN + 0.17, planned_label, ha="center", color=FAINT)
        axes.plot([size, size], [power, 1.0], color=RULE, linewidth=0.9, zorder=0)
        return svg(figure, words)


def _apart(heights: Sequence[float], gap: float = 0.065) -> list[float]:
    """Return the heights moved so far apart that labels of one line do not touch."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = [0.0] * len(heights)
    below = -1.0
    for place in order:
        moved[place] = below = max(heights[place], below + gap)
    above = 1.0 + gap
    for place in reversed(order):
        moved[place] = above = min(moved[place], above - gap)
    return moved
