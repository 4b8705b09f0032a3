"""The multivariate normal model of repeated measures by REML, under many weightings at once.

Every coefficient has its own value at each visit and the covariance of the visits is unstructured.
A jackknife or bootstrap is one call: each replicate is a row of weights, and all replicates share
the data's sums by pattern of missingness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_STEPS = 200
_NEAR = 1e-10
_SINGULAR = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class VisitModel:
    """The fitted model of each replicate.

    ``coefficients`` (replicates, k, visits) and ``covariance`` (replicates, visits, visits) are NaN
    where a replicate could not be ``fitted``: where there are not ``enough`` values, or the fit
    leaves no spread.
    """

    coefficients: Array
    covariance: Array
    fitted: Mask
    enough: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Weighted sums over the participants who have one pattern; absent visits count as 0."""

    seen: Mask
    n: Array
    xx: Array
    xy: Array
    yy: Array


def fit(values: Array, x: Array, weights: Array, start: Array | None = None) -> VisitModel:
    """Fit ``values`` (n, visits), NaN missing, on ``x`` (n, k) under ``weights`` (replicates, n).

    Restricted maximum likelihood: Patterson HD, Thompson R. Biometrika 1971;58:545-554,
    doi:10.1093/biomet/58.3.545. Scoring with the expected information of the full likelihood,
    whose fixed point is the zero of the restricted score; a step that leaves the positive definite
    matrices is halved. ``start`` is a covariance to begin from (visits, visits).
    """
    replicates, (_, q), k = len(weights), values.shape, x.shape[1]
    sums = _sums(values, x, weights)
    enough = _estimable(sums, replicates, q)
    fitted = enough.copy()
    coefficients = np.full((replicates, k, q), np.nan)
    covariance = np.full((replicates, q, q), np.nan)
    if enough.any():
        part = [_of(s, enough) for s in sums]
        first = _start(part, q) if start is None else np.tile(start, (int(enough.sum()), 1, 1))
        sigma, fitted[enough] = _score(part, first)
        covariance[enough] = sigma
    if fitted.any():
        part = [_of(s, fitted) for s in sums]
        coefficients[fitted] = _coefficients(part, covariance[fitted])[0]
    covariance[~fitted] = np.nan
    return VisitModel(coefficients, covariance, fitted, enough)


def _sums(values: Array, x: Array, weights: Array) -> list[_Sums]:
    observed = ~np.isnan(values)
    y = np.where(observed, values, 0.0)
    patterns, which = np.unique(observed, axis=0, return_inverse=True)
    (_, q), k = values.shape, x.shape[1]
    sums = []
    for p, seen in enumerate(patterns):
        if not seen.any():
            continue
        rows = which.ravel() == p
        w, a, b = weights[:, rows], x[rows], y[rows]
        products = ((a, a, (k, k)), (a, b, (k, q)), (b, b, (q, q)))
        xx, xy, yy = (
            (w @ (u[:, :, None] * v[:, None, :]).reshape(len(u), -1)).reshape(-1, *shape)
            for u, v, shape in products
        )
        sums.append(_Sums(seen, w.sum(axis=1), xx, xy, yy))
    return sums


def _of(sums: _Sums, rows: Mask | NDArray[np.intp]) -> _Sums:
    return _Sums(sums.seen, sums.n[rows], sums.xx[rows], sums.xy[rows], sums.yy[rows])


def _estimable(sums: list[_Sums], replicates: int, q: int) -> Mask:
    """Return where each visit has values enough for its coefficients, and each pair is seen."""
    if not sums:
        return np.zeros(replicates, dtype=bool)
    k = sums[0].xx.shape[-1]
    enough = np.ones(replicates, dtype=bool)
    for visit in range(q):
        there = [s for s in sums if s.seen[visit]]
        if not there:
            return np.zeros_like(enough)
        xx = np.sum([s.xx for s in there], axis=0)
        scale = np.sqrt(np.maximum(np.diagonal(xx, axis1=1, axis2=2), 1e-300))
        correlation = xx / (scale[:, :, None] * scale[:, None, :])
        smallest = np.linalg.eigvalsh(correlation)[:, 0]
        n = np.sum([s.n for s in there], axis=0)
        enough &= (smallest > 1e-10) & (n > k)
        for other in range(visit):
            pair = [s.n for s in there if s.seen[other]]
            enough &= np.sum(pair, axis=0) > 0
    return enough


def _start(sums: list[_Sums], q: int) -> Array:
    """Return the residual variance of each visit by itself, on the diagonal; 0 if but rounding."""
    sigma = np.zeros((len(sums[0].n), q, q))
    for visit in range(q):
        there = [s for s in sums if s.seen[visit]]
        xx = np.sum([s.xx for s in there], axis=0)
        xy = np.sum([s.xy[:, :, visit] for s in there], axis=0)
        yy = np.sum([s.yy[:, visit, visit] for s in there], axis=0)
        n = np.sum([s.n for s in there], axis=0)
        beta = np.linalg.solve(xx, xy[..., None])[..., 0]
        rest = yy - (beta * xy).sum(axis=1)
        sigma[:, visit, visit] = np.where(rest > 1e-10 * yy, rest, 0.0) / n
    return sigma


def _precision(seen: Mask, sigma: Array) -> Array:
    """Return the inverse covariance of the visits seen, with zeros for the others."""
    out = np.zeros_like(sigma)
    rows, columns = np.ix_(seen, seen)
    out[:, rows, columns] = np.linalg.inv(sigma[:, rows, columns])
    return out


def _coefficients(sums: list[_Sums], sigma: Array) -> tuple[Array, Array, list[Array]]:
    """Return the generalized least squares coefficients, their variance and the precisions."""
    replicates, q = sigma.shape[:2]
    k = sums[0].xx.shape[-1]
    precisions = [_precision(s.seen, sigma) for s in sums]
    information = np.zeros((replicates, k, q, k, q))
    right = np.zeros((replicates, k, q))
    for s, omega in zip(sums, precisions, strict=True):
        information += s.xx[:, :, None, :, None] * omega[:, None, :, None, :]
        right += s.xy @ omega
    variance = np.asarray(
        np.linalg.inv(information.reshape(replicates, k * q, k * q)), dtype=np.float64
    )
    beta = (variance @ right.reshape(replicates, k * q, 1)).reshape(replicates, k, q)
    return beta, variance.reshape(replicates, k, q, k, q), precisions


def _score(sums: list[_Sums], sigma: Array) -> tuple[Array, Mask]:
    """Return the REML covariance of each replicate and whether its steps came to rest."""
    sigma = sigma.copy()
    done = np.zeros(len(sigma), dtype=bool)
    going = np.flatnonzero(_spread(sigma))
    for _ in range(_STEPS):
        if not going.size:
            break
        before = sigma[going]
        step = _step([_of(s, going) for s in sums], before)
        sigma[going] = before + _halved(before, step)
        sound = _spread(sigma[going])
        size = np.abs(step).max(axis=(1, 2)) / np.abs(sigma[going]).max(axis=(1, 2))
        near = size < _NEAR
        done[going[near & sound]] = True
        going = going[~near & sound]
    return sigma, done


def _step(sums: list[_Sums], sigma: Array) -> Array:
    """Return the step of scoring from ``sigma``."""
    replicates, q = sigma.shape[:2]
    beta, variance, precisions = _coefficients(sums, sigma)
    gradient = np.zeros_like(sigma)
    information = np.zeros((replicates, q, q, q, q))
    for s, omega in zip(sums, precisions, strict=True):
        cross = np.swapaxes(s.xy, 1, 2) @ beta
        rest = s.yy - cross - np.swapaxes(cross, 1, 2)
        rest += np.swapaxes(beta, 1, 2) @ s.xx @ beta
        rest += np.einsum("rcd,rcadb->rab", s.xx, variance)
        gradient += omega @ rest @ omega - s.n[:, None, None] * omega
        information += (
            s.n[:, None, None, None, None] * omega[:, :, None, :, None] * omega[:, None, :, None, :]
        )
    step = np.linalg.solve(
        information.reshape(replicates, q * q, q * q), gradient.reshape(replicates, q * q, 1)
    ).reshape(replicates, q, q)
    return np.asarray((step + np.swapaxes(step, 1, 2)) / 2)


def _spread(sigma: Array) -> Mask:
    """Return where the visits vary, and not as one."""
    variance = np.diagonal(sigma, axis1=1, axis2=2)
    sound = variance.min(axis=1) > 1e-100
    size = np.sqrt(np.where(sound[:, None], variance, 1.0))
    correlation = sigma / (size[:, :, None] * size[:, None, :])
    return np.asarray(sound & (np.linalg.eigvalsh(correlation)[:, 0] > _SINGULAR))


def _halved(sigma: Array, step: Array) -> Array:
    """Return ``step``, halved where it would leave the positive definite matrices."""
    step = step.copy()
    floor = 1e-10 * np.linalg.eigvalsh(sigma)[:, 0]
    for _ in range(30):
        outside = np.linalg.eigvalsh(sigma + step)[:, 0] <= floor
        if not outside.any():
            return step
        step[outside] /= 2
    return np.zeros_like(step)
