"""The ward kernel decides about every person as the scalar rehearsal does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.kernels.invented import Ward, by_kernel, by_treatment

WARDS: dict[str, dict[str, Any]] = {
    "the flagship's program": {},
    "no opioid": {"strength": 0.0},
    "one drug": {"drugs": 1},
    "small bags": {"program": {"reservoir_ml": 30}},
    "one tiny bag": {"program": {"reservoir_ml": 11}, "bags": 1},
    "bags smaller than the reservoir": {"program": {"reservoir_ml": 60}, "bag_ml": 25.0},
    "no background": {"program": {"background_ml_h": 0, "reservoir_ml": 20}},
    "a slow bolus": {"program": {"bolus_rate_ml_h": 18.7}},
    "a bolus as long as the lockout": {
        "program": {"bolus_rate_ml_h": 15, "lockout_min": 8}, "numbers": {"again": 0.9},
    },
    "limits": {
        "program": {"limit_1h_ml": 6, "limit_4h_ml": 14.5}, "numbers": {"per_min": 0.05},
    },
    "limits and small bags": {
        "program": {"limit_1h_ml": 8, "limit_4h_ml": 20, "reservoir_ml": 25.5},
        "numbers": {"per_min": 0.05, "again": 0.8},
    },
    "a fifth of a second more": {"program": {"bolus_rate_ml_h": 119.3, "bolus_ml": 1.9}},
    "everybody presses": {
        "numbers": {"per_min": 0.1, "again": 0.9, "gap_min": 1}, "program": {"reservoir_ml": 60},
    },
    "nobody presses": {"numbers": {"per_min": 0.0}},
    "pain keeps from pressing": {"numbers": {"pain_slope": -0.4}},
    "nobody presses at night": {"numbers": {"night": 0.0}},
    "a steep wish": {"numbers": {"pain_slope": 1.0, "per_min": 0.002}},
    "a short time": {"program": {"duration_h": 0.51}, "looks_until_h": 1.0},
    "hardly a lockout": {"program": {"lockout_min": 1, "bolus_ml": 0.5}, "numbers": {"again": 0.9}},
}  # fmt: skip


@pytest.mark.parametrize("name", WARDS)
def test_everybody_fares_as_in_the_scalar_rehearsal(name: str) -> None:
    of = Ward(**WARDS[name], people=12)
    found = by_kernel(of)
    for i in range(of.people):
        agrees(found, i, by_treatment(of, i))


def agrees(found: dict[str, Any], i: int, expected: dict[str, Any]) -> None:
    for name in ("demands", "delivered", "denied", "bags"):
        assert np.array_equal(found[name][i], expected[name]), (i, name)
    np.testing.assert_allclose(found["pain"][i], expected["pain"], rtol=0, atol=1e-12)
    assert found["infused_ml"][i] == pytest.approx(expected["infused_ml"], abs=1e-11)
    assert found["flag"][i] == 0
