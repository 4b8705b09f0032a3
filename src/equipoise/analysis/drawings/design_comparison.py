"""Designs in rows, what each of them does in panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    INK,
    Words,
    fit,
    look,
    panel,
    sheet,
    svg,
    text_width,
)
from equipoise.errors import InputError

_ROW_IN, _WIDTH_IN = 0.34, 1.55


@dataclass(frozen=True, slots=True)
class Measured:
    """A panel: a value for each design with its Monte Carlo limits."""

    label: str
    value: ArrayLike
    low: ArrayLike
    high: ArrayLike
    share: bool = False


def design_rows(designs: Sequence[str], panels: Sequence[Measured], **words: Unpack[Words]) -> str:
    """Draw a panel for each measure with a row for each design.

    Raises InputError without a panel, or where values and designs do not fit together.
    """
    if not panels:
        raise InputError("figure", "has no panels", "Give at least one measure.")
    left = 0.3 + max(text_width(each, 8.5) for each in designs) / 72
    height, rows = _ROW_IN * len(designs), np.arange(len(designs))
    with look():
        figure = sheet(left + (_WIDTH_IN + 0.3) * len(panels) + 0.1, 0.6 + height + 0.15)
        for place, each in enumerate(panels):
            value, low, high = fit(rows.shape, each.value, each.low, each.high)
            axes = panel(figure, left + place * (_WIDTH_IN + 0.3), 0.6, _WIDTH_IN, height)
            axes.set(ylim=(len(designs) - 0.5, -0.5), xlabel=each.label)
            axes.grid(visible=True, axis="x")
            axes.hlines(rows, low, high, color=INK, linewidth=1)
            axes.plot(value, rows, "o", color=COLOURS[0], markersize=5)
            axes.set_yticks(rows, list(designs) if place == 0 else [""] * len(designs))
            axes.tick_params(axis="y", length=0)
            axes.xaxis.set_major_locator(MaxNLocator(4))
            if each.share:
                axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        return svg(figure, words)
