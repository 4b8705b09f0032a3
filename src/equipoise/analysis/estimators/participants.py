"""Participants' outcomes, arms and covariates: checked, broadcast, and safe to multiply."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.counts import Array, Mask
from equipoise.errors import InputError

Integers = NDArray[np.int64]


class Participants(NamedTuple):
    """``outcome``, ``treated`` and ``seen`` (1 or 0) are (..., n), ``covariates`` (..., n, k).

    Where a participant is not seen, outcome and covariates are 0.
    """

    outcome: Array
    treated: Array
    covariates: Array
    seen: Array

    @property
    def empty(self) -> Mask:
        """Where an arm has no one observed."""
        first, reference = self.seen * self.treated, self.seen * (1 - self.treated)
        return np.asarray((first.sum(axis=-1) == 0) | (reference.sum(axis=-1) == 0))

    def design(self, *, interaction: bool = False) -> Array:
        """Return intercept, arm, covariates (and arm by covariates) as columns."""
        return self.design_as(self.treated, interaction=interaction)

    def design_as(self, treated: Array, *, interaction: bool = False) -> Array:
        """Return the design of these participants, had they been ``treated``."""
        arm = np.broadcast_to(treated, self.outcome.shape)[..., None]
        columns = [np.ones_like(arm), arm, self.covariates]
        if interaction:
            columns.append(arm * self.covariates)
        return np.concatenate(columns, axis=-1)

    def counts(self) -> tuple[Integers, Integers, Integers, Integers]:
        """Return events and observed participants of the arm and of the reference."""
        first, reference = self.seen * self.treated, self.seen * (1 - self.treated)
        sums = [a.sum(axis=-1) for a in (first * self.outcome, first)]
        sums += [a.sum(axis=-1) for a in (reference * self.outcome, reference)]
        x1, n1, x0, n0 = (np.rint(s).astype(np.int64) for s in sums)
        return x1, n1, x0, n0


def participants(
    values: ArrayLike, treated: ArrayLike, covariates: ArrayLike | None = None
) -> Participants:
    """Return binary outcomes ``values`` (..., n) with their arms (..., n) or (n,).

    A participant whose outcome or any covariate is NaN is left out. Covariates, (..., n, k), are
    centred, which changes no contrast of arms and keeps the arithmetic well away from its limits.
    Raises InputError for outcomes other than 0 and 1 and for infinite covariates.
    """
    outcome = np.asarray(values, dtype=np.float64)
    arm = np.asarray(treated)
    if arm.dtype != np.bool_:
        raise InputError("treated", "it must be true or false", "Give a boolean for each.")
    known = ~np.isnan(outcome)
    if np.any((outcome != 0) & (outcome != 1) & known):
        raise InputError("outcomes", "they must be 0, 1 or missing", "Code the event as 1.")
    shape = np.broadcast_shapes(outcome.shape, arm.shape)
    if covariates is None:
        given = np.zeros((*shape, 0))
    else:
        given = np.asarray(covariates, dtype=np.float64)
        if np.isinf(given).any():
            raise InputError("covariates", "one is infinite", "Give finite numbers or NaN.")
        shape = np.broadcast_shapes(shape, given.shape[:-1])
        given = np.broadcast_to(given, (*shape, given.shape[-1]))
    known = np.broadcast_to(known, shape) & ~np.isnan(given).any(axis=-1)
    seen = known.astype(np.float64)
    outcome = np.where(known, np.broadcast_to(outcome, shape), 0.0)
    given = np.where(known[..., None], given, 0.0)
    total = np.maximum(seen.sum(axis=-1), 1.0)[..., None, None]
    given = (given - given.sum(axis=-2, keepdims=True) / total) * seen[..., None]
    return Participants(outcome, np.broadcast_to(arm, shape).astype(np.float64), given, seen)
