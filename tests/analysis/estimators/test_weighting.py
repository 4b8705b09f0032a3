from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from scipy import special

from equipoise.analysis.estimators.binary import odds_ratio, risk_difference, risk_ratio
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_LOGARITHM,
    NO_SPREAD,
    NOTHING_OBSERVED,
    Estimate,
)
from equipoise.analysis.estimators.noise import normals, uniforms
from equipoise.analysis.estimators.weighting import (
    Measure,
    inverse_probability,
    probability_observed,
)
from equipoise.chance import Chance

N = 200
ARM = np.arange(N) % 2 == 0
TRIALS = 800
Z = normals(Chance(1), (TRIALS,), np.arange(N), "z", 2)
Y = normals(Chance(2), (TRIALS,), np.arange(N), "y", 1)[..., 0] + Z[..., 0] - ARM
LOST = uniforms(Chance(3), (TRIALS,), np.arange(N), "u", 1)[..., 0]
HOLES = np.where(special.expit(-1 + Z[..., 0] * (1.2 * ARM - 0.2)) > LOST, np.nan, Y)


def numbers(e: Estimate) -> list[float]:
    return [float(v) for v in (e.value, e.low, e.high, e.p_value)]


def test_the_weighted_estimate_is_right_where_the_observed_mislead() -> None:
    plain, weighted = inverse_probability(HOLES, ARM), inverse_probability(HOLES, ARM, Z)
    assert abs(np.mean(plain.value) + 1) > 0.15
    assert np.mean(weighted.value) == pytest.approx(-1, abs=0.03)
    inside = (np.asarray(weighted.low) <= -1) & (np.asarray(weighted.high) >= -1)
    assert inside.mean() == pytest.approx(0.95, abs=0.035)
    se = (np.asarray(weighted.high) - np.asarray(weighted.low)) / 3.92
    assert se.mean() == pytest.approx(np.std(weighted.value), rel=0.1)


def test_estimated_weights_are_more_precise_than_they_look() -> None:
    y, arm, z = HOLES[0], ARM, Z[0]
    p = probability_observed(y, arm, z)
    as_if_known = 0.0
    for here in (arm, ~arm):
        seen = here & ~np.isnan(y)
        w = 1 / p[seen]
        as_if_known += (w**2 * (y[seen] - np.average(y[seen], weights=w)) ** 2).sum() / w.sum() ** 2
    e = inverse_probability(y, arm, z)
    assert float(e.high - e.low) / 3.919928 < np.sqrt(as_if_known)
    means = [np.average(y[s], weights=1 / p[s]) for s in (arm & ~np.isnan(y), ~arm & ~np.isnan(y))]
    assert e.value == pytest.approx(means[0] - means[1])


def test_without_covariates_the_observed_are_compared() -> None:
    y = np.where(np.isnan(HOLES[0]), np.nan, HOLES[0] > 0)
    counts = [
        int(v) for here in (ARM, ~ARM) for v in (np.nansum(y[here]), (~np.isnan(y[here])).sum())
    ]
    for measure, whole in (
        ("risk difference", risk_difference(*counts, method="wald")),
        ("risk ratio", risk_ratio(*counts)),
        ("odds ratio", odds_ratio(*counts)),
    ):
        e = inverse_probability(y, ARM, measure=measure)  # type: ignore[arg-type]
        assert numbers(e) == pytest.approx(numbers(whole), abs=1e-9)


def test_with_nothing_missing_covariates_do_not_matter() -> None:
    a, b = inverse_probability(Y[0], ARM), inverse_probability(Y[0], ARM, Z[0])
    assert numbers(b) == pytest.approx(numbers(a), abs=1e-12)
    assert (probability_observed(Y[0], ARM, Z[0]) == 1).all()


@pytest.mark.parametrize("measure", get_args(Measure))
def test_order_and_swap(measure: Measure) -> None:
    y = np.where(np.isnan(HOLES[0]), np.nan, HOLES[0] > 0)
    a = inverse_probability(y, ARM, Z[0], measure=measure)
    order = np.argsort(LOST[1])
    b = inverse_probability(y[order], ARM[order], Z[0][order], measure=measure)
    assert numbers(b) == pytest.approx(numbers(a), abs=1e-9)
    c = inverse_probability(y, ~ARM, Z[0], measure=measure)
    if measure.endswith("ratio"):
        assert numbers(c)[:3] == pytest.approx([1 / a.value, 1 / a.high, 1 / a.low])
    else:
        assert numbers(c)[:3] == pytest.approx([-a.value, -a.high, -a.low])


def test_separation_of_the_lost_is_bounded() -> None:
    y = np.where(Z[0, :, 0] > 0.5, np.nan, Y[0])
    e = inverse_probability(y, ARM, Z[0])
    assert np.isfinite(numbers(e)).all()
    assert e.note == ""


def test_notes() -> None:
    everyone = np.ones(N, dtype=bool)
    cases: list[tuple[Any, Any, Measure, str]] = [
        (Y[0], everyone, "mean difference", EMPTY_ARM),
        (np.where(ARM, np.nan, Y[0]), ARM, "mean difference", NOTHING_OBSERVED),
        (np.where(ARM, 0.0, Y[0] > 0), ARM, "risk ratio", NO_LOGARITHM),
        (np.where(ARM, 1.0, Y[0] > 0), ARM, "odds ratio", NO_LOGARITHM),
    ]
    for y, arm, measure, note in cases:
        e = inverse_probability(y, arm, Z[0], measure=measure)
        assert e.note == note
        assert np.isnan(numbers(e)).all()
    flat = inverse_probability(np.zeros(N), ARM)
    assert flat.note == NO_SPREAD
    assert numbers(flat) == [0, 0, 0, 1]
