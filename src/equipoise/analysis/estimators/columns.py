"""Columns of a regression, and coordinates in which any trial's columns can be fitted.

An ensemble has trials where a stratum is empty or a covariate is constant. Their columns depend on
each other, so fits run in an orthonormal basis of what the columns span, and a contrast is asked
for afterwards: if the columns do not determine it, it is not estimable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Singular values of columns of unit length below this are rounding noise.
_NO_LENGTH = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """One row per participant: ``treated`` (..., n), further ``columns`` (..., n, k).

    ``known`` (..., n) is False where a covariate is missing; ``columns`` are 0 there.
    """

    treated: Bools
    columns: Array
    known: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Orthonormal coordinates of the span of some columns.

    ``axes`` (..., rows, p) are zero in rows left out and in directions that the columns do not
    reach; ``back`` (..., p, p) turns coordinates into coefficients of the columns; ``reach``
    (..., p, p) projects on the coefficients that are determined; ``rank`` (...,).
    """

    axes: Array
    back: Array
    reach: Array
    rank: NDArray[np.int64]

    def estimable(self, contrasts: Array) -> Bools:
        """Return which ``contrasts`` (..., m, p) of the coefficients are determined: (..., m)."""
        rest = np.abs(contrasts - contrasts @ self.reach).max(axis=-1)
        return np.asarray(rest < 1e-7 * np.abs(contrasts).max(axis=-1))


def finite_or_missing(values: ArrayLike, what: str = "values") -> Array:
    """Return ``values`` as floats. Raises InputError for an infinite one."""
    x = np.asarray(values, dtype=np.float64)
    if np.isinf(x).any():
        raise InputError(what, "an infinite value", "Leave it out or mark it missing.")
    return x


def two_arms(treated: ArrayLike) -> Bools:
    """Return ``treated`` as booleans. Raises InputError for anything but True and False."""
    arm = np.asarray(treated)
    if arm.dtype != np.bool_:
        raise InputError("treated", "not True or False throughout", "Give True for the arm.")
    return arm


def indicators(levels: ArrayLike, what: str = "strata") -> Array:
    """Return one 0/1 column for each whole number that occurs in ``levels``: (..., n, levels).

    Raises InputError for numbers that are not whole.
    """
    given = np.asarray(levels)
    if given.dtype.kind not in "iub":
        raise InputError(what, "levels must be whole numbers", "Number the levels.")
    return np.asarray(given[..., None] == np.unique(given), dtype=np.float64)


def participants(
    treated: ArrayLike, covariates: ArrayLike | None, strata: ArrayLike | None
) -> Participants:
    """Return the columns of ``covariates`` (..., n, k) and of ``strata`` (..., n) but one.

    Raises InputError for infinite covariates or levels that are not whole numbers.
    """
    arm = two_arms(treated)
    parts = []
    if covariates is not None:
        parts.append(finite_or_missing(covariates, "covariates"))
    if strata is not None:
        parts.append(indicators(strata)[..., 1:])
    lead = np.broadcast_shapes(arm.shape, *(part.shape[:-1] for part in parts))
    wide = [np.broadcast_to(part, (*lead, part.shape[-1])) for part in parts]
    columns = np.concatenate([np.zeros((*lead, 0)), *wide], axis=-1)
    known = ~np.isnan(columns).any(axis=-1)
    return Participants(np.broadcast_to(arm, lead), np.where(known[..., None], columns, 0.0), known)


def basis(columns: Array, rows: Bools) -> Basis:
    """Return the basis of ``columns`` (..., rows, p) where ``rows`` (..., rows) are True."""
    used = np.where(rows[..., None], columns, 0.0)
    length = np.sqrt((used**2).sum(axis=-2))
    unit = np.where(length > 0, length, 1.0)
    u, s, vt = np.linalg.svd(used / unit[..., None, :], full_matrices=False)
    real = s > _NO_LENGTH * np.maximum(s[..., :1], _NO_LENGTH)
    inverse = np.divide(1.0, s, out=np.zeros_like(s), where=real)
    v = np.swapaxes(vt, -1, -2)
    scaled = v / unit[..., :, None]
    # what the scaled columns reach, V V', in terms of the columns as given
    reach = (v * real[..., None, :]) @ vt
    return Basis(
        axes=u * real[..., None, :],
        back=scaled * inverse[..., None, :],
        reach=reach / unit[..., :, None] * unit[..., None, :],
        rank=real.sum(axis=-1),
    )
