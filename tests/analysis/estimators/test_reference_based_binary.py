from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from scipy import special

from equipoise.analysis.estimators import multiple_imputation
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_LOGARITHM,
    NOTHING_OBSERVED,
    Estimate,
)
from equipoise.analysis.estimators.multiple_imputation import Measure
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.analysis.estimators.reference_based_binary import conditional_mean
from equipoise.chance import Chance
from equipoise.errors import InputError

N = 100
ARM = np.arange(N) % 2 == 0
Z = normals(Chance(1), (), np.arange(N), "z", 1)
U = uniforms(Chance(2), (), np.arange(N), "u", 3)
FULL = np.where(U[:, 0] < special.expit(0.8 + Z[:, 0] - 1.5 * ARM), 1.0, 0.0)
Y = np.where(U[:, 1] < 0.25, np.nan, FULL)
MEASURES: tuple[Measure, ...] = get_args(Measure)


def numbers(e: Estimate) -> list[float]:
    return [float(v) for v in (e.value, e.low, e.high, e.p_value)]


def risks(y: Any) -> tuple[float, float]:
    return float(np.nanmean(y[ARM])), float(np.nanmean(y[~ARM]))


def test_a_jump_dilutes_the_difference_by_the_share_lost() -> None:
    p1, p0 = risks(Y)
    seen = (~np.isnan(Y))[ARM].mean()
    e = conditional_mean(Y, ARM, measure="risk difference")
    assert e.value == pytest.approx(seen * (p1 - p0), abs=1e-9)
    ratio = conditional_mean(Y, ARM)
    assert ratio.value == pytest.approx((seen * p1 + (1 - seen) * p0) / p0, abs=1e-9)
    at_random = conditional_mean(Y, ARM, model="own arm", measure="odds ratio")
    odds = p1 / (1 - p1) / (p0 / (1 - p0))
    assert at_random.value == pytest.approx(odds, abs=1e-9)


def test_the_jackknife_is_the_analysis_without_each() -> None:
    for measure in MEASURES:
        found = conditional_mean(Y, ARM, covariates=Z, measure=measure)
        without = np.array(
            [
                conditional_mean(
                    np.delete(Y, i), np.delete(ARM, i), covariates=np.delete(Z, i), measure=measure
                ).value
                for i in range(0, N, 9)
            ]
        )
        assert np.abs(without - found.value).max() < 0.2 * float(found.high - found.low)
    everyone = np.array(
        [
            conditional_mean(np.delete(Y, i), np.delete(ARM, i), measure="risk difference").value
            for i in range(N)
        ]
    )
    se = np.sqrt((N - 1) / N * ((everyone - everyone.mean()) ** 2).sum())
    e = conditional_mean(Y, ARM, measure="risk difference")
    assert float(e.high - e.low) == pytest.approx(2 * 1.959964 * se, abs=1e-6)


def test_covariates_are_those_of_the_participant() -> None:
    # in the reference the event is z > 0; a lost participant of the arm has the event by z
    y = np.where(~ARM, Z[:, 0] > 0, 0.0)
    lost = ARM & (np.arange(N) < 40)
    y[lost] = np.nan
    e = conditional_mean(y, ARM, covariates=Z, measure="risk difference")
    expected = (Z[lost, 0] > 0).sum() / ARM.sum() - (Z[~ARM, 0] > 0).mean()
    assert e.value == pytest.approx(expected, abs=0.03)


def test_drawing_agrees_and_keeps_more_uncertainty() -> None:
    for measure in MEASURES:
        mean = conditional_mean(Y, ARM, covariates=Z, measure=measure)
        drawn = multiple_imputation.binary(
            Y, ARM, Draws(Chance(3), 1000), covariates=Z, model="reference arm", measure=measure
        )
        width = float(mean.high - mean.low)
        assert drawn.value == pytest.approx(float(mean.value), abs=0.04 * width)
        assert float(drawn.high - drawn.low) > 0.97 * width


@pytest.mark.parametrize("measure", MEASURES)
def test_with_nothing_missing_the_risks_are_those_seen(measure: Measure) -> None:
    e = conditional_mean(FULL, ARM, covariates=Z, measure=measure)
    p1, p0 = risks(FULL)
    odds = p1 / (1 - p1) / (p0 / (1 - p0))
    expected = {"risk difference": p1 - p0, "risk ratio": p1 / p0, "odds ratio": odds}
    assert e.value == pytest.approx(expected[measure])


def test_order_and_swap() -> None:
    order = np.argsort(U[:, 2])
    a = conditional_mean(Y, ARM, covariates=Z)
    b = conditional_mean(Y[order], ARM[order], covariates=Z[order])
    assert numbers(b) == pytest.approx(numbers(a), abs=1e-8)
    c = conditional_mean(Y, ARM, covariates=Z, model="own arm")
    d = conditional_mean(Y, ~ARM, covariates=Z, model="own arm")
    assert numbers(d)[:3] == pytest.approx([1 / c.value, 1 / c.high, 1 / c.low])


def test_trials_are_apart() -> None:
    both = conditional_mean(np.stack([Y, FULL]), ARM, covariates=Z)
    assert np.asarray(both.low) == pytest.approx(
        [float(conditional_mean(y, ARM, covariates=Z).low) for y in (Y, FULL)]
    )


def test_notes() -> None:
    cases: list[tuple[Any, Any, Measure, str]] = [
        (FULL, np.ones(N, dtype=bool), "risk ratio", EMPTY_ARM),
        (np.where(ARM, Y, np.nan), ARM, "risk ratio", NOTHING_OBSERVED),
        (np.where(ARM, Y, 0.0), ARM, "risk ratio", NO_LOGARITHM),
    ]
    for y, arm, measure, note in cases:
        e = conditional_mean(y, arm, measure=measure)
        assert e.note == note
        assert np.isnan(numbers(e)).all()
    none = conditional_mean(np.where(ARM, np.nan, Y), ARM, measure="risk difference")
    assert none.value == pytest.approx(0, abs=1e-12)  # a whole arm that jumps to reference
    with pytest.raises(InputError, match="binary values"):
        conditional_mean(FULL + 1, ARM)
