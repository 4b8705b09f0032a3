from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.design import Outlook, outlook, power_of
from equipoise.errors import InputError
from equipoise.protocol.load import load_study
from equipoise.protocol.parts import Protocol
from equipoise.protocol.planning import Planning


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    found = load_study("NCT05718544").protocol
    assert found is not None
    return found


def planned(endpoint: str = "chronic_pain_24m", **changes: float) -> Planning:
    given = {"reference": 0.3, "arm": 0.2} | changes
    return Planning.model_validate(
        {"endpoint": endpoint, "because": "a test", "status": "assumed"} | given
    )


def test_the_size_needed_has_the_power_wanted(protocol: Protocol) -> None:
    plan = planned(attrition=0.1)
    found = outlook(protocol, plan, 199, trials=0)
    at = power_of(protocol, plan, np.array([found.needed - 2.0, found.needed]))
    assert at[0] < 0.8 <= at[1]


def test_what_is_detectable_has_the_power_wanted(protocol: Protocol) -> None:
    found = outlook(protocol, planned(), 199, trials=0)
    assert found.detectable is not None
    again = outlook(protocol, planned(arm=found.detectable), 199, trials=0)
    assert again.power == pytest.approx(0.8, abs=1e-6)


def test_nothing_is_detectable_by_four(protocol: Protocol) -> None:
    assert outlook(protocol, planned(), 4, trials=0).detectable is None


@pytest.mark.parametrize(
    ("endpoint", "plan"),
    [
        ("chronic_pain_24m", {"reference": 0.4, "arm": 0.2}),
        ("srs22_function_24m", {"reference": 3.8, "arm": 4.1, "sd": 0.7}),
    ],
)
def test_simulation_by_the_planned_method_is_near_the_formula(
    protocol: Protocol, endpoint: str, plan: dict[str, float]
) -> None:
    found = outlook(protocol, planned(endpoint, **plan), 160, trials=600)
    assert found.simulated is not None
    assert abs(found.simulated.power - found.power) < 0.03 + 3 * found.simulated.error


def test_the_same_seed_simulates_the_same(protocol: Protocol) -> None:
    def once(seed: int) -> Outlook:
        return outlook(protocol, planned(), 100, seed=seed, trials=200)

    assert once(1).simulated == once(1).simulated
    assert len({once(seed).simulated for seed in range(1, 6)}) > 1  # two may share a power


def test_a_repeated_measure_is_not_simulated(protocol: Protocol) -> None:
    found = outlook(protocol, planned("pain_at_rest", reference=3, arm=2, sd=1.5), 100)
    assert found.simulated is None
    assert found.power > 0.8


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (planned("happiness"), "not in the protocol"),
        (planned(reference=30), "counts people"),
        (planned("srs22_function_24m"), "spread is not given"),
    ],
)
def test_an_assumption_that_fits_no_endpoint_is_refused(
    protocol: Protocol, plan: Planning, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        outlook(protocol, plan, 100)
