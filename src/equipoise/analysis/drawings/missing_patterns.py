"""Which visits are missing in how many of each arm, as SVG text to stand in a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    FAINT,
    Words,
    fit,
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
_VISIT_IN = 0.72
_HEAD_IN = 0.42


def missing_patterns(
    visits: Sequence[str],
    arms: Sequence[str],
    observed: ArrayLike,
    counts: ArrayLike,
    *,
    observed_label: str = "",
    missing_label: str = "",
    **words: Unpack[Words],
) -> str:
    """Draw a row for each pattern: a full box for a visit observed, an empty one for one missing.

    ``observed`` (patterns, visits) and ``counts`` (patterns, arms), as
    ``estimators.missingness.patterns`` gives them; participants of each arm stand beside each row.
    Raises InputError for arrays of other shapes.
    """
    seen = np.asarray(observed, dtype=bool)
    if seen.ndim != 2 or seen.shape[1] != len(visits):
        raise InputError(
            "figure", f"patterns of shape {seen.shape} for {len(visits)} visits", "Give all visits."
        )
    table = fit((len(arms), len(seen)), np.asarray(counts).T)[0]
    with look():
        count_in = [max(0.55, 0.2 + text_width(a, 8.5) / 72) for a in arms]
        plot_in, height = _VISIT_IN * len(visits), _ROW_IN * len(seen)
        left, bottom = 0.15, 0.4
        width = max(left + plot_in + 0.2 + sum(count_in) + 0.1, 4.0)
        figure = sheet(width, bottom + height + _HEAD_IN)
        axes = panel(figure, left, bottom, plot_in, height)
        axes.set(xlim=(0, len(visits)), ylim=(len(seen), 0), xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        top = bottom + height
        for v, visit in enumerate(visits):
            for k, line in enumerate(reversed(wrap(visit, 72 * _VISIT_IN - 6, 8.5)[:2])):
                x = left + (v + 0.5) * _VISIT_IN
                write(figure, x, top + 0.1 + 0.145 * k, line, ha="center")
        right = left + plot_in + 0.2 + np.cumsum(count_in)
        for x, arm in zip(right, arms, strict=True):
            write(figure, x, top + 0.1, arm, ha="right", weight="bold")
        for row, pattern in enumerate(seen):
            _boxes(axes, row, pattern)
            y = top - (row + 0.5) * _ROW_IN
            for x, n in zip(right, table[:, row], strict=True):
                write(figure, x, y, f"{n:.0f}", ha="right")
        x = left
        for label, full in ((observed_label, True), (missing_label, False)):
            if label:
                key = panel(figure, x, 0.1, 0.24, 0.14)
                key.set_axis_off()
                key.add_patch(_box(0, 0, 1, 1, full=full))
                write(figure, x + 0.3, 0.17, label)
                x += 0.5 + text_width(label, 8.5) / 72
        return svg(figure, words)


def _boxes(axes: Axes, row: int, pattern: NDArray[np.bool_]) -> None:
    for visit, full in enumerate(pattern):
        axes.add_patch(_box(visit + 0.06, row + 0.14, 0.88, 0.72, full=bool(full)))


def _box(x: float, y: float, width: float, height: float, *, full: bool) -> Rectangle:
    face = COLOURS[0] if full else "white"
    edge = COLOURS[0] if full else FAINT
    return Rectangle((x, y), width, height, facecolor=face, edgecolor=edge, linewidth=0.8)
