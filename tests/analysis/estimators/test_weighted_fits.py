from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, special

from equipoise.analysis.estimators.noise import normals, uniforms
from equipoise.analysis.estimators.weighted_fits import linear, logistic
from equipoise.chance import Chance

Array = NDArray[np.float64]

N = 60
X = np.column_stack([np.ones(N), normals(Chance(1), (), np.arange(N), "x", 2)])
Y = X @ [1.0, -2.0, 0.5] + normals(Chance(2), (), np.arange(N), "y", 1)[:, 0]
CHANCES = uniforms(Chance(3), (), np.arange(N), "y", 1)[:, 0]
EVENT: Array = np.where(special.expit(X @ [0, 1, -1]) > CHANCES, 1.0, 0.0)
W = uniforms(Chance(4), (), np.arange(N), "w", 1)[:, 0] * 2


def test_least_squares() -> None:
    fit = linear(X, Y, W)
    root = np.sqrt(W)
    expected = np.linalg.lstsq(X * root[:, None], Y * root)[0]
    assert fit.coefficients == pytest.approx(expected, abs=1e-10)
    assert fit.root @ fit.root.T == pytest.approx(np.linalg.inv((X.T * W) @ X), abs=1e-12)
    assert fit.rank == 3


def test_the_logistic_fit_maximizes_the_likelihood_times_jeffreys_prior() -> None:
    def penalized(beta: np.ndarray) -> float:
        p = special.expit(X @ beta)
        information = (X.T * (W * p * (1 - p))) @ X
        likelihood = W @ (EVENT * np.log(p) + (1 - EVENT) * np.log(1 - p))
        return -float(likelihood + np.linalg.slogdet(information)[1] / 2)

    best = optimize.minimize(penalized, np.zeros(3), method="BFGS", options={"gtol": 1e-8}).x
    fit = logistic(X, EVENT, W)
    assert fit.coefficients == pytest.approx(best, abs=1e-5)
    p = special.expit(X @ fit.coefficients)
    information = (X.T * (W * p * (1 - p))) @ X
    assert fit.root @ fit.root.T == pytest.approx(np.linalg.inv(information), abs=1e-8)


@pytest.mark.parametrize(("events", "n"), [(0, 20), (20, 20), (7, 20)])
def test_an_intercept_alone_adds_half_an_event_and_half_a_non_event(events: int, n: int) -> None:
    y: Array = np.where(np.arange(n) < events, 1.0, 0.0)
    fit = logistic(np.ones((n, 1)), y, np.ones(n))
    assert special.expit(fit.coefficients[0]) == pytest.approx((events + 0.5) / (n + 1), abs=1e-9)


def test_separation_has_a_finite_answer() -> None:
    y: Array = np.where(X[:, 1] > 0, 1.0, 0.0)
    fit = logistic(X, y, np.ones(N))
    assert np.isfinite(fit.coefficients).all()
    assert fit.coefficients[1] > 3


def test_directions_without_information_get_nothing() -> None:
    constant = np.column_stack([X, np.ones(N), X[:, 1] * 3])
    for fit, short in (
        (linear(constant, Y, W), linear(X, Y, W)),
        (logistic(constant, EVENT, W), logistic(X, EVENT, W)),
    ):
        assert fit.rank == 3
        assert constant @ fit.coefficients == pytest.approx(X @ short.coefficients, abs=1e-7)
        spread = ((constant @ fit.root) ** 2).sum(axis=1)
        assert spread == pytest.approx(((X @ short.root) ** 2).sum(axis=1), abs=1e-9)
    nobody = logistic(X, EVENT, np.zeros(N))
    assert nobody.rank == 0
    assert not nobody.coefficients.any()


def test_rows_of_weight_0_do_not_count_and_trials_are_separate() -> None:
    w = np.ones((2, N))
    w[0, :20] = 0
    y: Array = np.where(w > 0, EVENT, np.nan)
    both = logistic(X, y, w)
    assert both.coefficients[0] == pytest.approx(
        logistic(X[20:], EVENT[20:], np.ones(N - 20)).coefficients, abs=1e-8
    )
    assert both.coefficients[1] == pytest.approx(
        logistic(X, EVENT, np.ones(N)).coefficients, abs=1e-8
    )
    lines = linear(X, np.where(w > 0, Y, np.nan), w)
    assert lines.coefficients[0] == pytest.approx(
        linear(X[20:], Y[20:], np.ones(N - 20)).coefficients, abs=1e-10
    )
