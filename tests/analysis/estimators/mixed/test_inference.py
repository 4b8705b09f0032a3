from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.estimators.mixed.fit import MixedFit, fit_table
from equipoise.analysis.estimators.mixed.inference import (
    METHODS,
    beta_covariance,
    contrasts,
    joint_test,
)
from equipoise.errors import InputError
from tests.analysis.estimators.mixed.test_covariance import EVERY
from tests.analysis.estimators.mixed.test_fit import trial
from tests.analysis.estimators.mixed.test_likelihood import dense

DIFFERENCES = np.hstack([-np.eye(3), np.eye(3)])  # at each visit, as `trial` has its columns
every_method = pytest.mark.parametrize("method", METHODS)


def complete(n: int = 22) -> tuple[np.ndarray, MixedFit]:
    y, x = trial(n, missing=0)
    return y, fit_table(y, x)


@pytest.mark.parametrize("method", ["Satterthwaite", "Kenward-Roger linear"])
def test_complete_data_give_the_t_test_of_each_visit(method: str) -> None:
    y, fit = complete()
    found = contrasts(fit, DIFFERENCES, method)
    for visit in range(3):
        t = stats.ttest_ind(y[1::2, visit], y[::2, visit])
        assert found.value[visit] / found.se[visit] == pytest.approx(t.statistic, rel=1e-7)
        assert found.df[visit] == pytest.approx(20, rel=1e-7)


def test_complete_data_give_hotellings_test_of_all_visits() -> None:
    y, fit = complete()
    difference = y[1::2].mean(axis=0) - y[::2].mean(axis=0)
    pooled = (np.cov(y[1::2].T) + np.cov(y[::2].T)) / 2
    t2 = difference @ np.linalg.solve(pooled, difference) * 11 / 2
    found = joint_test(fit, DIFFERENCES, "Kenward-Roger linear")
    assert found.df == 3
    assert found.df_denominator == pytest.approx(22 - 3 - 1, rel=1e-6)
    assert found.f == pytest.approx(t2 * (22 - 3 - 1) / (20 * 3), rel=1e-6)
    assert found.p_value == pytest.approx(stats.f.sf(found.f, 3, 18), rel=1e-6)


def test_one_visit_is_the_analysis_of_covariance() -> None:
    y, x = trial(visits=1, missing=0)
    z = np.linspace(-1, 1, len(y)) ** 3
    x = np.concatenate([x, z[:, None, None]], axis=2)
    fit = fit_table(y, x)
    found = contrasts(fit, [[-1, 1, 0]], "Kenward-Roger linear")
    flat = x[:, 0]
    rest = y[:, 0] - flat @ np.linalg.lstsq(flat, y[:, 0])[0]
    inverse = np.linalg.inv(flat.T @ flat)
    weights = np.array([-1, 1, 0])
    variance = rest @ rest / (len(y) - 3) * (weights @ inverse @ weights)
    assert found.se[0] == pytest.approx(np.sqrt(variance), rel=1e-8)
    assert found.df[0] == pytest.approx(len(y) - 3, rel=1e-8)


def written_out(y: np.ndarray, x: np.ndarray, fit: MixedFit, *, linear: bool) -> np.ndarray:
    """Kenward and Roger's covariance with every matrix in full."""
    _, design, v = dense(y, x, fit.sigma)
    there = (~np.isnan(y)).ravel()

    def full(part: np.ndarray) -> np.ndarray:
        return np.asarray(np.kron(np.eye(len(y)), part)[there][:, there])

    weight = np.linalg.inv(v)
    phi = np.linalg.inv(design.T @ weight @ design)
    first = [full(part) for part in fit.curve.first]
    p = [-design.T @ weight @ part @ weight @ design for part in first]
    lost = np.zeros_like(phi)
    for j, a in enumerate(first):
        for k, b in enumerate(first):
            q = design.T @ weight @ a @ weight @ b @ weight @ design
            r = design.T @ weight @ full(fit.curve.second[j, k]) @ weight @ design
            term = q - p[j] @ phi @ p[k] - (0 if linear else r / 4)
            lost += fit.theta_covariance[j, k] * term
    return np.asarray(phi + 2 * phi @ lost @ phi)


@EVERY
def test_kenward_roger_is_what_the_paper_writes(name: str) -> None:
    y, x = trial(30)
    fit = fit_table(y, x, name)
    for method in ("Kenward-Roger", "Kenward-Roger linear"):
        expected = written_out(y, x, fit, linear=method.endswith("linear"))
        assert beta_covariance(fit, method) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_satterthwaite_is_what_small_steps_give() -> None:
    y, x = trial(30)
    fit = fit_table(y, x, "heterogeneous toeplitz")
    _, design, _ = dense(y, x, fit.sigma)
    there = (~np.isnan(y)).ravel()
    weights = DIFFERENCES[1]

    def variance(value: np.ndarray) -> float:
        part = np.kron(np.eye(len(y)), value)[there][:, there]
        return float(weights @ np.linalg.inv(design.T @ np.linalg.solve(part, design)) @ weights)

    h = 1e-5
    slopes = np.array(
        [
            (variance(fit.sigma + h * part) - variance(fit.sigma - h * part)) / (2 * h)
            for part in fit.curve.first
        ]
    )
    expected = 2 * variance(fit.sigma) ** 2 / (slopes @ fit.theta_covariance @ slopes)
    assert contrasts(fit, weights, "Satterthwaite").df[0] == pytest.approx(expected, rel=1e-6)


def test_the_empirical_covariance_and_its_degrees_of_freedom_written_out() -> None:
    y, x = trial(24)
    fit = fit_table(y, x)
    long, design, v = dense(y, x, fit.sigma)
    person = np.repeat(np.arange(len(y)), (~np.isnan(y)).sum(axis=1))
    weight = np.linalg.inv(v)
    phi = np.linalg.inv(design.T @ weight @ design)
    rest = long - design @ fit.beta
    left = weight @ design @ phi  # rows: what each value gives the coefficients
    scores = np.array([(left * rest[:, None])[person == i].sum(axis=0) for i in np.unique(person)])
    assert beta_covariance(fit, "empirical") == pytest.approx(scores.T @ scores, rel=1e-7)
    pull = np.array([(left @ DIFFERENCES[2]) * (person == i) for i in np.unique(person)])
    quadratic = pull @ (v - design @ phi @ design.T) @ pull.T
    expected = np.trace(quadratic) ** 2 / (quadratic**2).sum()
    assert contrasts(fit, DIFFERENCES[2], "empirical").df[0] == pytest.approx(expected, rel=1e-7)


@every_method
def test_columns_in_other_units_give_the_same_tests(method: str) -> None:
    y, x = trial()
    turn = np.triu(np.ones((6, 6))) * np.array([1, 10, 100, 0.1, 1, 1])
    plain = contrasts(fit_table(y, x), DIFFERENCES, method)
    turned = contrasts(fit_table(y, x @ turn), DIFFERENCES @ turn, method)
    assert turned.value == pytest.approx(plain.value, rel=1e-8)
    assert turned.se == pytest.approx(plain.se, rel=1e-8)
    assert turned.df == pytest.approx(plain.df, rel=1e-7)


@pytest.mark.parametrize("method", METHODS[:3])
def test_a_joint_test_of_one_contrast_is_its_t_test(method: str) -> None:
    fit = fit_table(*trial())
    one, joint = contrasts(fit, DIFFERENCES[0], method), joint_test(fit, DIFFERENCES[:1], method)
    assert joint.f == pytest.approx(float(one.value[0] / one.se[0]) ** 2)
    assert joint.df_denominator == pytest.approx(one.df[0])


def test_satterthwaite_of_several_contrasts_with_equal_degrees_of_freedom() -> None:
    _, fit = complete()
    assert joint_test(fit, DIFFERENCES, "Satterthwaite").df_denominator == pytest.approx(20)


@pytest.mark.parametrize("name", ["unstructured", "autoregressive"])
def test_not_knowing_the_covariance_never_narrows_by_the_linear_method(name: str) -> None:
    fit = fit_table(*trial(24), name)
    gain = np.diag(beta_covariance(fit, "Kenward-Roger linear")) / np.diag(fit.beta_covariance)
    assert (gain >= 1 - 1e-9).all()


def test_what_cannot_be_asked_is_refused() -> None:
    y, x = trial()
    fit = fit_table(y, x)
    with pytest.raises(InputError, match="'Wald' is not known"):
        contrasts(fit, DIFFERENCES, "Wald")
    with pytest.raises(InputError, match="needs REML"):
        contrasts(fit_table(y, x, reml=False), DIFFERENCES, "Kenward-Roger")
    with pytest.raises(InputError, match="not 6 a contrast"):
        contrasts(fit, [1.0, -1.0])
    with pytest.raises(InputError, match="no joint test is empirical"):
        joint_test(fit, DIFFERENCES, "empirical")
