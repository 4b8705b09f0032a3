from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equipoise.analysis.estimators.mixed.fit import fit_table
from equipoise.analysis.estimators.noise import exponentials, normals, uniforms
from equipoise.analysis.estimators.visit_model import fit
from equipoise.chance import Chance

N, Q = 50, 3
X = np.column_stack([np.ones(N), np.arange(N) % 2, normals(Chance(1), (), np.arange(N), "x", 1)])
Y = normals(Chance(2), (), np.arange(N), "y", Q).cumsum(axis=1) + X[:, 1:2]
HOLES = np.where(uniforms(Chance(3), (), np.arange(N), "holes", Q) < 0.2, np.nan, Y)


def restricted(sigma: Any, weights: Any) -> float:
    """Return -2 log of the restricted likelihood, participant by participant."""
    k = X.shape[1]
    information, right, total = np.zeros((k * Q, k * Q)), np.zeros(k * Q), 0.0
    rows = []
    for i in range(N):
        seen = ~np.isnan(HOLES[i])
        if seen.any():
            omega = np.linalg.inv(sigma[np.ix_(seen, seen)])
            z = np.kron(np.eye(Q)[seen], X[i])
            rows.append((z, omega, HOLES[i, seen], weights[i]))
            information += weights[i] * z.T @ omega @ z
            right += weights[i] * z.T @ omega @ HOLES[i, seen]
            total -= weights[i] * np.linalg.slogdet(omega)[1]
    beta = np.linalg.solve(information, right)
    for z, omega, y, w in rows:
        rest = y - z @ beta
        total += w * rest @ omega @ rest
    return float(total + np.linalg.slogdet(information)[1])


def test_the_restricted_likelihood_is_flat_and_lowest_there() -> None:
    weights = np.vstack([np.ones(N), exponentials(Chance(4), (), np.arange(N), "w", 1)[:, 0]])
    model = fit(HOLES, X, weights)
    assert model.fitted.all()
    for w, sigma in zip(weights, model.covariance, strict=True):
        lowest = restricted(sigma, w)
        for a in range(Q):
            for b in range(a + 1):
                move = np.zeros((Q, Q))
                move[a, b] = move[b, a] = 1e-4
                up, down = restricted(sigma + move, w), restricted(sigma - move, w)
                assert up - down == pytest.approx(0, abs=1e-8)
                assert min(up, down) > lowest


def test_without_holes_it_is_least_squares_visit_by_visit() -> None:
    model = fit(Y, X, np.ones((1, N)))
    beta = np.linalg.lstsq(X, Y)[0]
    rest = Y - X @ beta
    assert model.coefficients[0] == pytest.approx(beta, abs=1e-9)
    assert model.covariance[0] == pytest.approx(rest.T @ rest / (N - 3), abs=1e-8)


def test_leaving_out_is_weight_0_whatever_the_start() -> None:
    weights = np.ones((2, N))
    weights[1, 7] = 0
    full = fit(HOLES, X, weights)
    short = fit(np.delete(HOLES, 7, 0), np.delete(X, 7, 0), np.ones((1, N - 1)))
    again = fit(HOLES, X, weights[1:], full.covariance[0])
    assert full.covariance[1] == pytest.approx(short.covariance[0], abs=1e-8)
    assert again.coefficients[0] == pytest.approx(short.coefficients[0], abs=1e-8)


def test_what_cannot_be_fitted_is_said() -> None:
    arm_gone = np.where((X[:, 1] == 1)[:, None] & (np.arange(Q) == 2), np.nan, Y)
    visit_gone = np.where(np.arange(Q) == 1, np.nan, Y)
    never_together = Y.copy()
    never_together[:25, 1] = never_together[25:, 2] = np.nan
    for values in (arm_gone, visit_gone, never_together, np.full((N, Q), np.nan)):
        model = fit(values, X, np.ones((1, N)))
        assert not model.fitted.any()
        assert not model.enough.any()
        assert np.isnan(model.coefficients).all()
        assert np.isnan(model.covariance).all()


def test_values_without_spread_are_said() -> None:
    for values in (np.ones((N, Q)), Y[:, :1] * [1, 2, 3]):
        model = fit(values, X, np.ones((1, N)))
        assert model.enough.all()
        assert not model.fitted.any()
        assert np.isnan(model.covariance).all()


def test_one_replicate_is_the_mixed_model() -> None:
    """Another algorithm for the same restricted likelihood, person by person."""
    ours = fit(HOLES, X, np.ones((1, N)))
    wide = np.einsum("nk,vw->nvwk", X, np.eye(Q)).reshape(N, Q, -1)
    theirs = fit_table(HOLES, wide)
    assert ours.covariance[0] == pytest.approx(theirs.sigma, rel=1e-6, abs=1e-8)
    beta = theirs.beta.reshape(Q, -1).T  # each coefficient at each visit
    assert ours.coefficients[0] == pytest.approx(beta, rel=1e-6, abs=1e-8)
