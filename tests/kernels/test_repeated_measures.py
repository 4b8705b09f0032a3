from __future__ import annotations

import numpy as np
import pytest

from equipoise.chance import Chance
from equipoise.kernels.repeated_measures import gram, pair_products, pulls, times, weighted

N, VISITS, P, M = 5, 3, 4, 2


def draws(*shape: int, seed: int) -> np.ndarray:
    chance = Chance(seed)
    size = int(np.prod(shape))
    return np.array([chance.normal(0, "test", i) for i in range(size)]).reshape(shape)


Z, U, X = draws(N, VISITS, P, seed=1), draws(N, VISITS, seed=2), draws(N, P, seed=3)
HALVES = draws(M, VISITS, VISITS, seed=4)
SYMMETRIC = HALVES + HALVES.transpose(0, 2, 1)


def test_products_of_matrices() -> None:
    x = X.copy()
    x[1, 2] = 0.0
    assert gram(x) == pytest.approx(x.T @ x)
    assert times(x, x.T.copy()) == pytest.approx(x @ x.T)


def test_weighted_sums() -> None:
    pattern = np.array([0, 1, 0, 1, 1])
    vx, information, score = weighted(SYMMETRIC, pattern, Z, U)
    v = SYMMETRIC[pattern]
    assert vx == pytest.approx(np.einsum("its,isp->itp", v, Z))
    assert information == pytest.approx(np.einsum("itp,its,isq->pq", Z, v, Z))
    assert score == pytest.approx(np.einsum("itp,its,is->p", Z, v, U))


def test_sums_over_pairs_of_visits() -> None:
    expected = np.einsum("ita,jts,isb->jab", Z, SYMMETRIC, Z)
    assert pair_products(Z, SYMMETRIC) == pytest.approx(expected)
    assert pulls(Z, U, SYMMETRIC) == pytest.approx(np.einsum("ita,jts,is->ja", Z, SYMMETRIC, U))
