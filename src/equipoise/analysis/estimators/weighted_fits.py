"""Weighted linear and logistic regressions that always have an answer, over leading axes.

Imputations and weights are needed in any trial of an ensemble, also where a covariate is constant
in an arm or separates the events. Directions that the rows do not determine get the coefficient 0
without variance; the logistic fit is the posterior mode under Jeffreys' prior, which is finite.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

_STEPS = 100
_LONGEST = 3.0  # of a step, in log odds of any row
_RIDGE = 1e-12  # keeps a matrix of underflowing weights invertible
_NO_LENGTH = 1e-9


class Fit(NamedTuple):
    """``coefficients`` (..., k); ``root`` (..., k, k), the symmetric root of their covariance.

    ``rank`` (...,) is the number of directions determined.
    """

    coefficients: Array
    root: Array
    rank: NDArray[np.int64]


def linear(x: Array, y: Array, weights: Array) -> Fit:
    """Return least squares of ``y`` (..., n) on ``x`` (..., n, k).

    ``root`` is for a residual standard deviation of 1. Rows of weight 0 do not count, their ``y``
    may be NaN.
    """
    turn, real = _coordinates(x, weights)
    z = x @ turn
    zw = _transposed(z * weights[..., None])
    covariance = np.asarray(np.linalg.inv(zw @ z + _unit(~real)), dtype=np.float64)
    known = np.where(weights > 0, y, 0.0)
    beta = (covariance @ (zw @ known[..., None]))[..., 0]
    return _back(turn, beta, covariance, real)


def logistic(x: Array, y: Array, weights: Array) -> Fit:
    """Return the penalized logistic fit of ``y`` (..., n) on ``x`` (..., n, k).

    Rows of weight 0 do not count and their ``y`` may be NaN; with no other rows all is 0.

    Firth D. Biometrika 1993;80:27-38, doi:10.1093/biomet/80.1.27; finite under separation: Heinze
    G, Schemper M. Stat Med 2002;21:2409-2419, doi:10.1002/sim.1047.
    """
    turn, real = _coordinates(x, weights)
    z = x @ turn
    event = np.where(weights > 0, y, 0.0)
    null = _unit(~real) + _RIDGE * np.eye(real.shape[-1])
    beta = np.zeros(z.shape[:-2] + z.shape[-1:])
    covariance: Array = null
    for _ in range(_STEPS):
        p = special.expit((z @ beta[..., None])[..., 0])
        root = np.sqrt(weights * p * (1 - p))[..., None] * z
        covariance = np.asarray(np.linalg.inv(_transposed(root) @ root + null), dtype=np.float64)
        leverage = ((root @ covariance) * root).sum(axis=-1)
        pull = weights * (event - p) + leverage * (0.5 - p)
        step = (covariance @ (_transposed(z) @ pull[..., None]))[..., 0]
        reach = np.where(weights > 0, np.abs((z @ step[..., None])[..., 0]), 0.0)
        step /= np.maximum(reach.max(axis=-1, keepdims=True) / _LONGEST, 1.0)
        beta = beta + step
        if np.abs(step).max(initial=0.0) < 1e-9:
            break
    return _back(turn, beta, covariance, real)


def _coordinates(x: Array, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return (..., k, k) that turns ``x`` into orthonormal coordinates, and which of them exist."""
    xx = _transposed(x * weights[..., None]) @ x
    length = np.sqrt(np.diagonal(xx, axis1=-2, axis2=-1))
    unit = np.where(length > 0, length, 1.0)
    values, vectors = np.linalg.eigh(xx / (unit[..., :, None] * unit[..., None, :]))
    real = values > _NO_LENGTH
    size = np.sqrt(np.where(real, values, 1.0))
    return vectors / unit[..., :, None] * (real / size)[..., None, :], real


def _back(turn: Array, beta: Array, covariance: Array, real: NDArray[np.bool_]) -> Fit:
    # the symmetric root is unique, so that no rounding of the sums can turn a draw round
    values, vectors = np.linalg.eigh(turn @ covariance @ _transposed(turn))
    size = np.sqrt(np.maximum(values, 0.0))
    root = (vectors * size[..., None, :]) @ _transposed(vectors)
    return Fit((turn @ beta[..., None])[..., 0], root, real.sum(axis=-1))


def _unit(where: NDArray[np.bool_]) -> Array:
    return where[..., None] * np.eye(where.shape[-1])


def _transposed(a: Array) -> Array:
    return np.swapaxes(a, -1, -2)
