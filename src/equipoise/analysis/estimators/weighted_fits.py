"""Weighted linear and logistic regressions that always have an answer, over leading axes.

Imputations and weights are needed in any trial of an ensemble, also where a covariate is constant
in an arm or separates the events. Directions that the rows do not determine get the coefficient 0
without variance; the logistic fit is the posterior mode under Jeffreys' prior, which is finite.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp

Array = NDArray[np.float64]

_STEPS = 100
_LONGEST = 3.0  # of a step, in log odds of any row
_RIDGE = 1e-12  # keeps a matrix of underflowing weights invertible
_NO_LENGTH = 1e-9
_NEAR = 1e-9  # the last step is no longer


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
    lead, k = z.shape[:-2], z.shape[-1]
    w = np.broadcast_to(weights, z.shape[:-1])
    event = np.where(w > 0, y, 0.0)
    beta, covariance = np.zeros((*lead, k)), np.empty((*lead, k, k))
    n = z.shape[-2]
    _newton(
        z.reshape(-1, n, k), event.reshape(-1, n), w.reshape(-1, n), real.reshape(-1, k),
        beta.reshape(-1, k), covariance.reshape(-1, k, k),
    )  # fmt: skip
    return _back(turn, beta, covariance, real)


@njit(cache=True, nogil=True, error_model="numpy")
def _newton(
    z: Array, event: Array, weights: Array, real: NDArray[np.bool_], beta: Array, covariance: Array
) -> None:
    """Find the mode of each fit, and the covariance at the last step."""
    for fit in range(z.shape[0]):
        rows = np.flatnonzero(weights[fit] > 0)
        x = z[fit][rows].T.copy()
        y, w = event[fit][rows], weights[fit][rows]
        p, v, pull = np.empty(rows.size), np.empty(rows.size), np.empty(rows.size)
        b, inverse = beta[fit], covariance[fit]
        for _ in range(_STEPS):
            _weigh(x, b, w, p, v)
            _information(x, v, real[fit], inverse)
            _invert(inverse)
            _pull(x, y, w, p, v, inverse, pull)
            if _step(x, pull, inverse, b) < _NEAR:
                break


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(x: Array, beta: Array, w: Array, p: Array, v: Array) -> None:
    """Write the probability and the weight in the information of each row."""
    p[:] = 0.0
    for a in range(x.shape[0]):
        column, times = x[a], beta[a]
        for i in range(p.size):
            p[i] += column[i] * times
    for i in range(p.size):
        p[i] = 1.0 / (1.0 + exp(-p[i]))
        v[i] = w[i] * p[i] * (1.0 - p[i])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})
def _information(x: Array, v: Array, real: NDArray[np.bool_], found: Array) -> None:
    for a in range(x.shape[0]):
        for b in range(a + 1):
            one, other, total = x[a], x[b], 0.0
            for i in range(v.size):
                total += v[i] * one[i] * other[i]
            found[a, b] = found[b, a] = total
        found[a, a] += _RIDGE if real[a] else 1.0 + _RIDGE


@njit(cache=True, nogil=True, error_model="numpy")
def _invert(a: Array) -> None:
    """Replace a positive definite matrix by its inverse (Gauss and Jordan)."""
    for pivot in range(a.shape[0]):
        scale = 1.0 / a[pivot, pivot]
        a[pivot, pivot] = 1.0
        for j in range(a.shape[0]):
            a[pivot, j] *= scale
        for i in range(a.shape[0]):
            if i != pivot:
                times = a[i, pivot]
                a[i, pivot] = 0.0
                for j in range(a.shape[0]):
                    a[i, j] -= times * a[pivot, j]


@njit(cache=True, nogil=True, error_model="numpy")
def _pull(x: Array, y: Array, w: Array, p: Array, v: Array, inverse: Array, pull: Array) -> None:
    """Write how each row pulls on the linear predictor, its leverage among it."""
    pull[:] = 0.0
    for a in range(x.shape[0]):
        for b in range(x.shape[0]):
            one, other, times = x[a], x[b], inverse[a, b]
            for i in range(p.size):
                pull[i] += one[i] * times * other[i]
    for i in range(p.size):
        pull[i] = w[i] * (y[i] - p[i]) + v[i] * pull[i] * (0.5 - p[i])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})
def _step(x: Array, pull: Array, inverse: Array, beta: Array) -> float:
    """Move ``beta``, and return the largest change; ``pull`` becomes how each row moves."""
    k = x.shape[0]
    slope, step = np.zeros(k), np.zeros(k)
    for a in range(k):
        column, total = x[a], 0.0
        for i in range(pull.size):
            total += column[i] * pull[i]
        slope[a] = total
    for a in range(k):
        for b in range(k):
            step[a] += inverse[a, b] * slope[b]
    for i in range(pull.size):
        pull[i] = 0.0
    for a in range(k):
        column, times = x[a], step[a]
        for i in range(pull.size):
            pull[i] += column[i] * times
    far, reach = 0, 0.0
    for i in range(pull.size):  # counting is done side by side, a maximum one by one
        far += abs(pull[i]) > _LONGEST
    if far > 0:
        for i in range(pull.size):
            reach = max(reach, abs(pull[i]))
    shorter = max(reach / _LONGEST, 1.0)
    largest = 0.0
    for a in range(k):
        beta[a] += step[a] / shorter
        largest = max(largest, abs(step[a] / shorter))
    return largest


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
