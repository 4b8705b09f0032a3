"""Bars of what each assumption changes, the widest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from matplotlib.ticker import FuncFormatter

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    FAINT,
    INK,
    Words,
    look,
    panel,
    sheet,
    svg,
    text_width,
    write,
)
from equipoise.errors import InputError

_ROW_IN, _WIDTH_IN = 0.3, 4.2


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """An assumption: what the outcome changes by at each end, and its error; NaN where none."""

    label: str
    low: float
    low_error: float
    low_text: str
    high: float
    high_error: float
    high_text: str


def tornado_bars(
    bars: Sequence[TornadoBar], *, low_label: str, high_label: str, **words: Unpack[Words]
) -> str:
    """Draw changes (shares, shown in points of percent) with two Monte Carlo errors each way.

    Raises InputError without bars.
    """
    if not bars:
        raise InputError("figure", "has no bars", "Give at least one.")
    left = 0.5 + max(text_width(bar.label, 8.5) for bar in bars) / 72
    height = _ROW_IN * len(bars)
    ends = [abs(v) + 2 * e for b in bars for v, e in ((b.low, b.low_error), (b.high, b.high_error))
            if math.isfinite(v)]  # fmt: skip
    reach = 1.35 * max([0.01, *ends])
    with look():
        figure = sheet(left + _WIDTH_IN + 0.3, 0.6 + height + 0.4)
        axes = panel(figure, left, 0.6, _WIDTH_IN, height)
        axes.set(xlim=(-reach, reach), ylim=(len(bars) - 0.5, -0.5))
        axes.set_xlabel(words.get("x_label", ""))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:+.3g}" if v else "0"))
        axes.grid(visible=True, axis="x")
        axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
        axes.tick_params(axis="y", length=0)
        for row, bar in enumerate(bars):
            for value, error, text, colour, shift in (
                (bar.low, bar.low_error, bar.low_text, COLOURS[1], -0.18),
                (bar.high, bar.high_error, bar.high_text, COLOURS[0], 0.18),
            ):
                if math.isnan(value):
                    continue
                axes.barh(row + shift, value, height=0.34, color=colour)
                axes.plot([value - 2 * error, value + 2 * error], [row + shift] * 2, color=INK,
                          linewidth=0.9)  # fmt: skip
                sign = 1 if value >= 0 else -1
                axes.text(value + sign * (2 * error + 0.02 * reach), row + shift, text,
                          ha="left" if sign > 0 else "right", va="center", fontsize=6.5,
                          color=FAINT)  # fmt: skip
        axes.axvline(0, color=INK, linewidth=0.9)
        top = 0.6 + height + 0.2
        for x, colour, label in ((left, COLOURS[1], low_label),
                                 (left + 1.6, COLOURS[0], high_label)):  # fmt: skip
            write(figure, x, top, "■", color=colour)
            write(figure, x + 0.15, top, label)
        return svg(figure, words)
