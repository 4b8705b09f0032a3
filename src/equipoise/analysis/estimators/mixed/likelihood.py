"""The (restricted) likelihood of one trial, with gradient and Hessian by the covariance.

Y_i = X_i b + e_i, e_i normal with the rows and columns of Sigma that participant i was seen at.
Participants seen at the same visits share one inverse; nothing else grows with their number but
matrix products. Missing visits are rows of zeros, in X_i, Y_i and the inverse alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators.mixed.covariance import Curved
from equipoise.kernels.repeated_measures import gram, pair_products, pulls, times, weighted

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Participants ordered by the visits they were seen at.

    ``y`` (n, visits) and ``x`` (n, visits, p) are zero where not seen; ``seen`` (patterns, visits);
    ``pattern`` (n,) is each participant's row of it, ``first`` (patterns,) where a pattern begins
    and ``count`` (patterns,) how many have it.
    """

    y: Array
    x: Array
    seen: NDArray[np.bool_]
    pattern: NDArray[np.intp]
    first: NDArray[np.intp]
    count: Array


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The model solved at one Sigma.

    ``objective`` is minus twice the (restricted) log likelihood without its constant; ``inverse``
    (patterns, visits, visits); ``vx`` (n, visits, p) is V^-1 X and ``vr`` (n, visits) V^-1 times
    the residuals; ``beta`` (p,); ``half`` the lower triangle with half' half = (X'V^-1 X)^-1.
    """

    objective: float
    inverse: Array
    vx: Array
    vr: Array
    beta: Array
    half: Array


def grouped(y: Array, x: Array) -> Grouped:
    """Return participants in groups: ``y`` (n, visits) with NaN, ``x`` (n, visits, p)."""
    there = ~np.isnan(y)
    seen, pattern = np.unique(there, axis=0, return_inverse=True)
    order = np.argsort(pattern, kind="stable")
    pattern = pattern[order]
    first = np.searchsorted(pattern, np.arange(len(seen)))
    count = np.bincount(pattern, minlength=len(seen)).astype(np.float64)
    there = there[order]
    return Grouped(
        np.where(there, y[order], 0.0),
        np.where(there[..., None], x[order], 0.0),
        seen,
        pattern,
        first,
        count,
    )


def solved(sigma: Array, data: Grouped, *, reml: bool) -> Solved | None:
    """Return the generalized least squares solution at ``sigma``; None if not positive definite."""
    visits = data.y.shape[1]
    both = data.seen[:, :, None] & data.seen[:, None, :]
    blocks = np.where(both, sigma, np.eye(visits))
    try:
        roots = np.linalg.cholesky(blocks)
        inverse = np.where(both, np.linalg.inv(blocks), 0.0)
        vx, information, score = weighted(inverse, data.pattern, data.x, data.y)
        root = np.linalg.cholesky(information)
        half = np.linalg.inv(root)
    except np.linalg.LinAlgError:
        return None
    beta = half.T @ (half @ score)
    residual = data.y - data.x @ beta
    vr = (inverse[data.pattern] @ residual[..., None])[..., 0]
    log_det = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1) @ data.count
    objective = 2 * log_det + np.vdot(vr, residual)
    if reml:
        objective += 2 * np.log(np.diag(root)).sum()
    return Solved(float(objective), inverse, vx, vr, beta, half)


def slopes(at: Solved, curve: Curved, data: Grouped, *, reml: bool) -> tuple[Array, Array]:
    """Return gradient (m,) and Hessian (m, m) of the objective by the covariance parameters.

    With P = V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1 and V_j = dV / d theta_j,

        gradient   tr(P V_j) - y'P V_j P y
        Hessian    tr(P V_jk) - tr(P V_j P V_k) + 2 y'P V_j P V_k P y - y'P V_jk P y

    (P is V^-1 in the traces without ``reml``). Lindstrom MJ, Bates DM. J Am Stat Assoc
    1988;83:1014-1022, doi:10.1080/01621459.1988.10478693.
    """
    visits, p = data.x.shape[1:]
    m = len(curve.first)
    # Z Z' = V^-1 X (X'V^-1 X)^-1 X' V^-1, block by block.
    half = np.ascontiguousarray(at.half.T)
    z = times(at.vx.reshape(-1, p), half).reshape(at.vx.shape)
    squares = at.vr[:, :, None] * at.vr[:, None, :]
    if reml:
        squares += z @ z.transpose(0, 2, 1)
    taken = np.add.reduceat(squares, data.first, axis=0)  # by pattern
    given = data.count[:, None, None] * at.inverse
    by_sigma = (given - taken).sum(axis=0)
    v = curve.first.reshape(m, -1)
    second = np.einsum("jkab,ab->jk", curve.second, by_sigma)
    # sum over patterns of tr(V_j (2 taken - given) V_k inverse)
    size = visits * visits
    excess = np.ascontiguousarray((2 * taken - given).reshape(-1, size).T)
    middle = times(excess, at.inverse.reshape(-1, size))
    middle = middle.reshape((visits,) * 4).transpose(1, 2, 3, 0).reshape(size, size)
    hessian = second + times(times(v, middle), np.ascontiguousarray(v.T))
    pulled = pulls(z, at.vr, curve.first)
    hessian -= 2 * pulled @ pulled.T
    if reml:
        spread = pair_products(z, curve.first).reshape(m, -1)
        hessian -= gram(np.ascontiguousarray(spread.T))
    return v @ by_sigma.ravel(), (hessian + hessian.T) / 2
