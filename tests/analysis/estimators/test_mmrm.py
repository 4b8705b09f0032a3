from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.mixed.inference import contrasts
from equipoise.analysis.estimators.mmrm import VisitComparison, mmrm
from equipoise.errors import InputError
from tests.analysis.estimators.mixed.draws import normal, uniform


def trial(
    n: int = 60, visits: int = 4, *, missing: float = 0.1, number: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values with dropout, arms, baseline."""
    base = normal(n, trial=number, seed=4)
    y = base[:, None] + np.cumsum(normal(n, visits, trial=number), axis=1)
    last = uniform(n, 1, trial=number) / missing if missing else np.full((n, 1), np.inf)
    y[np.arange(visits) > last * visits] = np.nan
    return y, np.arange(n) % 2 == 1, 50 + 10 * base


def notes_of(found: VisitComparison) -> list[str]:
    return [str(note) for note in np.atleast_1d(np.asarray(found.difference.note))]


def test_complete_data_give_the_t_test_of_each_visit() -> None:
    y, treated, _ = trial(missing=0)
    found = mmrm(y, treated)
    for visit in range(4):
        t = mean_difference(y[treated, visit], y[~treated, visit], equal_variances=True)
        for ours, theirs in (
            (found.difference.value, t.value),
            (found.difference.low, t.low),
            (found.difference.high, t.high),
            (found.difference.p_value, t.p_value),
        ):
            assert np.asarray(ours)[visit] == pytest.approx(float(theirs), rel=1e-7)
    assert np.asarray(found.mean.value)[1] == pytest.approx(y[treated].mean(axis=0))
    assert found.difference_df == pytest.approx(58)
    assert notes_of(found) == [""] * 4
    assert found.difference.method == "mixed model, unstructured covariance, Kenward-Roger linear"


def test_the_last_visit_of_complete_data_is_the_analysis_of_covariance() -> None:
    y, treated, base = trial(missing=0)
    found = mmrm(y, treated, baseline=base, method="Satterthwaite")
    x = np.column_stack([np.ones(60), treated, base])
    beta, rest, *_ = np.linalg.lstsq(x, y[:, 3])
    se = np.sqrt(rest[0] / 57 * np.linalg.inv(x.T @ x)[1, 1])
    assert np.asarray(found.difference.value)[3] == pytest.approx(beta[1], rel=1e-8)
    assert found.difference_se[3] == pytest.approx(se, rel=1e-7)
    assert found.difference_df[3] == pytest.approx(57, rel=1e-6)
    assert np.asarray(found.mean.value)[0, 3] == pytest.approx(
        beta[0] + beta[2] * base.mean(), rel=1e-8
    )


def test_true_and_false_are_arms_one_and_zero() -> None:
    y, treated, base = trial()
    two = mmrm(y, treated, baseline=base)
    codes = mmrm(y, treated.astype(int), baseline=base)
    assert codes.difference.value.shape == (1, 4)
    assert (codes.difference.value[0] == two.difference.value).all()
    assert (codes.difference_df[0] == two.difference_df).all()


def test_a_third_arm_is_compared_with_the_reference_too() -> None:
    y, _, base = trial(90)
    arms = np.arange(90) % 3
    found = mmrm(y, arms, baseline=base)
    assert found.difference.value.shape == (2, 4)
    assert found.mean.value.shape == (3, 4)
    assert found.difference.value == pytest.approx(
        np.asarray(found.mean.value)[1:] - np.asarray(found.mean.value)[0]
    )
    swapped = mmrm(y, np.array([2, 1, 0])[arms], baseline=base)
    assert np.asarray(swapped.difference.value)[1] == pytest.approx(
        -np.asarray(found.difference.value)[1]
    )


def test_interval_and_test_belong_together() -> None:
    y, treated, base = trial()
    found = mmrm(y, treated, baseline=base, level=0.9)
    d = found.difference
    t = stats.t.ppf(0.95, found.difference_df)
    assert d.high - d.value == pytest.approx(t * found.difference_se)
    assert d.value - d.low == pytest.approx(t * found.difference_se)
    assert d.p_value == pytest.approx(
        2 * stats.t.sf(abs(d.value / found.difference_se), found.difference_df)
    )


def test_covariates_shift_all_visits_alike_and_strata_weigh_the_same() -> None:
    y, treated, base = trial(missing=0)
    stratum = np.where(np.arange(60) < 40, 3, 7)
    shifted = y + 5 * (stratum == 7)[:, None] + 0.1 * base[:, None]
    found = mmrm(shifted, treated, covariates=base[:, None], strata=stratum)
    plain = mmrm(y, treated, covariates=base[:, None], strata=stratum)
    assert found.difference.value == pytest.approx(plain.difference.value)
    assert found.mean.value == pytest.approx(plain.mean.value + 2.5 + 0.1 * base.mean())


def test_a_stratum_without_values_or_without_a_name_is_left_out() -> None:
    y, treated, base = trial()
    stratum = np.where(np.arange(60) < 40, 1.0, 2.0)
    plain = mmrm(y[2:], treated[2:], baseline=base[2:], strata=stratum[2:])
    y[:2], stratum[:2] = np.nan, 3.0
    unseen = mmrm(y, treated, baseline=base, strata=stratum)
    assert unseen.mean.value == pytest.approx(plain.mean.value)
    assert notes_of(unseen) == [""] * 4
    y[:2], stratum[:2] = 0.0, np.nan
    unnamed = mmrm(y, treated, baseline=base, strata=stratum)
    assert unnamed.mean.value == pytest.approx(plain.mean.value)
    assert notes_of(unnamed) == ["no covariate"] * 4


def test_further_contrasts_of_the_fit() -> None:
    y, treated, base = trial()
    found = mmrm(y, treated, baseline=base)
    assert found.fit is not None
    over_visits = found.cells[1].mean(axis=0) - found.cells[0].mean(axis=0)
    average = contrasts(found.fit, over_visits)
    assert average.value[0] == pytest.approx(found.difference.value.mean())


def test_a_visit_that_an_arm_does_not_have() -> None:
    y, treated, base = trial()
    y[treated, 2] = np.nan
    found = mmrm(y, treated, baseline=base, covariance="heterogeneous autoregressive")
    assert notes_of(found) == ["", "", "not seen", ""]
    assert np.isnan(found.difference.value).tolist() == [False, False, True, False]
    assert not np.isnan(np.asarray(found.mean.value)[0, 2])
    assert np.isnan(np.asarray(found.mean.value)[1, 2])


def test_a_visit_that_nobody_has() -> None:
    y, treated, base = trial()
    gone = y.copy()
    gone[:, 1] = np.nan
    found = mmrm(gone, treated, baseline=base)
    assert notes_of(found) == ["", "not seen", "", ""]
    without = mmrm(np.delete(y, 1, axis=1), treated, baseline=base)
    assert np.delete(found.difference.value, 1) == pytest.approx(without.difference.value)


def test_a_covariate_that_is_the_arm_leaves_nothing_to_compare() -> None:
    y, treated, base = trial()
    found = mmrm(y, treated, covariates=treated.astype(float), baseline=base)
    assert notes_of(found) == ["not estimable"] * 4
    assert np.isnan(found.difference.value).all()


def test_covariates_that_say_nothing_new_change_nothing() -> None:
    y, treated, base = trial()
    plain = mmrm(y, treated, baseline=base, covariates=base)
    for covariates in (np.ones(60), 2 * base + 1):
        more = mmrm(y, treated, baseline=base, covariates=np.column_stack([base, covariates]))
        assert more.difference.value == pytest.approx(plain.difference.value)
        assert more.mean.value == pytest.approx(plain.mean.value)
        assert notes_of(more) == [""] * 4


def test_participants_without_a_baseline_are_left_out_and_it_is_said() -> None:
    y, treated, base = trial()
    base[:5] = np.nan
    found = mmrm(y, treated, baseline=base)
    assert notes_of(found) == ["no covariate"] * 4
    rest = mmrm(y[5:], treated[5:], baseline=base[5:])
    assert found.difference.value == pytest.approx(rest.difference.value)


def test_a_simpler_covariance_is_used_and_it_is_said() -> None:
    y, treated, _ = trial(14, 8, missing=0)
    y[np.arange(14) % 7 == 0, 1::2] = np.nan
    y[np.arange(14) % 7 != 0, 0] = np.nan
    found = mmrm(y, treated)
    assert found.fit is not None
    assert found.fit.failed
    assert found.fit.covariance in found.difference.method
    assert set(notes_of(found)) == {"simpler model"}


def test_too_few_values_are_a_note() -> None:
    y, treated, base = trial(6, 2, missing=0)
    y[3:, 0], y[:, 1] = np.nan, np.nan
    assert notes_of(mmrm(y, treated, baseline=base)) == ["no fit", "not seen"]
    empty = mmrm(np.full((6, 2), np.nan), treated)
    assert notes_of(empty) == ["not seen", "not seen"]
    assert empty.fit is None
    same = mmrm(np.ones((6, 2)), treated)
    assert notes_of(same) == ["no convergence"] * 2


def test_a_variance_that_is_not_positive_is_a_note() -> None:
    y = np.array([[1.0], [2.0], [5.0], [5.0]])
    found = mmrm(y, np.array([True, True, False, False]), method="empirical")
    assert notes_of(found) == [""]
    assert np.asarray(found.mean.note).tolist() == [["no variance"], [""]]
    assert np.isnan(np.asarray(found.mean.value)[0, 0])


def test_an_empty_arm_is_a_note() -> None:
    y, _, base = trial()
    found = mmrm(y, np.zeros(60, dtype=bool), baseline=base)
    assert notes_of(found) == ["not seen"] * 4
    assert not np.isnan(np.asarray(found.mean.value)[0]).any()


def test_what_is_no_trial_is_refused() -> None:
    y, treated, base = trial()
    for given, words in (
        (lambda: mmrm(y[:, 0], treated), r"not \(n, visits\)"),
        (lambda: mmrm(y, treated[1:]), r"not \(n, visits\)"),
        (lambda: mmrm(y, base), "neither True and False"),
        (lambda: mmrm(np.where(y > 0, np.inf, y), treated), "an infinite value"),
        (lambda: mmrm(y, treated, baseline=base[1:]), "not 60 finite rows"),
        (lambda: mmrm(y, treated, baseline=np.column_stack([base, base])), "more than one column"),
        (lambda: mmrm(y, treated, strata=np.ones((60, 2))), "more than one column"),
        (lambda: mmrm(y, treated, covariance="none"), "'none' is not known"),
        (lambda: mmrm(y, treated, method="none"), "'none' is not known"),
        (lambda: mmrm(y, treated, level=95), "not inside 0 to 1"),
    ):
        with pytest.raises(InputError, match=words):
            given()  # type: ignore[no-untyped-call]


def test_a_trial_takes_milliseconds() -> None:
    y, treated, base = trial(200, 7)
    mmrm(y, treated, baseline=base)
    begun = time.process_time()
    for _ in range(5):
        mmrm(y, treated, baseline=base)
    assert (time.process_time() - begun) / 5 < 0.2  # 0.01 s on one quiet core


@pytest.mark.slow
def test_the_test_keeps_its_level_in_small_trials() -> None:
    """2000 trials of 2 x 12 with dropout and no effect; three standard errors."""
    rejected = np.array(
        [
            np.asarray(mmrm(y, treated, baseline=base).difference.p_value)[-1] < 0.05
            for y, treated, base in (trial(24, 3, missing=0.4, number=k) for k in range(2000))
        ]
    )
    assert abs(rejected.mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2000)
