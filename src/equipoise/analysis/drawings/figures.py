"""Figures of what was observed, as SVG text to stand in a page.

Every function takes plain arrays and, by keyword, the
:class:`~equipoise.analysis.drawings.drawing.Words` to print. Arms come first on the axes of an
array, up to four; NaN is not drawn. Arrays that do not fit together raise InputError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.drawings.drawing import (
    COLOURS,
    FAINT,
    INK,
    KEY_LINE_IN,
    Words,
    arm_key,
    arm_style,
    fit,
    look,
    panel,
    sheet,
    svg,
    text_width,
    wrap,
    write,
    write_below,
)

Array = NDArray[np.float64]

_WIDTH_IN = 7.2  # two columns of a journal
_LINE_IN = 0.16  # from one line of small text to the next


def time_course(
    visits: Sequence[str],
    arms: Sequence[str],
    centre: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    n: ArrayLike,
    *,
    y_range: tuple[float, float] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw median and quartiles (or mean and interval) per arm and visit, with n below.

    ``centre``, ``low``, ``high`` and ``n`` are (arms, visits).
    """
    c, lo, hi, there = fit((len(arms), len(visits)), centre, low, high, n)
    with look():
        left = _left_of_numbers(arms)
        room = 72 * (_WIDTH_IN - left - 0.15) / len(visits) - 4
        below = 0.2 + 0.145 * max(len(wrap(v, room, 8.5)) for v in visits) + _numbers_in(arms)
        figure = sheet(_WIDTH_IN, 0.45 + 2.5 + below)
        axes = panel(figure, left, below, _WIDTH_IN - left - 0.15, 2.5)
        arm_key(figure, left, 0.24 + 2.5 + below, arms)
        x = np.arange(len(visits), dtype=np.float64)
        for i in range(len(arms)):
            at = x + 0.16 * (i - (len(arms) - 1) / 2)
            spread = np.maximum(np.stack([c[i] - lo[i], hi[i] - c[i]]), 0)
            style = arm_style(i)
            axes.errorbar(at, c[i], yerr=spread, elinewidth=1.1, capsize=2.5, **style)
        _plain(axes, words.get("y_label", ""), y_range)
        axes.set_xlim(-0.5, len(visits) - 0.5)
        write_below(figure, axes, x.tolist(), visits)
        _numbers_below(figure, axes, x, there, arms, words.get("n_label", "n"))
        return svg(figure, words)


@dataclass(frozen=True, slots=True)
class Spread:
    """One panel of :func:`spreads`: its axis label and the values of each arm."""

    label: str
    values: Sequence[ArrayLike]


def spreads(arms: Sequence[str], panels: Sequence[Spread], **words: Unpack[Words]) -> str:
    """Draw every value with its box (quartiles, median, 1.5 IQR whiskers), a panel per variable.

    Points that would overlap are moved aside, always in the same way. Panels stand in as many
    rows as the arms' names need to be read.
    """
    with look():
        columns = min(max(len(panels), 2), max(1, int(_WIDTH_IN / _room_in(arms))))
        width, height, rows = _WIDTH_IN / columns, 2.6, -(-len(panels) // columns)
        room = 72 * (width - 0.8) / len(arms) - 4
        below = 0.35 + 0.145 * max(len(wrap(a, room, 8.5)) for a in arms)
        deep = height + below + 0.15
        figure = sheet(width * min(columns, len(panels)), deep * rows)
        for k, one in enumerate(panels):
            fit((len(arms),), np.zeros(len(one.values)))
            down, right = divmod(k, columns)
            bottom = deep * (rows - 1 - down) + below
            axes = panel(figure, right * width + 0.65, bottom, width - 0.8, height)
            for i, given in enumerate(one.values):
                values = np.asarray(given, dtype=np.float64)
                values = values[~np.isnan(values)]
                if values.size:
                    _box(axes, i, values)
            _plain(axes, one.label, None)
            axes.set_xlim(-0.6, len(arms) - 0.4)
            sizes = [np.count_nonzero(~np.isnan(np.asarray(v, dtype=float))) for v in one.values]
            below_each = [f"{a}\nn = {s}" for a, s in zip(arms, sizes, strict=True)]
            write_below(figure, axes, range(len(arms)), below_each)
        return svg(figure, words)


def _room_in(arms: Sequence[str]) -> float:
    """Return the width of a panel in which the longest words of neighbours stand side by side."""
    words = [max(text_width(word, 8.5) for word in arm.split()) for arm in arms]
    apart = max([(one + other) / 2 for one, other in pairwise(words)], default=words[0])
    return 0.8 + (len(arms) + 0.2) * (apart + 2) / 72


@dataclass(frozen=True, slots=True)
class Reference:
    """A horizontal line across a panel, with the word written on it."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Bands:
    """One panel of :func:`bands_over_time`; arrays are (series, times)."""

    name: str
    y_label: str
    times: ArrayLike
    middle: ArrayLike
    low: ArrayLike
    high: ArrayLike
    references: Sequence[Reference] = ()


def bands_over_time(
    series: Sequence[str],
    panels: Sequence[Bands],
    *,
    x_ticks: Sequence[float] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw a median and a band (say 5 to 95%) of each series over time, a panel per variable.

    A reference far above the bands is not drawn but written at the top with its value.
    """
    with look():
        columns = min(len(panels), 3)
        rows = -(-len(panels) // columns)
        width, height = _WIDTH_IN / columns, 2.35
        top = 0.3 if len(series) > 1 else 0.0
        figure = sheet(_WIDTH_IN, rows * height + top)
        if len(series) > 1:
            arm_key(figure, 0.6, rows * height + top - 0.2, series, markers=False)
        for k, one in enumerate(panels):
            row, column = divmod(k, columns)
            bottom = (rows - 1 - row) * height + 0.5
            axes = panel(figure, column * width + 0.6, bottom, width - 0.75, height - 0.85)
            times = np.asarray(one.times, dtype=np.float64)
            shape = (len(series), times.size)
            middle, low, high = fit(shape, one.middle, one.low, one.high)
            for i in range(len(series)):
                style = {"color": COLOURS[i], "linestyle": arm_style(i)["linestyle"]}
                axes.fill_between(times, low[i], high[i], color=COLOURS[i], alpha=0.18)
                axes.plot(times, middle[i], **style)
            _plain(axes, one.y_label, (0, _top(high, one.references)))
            axes.set_title(one.name)
            axes.set(xlabel=words.get("x_label", ""), xlim=(times.min(), times.max()))
            if x_ticks is not None:
                axes.set_xticks(x_ticks)
            _reference_lines(axes, one.references)
        return svg(figure, words)


def domain_scores(
    domains: Sequence[str],
    arms: Sequence[str],
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    x_range: tuple[float, float] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw each domain's score and interval by arm; arrays are (arms, domains)."""
    v, lo, hi = fit((len(arms), len(domains)), value, low, high)
    with look():
        left = 0.25 + max(text_width(d, 8.5) for d in domains) / 72
        height = 0.1 + len(domains) * (0.16 + 0.12 * len(arms))
        key = KEY_LINE_IN * max(len(arms) - 2, 0)
        figure = sheet(min(_WIDTH_IN, left + 4.6), height + 0.95 + key)
        axes = panel(figure, left, 0.5, figure.get_size_inches()[0] - left - 0.2, height)
        arm_key(figure, left, height + 0.74 + key, arms)
        y = np.arange(len(domains))[::-1]
        step = min(0.24, 0.7 / len(arms))
        for i in range(len(arms)):
            at = y - step * (i - (len(arms) - 1) / 2)
            spread = np.maximum(np.stack([v[i] - lo[i], hi[i] - v[i]]), 0)
            style = {**arm_style(i), "linestyle": ""}
            axes.errorbar(v[i], at, xerr=spread, elinewidth=1.3, capsize=0, **style)
        axes.set(xlabel=words.get("x_label", ""), ylim=(-0.6, len(domains) - 0.4), xlim=x_range)
        axes.set_yticks(y, domains)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        return svg(figure, words)


def step_curve(
    arms: Sequence[str],
    times: Sequence[ArrayLike],
    shares: Sequence[ArrayLike],
    *,
    at_risk: tuple[ArrayLike, ArrayLike] = ((), ()),
    percent: bool = True,
    y_range: tuple[float, float] | None = None,
    **words: Unpack[Words],
) -> str:
    """Draw a cumulative share per arm (or, without ``percent``, an amount) as steps over time.

    ``times[i]`` and ``shares[i]`` are the steps of arm i, its last share held to the common end;
    ``at_risk`` are times and numbers, (times,) and (arms, times), written below.
    """
    marks = np.asarray(at_risk[0], dtype=np.float64)
    with look():
        below = 0.5 + (_numbers_in(arms) if marks.size else 0)
        left = _left_of_numbers(arms) if marks.size else 0.65
        end = max([0.0, *(float(np.max(t)) for t in (*times, marks) if np.size(t))]) or 1.0
        figure = sheet(5.2, 0.45 + 2.5 + below)
        axes = panel(figure, left, below, 5.2 - left - 0.2, 2.5)
        arm_key(figure, left, below + 2.74, arms, markers=False)
        for i in range(len(arms)):
            t, share = fit((np.size(times[i]),), times[i], shares[i])
            style = {"color": COLOURS[i], "linestyle": arm_style(i)["linestyle"]}
            if t.size:
                t, share = np.append(t, end), np.append(share, share[-1])
                axes.step(t, share, where="post", linewidth=1.7, **style)
        _plain(axes, words.get("y_label", ""), y_range or ((0, 1) if percent else None))
        if percent:
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlabel(words.get("x_label", ""))
        axes.set_xlim(0, end)
        if marks.size:
            axes.set_xticks(marks)
            (risk,) = fit((len(arms), marks.size), at_risk[1])
            _numbers_below(figure, axes, marks, risk, arms, words.get("n_label", "n"))
        return svg(figure, words)


def _plain(axes: Axes, y_label: str, y_range: tuple[float, float] | None) -> None:
    axes.set_ylabel(y_label)
    axes.grid(axis="y")
    if y_range is not None:
        axes.set_ylim(*y_range)


def _top(high: Array, references: Sequence[Reference]) -> float:
    """Return the upper end of a panel: above the bands and above a line that is not far off."""
    most = float(np.nanmax(high)) if np.isfinite(high).any() else 0.0
    near = [r.value for r in references if r.value <= 3 * most]
    return 1.12 * max([most, *near]) or 1.0


def _reference_lines(axes: Axes, references: Sequence[Reference]) -> None:
    right, top = axes.get_xlim()[1], axes.get_ylim()[1]
    beyond = 0
    for one in references:
        place: dict[str, Any] = {"ha": "right", "fontsize": 7}
        if one.value <= top:
            axes.axhline(one.value, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.text(right, one.value, one.label, va="bottom", **place)
        else:
            y = top * (0.99 - 0.09 * beyond)
            axes.text(right, y, f"{one.label}: {one.value:g} ↑", va="top", **place)
            beyond += 1


def _numbers_below(
    figure: Figure,
    axes: Axes,
    at: Array,
    numbers: Array,
    arms: Sequence[str],
    label: str,
) -> None:
    """Write a small table below the axes: a row per arm, a number under each position."""
    w = figure.get_size_inches()[0]
    box = axes.get_position()
    first, last = axes.get_xlim()
    edge = box.x0 * w - 0.22
    write(figure, edge, _LINE_IN * (len(arms) + 0.6), label, ha="right", fontsize=7.5, color=FAINT)
    for i, arm in enumerate(arms):
        y = _LINE_IN * (len(arms) - i - 0.4)
        write(figure, edge, y, arm, ha="right", fontsize=7.5)
        for x, number in zip(at, numbers[i], strict=True):
            share = (x - first) / (last - first)
            x_in = (box.x0 + share * box.width) * w
            write(figure, x_in, y, f"{number:.0f}", ha="center", fontsize=7.5)


def _left_of_numbers(arms: Sequence[str]) -> float:
    return max(0.65, 0.37 + max(text_width(a, 7.5) for a in arms) / 72)


def _numbers_in(arms: Sequence[str]) -> float:
    return _LINE_IN * (len(arms) + 1.2)


def _box(axes: Axes, i: int, values: Array) -> None:
    line = {"color": COLOURS[i], "linewidth": 1.2}
    axes.boxplot(
        [values],
        positions=[i],
        widths=0.62,
        showfliers=False,
        patch_artist=True,
        boxprops={**line, "facecolor": (*to_rgb(COLOURS[i]), 0.16), "edgecolor": COLOURS[i]},
        medianprops={**line, "linewidth": 2},
        whiskerprops=line,
        capprops=line,
    )
    style = {**arm_style(i), "linestyle": "", "markersize": 2.4, "markeredgewidth": 0.5}
    axes.plot(i + _aside(values), values, alpha=0.6, zorder=1.5, **style)


def _aside(values: Array) -> Array:
    """Return how far each point stands aside: those of nearly the same height fan out evenly."""
    low, high = values.min(), values.max()
    height = (high - low) / 45 or 1.0
    level = np.floor((values - low) / height)
    aside = np.zeros(values.size)
    for one in np.unique(level):
        here = np.flatnonzero(level == one)
        places = (np.arange(here.size) + 1) // 2 * np.where(np.arange(here.size) % 2, 1, -1)
        step = min(0.055, 0.8 / max(here.size, 1))
        aside[here] = places * step + (step / 2 if here.size % 2 == 0 else 0.0) * -1
    return aside
