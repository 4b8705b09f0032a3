from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.participants import participants
from equipoise.errors import InputError

NAN = float("nan")


def test_who_misses_the_outcome_or_a_covariate_is_left_out() -> None:
    who = participants([1, 0, NAN, 1], [True, False, True, True], [[1.0], [2.0], [3.0], [NAN]])
    assert list(who.seen) == [1, 1, 0, 0]
    assert [int(count) for count in who.counts()] == [1, 1, 0, 1]
    assert who.covariates[:, 0] == pytest.approx([-0.5, 0.5, 0, 0])


def test_a_design_is_of_intercept_arm_and_covariates() -> None:
    who = participants([1, 0], [True, False], [[4.0], [8.0]])
    assert who.design() == pytest.approx(np.array([[1, 1, -2], [1, 0, 2]]))
    assert who.design(interaction=True)[:, 3] == pytest.approx([-2, 0])
    assert who.design_as(np.asarray(0.0))[:, 1] == pytest.approx([0, 0])


def test_an_arm_that_no_one_observed_is_empty() -> None:
    arms = [True, False]
    assert list(participants(np.array([[1, NAN], [1, 0]]), arms).empty) == [True, False]


def test_impossible_outcomes_are_refused() -> None:
    with pytest.raises(InputError):
        participants([0.5, 1], [True, False])
