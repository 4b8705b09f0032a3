"""Columns of a design: turned into orthonormal ones, and those that say nothing new."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.repeated_measures import gram, times

Array = NDArray[np.float64]

DEPENDENT = 1e-9
"""A column with a smaller part of its own, of its length, follows from the columns before it."""


def orthonormal(x: Array) -> tuple[Array, Array]:
    """Return q with orthonormal columns and the upper triangle r: ``x`` (rows, p) = q r.

    By two Cholesky factors, which keep off threads, where the columns are far from dependent:
    Yamamoto Y et al. Electron Trans Numer Anal 2015;44:306-326. By Householder's elsewhere.
    """
    size = np.sqrt(np.square(x).sum(axis=0))
    if size.all():
        q, r = x / size, np.diag(size)
        for _ in range(2):  # the second time for the digits that the first lost
            products = gram(q)
            if np.linalg.eigvalsh(products)[0] < 1e-6:
                break
            root = np.linalg.cholesky(products).T
            q, r = times(q, np.linalg.inv(root)), root @ r
        else:
            return q, np.asarray(r)
    q, r = np.linalg.qr(x)
    return q, r


def dependent(r: Array) -> NDArray[np.bool_]:
    """Return which columns of x = q r follow from those before; right up to the first of them."""
    return np.asarray(np.abs(np.diag(r)) <= DEPENDENT * np.linalg.norm(r, axis=0))


def independent(x: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the columns of ``x`` (rows, p) that do not follow from those before, and the rest.

    The rest is given as weights (kept, left out) of the columns kept.
    """
    if len(x) >= x.shape[1] and not dependent(orthonormal(x)[1]).any():
        return np.arange(x.shape[1]), np.zeros((x.shape[1], 0))
    basis = np.zeros((len(x), 0))
    kept: list[int] = []
    for j, column in enumerate(x.T):
        rest = column
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > DEPENDENT * np.linalg.norm(column):
            kept.append(j)
            basis = np.column_stack([basis, rest / length])
    left_out = np.setdiff1d(np.arange(x.shape[1]), kept)
    follows = np.asarray(np.linalg.lstsq(x[:, kept], x[:, left_out])[0], dtype=np.float64)
    return np.array(kept, dtype=np.intp), follows
