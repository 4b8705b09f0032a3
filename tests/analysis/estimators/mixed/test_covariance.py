from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.mixed.covariance import COVARIANCES, SIMPLER, known, sigma, start
from equipoise.errors import InputError

VISITS = 4
EVERY = pytest.mark.parametrize("name", COVARIANCES)


def parameters(name: str, visits: int = VISITS) -> np.ndarray:
    """A positive definite point that no symmetry makes special."""
    spread = np.linspace(0.7, 1.4, visits)
    corr = 0.5 ** np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    theta = start(name, corr * np.outer(spread, spread))
    return theta + 0.05 * np.sin(1 + np.arange(len(theta)))


@EVERY
def test_derivatives_are_those_of_small_steps(name: str) -> None:
    theta, h = parameters(name), 1e-5
    curve = sigma(name, theta, VISITS)
    assert (curve.second == curve.second.transpose(1, 0, 2, 3)).all()
    for j in range(len(theta)):
        step = h * np.eye(len(theta))[j]
        up, down = (sigma(name, theta + s, VISITS) for s in (step, -step))
        assert curve.first[j] == pytest.approx((up.value - down.value) / (2 * h), abs=1e-8)
        assert curve.second[:, j] == pytest.approx((up.first - down.first) / (2 * h), abs=1e-8)


@EVERY
def test_every_covariance_is_positive_definite_and_has_its_number_of_parameters(name: str) -> None:
    theta = parameters(name)
    value = sigma(name, theta, VISITS).value
    assert (value == value.T).all()
    assert np.linalg.eigvalsh(value)[0] > 0
    spreads = VISITS if name.startswith("heterogeneous") else 1
    kinds = {"symmetry": 1, "autoregressive": 1, "toeplitz": 3, "ante-dependence": 3}
    expected = 10 if name == "unstructured" else spreads + kinds[name.rsplit(maxsplit=1)[-1]]
    assert len(theta) == expected


@EVERY
def test_one_visit_has_one_variance(name: str) -> None:
    theta = start(name, np.array([[4.0]]))
    assert sigma(name, theta, 1).value == pytest.approx(np.array([[4.0]]))


def test_the_unstructured_start_is_the_matrix_itself() -> None:
    value = sigma("unstructured", parameters("unstructured"), VISITS).value
    assert sigma("unstructured", start("unstructured", value), VISITS).value == pytest.approx(value)


def corr(name: str, *rho: float) -> np.ndarray:
    theta = np.array([0.0, *(r / np.sqrt(1 - r**2) for r in rho)])
    return sigma(name, theta, VISITS).value


def test_the_shapes() -> None:
    assert corr("autoregressive", 0.5)[0].tolist() == pytest.approx([1, 0.5, 0.25, 0.125])
    assert corr("toeplitz", 0.5, 0.3, 0.1)[1].tolist() == pytest.approx([0.5, 1, 0.5, 0.3])
    ante = corr("ante-dependence", 0.5, 0.4, 0.2)
    assert ante[0].tolist() == pytest.approx([1, 0.5, 0.2, 0.04])
    assert ante[3].tolist() == pytest.approx([0.04, 0.08, 0.2, 1])
    same = sigma("compound symmetry", np.array([np.log(2.0), 0.0]), VISITS).value
    assert same == pytest.approx(4 / 3 * np.ones((4, 4)) + (4 - 4 / 3) * np.eye(4))


def test_heterogeneous_means_a_variance_a_visit() -> None:
    theta = np.concatenate([np.log([1.0, 2.0, 3.0, 4.0]), [0.75]])
    value = sigma("heterogeneous autoregressive", theta, VISITS).value
    assert np.diag(value) == pytest.approx([1, 4, 9, 16])
    assert value[1, 2] == pytest.approx(6 * 0.6)


def test_compound_symmetry_cannot_leave_what_is_positive_definite() -> None:
    for t in (-30.0, 30.0):
        value = sigma("compound symmetry", np.array([0.0, t]), VISITS).value
        assert np.linalg.eigvalsh(value)[0] > -1e-12


def test_what_is_tried_gets_simpler() -> None:
    sizes = [len(parameters(name)) for name in SIMPLER]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(SIMPLER)) == len(SIMPLER)


def test_an_unknown_covariance_is_refused() -> None:
    with pytest.raises(InputError, match="'banded' is not known"):
        known("banded")
