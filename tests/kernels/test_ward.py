"""The ward kernel decides about every person as the scalar rehearsal does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.chance import purpose_number
from equipoise.errors import InputError
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.kernels.pump import new_pump
from equipoise.kernels.ready import AGAIN_WORD, DEMAND_WORD, NOISE_WORD
from equipoise.kernels.ward import ABOVE_BOUND, AGAIN, DEMAND, PAIN_NOISE, treat
from tests.kernels.invented import Ward, by_kernel, by_treatment, empty

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


def test_hundreds_fare_as_in_the_kernel_that_goes_step_by_step() -> None:
    of = Ward(people=600, seed=4)
    found, expected = by_kernel(of), step_by_step(of)
    for name in ("demands", "delivered", "denied", "bags", "infused_ml", "flag"):
        np.testing.assert_array_equal(found[name], expected[name], name)
    np.testing.assert_allclose(found["pain"], expected["pain"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["peak"], expected["peak"], rtol=1e-8)


def step_by_step(of: Ward) -> dict[str, Any]:
    out, pump = empty(of.people, of.looks_s.shape[1], of.drugs), new_pump(of.settings)
    for i in range(of.people):
        treat(
            77, 0, of.trial[i], of.person[i], of.body[i], of.models[:, i], of.ug_per_ml[:, i],
            of.looks_s[i], of.settings, pump, out["pain"][i], out["demands"][i : i + 1],
            out["delivered"][i : i + 1], out["denied"][i], out["infused_ml"][i : i + 1],
            out["bags"][i : i + 1], out["peak"][:, i], out["flag"][i : i + 1],
        )  # fmt: skip
    return out


@pytest.mark.parametrize("name", ["the flagship's program", "a slow bolus", "small bags"])
def test_the_peak_is_the_highest_of_a_fine_grid_of_time(name: str) -> None:
    of = Ward(**WARDS[name], people=6, seed=9)
    found = by_kernel(of)
    for i in range(of.people):
        pump = by_treatment(of, i)["pump"]
        for drug in range(of.drugs):
            model = ThreeCompartment(*map(float, of.models[drug, i]))
            course, highest = Course(model), 0.0
            for flow in pump.flows(0.0, of.settings.stop_min + 600):
                rate = flow.rate_ml_h / 60 * of.ug_per_ml[drug, i]
                span = flow.end_min - flow.start_min
                for dt in span * np.linspace(0, 1, 400)[1:] ** 3:
                    course.advance(flow.start_min + float(dt), rate)
                    highest = max(highest, course.effect())
            assert highest <= found["peak"][drug, i] * (1 + 1e-9)
            assert found["peak"][drug, i] == pytest.approx(highest, rel=2e-3)


def test_peaks_are_left_out_when_nobody_asks_for_them() -> None:
    of = Ward(people=40)
    found, without = by_kernel(of), by_kernel(of, peaks=0)
    assert np.isnan(without.pop("peak")).all()
    for name, values in without.items():
        np.testing.assert_array_equal(values, found[name], name)


def test_how_people_are_split_changes_no_bit() -> None:
    of = Ward(people=90)
    whole = by_kernel(of)
    cuts = [0, 1, 34, 35, 70, 90]
    for low, high in pairwise(cuts):
        part = by_kernel(of, block=slice(low, high))
        for name, values in part.items():
            whole_part = whole[name][..., low:high] if name == "peak" else whole[name][low:high]
            np.testing.assert_array_equal(values, whole_part, name)


def test_a_large_seed_and_the_trial_are_parts_of_the_address() -> None:
    of = Ward(people=10)
    seed = 2**63 + 12345
    found = by_kernel(of, seed=seed)
    for i in range(of.people):
        agrees(found, i, by_treatment(of, i, seed=seed))
    of.trial += np.uint32(1)
    assert not np.array_equal(found["pain"], by_kernel(of, seed=seed)["pain"], equal_nan=True)


def test_a_hazard_above_its_bound_is_told() -> None:
    of = Ward(people=8, numbers={"fading_min": -600.0, "start": 3.0, "per_min": 0.05})
    assert by_kernel(of)["flag"].tolist() == [ABOVE_BOUND] * 8
    with pytest.raises(InputError, match="more than its model allows"):
        by_treatment(of, 0)


def test_nobody_is_asleep_by_the_old_clock_when_the_clocks_change() -> None:
    shifted = {"shift_at_s": 10 * 3600.0, "shift_s": -3600.0, "night": 0.0, "per_min": 0.05}
    of = Ward(people=20, numbers=shifted | {"started_s": 20 * 3600.0})
    found, unshifted = by_kernel(of), by_kernel(Ward(people=20, numbers=shifted | {
        "started_s": 20 * 3600.0, "shift_s": 0.0}))  # fmt: skip
    assert not np.array_equal(found["demands"], unshifted["demands"])
    np.testing.assert_array_equal(found["demands"], step_by_step(of)["demands"])


def test_the_purposes_have_the_numbers_of_chance() -> None:
    assert (
        purpose_number("pain noise"), purpose_number("demand"), purpose_number("again"),
    ) == (PAIN_NOISE, DEMAND, AGAIN)  # fmt: skip
    words = [int(word) for word in (NOISE_WORD, DEMAND_WORD, AGAIN_WORD)]
    assert words == [PAIN_NOISE, DEMAND, AGAIN]


programs = st.fixed_dictionaries(
    {
        "bolus_ml": st.sampled_from(["0.5", "1", "2", "3.3"]),
        "bolus_rate_ml_h": st.sampled_from(["60", "120", "250"]),
        "lockout_min": st.sampled_from(["4", "8", "12.25"]),
        "background_ml_h": st.sampled_from(["0", "0.5", "1", "2.3"]),
        "reservoir_ml": st.sampled_from(["12", "40", "200"]),
        "duration_h": st.sampled_from(["3", "24.4", "72"]),
    }
)


@given(programs, st.integers(0, 2**20), st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_program_treats_people_as_the_scalar_rehearsal(
    program: dict[str, str], seed: int, limits: bool
) -> None:
    background = float(program["background_ml_h"])
    if limits:
        bolus = float(program["bolus_ml"])
        program = program | {
            "limit_1h_ml": f"{2 * bolus + background:.2f}",
            "limit_4h_ml": f"{5 * bolus + 4 * background:.2f}",
        }
    of = Ward(people=3, seed=seed, program=program, numbers={"per_min": 0.02})
    found = by_kernel(of)
    for i in range(of.people):
        agrees(found, i, by_treatment(of, i))
