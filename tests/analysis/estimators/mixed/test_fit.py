from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.mixed.covariance import SIMPLER, sigma
from equipoise.analysis.estimators.mixed.fit import NoMaximumError, fit, fit_at, fit_table
from equipoise.analysis.estimators.mixed.likelihood import grouped, solved
from equipoise.errors import InputError
from tests.analysis.estimators.mixed.draws import normal, uniform
from tests.analysis.estimators.mixed.test_covariance import EVERY
from tests.analysis.estimators.mixed.test_likelihood import BOTH, dense


def trial(
    n: int = 60, visits: int = 3, seed: int = 3, *, missing: float = 0.15
) -> tuple[np.ndarray, np.ndarray]:
    """Values (n, visits) and a mean for each arm and visit (n, visits, 2 visits)."""
    y = 10 + normal(n, visits, seed=seed) @ np.triu(normal(visits, visits, seed=9) + 1)
    y[uniform(n, visits, seed=seed) < missing] = np.nan
    arm = np.arange(n) % 2
    x = np.zeros((n, visits, 2, visits))
    x[np.arange(n)[:, None], np.arange(visits), arm[:, None], np.arange(visits)] = 1
    return y, x.reshape(n, visits, 2 * visits)


@BOTH
def test_complete_unstructured_data_have_a_closed_form(reml: bool) -> None:
    y, x = trial(missing=0)
    found = fit_table(y, x, reml=reml)
    arm = np.arange(len(y)) % 2
    means = np.array([y[arm == a].mean(axis=0) for a in (0, 1)])
    rest = y - means[arm]
    assert found.beta == pytest.approx(means.ravel(), rel=1e-9)
    assert found.sigma == pytest.approx(rest.T @ rest / (len(y) - 2 * reml), rel=1e-7)


@EVERY
@BOTH
def test_no_nearby_covariance_is_more_likely(name: str, reml: bool) -> None:
    y, x = trial()
    found = fit_table(y, x, name, reml=reml)
    data = grouped(y, x)
    best = solved(found.sigma, data, reml=reml)
    assert best is not None
    for j in range(len(found.theta)):
        for h in (-1e-3, 1e-3):
            value = sigma(name, found.theta + h * np.eye(len(found.theta))[j], 3).value
            near = solved(value, data, reml=reml)
            assert near is not None
            assert near.objective > best.objective


def test_the_likelihood_is_the_normal_density() -> None:
    y, x = trial()
    found = fit_table(y, x, reml=False)
    long, design, v = dense(y, x, found.sigma)
    rest = long - design @ found.beta
    expected = len(long) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1]
    expected += rest @ np.linalg.solve(v, rest)
    assert found.minus_two_log_likelihood == pytest.approx(expected, rel=1e-12)
    assert found.beta_covariance == pytest.approx(
        np.linalg.inv(design.T @ np.linalg.solve(v, design)), rel=1e-9
    )


def test_units_of_values_and_columns_do_not_matter() -> None:
    y, x = trial()
    found = fit_table(y, x)
    scaled = fit_table(1e4 * y, x * np.array([1, 1e-5, 1, 1, 1e6, 1]))
    assert scaled.sigma == pytest.approx(1e8 * found.sigma, rel=1e-7)
    assert scaled.beta == pytest.approx(1e4 * found.beta / np.array([1, 1e-5, 1, 1, 1e6, 1]))


def test_rows_in_any_order_are_the_table() -> None:
    y, x = trial()
    person, visit = np.indices(y.shape)
    order = np.argsort(uniform(y.size))
    names = np.array([f"PT{i}" for i in range(len(y))])
    long = fit(
        y.ravel()[order],
        x.reshape(y.size, -1)[order],
        names[person.ravel()[order]],
        np.array([4, 12, 52])[visit.ravel()[order]],
    )
    table = fit_table(y, x)
    assert long.beta == pytest.approx(table.beta, rel=1e-10)
    assert long.visits.tolist() == [4, 12, 52]
    assert (long.values, long.participants) == (table.values, table.participants)


def test_visits_and_participants_without_values_are_left_out() -> None:
    y, x = trial()
    wide = np.column_stack([y[:, 0], np.full(len(y), np.nan), y[:, 1:]])
    wide = np.vstack([wide, np.full(4, np.nan)])
    design = np.zeros((*wide.shape, x.shape[2]))
    design[:-1, [0, 2, 3]] = x
    found = fit_table(wide, design)
    assert found.beta == pytest.approx(fit_table(y, x).beta, rel=1e-10)
    assert found.visits.tolist() == [0, 2, 3]


def test_one_visit_is_least_squares() -> None:
    y, x = trial(visits=1, missing=0)
    found = fit_table(y, x, "autoregressive")
    rest = y[:, 0] - x[:, 0] @ np.linalg.lstsq(x[:, 0], y[:, 0])[0]
    assert found.sigma[0, 0] == pytest.approx(rest @ rest / (len(y) - 2), rel=1e-9)


def test_what_is_tried_next() -> None:
    y, x = trial(missing=0)
    y[::2, 0], y[1::2, 2] = np.nan, np.nan  # first and last visit are never seen together
    x = np.broadcast_to(np.eye(3), (*y.shape, 3))
    found = fit_table(y, x, SIMPLER)
    assert found.covariance != "unstructured"
    assert found.failed[0] == "unstructured: two visits were never seen in the same participant"
    with pytest.raises(NoMaximumError, match="never seen in the same participant"):
        fit_table(y, x)


def test_fewer_participants_than_visits() -> None:
    y, x = trial(n=4, visits=5, missing=0)
    with pytest.raises(NoMaximumError, match=r"4 participants and 5 visits .*no more participants"):
        fit_table(y, x[..., :5] + x[..., 5:])


def test_values_without_a_residual_have_no_maximum() -> None:
    y, x = trial(missing=0)
    with pytest.raises(NoMaximumError, match="leave no residual"):
        fit_table(np.ones_like(y), x, SIMPLER)


def test_a_visit_that_repeats_another_runs_to_a_singular_matrix() -> None:
    y, x = trial(missing=0)
    y[:, 1] = y[:, 0]
    with pytest.raises(NoMaximumError, match="singular"):
        fit_table(y, x)


def test_a_column_that_follows_from_others_is_named() -> None:
    y, x = trial()
    with pytest.raises(InputError, match="singular: column 6 follows"):
        fit_table(y, np.concatenate([x, x.sum(axis=2, keepdims=True)], axis=2))


@EVERY
def test_another_maximum_is_taken_as_it_is(name: str) -> None:
    y, x = trial()
    found = fit_table(y, x, name)
    again = fit_at(found, found.sigma)
    assert again.theta == pytest.approx(found.theta, rel=1e-7, abs=1e-9)
    assert again.beta_covariance == pytest.approx(found.beta_covariance, rel=1e-9)
    other = fit_at(found, 4 * found.sigma)
    assert other.beta_covariance == pytest.approx(4 * found.beta_covariance, rel=1e-9)
    assert other.minus_two_log_likelihood > found.minus_two_log_likelihood


def test_another_maximum_must_be_of_the_same_kind() -> None:
    y, x = trial()
    with pytest.raises(InputError, match="not compound symmetry"):
        fit_at(fit_table(y, x, "compound symmetry"), np.diag([1.0, 2.0, 3.0]))


def test_input_that_makes_no_trial_is_refused() -> None:
    y, x = trial()
    with pytest.raises(InputError, match="shapes differ"):
        fit_table(y[:, :2], x)
    with pytest.raises(InputError, match="'none' is not known"):
        fit_table(y, x, "none")
    with pytest.raises(InputError, match="cannot carry"):
        fit_table(np.full_like(y, np.nan), x)
    with pytest.raises(InputError, match="not finite"):
        fit_table(y, np.where(x == 1, np.nan, x))
    with pytest.raises(InputError, match="two values at one visit"):
        fit([1.0, 2.0, 3.0], np.ones((3, 1)), [1, 1, 2], [1, 1, 1])
    with pytest.raises(InputError, match="not of one length"):
        fit([1.0, 2.0], np.ones((3, 1)), [1, 1, 2], [1, 2, 1])
    with pytest.raises(InputError, match="not a vector"):
        fit([1.0, 2.0], np.ones(2), [1, 2], [1, 1])
