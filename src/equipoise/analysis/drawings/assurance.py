"""Conditional power, and what is believed of the effect, in one picture."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from matplotlib.ticker import PercentFormatter
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
    write,
)


def assurance_curve(  # noqa: PLR0913 - a curve, a prior and their labels
    values: ArrayLike, power: ArrayLike, low: ArrayLike, high: ArrayLike, *,
    prior_values: ArrayLike, prior: ArrayLike, discrete: bool, assurance: float,
    power_label: str, prior_label: str, assurance_label: str, **words: Unpack[Words],
) -> str:  # fmt: skip
    """Draw power at ``values`` with its limits over the prior (greatest 1), and the assurance.

    Raises InputError where a curve and its values do not fit together.
    """
    x = np.asarray(values, np.float64)
    y, lower, upper = fit(x.shape, power, low, high)
    at = np.asarray(prior_values, np.float64)
    (belief,) = fit(at.shape, prior)
    with look():
        figure = sheet(6.0, 4.1)
        axes = panel(figure, 0.75, 0.65, 4.95, 2.85)
        span = float(max(x.max(), at.max()) - min(x.min(), at.min())) or 1.0
        axes.set(xlim=(min(x.min(), at.min()) - 0.03 * span, max(x.max(), at.max()) + 0.03 * span),
                 ylim=(0, 1))  # fmt: skip
        axes.set(xlabel=words.get("x_label", ""), ylabel=words.get("y_label", ""))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(visible=True)
        if discrete:
            axes.bar(at, 0.5 * belief, width=0.02 * span, color=COLOURS[1], alpha=0.6)
        else:
            axes.fill_between(at, 0, 0.5 * belief, color=COLOURS[1], alpha=0.35, linewidth=0)
        axes.fill_between(x, lower, upper, color=COLOURS[0], alpha=0.18, linewidth=0)
        axes.plot(x, y, color=COLOURS[0], marker="o", markersize=4, clip_on=False)
        axes.axhline(assurance, color=INK, linestyle=(0, (4, 2)), linewidth=1)
        across = 0.75
        for mark, colour, label in (("●", COLOURS[0], power_label), ("■", COLOURS[1], prior_label),
                                    ("- -", INK, assurance_label)):  # fmt: skip
            write(figure, across, 3.8, mark, color=colour)
            write(figure, across + 0.2, 3.8, label)
            across += 0.45 + text_width(label, 8.5) / 72
        return svg(figure, words)
