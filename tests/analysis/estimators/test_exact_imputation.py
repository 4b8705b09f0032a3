from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from scipy import special

from equipoise.analysis.estimators.binary import risk_difference, risk_ratio
from equipoise.analysis.estimators.estimate import EMPTY_ARM, HALF_ADDED, NOTHING_OBSERVED
from equipoise.analysis.estimators.exact_imputation import binary
from equipoise.errors import InputError


def test_with_nothing_missing_it_is_the_complete_analysis() -> None:
    a, b = binary((65, 99, 0), (86, 100, 0)), risk_ratio(65, 99, 86, 100)
    assert (a.value, a.low, a.high, a.p_value) == pytest.approx((b.value, b.low, b.high, b.p_value))
    c = binary((65, 99, 0), (86, 100, 0), measure="risk difference")
    d = risk_difference(65, 99, 86, 100, method="wald")
    assert (c.value, c.low, c.p_value) == pytest.approx((d.value, d.low, d.p_value))


def test_two_missing_by_hand() -> None:
    def chance(k: int, events: int, observed: int, missing: int) -> float:
        a, b = events + 0.5, observed - events + 0.5
        return float(comb(missing, k) * special.beta(a + k, b + missing - k) / special.beta(a, b))

    found, within, probability = [], [], []
    for k, j in itertools.product(range(3), range(2)):
        p1, p0 = (4 + k) / 12, (7 + j) / 11
        found.append(p1 - p0)
        within.append(p1 * (1 - p1) / 12 + p0 * (1 - p0) / 11)
        probability.append(chance(k, 4, 10, 2) * chance(j, 7, 10, 1))
    assert sum(probability) == pytest.approx(1)
    mean = np.dot(probability, found)
    variance = np.dot(probability, within) + np.dot(probability, (np.array(found) - mean) ** 2)
    e = binary((4, 10, 2), (7, 10, 1), measure="risk difference")
    assert e.value == pytest.approx(mean)
    assert e.high == pytest.approx(mean + 1.959964 * np.sqrt(variance), abs=1e-6)


def test_swapping_the_arms_inverts_the_ratio() -> None:
    a, b = binary((4, 10, 2), (7, 10, 1)), binary((7, 10, 1), (4, 10, 2))
    assert (b.value, b.low, b.p_value) == pytest.approx((1 / a.value, 1 / a.high, a.p_value))


def test_what_cannot_be_said() -> None:
    nothing = binary((0, 0, 9), (4, 9, 0))
    assert nothing.note == NOTHING_OBSERVED
    assert np.isnan([nothing.value, nothing.low, nothing.high, nothing.p_value]).all()
    halved = binary((0, 9, 1), (4, 9, 0))
    assert halved.note == HALF_ADDED
    assert np.isfinite([halved.value, halved.low, halved.high]).all()
    with pytest.raises(InputError, match="exact imputation"):
        binary((5, 4, 0), (1, 4, 0))
    assert binary((0, 0, 0), (4, 9, 0)).note == EMPTY_ARM
    with pytest.raises(InputError, match="exact imputation"):
        binary((1.0, 4, 0), (1, 4, 0))


def test_an_ensemble_is_its_trials() -> None:
    events = np.array([[3, 5, 3], [0, 9, 0]])
    observed, missing = np.array([9, 9, 9]), np.array([2, 0, 2])
    both = binary((events, observed, missing), (6, 10, 1))
    assert np.shape(both.value) == (2, 3)
    for i in range(2):
        for j in range(3):
            counts = (int(events[i, j]), int(observed[j]), int(missing[j]))
            alone = binary(counts, (6, 10, 1))
            for name in ("value", "low", "high", "p_value"):
                assert np.asarray(getattr(both, name))[i, j] == pytest.approx(getattr(alone, name))
            assert np.asarray(both.note)[i, j] == alone.note
