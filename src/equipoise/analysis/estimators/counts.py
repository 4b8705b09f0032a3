"""Counts of two arms: checked, broadcast, and safe to divide by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Table(NamedTuple):
    """Events and participants of the first arm (1) and of the reference arm (0), as floats."""

    x1: Array
    n1: Array
    x0: Array
    n0: Array


def counts(*given: ArrayLike) -> list[Array]:
    """Return (events, n, ...) broadcast as floats.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    arrays = [np.asarray(g) for g in given]
    if any(a.dtype.kind not in "iu" for a in arrays):
        raise InputError("counts", "they must be whole numbers", "Give integers.")
    checked = [np.array(a, dtype=np.float64) for a in np.broadcast_arrays(*arrays)]
    for x, n in zip(checked[::2], checked[1::2], strict=True):
        if np.any(x < 0) or np.any(x > n):
            raise InputError(
                "counts", "events must lie between 0 and the participants", "Check both counts."
            )
    return checked


def table(
    events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike
) -> tuple[Table, Mask]:
    """Return the table and where an arm is empty; there 0 of 1 stands in, so that sums are safe.

    Raises InputError as :func:`counts`.
    """
    x1, n1, x0, n0 = counts(events, n, events_ref, n_ref)
    empty = (n1 == 0) | (n0 == 0)
    return Table(x1, np.maximum(n1, 1), x0, np.maximum(n0, 1)), empty
