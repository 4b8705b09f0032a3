from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from equipoise.analysis.estimators import (
    exact_imputation,
    multiple_imputation,
    reference_based,
    weighting,
)
from equipoise.analysis.estimators.binary import risk_ratio
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.estimate import NOTES, Estimate
from equipoise.analysis.estimators.noise import Draws
from equipoise.analysis.methods import analyse_with, run
from equipoise.analysis.missing_values import MISSING, tipping_map
from equipoise.analysis.sample import Sample
from equipoise.chance import Chance
from equipoise.protocol import methods as offers
from equipoise.protocol.estimand import Missing, Procedure
from equipoise.protocol.methods import OF_VISITS

RATIO = "risk ratio with Wald interval on the log scale"
NAN = np.nan
TREATED = np.arange(40) < 20
EVENTS = np.where(np.arange(40) % 5 == 4, NAN, (np.arange(40) % 3 == 0).astype(np.float64))
TRIAL = Sample(EVENTS, TREATED, np.ones(40, np.bool_), failure=1.0)


def _run(sample: Sample, way: str, method: str = RATIO) -> Estimate:
    found = run(sample, Procedure(method=method, missing=Missing(method=way, seed=4)))
    assert isinstance(found, Estimate)
    return found


@pytest.mark.parametrize(
    ("way", "counts"),
    [
        ("complete cases", (2, 3, 1, 3)),
        ("missing as failure", (3, 4, 3, 5)),
        ("best case", (2, 4, 3, 5)),
        ("worst case", (3, 4, 1, 5)),
    ],
)
def test_missing_outcomes_can_be_counted(way: str, counts: tuple[int, ...]) -> None:
    values = np.array([1, 1, 0, NAN, NAN, 1, 0, 0, NAN, NAN])
    included = np.array([True] * 4 + [False] + [True] * 5)
    sample = Sample(values, np.arange(10) < 5, included, failure=1.0)
    assert _run(sample, way).value == risk_ratio(*counts).value


def test_the_best_is_that_of_the_first_arm_where_more_is_better() -> None:
    values = np.array([1, 0, NAN, 1, 0, NAN])
    sample = Sample(values, np.arange(6) < 3, np.ones(6, np.bool_), failure=0.0)
    assert _run(sample, "best case").value == risk_ratio(2, 3, 1, 3).value


def test_imputation_is_that_of_the_estimator_with_each_persons_own_draws() -> None:
    draws = Draws(Chance(4), 50)
    expected = multiple_imputation.binary(EVENTS, TREATED, draws, measure="risk ratio")
    assert _run(TRIAL, "multiple imputation").value == expected.value
    keep = np.arange(40) != 7
    part = replace(TRIAL, included=keep, values=np.where(keep, EVENTS, NAN))
    numbered = Draws(Chance(4), 50, np.flatnonzero(keep))
    expected = multiple_imputation.binary(
        EVENTS[keep], TREATED[keep], numbered, measure="risk ratio"
    )
    assert _run(part, "multiple imputation").value == expected.value


@pytest.mark.parametrize("kind", ["events", "scores"])
def test_imputation_of_many_trials_is_that_of_each(kind: str) -> None:
    """Trials of two sizes, more than are done together, nobody missing in one."""
    trials, place = 70, np.arange(40)
    keep = np.array([(place + trial) % 9 > trial % 2 - 1 for trial in range(trials)])
    lack = (place * 7 + np.arange(trials)[:, None]) % 5 == 4
    lack[3] = False
    scores = (place * 3 + np.arange(trials)[:, None]) % 7 * 1.0
    values = scores if kind == "scores" else (scores < 3).astype(np.float64)
    many = Sample(
        np.where(keep & ~lack, values, NAN), np.tile(TREATED, (trials, 1)), keep,
        covariates=np.tile(place[:, None] % 4 * 1.0, (trials, 1, 1)),
        failure=1.0 if kind == "events" else NAN,
        baseline=np.tile(place[:, None] % 4 * 1.0, (trials, 1, 1)),
    )  # fmt: skip
    method = RATIO if kind == "events" else "analysis of covariance"
    whole = _run(many, "multiple imputation", method)
    for k in range(0, trials, 3):
        one = _run(many.trial(k), "multiple imputation", method)
        found = [np.asarray(getattr(whole, name))[k] for name in ("value", "low", "p_value")]
        assert found == pytest.approx([one.value, one.low, one.p_value], rel=1e-9)
        assert np.asarray(whole.note)[k] == one.note


def test_with_nothing_missing_every_way_is_the_complete_analysis() -> None:
    whole = replace(TRIAL, values=(np.arange(40) % 3 == 0).astype(np.float64))
    plain = _run(whole, "complete cases")
    for way in ("multiple imputation", "tipping point", "worst case", "best case"):
        found = _run(whole, way)
        assert (found.value, found.low, found.p_value) == (plain.value, plain.low, plain.p_value)


def test_numbers_are_imputed_too() -> None:
    scores = np.where(np.isnan(EVENTS), NAN, np.arange(40.0) % 7)
    sample = replace(TRIAL, values=scores, failure=NAN)
    found = _run(sample, "multiple imputation", "Student difference in means")
    plain = mean_difference(*sample.by_arm(), equal_variances=True)
    assert found.value == pytest.approx(plain.value, abs=1.0)
    assert found.value != plain.value
    assert found.high - found.low > plain.high - plain.low


def test_every_way_the_missing_could_have_turned_out_is_analysed() -> None:
    procedure = Procedure(method=RATIO)
    found = tipping_map(TRIAL, analyse_with(procedure))
    x1, n1, x0, n0 = (int(count) for count in TRIAL.counts())
    assert np.shape(found.estimate.value) == (21 - n1, 21 - n0)
    expected = partial(risk_ratio, n=20, n_ref=20)
    for k in range(21 - n1):
        for j in range(21 - n0):
            pair = expected(events=x1 + k, events_ref=x0 + j)
            assert np.asarray(found.estimate.value)[k, j] == pair.value
            assert np.asarray(found.estimate.p_value)[k, j] == pair.p_value
    assert found.start is not None
    assert _run(TRIAL, "tipping point").value == np.asarray(found.estimate.value)[found.start]


def test_infinitely_many_imputations_are_the_limit_of_many() -> None:
    exact = _run(TRIAL, "infinitely many imputations")
    expected = exact_imputation.binary((6, 16, 4), (5, 16, 4))
    assert (exact.value, exact.low, exact.p_value) == (
        expected.value,
        expected.low,
        expected.p_value,
    )
    assert _run(TRIAL, "multiple imputation").value == pytest.approx(exact.value, rel=0.15)


def test_what_is_missing_can_be_taken_from_the_reference() -> None:
    found = _run(TRIAL, "jump to reference", "risk difference with Wald interval")
    x1, n1, x0, n0 = (int(count) for count in TRIAL.counts())
    assert found.value == pytest.approx((x1 / n1 - x0 / n0) * n1 / 20)


def test_the_observed_can_stand_in_for_those_like_them() -> None:
    """Among the young half are seen, all of the old: the young count twice."""
    old = np.arange(40) % 2 == 0
    values = np.where(old, 1.0, np.where(np.arange(40) % 4 == 1, 0.0, NAN))
    values[0], values[20] = 0.0, 0.0
    sample = replace(TRIAL, values=values, baseline=old[:, None].astype(np.float64))
    found = _run(sample, "inverse probability weighting", "risk difference with Wald interval")
    expected = weighting.inverse_probability(
        values, TREATED, old[:, None].astype(np.float64), measure="risk difference"
    )
    assert (found.value, found.low) == (expected.value, expected.low)


@pytest.mark.parametrize("way", sorted(OF_VISITS))
def test_series_are_completed_from_the_reference_at_every_visit(way: str) -> None:
    place = np.arange(40.0)
    start = 3 + np.sin(place)
    values = np.stack([start, start + np.cos(3 * place), start + TREATED + np.sin(7 * place)], -1)
    values[[1, 5, 24], 2] = NAN
    values[[2, 30], 1:] = NAN
    sample = replace(TRIAL, values=values, failure=NAN, visits=("a", "b", "c"))
    missing = Missing.model_validate({"method": way})
    found = run(sample, Procedure(method="mixed model for repeated measures", missing=missing))
    assert isinstance(found, list)
    assert len(found) == 3
    assumption = reference_based.Assumption(way)  # type: ignore[arg-type]
    for visit, each in enumerate(found):
        expected = reference_based.conditional_mean(
            values, TREATED, assumption, visit=visit
        ).difference
        assert (each.value, each.low) == (expected.value, expected.low)
    plain = run(sample, Procedure(method="mixed model for repeated measures"))
    assert isinstance(plain, list)
    assert found[2].value != plain[2].value


@pytest.mark.parametrize("way", [way for way in MISSING if "events" in offers.MISSING[way]])
@pytest.mark.parametrize("case", ["all missing", "an arm missing", "all equal"])
def test_no_way_gives_a_number_without_values_or_nothing_without_a_note(
    way: str, case: str
) -> None:
    values = {
        "all missing": np.full(40, NAN),
        "an arm missing": np.where(TREATED, NAN, EVENTS),
        "all equal": np.where(np.isnan(EVENTS), NAN, 0.0),
    }[case]
    found = _run(replace(TRIAL, values=values), way)
    assert not np.isnan(found.value) or str(found.note) in NOTES
