from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from equipoise.analysis.exposure import bands, concentration_ug_ml, dose_rates, flow, in_order
from equipoise.infusion.drug import Covariates
from equipoise.infusion.drugs import drug
from equipoise.infusion.pharmacokinetics import Course
from equipoise.views.dataset import build
from equipoise.views.participants import Press, PumpCourse
from tests.conduct.ward import Ward
from tests.small import analysis

START = datetime(2024, 1, 1, 12, tzinfo=UTC)


def _course(*presses_min: float, stop_min: float = 600) -> PumpCourse:
    course = PumpCourse(START, Decimal(2), Decimal(1), [(START, "K")])
    for t in presses_min:
        course.presses.append(Press(START + timedelta(minutes=t), Decimal("2.00")))
    course.presses.append(Press(START + timedelta(minutes=99), None, "lockout"))
    course.stopped_at = START + timedelta(minutes=stop_min)
    return course


def test_the_flow_is_background_and_boluses() -> None:
    assert list(flow(_course(60.0), 120.0)) == [
        (60.0, 1.0), (61.0, 121.0), (600.0, 1.0), (float("inf"), 0.0),
    ]  # fmt: skip


def test_the_stop_cuts_a_bolus_short() -> None:
    segments = list(flow(_course(599.5), 120.0))
    assert segments[1] == (600.0, 121.0)


def test_a_bolus_that_begins_within_another_follows_it() -> None:
    assert in_order(flow(_course(60.0, 60.5), 120.0))[:4] == [
        (60.0, 1.0), (61.0, 121.0), (61.0, 1.0), (61.5, 121.0),
    ]  # fmt: skip


@pytest.mark.parametrize(("weight", "expected"), [(50.0, 1.0), (62.5, 1.25), (80.0, 1.25)])
def test_the_cap_of_the_dose_is_kept(weight: float, expected: float) -> None:
    """4 ug/kg up to 250 ug in 200 ml: the cap binds from 62.5 kg."""
    protocol = analysis().protocol
    (component,) = protocol.root.mixtures["placebo"].components
    assert concentration_ug_ml(protocol, "placebo", component, weight) == pytest.approx(expected)


def test_dose_rates_are_means_over_people_of_dose_per_kg_and_hour() -> None:
    people = analysis().data.participants
    mine = people.filter((people["arm"] == "combined") & people["treated"])
    expected = (mine["infused_ml"] * 250 / mine["weight_kg"] / mine["pump_h"]).mean()
    found = {(r.arm, r.drug): r.ug_kg_h for r in dose_rates(analysis().protocol, analysis().data)}
    assert found["combined", "esketamine"] == pytest.approx(expected)
    assert ("placebo", "esketamine") not in found
    assert ("placebo", "sufentanil") in found


def test_bands_follow_a_hand_made_course() -> None:
    """One person's hourly concentrations, stepped segment by segment with the drug's own model."""
    protocol, data = analysis().protocol, analysis().data
    row = data.participants.filter(data.participants["treated"]).row(0, named=True)
    one = type(data)(
        data.participants.filter(data.participants["participant"] == row["participant"]),
        data.values, data.presses, data.adverse_events, data.answers,
    )  # fmt: skip
    found = next(
        band
        for band in bands(protocol, one, analysis().people.by_number)
        if band.drug == "sufentanil"
    )
    who = Covariates(
        row["weight_kg"], row["age_y"], row["height_cm"], "male" if row["sex"] == "M" else "female"
    )
    model = Course(drug("sufentanil").typical(who))
    pump = analysis().people.by_number[row["participant"]].running()
    per_ml = min(4 * row["weight_kg"], 250) / 200
    boluses = [(press.at - pump.started_at).total_seconds() / 60 for press in pump.boluses]
    ends = {t for at in boluses for t in (at, at + 1)} | {60.0 * hour for hour in range(73)}
    by_hand, before = [], 0.0
    for end in sorted(end for end in ends if end <= 72 * 60):  # the flow is constant up to each
        rate_ml_min = 1 / 60 + sum(2.0 for at in boluses if at <= before < at + 1)
        model.advance(end, rate_ml_min * per_ml)
        before = end
        if end % 60 == 0:
            by_hand.append(model.effect())
    assert found.effect_ng_ml[1] == pytest.approx(np.array(by_hand[: len(found.hours)]), rel=1e-6)
    assert found.arm == row["arm"]


def test_a_protocol_without_models_or_height_has_no_bands(ward: Ward) -> None:
    ward.sealed().treated("P1")
    ward.wait(hours=24)
    ward.stop("P1")
    people = ward.trial.participants.by_number
    protocol = ward.trial.state.protocol
    data = build(protocol, people, {("hand=left", 0): "balm"})
    assert bands(protocol, data, people) == []
    rates = {rate.drug: rate.ug_kg_h for rate in dose_rates(protocol, data)}
    assert rates["calmol"] == pytest.approx(24 * 0.4 / 60 / 24)
