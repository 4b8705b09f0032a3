from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.analysis.facts import Facts
from equipoise.analysis.sample import draw
from equipoise.protocol.estimand import Analysis, Population
from equipoise.protocol.parts import Protocol
from tests.analysis.diaries import facts, protocol_with

NAN = np.nan
METHOD = "Welch difference in means"
PEOPLE = facts(
    [0, 0, 1, 1, 1],
    {
        ("night", "soreness"): [1, NAN, 3, 4, 5],
        ("entry", "age_y"): [50, 70, NAN, 30, 90],
        ("entry", "hand"): [0, 1, 1, NAN, 0],
    },
    treated=[1, 1, 1, 1, 0],
)


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return protocol_with(tmp_path)


def _drawn(protocol: Protocol, people: Facts, **procedure: object) -> Any:
    analysis = Analysis.model_validate({"method": METHOD} | procedure)
    population = Population(title=protocol.title, rule="treated")
    return draw(protocol, people, protocol.endpoints["soreness"], analysis, population)


def test_who_is_not_in_the_set_has_no_value(protocol: Protocol) -> None:
    sample = _drawn(protocol, PEOPLE)
    assert sample.values == pytest.approx([1, NAN, 3, 4, NAN], nan_ok=True)
    assert sample.included.tolist() == [True, True, True, True, False]
    assert sample.unobserved.tolist() == [False, True, False, False, False]
    assert sample.by_arm()[0] == pytest.approx([1, NAN, NAN, NAN, NAN], nan_ok=True)
    assert sample.by_arm()[1] == pytest.approx([NAN, NAN, 3, 4, NAN], nan_ok=True)
    assert (sample.covariates, sample.strata) == (None, None)


def test_an_unknown_baseline_value_is_the_mean_of_the_set(protocol: Protocol) -> None:
    """Of both arms, and without those left out."""
    sample = _drawn(protocol, PEOPLE, adjust_for=["age_y", "hand"])
    assert sample.covariates[:, 0].tolist() == [50, 70, 50, 30, 90]
    assert sample.covariates[:, 1] == pytest.approx([0, 1, 1, 2 / 3, 0])


def test_strata_are_combinations_and_unknown_is_one(protocol: Protocol) -> None:
    strata = _drawn(protocol, PEOPLE, stratify_by=["hand"]).strata
    assert strata.tolist() == [1, 2, 2, 0, 1]
    both = _drawn(protocol, PEOPLE, stratify_by=["hand", "age_y"]).strata
    assert len(set(both.tolist())) == 5
    assert set(both.tolist()) == set(range(5))


def test_a_trial_of_an_ensemble_is_the_sample_of_that_trial(protocol: Protocol) -> None:
    arm = np.array([[0, 0, 1, 1], [1, 0, 1, 0]])
    treated = np.array([[1, 1, 1, 0], [1, 0, 1, 1]])
    soreness = np.array([[1, NAN, 3, 4], [5, 6, NAN, 8]])
    age = np.array([[20, NAN, 40, 50], [30, 40, NAN, 60]])
    many = facts(arm, {("night", "soreness"): soreness, ("entry", "age_y"): age}, treated=treated)
    whole = _drawn(protocol, many, adjust_for=["age_y"])
    assert whole.ensemble
    for k in range(2):
        given = {("night", "soreness"): soreness[k], ("entry", "age_y"): age[k]}
        one = _drawn(
            protocol, facts(arm[k], given, treated=treated[k]), adjust_for=["age_y"]
        ).compact()
        for name in ("values", "treated", "included", "covariates"):
            found = getattr(whole.trial(k), name)
            assert found == pytest.approx(getattr(one, name), nan_ok=True)
        assert one.included.all()


def test_visits_of_a_repeated_measure_are_the_last_axis(tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, ("visits: [night]}", "visits: [noon, night], over: each}"))
    many = facts(
        np.zeros((2, 3), np.int64),
        {("noon", "soreness"): np.ones((2, 3)), ("night", "soreness"): np.full((2, 3), 2.0)},
        treated=np.array([[1, 1, 0], [1, 1, 1]]),
    )
    sample = _drawn(protocol, many)
    assert sample.values.shape == (2, 3, 2)
    assert sample.visits == ("noon", "night")
    assert np.isnan(sample.values[0, 2]).all()
    assert sample.at(1).values == pytest.approx(np.array([[2, 2, NAN], [2, 2, 2]]), nan_ok=True)
