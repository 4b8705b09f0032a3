"""Sums over participants for the mixed model, as loops.

They are small products that a threaded matrix library slows down: on a busy machine its threads
wait for each other tenfold longer than the sums take.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Array = NDArray[np.float64]


@njit(cache=True)
def gram(x: Array) -> Array:
    """Return X'X (p, p) of ``x`` (rows, p)."""
    rows, p = x.shape
    out = np.zeros((p, p))
    for i in range(rows):
        for a in range(p):
            c = x[i, a]
            if c != 0.0:
                for b in range(a + 1):
                    out[a, b] += c * x[i, b]
    for a in range(p):
        for b in range(a):
            out[b, a] = out[a, b]
    return out


@njit(cache=True)
def times(x: Array, matrix: Array) -> Array:
    """Return ``x`` (rows, p) times ``matrix`` (p, q)."""
    rows, p = x.shape
    q = matrix.shape[1]
    out = np.zeros((rows, q))
    for i in range(rows):
        for a in range(p):
            c = x[i, a]
            if c != 0.0:
                for b in range(q):
                    out[i, b] += c * matrix[a, b]
    return out


@njit(cache=True)
def weighted(
    inverse: Array, pattern: NDArray[np.intp], x: Array, y: Array
) -> tuple[Array, Array, Array]:
    """Return V^-1 X (n, visits, p), X'V^-1 X (p, p) and X'V^-1 y (p,).

    ``inverse`` (patterns, visits, visits), ``pattern`` (n,), ``x`` (n, visits, p), ``y``
    (n, visits).
    """
    n, visits, p = x.shape
    vx = np.zeros((n, visits, p))
    information = np.zeros((p, p))
    score = np.zeros(p)
    for i in range(n):
        block = inverse[pattern[i]]
        for t in range(visits):
            for s in range(visits):
                c = block[t, s]
                if c != 0.0:
                    for a in range(p):
                        vx[i, t, a] += c * x[i, s, a]
        for t in range(visits):
            c = y[i, t]
            for a in range(p):
                score[a] += c * vx[i, t, a]
            for a in range(p):
                c = x[i, t, a]
                if c != 0.0:
                    for b in range(p):
                        information[a, b] += c * vx[i, t, b]
    return vx, information, score


@njit(cache=True)
def pair_products(z: Array, first: Array) -> Array:
    """Return sum over i of Z_i' V_j Z_i (m, p, p), ``z`` (n, visits, p), V_j = ``first``[j].

    The matrices of ``first`` (m, visits, visits) are symmetric.
    """
    n, visits, p = z.shape
    m = first.shape[0]
    out = np.zeros((m, p, p))
    pair = np.empty((p, p))
    for t in range(visits):
        for s in range(t + 1):
            pair[:] = 0.0
            for i in range(n):
                for a in range(p):
                    c = z[i, t, a]
                    if c != 0.0:
                        for b in range(p):
                            pair[a, b] += c * z[i, s, b]
            if s < t:
                for a in range(p):
                    for b in range(a + 1):
                        both = pair[a, b] + pair[b, a]
                        pair[a, b] = both
                        pair[b, a] = both
            for j in range(m):
                c = first[j, t, s]
                if c != 0.0:
                    for a in range(p):
                        for b in range(p):
                            out[j, a, b] += c * pair[a, b]
    return out


@njit(cache=True)
def pulls(z: Array, u: Array, first: Array) -> Array:
    """Return sum over i of Z_i' V_j u_i (m, p), ``z`` (n, visits, p), ``u`` (n, visits)."""
    n, visits, p = z.shape
    m = first.shape[0]
    pairs = np.zeros((visits, visits, p))
    for i in range(n):
        for t in range(visits):
            for s in range(visits):
                c = u[i, s]
                for a in range(p):
                    pairs[t, s, a] += c * z[i, t, a]
    out = np.zeros((m, p))
    for j in range(m):
        for t in range(visits):
            for s in range(visits):
                c = first[j, t, s]
                if c != 0.0:
                    for a in range(p):
                        out[j, a] += c * pairs[t, s, a]
    return out
