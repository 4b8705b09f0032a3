"""Where a conclusion tips: results under every assumption about the missing, as SVG text."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.drawings.drawing import (
    FAINT,
    INK,
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

Array = NDArray[np.float64]

# Against the arm, none, for the arm: dark within a hue is a small P value.
_BELOW = ("#1b4f82", "#4f81b3", "#a3c1dd")
_NONE = "#f3efe6"
_ABOVE = ("#8a3b12", "#c9762f", "#ecc294")
_CUTS = (0.01, 0.001)
_SIDE_IN = 3.6
_MOST_CELLS_WITH_TEXT = 14


class TippingWords(Words, total=False):
    """The words of the key as well: what lies below and above no effect, and the marks."""

    below_label: str
    above_label: str
    none_label: str
    at_random_label: str
    nearest_label: str


def tipping_point(
    assumed: ArrayLike,
    assumed_ref: ArrayLike,
    p_values: ArrayLike,
    verdict: ArrayLike,
    *,
    level: float = 0.95,
    at_random: tuple[float, float] | None = None,
    nearest: tuple[float, float] | None = None,
    **words: Unpack[TippingWords],
) -> str:
    """Draw the P value under each pair of assumptions, and the boundary where the verdict changes.

    ``assumed`` (rows,) of the arm goes up, ``assumed_ref`` (columns,) of the reference to the
    right, both in even steps; ``p_values`` and ``verdict`` (-1, 0 or 1) are (rows, columns), as in
    ``estimators.tipping_point.TippingMap``. A cross marks ``at_random`` and a ring ``nearest``,
    both as (arm, reference) on the axes. Small maps print each P value.
    Raises InputError for arrays that do not fit.
    """
    rows, columns = (np.asarray(a, dtype=np.float64) for a in (assumed, assumed_ref))
    if rows.ndim != 1 or columns.ndim != 1 or not (rows.size and columns.size):
        raise InputError("figure", "the assumptions are not two lists", "Give one list per arm.")
    p, sides = np.asarray(p_values, dtype=np.float64), np.asarray(verdict, dtype=np.float64)
    for table in (p, sides):
        if table.shape != (rows.size, columns.size):
            raise InputError(
                "figure", "a table does not fit its axes", "Give a row per assumption."
            )
    with look():
        cell = _SIDE_IN / max(rows.size, columns.size)
        cell_w, cell_h = max(cell, 1.4 / columns.size), max(cell, 1.4 / rows.size)
        width, height = cell_w * columns.size, cell_h * rows.size
        key_in = max(text_width(t, 8.5) for t in _key(words, level)[0]) / 72 + 0.4
        label_in = 0.62
        key_height = 0.2 * (len(_key(words, level)[0]) + 2)
        sheet_height = 0.55 + max(height, key_height) + 0.25
        figure = sheet(label_in + width + 0.25 + max(key_in, 1.2) + 0.1, sheet_height)
        bottom = sheet_height - 0.2 - height
        axes = panel(figure, label_in, bottom, width, height)
        step, step_ref = _step(rows), _step(columns)
        axes.set(
            xlim=(columns[0] - step_ref / 2, columns[-1] + step_ref / 2),
            ylim=(rows[0] - step / 2, rows[-1] + step / 2),
            xlabel=words.get("x_label", ""),
        )
        axes.set_ylabel("\n".join(wrap(words.get("y_label", ""), max(72 * height, 150), 8.5)))
        _cells(axes, rows, columns, p, sides)
        _boundary(axes, rows, columns, sides)
        if max(rows.size, columns.size) <= _MOST_CELLS_WITH_TEXT:
            _texts(axes, rows, columns, p, sides)
        _marks(axes, at_random, nearest)
        _draw_key(figure, label_in + width + 0.25, sheet_height - 0.25, words, level)
        return svg(figure, words)


def _step(values: Array) -> float:
    return float(values[1] - values[0]) if values.size > 1 else 1.0


def _shade(p: float, side: float) -> str:
    if side == 0 or np.isnan(p):
        return _NONE
    # light to dark: below neither cut, below one, below both
    depth = sum(p < cut for cut in _CUTS)
    return (_BELOW if side < 0 else _ABOVE)[2 - depth]


def _cells(axes: Axes, rows: Array, columns: Array, p: Array, sides: Array) -> None:
    """Fill the map; neighbours of one shade in a row are one rectangle."""
    step, step_ref = _step(rows), _step(columns)
    for i, y in enumerate(rows):
        shades = [_shade(p[i, j], sides[i, j]) for j in range(columns.size)]
        first = 0
        for j in range(1, columns.size + 1):
            if j == columns.size or shades[j] != shades[first]:
                corner = (columns[first] - step_ref / 2, y - step / 2)
                box = Rectangle(corner, (j - first) * step_ref, step, facecolor=shades[first])
                box.set(edgecolor=shades[first], linewidth=0.6)
                axes.add_patch(box)
                first = j


def _boundary(axes: Axes, rows: Array, columns: Array, sides: Array) -> None:
    """Draw a line between neighbours of different verdict."""
    step, step_ref = _step(rows), _step(columns)
    x: list[float] = []
    y: list[float] = []
    for i, j in np.argwhere(sides[:, 1:] != sides[:, :-1]):
        x += [columns[j] + step_ref / 2] * 2 + [np.nan]
        y += [rows[i] - step / 2, rows[i] + step / 2, np.nan]
    for i, j in np.argwhere(sides[1:] != sides[:-1]):
        x += [columns[j] - step_ref / 2, columns[j] + step_ref / 2, np.nan]
        y += [rows[i] + step / 2] * 2 + [np.nan]
    if x:
        axes.plot(x, y, color=INK, linewidth=1.6, solid_capstyle="projecting", gid="boundary")


def _texts(axes: Axes, rows: Array, columns: Array, p: Array, sides: Array) -> None:
    for i, y in enumerate(rows):
        for j, x in enumerate(columns):
            if not np.isnan(p[i, j]):
                text = "<.001" if p[i, j] < 0.001 else f"{p[i, j]:.3f}".lstrip("0")
                dark = sides[i, j] != 0 and p[i, j] < _CUTS[0]
                style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 5.5}
                axes.text(x, y, text, color="white" if dark else INK, **style)


def _marks(
    axes: Axes, at_random: tuple[float, float] | None, nearest: tuple[float, float] | None
) -> None:
    if at_random is not None and np.isfinite(at_random).all():
        axes.plot(at_random[1], at_random[0], **_CROSS)
    if nearest is not None:
        axes.plot(nearest[1], nearest[0], **_RING)


_CROSS: dict[str, Any] = {
    "marker": "X",
    "markersize": 9,
    "color": "white",
    "markeredgecolor": INK,
    "markeredgewidth": 1.2,
    "linestyle": "",
}
_RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgecolor": INK,
    "markeredgewidth": 1.6,
    "linestyle": "",
}


def _key(words: TippingWords, level: float) -> tuple[list[str], list[str]]:
    """Return the lines of the key and their shades, light to dark on either side."""
    bounds = [1 - level, *(cut for cut in _CUTS if cut < 1 - level)]
    names, shades = [words.get("none_label") or f"P ≥ {bounds[0]:g}"], [_NONE]
    for label, hue in ((words.get("below_label"), _BELOW), (words.get("above_label"), _ABOVE)):
        if label:
            names += [f"{label}: P < {bound:g}" for bound in bounds]
            shades += list(reversed(hue))[-len(bounds) :]
    return names, shades


def _draw_key(figure: Figure, x_in: float, y_in: float, words: TippingWords, level: float) -> None:
    names, shades = _key(words, level)
    y = y_in
    for name, shade in zip(names, shades, strict=True):
        box = panel(figure, x_in, y - 0.06, 0.2, 0.12)
        box.set(xticks=[], yticks=[], facecolor=shade)
        for spine in box.spines.values():
            spine.set(visible=True, color=FAINT, linewidth=0.4)
        write(figure, x_in + 0.28, y, name)
        y -= 0.2
    w, h = figure.get_size_inches()
    for label, mark in (
        (words.get("at_random_label"), _CROSS),
        (words.get("nearest_label"), _RING),
    ):
        if label:
            figure.add_artist(Line2D([(x_in + 0.1) / w], [y / h], **mark))
            write(figure, x_in + 0.28, y, label)
            y -= 0.2
