"""Intervals by inversion: the shifts of the arm that a randomization test does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators._redraw import Sums
from equipoise.analysis.estimators._scores import Trial

Array = NDArray[np.float64]

_SLACK = 1e-12  # of alpha, for sums of chances


class Shifts(NamedTuple):
    """The shift that fits best, the limits of those not rejected, and P of no shift."""

    value: float
    low: float
    high: float
    p_value: float


# No group has values of both arms.
_NOTHING_TO_COMPARE = Shifts(math.nan, -math.inf, math.inf, 1.0)


def shifts(trial: Trial, sums: Sums, level: float) -> Shifts:
    """Return the shifts that the test does not reject at ``level``."""
    return (_by_ranks if trial.ranked else _by_means)(trial, sums, level)


def _by_means(trial: Trial, sums: Sums, level: float) -> Shifts:
    """Return the shifts by the difference in means, in closed form.

    After a shift d an arrangement's sum is U - d V, with U that of the values and V that of who was
    treated, both centred. It is as far from 0 as the sum seen, u - d v, between the shifts
    (u - U) / (v - V) and (u + U) / (v + V), because |V| <= v. So the P value of every shift follows
    from these two ends of each arrangement, and a limit is one of them.
    """
    scores, who = trial.scores(), trial.centred(trial.treated.astype(np.float64))
    (U, V), chances = sums.of(scores, who)
    u, v = float(scores[trial.treated].sum()), float(who[trial.treated].sum())
    if v < _SLACK:
        return _NOTHING_TO_COMPARE
    ends = []
    for part, rest in ((u - U, v - V), (u + U, v + V)):
        ends.append(np.divide(part, rest, out=np.full_like(U, np.nan), where=rest > 1e-9 * v))
    low, high = np.minimum(*ends), np.maximum(*ends)
    always = np.isnan(low)  # the arrangement seen, or its mirror image
    low[always], high[always] = -np.inf, np.inf
    limits = _limit(low, chances, 1 - level), -_limit(-high, chances, 1 - level)
    return Shifts(u / v, *limits, trial.far(U, chances, scores))


def _limit(ends: Array, chances: Array | None, alpha: float) -> float:
    """Return the least end by which arrangements of chance more than ``alpha`` have begun."""
    if chances is None:  # the arrangement seen is one more, and begins at minus infinity
        allowed = int(alpha * (ends.size + 1) + 1e-9)
        return -math.inf if allowed == 0 else float(np.partition(ends, allowed - 1)[allowed - 1])
    order = np.argsort(ends)
    at = int(np.searchsorted(np.cumsum(chances[order]), alpha + _SLACK, side="right"))
    return float(ends[order[min(at, ends.size - 1)]])


def _by_ranks(trial: Trial, sums: Sums, level: float) -> Shifts:
    """Return the shifts by the rank sum, around the median of all pairwise differences.

    Ranks change only where a shift equals a difference. P is taken to rise towards the median and
    to fall behind it, and the limits are sought by halving.
    """

    def p(shift: float) -> float:
        scores = trial.scores(shift)
        found, chances = sums.of(scores)
        return trial.far(found[0], chances, scores)

    differences = _differences(trial)
    if not differences.size:
        return _NOTHING_TO_COMPARE
    value = float(np.median(differences))
    grid = np.unique(np.append(differences, value))
    # Places 0, 2, 4, ... are between the differences, 1, 3, 5, ... at them.
    places = np.empty(2 * grid.size + 1)
    places[1::2] = grid
    places[0], places[-1] = grid[0] - 1, grid[-1] + 1
    places[2:-1:2] = (grid[1:] + grid[:-1]) / 2

    def kept(place: int) -> bool:
        return p(float(places[place])) > 1 - level + _SLACK

    centre = 2 * int(np.searchsorted(grid, value)) + 1
    low, high = _last(kept, centre, 0), _last(kept, centre, places.size - 1)
    edges = np.repeat(grid, 2)
    return Shifts(
        value,
        -math.inf if low == 0 else float(edges[low - 1]),
        math.inf if high == places.size - 1 else float(edges[high]),
        p(0.0),
    )


def _differences(trial: Trial) -> Array:
    """Return every value of the arm less every value of the reference, within groups."""
    pairs = [
        np.subtract.outer(
            trial.values[members & trial.treated], trial.values[members & ~trial.treated]
        ).ravel()
        for members in trial.members()
    ]
    return np.concatenate(pairs)


def _last(kept: Callable[[int], bool], inside: int, outside: int) -> int:
    """Return the place farthest towards ``outside`` that is kept; ``inside`` is taken to be."""
    if kept(outside):
        return outside
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return inside
