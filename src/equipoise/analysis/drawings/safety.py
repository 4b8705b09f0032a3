"""A volcano of adverse events: the size of each term's difference against its P value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from matplotlib.ticker import PercentFormatter

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

_WIDTH_IN, _HEIGHT_IN = 4.6, 3.1
_LINE_IN = 0.15


@dataclass(frozen=True, slots=True)
class Effect:
    """One term: its risk difference, P value, and how many people had it."""

    label: str
    difference: float
    p_value: float
    people: int


def volcano(
    effects: Sequence[Effect],
    *,
    sides: tuple[str, str],
    level: float = 0.05,
    level_label: str = "",
    named: int = 8,
    **words: Unpack[Words],
) -> str:
    """Draw each term's risk difference against -log10 of its P value; area is by people.

    The ``named`` smallest P values carry their label, where it stands free of others; the line is
    at ``level``. Terms that nobody had are not drawn. Raises InputError when nothing is left.
    Zink RC, Wolfinger RD, Mann G. Clin Trials 2013;10:807-817, doi:10.1177/1740774513485311.
    """
    shown = [e for e in effects if np.isfinite([e.difference, e.p_value]).all() and e.people]
    if not shown:
        raise InputError("volcano", "there is nothing to draw", "Leave the figure out.")
    x = np.array([effect.difference for effect in shown])
    y = -np.log10(np.maximum([effect.p_value for effect in shown], 1e-300))
    most = max(effect.people for effect in shown)
    with look():
        figure = sheet(0.75 + _WIDTH_IN + 1.3, 0.85 + _HEIGHT_IN + 0.15)
        axes = panel(figure, 0.75, 0.85, _WIDTH_IN, _HEIGHT_IN)
        far = 1.15 * float(np.abs(x).max()) or 0.01
        top = 1.12 * max(float(y.max()), -float(np.log10(level)))
        axes.set(xlim=(-far, far), ylim=(0, top), ylabel=words.get("y_label", ""))
        axes.xaxis.set_major_formatter(
            PercentFormatter(1, symbol="", decimals=0 if far > 0.04 else 1)
        )
        axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        axes.axhline(-np.log10(level), color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        area = [18 + 160 * effect.people / most for effect in shown]
        hue = [COLOURS[0] if d > 0 else COLOURS[1] if d < 0 else FAINT for d in x]
        axes.scatter(x, y, s=area, c=hue, alpha=0.75, edgecolors="white", clip_on=False, zorder=3)
        right = 0.75 + _WIDTH_IN + 0.08
        write(figure, right, 0.85 - _HEIGHT_IN * np.log10(level) / top, level_label, color=FAINT)
        middle = 0.75 + _WIDTH_IN / 2
        write(figure, middle, 0.85 - 0.38, words.get("x_label", ""), ha="center")
        write(figure, middle - 0.1, 0.85 - 0.62, f"← {sides[0]}", ha="right", fontsize=7.5)
        write(figure, middle + 0.1, 0.85 - 0.62, f"{sides[1]} →", fontsize=7.5)
        points = [(0.75 + _WIDTH_IN * (v + far) / (2 * far), 0.85 + _HEIGHT_IN * w / top)
                  for v, w in zip(x, y, strict=True)]  # fmt: skip
        _name(figure, shown, points, named)
        return svg(figure, words)


def _name(
    figure: Any, shown: Sequence[Effect], points: list[tuple[float, float]], named: int
) -> None:
    """Write labels beside their points, the smallest P first, each only where there is room."""
    order = sorted(range(len(shown)), key=lambda k: (shown[k].p_value, shown[k].label))
    taken: list[tuple[float, float, float, float]] = [
        (px - 0.09, py - 0.09, px + 0.09, py + 0.09) for px, py in points
    ]
    for k in order[:named]:
        px, py = points[k]
        wide = text_width(shown[k].label, 7.5) / 72
        for left in (px + 0.12, px - 0.12 - wide):
            box = (left, py - _LINE_IN / 2, left + wide, py + _LINE_IN / 2)
            inside = left >= 0.8 and box[2] <= 0.75 + _WIDTH_IN + 0.05
            if inside and not any(_overlap(box, other) for other in taken):
                write(figure, left, py, shown[k].label, fontsize=7.5)
                taken.append(box)
                break


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
