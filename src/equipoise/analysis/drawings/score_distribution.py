"""The share of participants that gave each score, as bars, as SVG text to stand in a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.drawings.drawing import (
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

_WIDTH_IN = 7.2  # two columns of a journal
_SHADES = LinearSegmentedColormap.from_list(
    "severity", ["#f6f1e7", "#f0cf9f", "#dd9060", "#a9504f", "#5a2340"]
)


def score_distribution(
    visits: Sequence[str],
    arms: Sequence[str],
    counts: ArrayLike,
    *,
    scores: Sequence[str] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw how many gave each score, as bars to 100%, one per arm and visit.

    ``counts`` is (arms, visits, scores); scores are named 0, 1, 2... unless names are given.
    """
    table = np.asarray(counts, dtype=np.float64)
    fit((len(arms), len(visits), *table.shape[2:]), table)
    names = scores if scores is not None else [str(k) for k in range(table.shape[-1])]
    shades = [_SHADES(k / max(len(names) - 1, 1)) for k in range(len(names))]
    with look():
        bar, gap = 0.19, 0.13
        height = len(visits) * (len(arms) * bar + gap) + gap
        visit_in = max(text_width(v, 8.5) for v in visits) / 72
        arm_in = max(text_width(a, 7.5) for a in arms) / 72
        left = 0.15 + visit_in + 0.2 + arm_in + 0.1
        figure = sheet(_WIDTH_IN, height + 0.85)
        axes = panel(figure, left, 0.5, _WIDTH_IN - left - 0.6, height)
        for v, visit in enumerate(visits):
            top = height - gap - v * (len(arms) * bar + gap)
            write(figure, 0.15, 0.5 + top - len(arms) * bar / 2, visit, weight="bold")
            for i, arm in enumerate(arms):
                y = top - (i + 0.5) * bar
                total = table[i, v].sum()
                write(figure, left - 0.08, 0.5 + y, arm, ha="right", fontsize=7.5)
                write(figure, _WIDTH_IN - 0.55, 0.5 + y, f"n = {total:.0f}", fontsize=7.5)
                if total:
                    _stack(axes, y, bar * 0.92, table[i, v] / total, names, shades)
        axes.set(xlim=(0, 1), ylim=(0, height), xlabel=words.get("x_label", ""))
        axes.spines["left"].set_visible(False)
        axes.set_yticks([])
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        _shade_key(figure, left, height + 0.68, words.get("score_label", ""), names, shades)
        return svg(figure, words)


def _stack(
    axes: Axes,
    y: float,
    height: float,
    shares: NDArray[np.float64],
    names: Sequence[str],
    shades: list[Any],
) -> None:
    left = 0.0
    for share, name, shade in zip(shares, names, shades, strict=True):
        axes.barh(y, share, height, left, color=shade, edgecolor="white", linewidth=0.5)
        if share > 0.018 + 0.008 * len(name):
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5}
            axes.text(left + share / 2, y, name, color=_on(shade), **style)
        left += share


def _on(shade: Any) -> str:
    """Return the colour of text that can be read on ``shade``."""
    return INK if sum(to_rgb(shade)) > 1.7 else "white"


def _shade_key(
    figure: Figure, x_in: float, y_in: float, label: str, names: Sequence[str], shades: list[Any]
) -> None:
    write(figure, x_in, y_in, label)
    x = x_in + text_width(label, 8.5) / 72 + 0.15
    for name, shade in zip(names, shades, strict=True):
        step = max(0.22, 0.1 + text_width(name, 7) / 72)
        box = panel(figure, x, y_in - 0.07, step, 0.14)
        box.set(xticks=[], yticks=[], facecolor=shade)
        for spine in box.spines.values():
            spine.set(visible=True, color=RULE, linewidth=0.5)
        write(figure, x + step / 2, y_in, name, ha="center", fontsize=6.5, color=_on(shade))
        x += step
