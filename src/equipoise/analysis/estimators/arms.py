"""What two arms come to in each trial, in one pass over its participants.

Values are (trials, participants), NaN where there is none; ``treated`` of the same shape is true in
the arm and false in the reference. What is found has a last axis of two: the arm, the reference.
Sums of floats are pairwise, bit for bit those of :func:`numpy.sum` over each trial with a zero for
everybody who does not count: Higham NJ. SIAM J Sci Comput 1993;14:783-799, doi:10.1137/0914050.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

_TOGETHER = 128  # NumPy adds so many in eight running sums, and halves what is longer


class Tally(NamedTuple):
    """Of each arm the values that are there and not there, those that are 1, and their sum."""

    known: Counts
    missing: Counts
    events: Counts
    total: Array


class Spread(NamedTuple):
    """Of each arm the number of values, their mean and their standard deviation."""

    n: Array
    mean: Array
    sd: Array


def tally(values: Array, treated: Mask, included: Mask) -> Tally:
    """Count each arm of each trial; ``values`` are NaN outside ``included``, (..., n) to (..., 2).

    Those without a value who are not ``included`` count as nothing.
    """
    shape = (*values.shape[:-1], 2)
    known, missing, events = (np.empty(shape, np.int64) for _ in range(3))
    found = Tally(known, missing, events, np.empty(shape))
    _count(
        rows(values), rows(treated), rows(included),
        known.reshape(-1, 2), missing.reshape(-1, 2), events.reshape(-1, 2),
        found.total.reshape(-1, 2),
    )  # fmt: skip
    return found


def spread(values: Array, treated: Mask) -> Spread:
    """Return size, mean and standard deviation of each arm of each trial, (..., n) to (..., 2).

    The mean of nothing is 0, the standard deviation of one value too. They are measured from the
    lowest value, so that equal values leave no rounding noise that looks like spread.
    """
    shape = (*values.shape[:-1], 2)
    found = Spread(np.empty(shape), np.empty(shape), np.empty(shape))
    _measure(rows(values), rows(treated), *(each.reshape(-1, 2) for each in found))
    return found


def rows(array: NDArray[Kind]) -> NDArray[Kind]:
    """Return (..., n) as (trials, n) in one piece."""
    return np.ascontiguousarray(array.reshape(prod(array.shape[:-1]), array.shape[-1]))


@njit(cache=True, nogil=True, error_model="numpy")
def _count(
    values: Array, treated: Mask, included: Mask,
    known: Counts, missing: Counts, events: Counts, total: Array,
) -> None:  # fmt: skip
    n = values.shape[1]
    each = np.zeros((2, n))
    for trial in range(values.shape[0]):
        there = there_ref = lack = lack_ref = ones = ones_ref = 0
        for i in range(n):
            value, arm = values[trial, i], treated[trial, i]
            seen = not np.isnan(value)
            absent = np.isnan(value) & included[trial, i]
            there += seen & arm
            there_ref += seen & ~arm
            lack += absent & arm
            lack_ref += absent & ~arm
            ones += (value == 1.0) & arm
            ones_ref += (value == 1.0) & ~arm
            each[0, i] = value if seen & arm else 0.0
            each[1, i] = value if seen & ~arm else 0.0
        known[trial, 0], known[trial, 1] = there, there_ref
        missing[trial, 0], missing[trial, 1] = lack, lack_ref
        events[trial, 0], events[trial, 1] = ones, ones_ref
        total[trial, 0], total[trial, 1] = _sum(each[0]), _sum(each[1])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(values: Array, treated: Mask, size: Array, mean: Array, sd: Array) -> None:
    n = values.shape[1]
    row, there = np.zeros(n), np.zeros(n, np.bool_)
    for trial in range(values.shape[0]):
        for arm in range(2):
            found = 0
            for i in range(n):
                there[i] = (not np.isnan(values[trial, i])) & (treated[trial, i] == (arm == 0))
                found += there[i]
                row[i] = values[trial, i] if there[i] else np.inf
            lowest = _least(row) if found > 0 else 0.0
            for i in range(n):
                row[i] = row[i] - lowest if there[i] else 0.0
            middle = _sum(row) / found if found > 0 else 0.0
            for i in range(n):
                apart = row[i] - middle if there[i] else 0.0
                row[i] = apart * apart
            size[trial, arm] = found
            mean[trial, arm] = lowest + middle
            sd[trial, arm] = np.sqrt(_sum(row) / max(found - 1, 1))


@njit(cache=True, nogil=True, error_model="numpy")
def _least(row: Array) -> float:
    """Return the least value, sought in eight parts side by side."""
    least = np.full(8, np.inf)
    for start in range(0, row.size - row.size % 8, 8):
        for lane in range(8):
            least[lane] = min(least[lane], row[start + lane])
    for i in range(row.size - row.size % 8, row.size):
        least[0] = min(least[0], row[i])
    return float(least.min())


@njit(cache=True, nogil=True, error_model="numpy")
def _sum(row: Array) -> float:
    """Return the sum by halves, each of a multiple of eight."""
    if row.size > _TOGETHER:
        half = row.size // 2 // 8 * 8
        return _sum(row[:half]) + _sum(row[half:])
    whole = row.size // 8 * 8
    total = 0.0
    if whole:
        a, b, c, d, e, f, g, h = row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]
        for i in range(8, whole, 8):
            a += row[i]
            b += row[i + 1]
            c += row[i + 2]
            d += row[i + 3]
            e += row[i + 4]
            f += row[i + 5]
            g += row[i + 6]
            h += row[i + 7]
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, row.size):
        total += row[i]
    return total
