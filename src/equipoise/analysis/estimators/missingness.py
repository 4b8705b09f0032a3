"""Who lacks which visits: the patterns of missing values, by arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The patterns of one trial, the most frequent first.

    ``observed`` (patterns, visits); ``counts`` (patterns, arms), arms in increasing order;
    ``monotone`` (patterns,): True where nobody came back after a missed visit.
    """

    observed: NDArray[np.bool_]
    counts: NDArray[np.int64]
    monotone: NDArray[np.bool_]

    @property
    def all_monotone(self) -> bool:
        """Whether missing values only grow: visits can be imputed one after the other."""
        return bool(self.monotone.all())


def patterns(values: ArrayLike, arms: ArrayLike) -> Patterns:
    """Return the patterns of ``values`` (n, visits), NaN = not observed, by ``arms`` (n,), 0, 1...

    True and False count as the arm and the reference: column 1 and column 0.
    Raises InputError for shapes that do not fit or arms that are not whole numbers from 0.
    """
    y, arm = np.asarray(values, dtype=np.float64), np.asarray(arms)
    if y.ndim != 2 or arm.shape != y.shape[:1] or arm.dtype.kind not in "iub" or (arm < 0).any():
        raise InputError(
            "patterns", "arms do not fit the values", "Give one whole number for each participant."
        )
    observed, which = np.unique(~np.isnan(y), axis=0, return_inverse=True)
    counts = np.zeros((len(observed), int(arm.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(counts, (which.ravel(), arm.astype(np.int64)), 1)
    # ties: the pattern seen longest first
    order = np.lexsort((*(~observed.T)[::-1], -counts.sum(axis=1)))
    return Patterns(
        observed[order], counts[order], ~came_back(np.where(observed, 0, np.nan))[order]
    )


def came_back(values: ArrayLike) -> NDArray[np.bool_]:
    """Return who of ``values`` (..., n, visits) was seen after a missed visit, (..., n)."""
    observed = ~np.isnan(np.asarray(values, dtype=np.float64))
    missed = np.logical_or.accumulate(~observed, axis=-1)
    return np.asarray((observed & missed).any(axis=-1))


def share_missing(values: ArrayLike, treated: ArrayLike) -> NDArray[np.float64]:
    """Return the share not observed at each visit, (2, ..., visits): the arm, the reference.

    ``values`` (..., n, visits), ``treated`` (..., n) or (n,). NaN where an arm is empty.
    """
    lack = np.isnan(np.asarray(values, dtype=np.float64))
    arm = np.broadcast_to(np.asarray(treated, dtype=bool), lack.shape[:-1])[..., None]
    with np.errstate(invalid="ignore"):
        return np.stack([(lack & here).sum(axis=-2) / here.sum(axis=-2) for here in (arm, ~arm)])
