from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.mixed.covariance import sigma
from equipoise.analysis.estimators.mixed.likelihood import grouped, slopes, solved
from tests.analysis.estimators.mixed.draws import normal
from tests.analysis.estimators.mixed.test_covariance import EVERY, parameters

BOTH = pytest.mark.parametrize("reml", [True, False])
VISITS = 4


def trial(n: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """Values with holes of many kinds, and a design of an own mean a visit, arm and covariate."""
    y = normal(n, VISITS) + normal(n, 1, seed=2)
    y[2, 1:], y[3, 0], y[5, 2], y[6, 3], y[7, :2] = np.nan, np.nan, np.nan, np.nan, np.nan
    arm = (np.arange(n) % 2)[:, None, None] * np.ones((1, VISITS, 1))
    z = normal(n, VISITS, 1, seed=3)
    means = np.broadcast_to(np.eye(VISITS), (n, VISITS, VISITS))
    return y, np.concatenate([means, arm, z], axis=2)


def dense(y: np.ndarray, x: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same model as one vector: values, design and covariance."""
    there = ~np.isnan(y)
    v = np.kron(np.eye(len(y)), value)[there.ravel()][:, there.ravel()]
    return y[there], x[there], v


@BOTH
def test_the_likelihood_is_that_of_one_large_normal_vector(reml: bool) -> None:
    y, x = trial()
    value = sigma("unstructured", parameters("unstructured"), VISITS).value
    long, design, v = dense(y, x, value)
    weight = np.linalg.inv(v)
    information = design.T @ weight @ design
    beta = np.linalg.solve(information, design.T @ weight @ long)
    rest = long - design @ beta
    expected = np.linalg.slogdet(v)[1] + rest @ weight @ rest
    expected += reml * np.linalg.slogdet(information)[1]
    at = solved(value, grouped(y, x), reml=reml)
    assert at is not None
    assert at.objective == pytest.approx(expected, rel=1e-12)
    assert at.beta == pytest.approx(beta, rel=1e-10)
    assert at.half.T @ at.half == pytest.approx(np.linalg.inv(information), rel=1e-9)


@EVERY
@BOTH
def test_gradient_and_hessian_are_those_of_small_steps(name: str, reml: bool) -> None:
    data, theta, h = grouped(*trial()), parameters(name), 1e-5

    def seen(point: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        curve = sigma(name, point, VISITS)
        at = solved(curve.value, data, reml=reml)
        assert at is not None
        return at.objective, *slopes(at, curve, data, reml=reml)

    _, gradient, hessian = seen(theta)
    for j, step in enumerate(h * np.eye(len(theta))):
        up, down = seen(theta + step), seen(theta - step)
        assert gradient[j] == pytest.approx((up[0] - down[0]) / (2 * h), abs=1e-6)
        assert hessian[j] == pytest.approx((up[1] - down[1]) / (2 * h), abs=1e-6)


def test_the_order_of_participants_does_not_matter() -> None:
    y, x = trial()
    value = sigma("unstructured", parameters("unstructured"), VISITS).value
    first, second = (
        solved(value, grouped(y[o], x[o]), reml=True) for o in (slice(None), slice(None, None, -1))
    )
    assert first is not None
    assert second is not None
    assert first.objective == pytest.approx(second.objective, rel=1e-13)


def test_a_covariance_that_is_not_positive_definite_has_no_solution() -> None:
    assert (
        solved(np.ones((VISITS, VISITS)) - 2 * np.eye(VISITS), grouped(*trial()), reml=True) is None
    )
