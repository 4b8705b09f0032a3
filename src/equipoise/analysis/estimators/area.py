"""Repeated scores as one number: the area under their curve over time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from equipoise.analysis.estimators.columns import Array, Bools, finite_or_missing
from equipoise.errors import InputError

Ends = Literal["missing", "observed", "carry"]


def area_under_curve(
    scores: ArrayLike,
    times_h: ArrayLike,
    *,
    ends: Ends = "missing",
    fewest: int = 2,
    per_hour: bool = True,
) -> Array:
    """Return each participant's area under ``scores`` (..., n, times): (..., n), NaN without one.

    Trapezoids between the scores that are there, so a missing score within is bridged by a straight
    line; divided by the hours covered, or in score-hours if not ``per_hour``. Matthews JNS, Altman
    DG, Campbell MJ, Royston P. BMJ 1990;300:230-235, doi:10.1136/bmj.300.6719.230.

    ``times_h`` are hours, (times,) as planned or (..., n, times) as measured, ascending; a
    participant's score without a time counts as missing. ``ends`` says what becomes of a missing
    first or last score: "missing", there is no area; "observed", the area covers the hours between
    the first and last that are there; "carry", the nearest one is carried to the end (which asks
    for every first and last time). With less than ``fewest`` scores there is no area.

    Raises InputError for infinite values, times that do not ascend, or ``fewest`` below 2.
    """
    y, t = finite_or_missing(scores, "scores"), finite_or_missing(times_h, "times")
    if fewest < 2:
        raise InputError("area", f"{fewest} scores cannot span an area", "Ask for 2 or more.")
    y, t = np.broadcast_arrays(y, t)
    there = ~np.isnan(y) & ~np.isnan(t)
    enough = there.sum(axis=-1) >= fewest
    if ends == "missing":
        enough &= there[..., 0] & there[..., -1]
    if ends == "carry":
        enough &= ~np.isnan(t[..., 0]) & ~np.isnan(t[..., -1])
        y, there = _carried(y, there)
    before, y_before, t_before = _latest(y, t, there)
    span = np.where(before, t - t_before, 0.0)
    if (span[before] <= 0).any():
        raise InputError("area", "times do not ascend", "Sort the scores by time.")
    area = np.where(before, span * (y + y_before) / 2, 0.0).sum(axis=-1)
    hours = span.sum(axis=-1)
    value = np.divide(area, hours, out=np.full_like(area, np.nan), where=hours > 0)
    return np.where(enough, value if per_hour else area, np.nan)


def _carried(y: Array, there: Bools) -> tuple[Array, Bools]:
    """Put the nearest score that is there at the first and the last time."""
    y, there = y.copy(), there.copy()
    first, last = there.argmax(axis=-1), there.shape[-1] - 1 - there[..., ::-1].argmax(axis=-1)
    for end, nearest in ((0, first), (-1, last)):
        y[..., end] = np.take_along_axis(y, nearest[..., None], axis=-1)[..., 0]
    there[..., [0, -1]] = True
    return y, there


def _latest(y: Array, t: Array, there: Bools) -> tuple[Bools, Array, Array]:
    """Return which scores have one before them, and the latest such score and its time."""
    index = np.where(there, np.arange(y.shape[-1]), -1)
    seen = np.maximum.accumulate(index, axis=-1)
    previous = np.concatenate([np.full((*y.shape[:-1], 1), -1), seen[..., :-1]], axis=-1)
    at = np.maximum(previous, 0)
    return (
        there & (previous >= 0),
        np.take_along_axis(y, at, axis=-1),
        np.take_along_axis(t, at, axis=-1),
    )
