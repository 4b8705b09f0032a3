from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from equipoise.analysis.estimators.imputation import impute_binary, impute_visits
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.chance import Chance
from equipoise.errors import InputError

N = 120
ARM = np.arange(N) % 2 == 0
Z = normals(Chance(1), (), np.arange(N), "z", 1)
U = uniforms(Chance(2), (), np.arange(N), "u", 4)
EVENT = np.where(U[:, 0] < special.expit(Z[:, 0] - ARM), 1.0, 0.0)
HOLES = np.where(U[:, 1] < 0.25, np.nan, EVENT)
SERIES = normals(Chance(3), (), np.arange(N), "y", 3).cumsum(axis=1) + Z - ARM[:, None]
DROPPED = np.where(np.logical_or.accumulate(U[:, 1:] < 0.15, axis=1), np.nan, SERIES)
RETURNED = np.where(U[:, 1:] < 0.15, np.nan, SERIES)


def binary(values: Any, *, count: int = 50, seed: int = 7, **how: Any) -> Any:
    return impute_binary(values, ARM, Draws(Chance(seed), count), **how)


def visits(values: Any, *, count: int = 20, seed: int = 7, **how: Any) -> Any:
    return impute_visits(values, ARM, Draws(Chance(seed), count), **how)


@pytest.mark.parametrize("values", [HOLES, EVENT])
def test_events_seen_are_kept_and_the_others_are_0_or_1(values: Any) -> None:
    done = binary(values, covariates=Z)
    assert done.shape == (50, N)
    seen = ~np.isnan(values)
    assert (done[:, seen] == values[seen]).all()
    assert np.isin(done, (0, 1)).all()


@pytest.mark.parametrize("values", [DROPPED, RETURNED, SERIES])
@pytest.mark.parametrize("how", [{}, {"matching": True}, {"model": "both arms"}])
def test_values_seen_are_kept_and_none_is_left_missing(values: Any, how: dict[str, Any]) -> None:
    done = visits(values, covariates=Z, **how)
    seen = ~np.isnan(values)
    assert done.shape == (20, N, 3)
    assert (done[:, seen] == values[seen]).all()
    assert np.isfinite(done).all()
    if seen.all():
        return
    assert (done[0] != done[1]).any()


def test_missing_events_happen_as_often_as_in_the_like() -> None:
    # without covariates: as the observed of their arm, half an event and non-event added
    done = binary(HOLES, count=4000)
    for arm in (ARM, ~ARM):
        seen = HOLES[arm & ~np.isnan(HOLES)]
        drawn = done[:, arm & np.isnan(HOLES)]
        assert drawn.mean() == pytest.approx((seen.sum() + 0.5) / (seen.size + 1), abs=0.015)
    # with a covariate that decides, it decides
    decided = np.where(np.isnan(HOLES), np.nan, Z[:, 0] > 0)
    drawn = binary(decided, covariates=Z, count=400).mean(axis=0)
    far = np.isnan(HOLES) & (np.abs(Z[:, 0]) > 1)
    assert ((drawn > 0.5) == (Z[:, 0] > 0))[far].all()


def test_not_at_random() -> None:
    lost = np.isnan(HOLES)
    plain, up = binary(HOLES, count=2000), binary(HOLES, count=2000, delta=(1.0, 0.0))
    assert (up[:, ~ARM] == plain[:, ~ARM]).all()
    assert (up[:, ARM] >= plain[:, ARM]).all()
    p, q = plain[:, ARM & lost].mean(), up[:, ARM & lost].mean()
    assert special.logit(q) - special.logit(p) == pytest.approx(1, abs=0.1)
    assert binary(HOLES, count=20, delta=(40.0, -40.0))[:, lost].mean(axis=0) == pytest.approx(
        ARM[lost] * 1.0
    )


def test_jumping_to_reference() -> None:
    y = np.where(ARM, np.where(np.isnan(HOLES), np.nan, 0.0), 1.0)
    lost = np.isnan(y)
    assert binary(y, model="own arm")[:, lost].mean() < 0.1
    assert binary(y, model="reference arm")[:, lost].mean() > 0.9


def test_a_dropped_value_continues_its_series() -> None:
    done = visits(DROPPED, covariates=Z, count=300)
    lost = np.isnan(DROPPED[:, 2]) & ~np.isnan(DROPPED[:, 1])
    mean, spread = done[:, lost, 2].mean(axis=0), done[:, lost, 2].std(axis=0)
    expected = np.empty(lost.sum())
    for arm in (ARM, ~ARM):
        seen = arm & ~np.isnan(DROPPED[:, 2])
        x = np.column_stack([np.ones(N), Z, np.nan_to_num(DROPPED[:, :2])])
        beta = np.linalg.lstsq(x[seen], DROPPED[seen, 2])[0]
        expected[arm[lost]] = (x @ beta)[arm & lost]
    assert mean == pytest.approx(expected, abs=0.35)
    assert spread.mean() == pytest.approx(1.05, abs=0.15)  # steps of the walk have SD 1


def test_matching_keeps_scores_on_their_scale() -> None:
    scores = np.where(np.isnan(RETURNED), np.nan, np.round(RETURNED))
    done = visits(scores, covariates=Z, matching=True)
    for visit in range(3):
        allowed = scores[:, visit][~np.isnan(scores[:, visit])]
        assert np.isin(done[..., visit], allowed).all()


def test_matching_takes_near_donors() -> None:
    exact = np.where(U[:, 1] < 0.2, np.nan, 10 * Z[:, 0])[:, None]
    done = visits(exact, covariates=Z, matching=True, count=50)[..., 0]
    lost = np.isnan(exact[:, 0])
    for i in np.flatnonzero(lost):
        donors = 10 * Z[(ARM[i] == ARM) & ~lost, 0]
        nearest = donors[np.argsort(np.abs(donors - 10 * Z[i, 0]))[:5]]
        assert np.isin(done[:, i], nearest).all()
        assert len(np.unique(done[:, i])) == 5


@pytest.mark.parametrize("seed", [1, 2])
def test_a_trial_of_an_ensemble_is_the_trial_alone(seed: int) -> None:
    events = np.stack([HOLES, EVENT, HOLES[::-1]])
    z = np.stack([Z, Z, Z[::-1]])
    arms = np.stack([ARM, ARM, ARM[::-1]])
    series = np.stack([DROPPED, RETURNED, SERIES])
    both = impute_binary(events, arms, Draws(Chance(seed), 9), covariates=z)
    all_visits = impute_visits(series, arms, Draws(Chance(seed), 9), covariates=z)
    for k in range(3):
        draws = Draws(Chance(seed, k), 9)
        alone = impute_binary(events[k], arms[k], draws, covariates=z[k])
        assert (both[k] == alone).all()
        single = impute_visits(series[k], arms[k], draws, covariates=z[k])
        assert all_visits[k] == pytest.approx(single, abs=1e-9)


def test_the_order_of_participants_does_not_matter() -> None:
    order = np.argsort(U[:, 3])
    a, b = Draws(Chance(7), 9), Draws(Chance(7), 9, order)
    events = impute_binary(HOLES, ARM, a, covariates=Z)
    again = impute_binary(HOLES[order], ARM[order], b, covariates=Z[order])
    assert (again == events[:, order]).all()
    series = impute_visits(RETURNED, ARM, a, covariates=Z)
    later = impute_visits(RETURNED[order], ARM[order], b, covariates=Z[order])
    assert later == pytest.approx(series[:, order], abs=1e-6)


def test_the_same_seed_gives_the_same_values() -> None:
    assert (binary(HOLES) == binary(HOLES)).all()
    assert (binary(HOLES) != binary(HOLES, seed=8)).any()


def test_with_nothing_to_impute_from_values_stay_missing() -> None:
    gone = np.where(ARM, np.nan, EVENT)
    done = binary(gone, covariates=Z)
    assert np.isnan(done[:, ARM]).all()
    assert (done[:, ~ARM] == EVENT[~ARM]).all()
    assert not np.isnan(binary(gone, covariates=Z, model="both arms")).any()
    few = np.where(ARM & (np.arange(N) > 4), np.nan, SERIES[:, 0])[:, None]
    z = normals(Chance(5), (), np.arange(N), "many", 4)
    assert np.isnan(visits(few, covariates=z)[:, ARM][:, 3:]).all()


def test_a_covariate_may_be_constant_or_separate() -> None:
    z = np.column_stack([np.ones(N), EVENT, ARM])
    assert np.isin(binary(HOLES, covariates=z), (0, 1)).all()
    assert np.isfinite(visits(RETURNED, covariates=z)).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="binary values"):
        binary(np.full(N, 2.0))
    with pytest.raises(InputError, match="imputation: a covariate is missing"):
        binary(HOLES, covariates=np.full(N, np.nan))
    with pytest.raises(InputError, match="do not fit"):
        impute_binary(HOLES, ARM[1:], Draws(Chance(1)))
    with pytest.raises(InputError, match="infinite"):
        visits(np.full((N, 1), np.inf))
