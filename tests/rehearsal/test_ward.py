"""The pump on the ward: every press is answered and logged, and no bag runs dry unawares."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.conduct.dose import kits_of
from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug
from equipoise.infusion.pharmacokinetics import Course
from equipoise.infusion.pump import Delivered, Program, Pump
from equipoise.protocol.parts import DemandProcess, PainProcess
from equipoise.protocol.parts import Pump as Planned
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.ward import Treatment, next_second, reserve_ml
from tests.rehearsal.stages import stage, treat
from tests.rehearsals.knee import events, protocol

FULL_ML = 60
RESERVE_ML = 10


def _on_pump(scenario: str = "plain", **changes: Any) -> tuple[Stage, Treatment]:
    """Return the first person of a stage who gets as far as a pump, with the pump stopped."""
    on = stage(scenario=scenario, participants=1, not_treated=0, **changes)
    (treatment,) = treat(on, 8)
    return on, treatment


def _log(of: tuple[Event, ...]) -> dict[str, list[Event]]:
    """Return the events of each treated participant's pump."""
    kinds = {"PumpStarted", "DemandDelivered", "DemandDenied", "BagReplaced", "PumpStopped"}
    found: dict[str, list[Event]] = {}
    for event in of:
        if event.kind in kinds:
            found.setdefault(str(event.participant), []).append(event)
    return found


@given(st.floats(0, 1e4))
def test_the_next_second_is_a_whole_one_and_later(t_min: float) -> None:
    found = next_second(t_min)
    assert 60 * found == pytest.approx(round(60 * found), abs=1e-6)
    assert t_min < found + 1e-9
    assert found - t_min < 1 / 60 + 1e-9


def test_the_reserve_is_two_boluses_and_an_hour_of_background() -> None:
    planned = protocol().pump
    assert planned is not None
    assert reserve_ml(planned) == RESERVE_ML
    with_background = Planned.model_validate(planned.model_dump() | {"background_ml_h": "1.5"})
    assert reserve_ml(with_background) == RESERVE_ML + 1.5


def test_the_bag_is_prepared_in_the_morning_and_the_same_kit_is_hung() -> None:
    on, treatment = _on_pump()
    record = on.trial.participant(treatment.person.number)
    assert record.pump is not None
    assert record.prepared[0] == record.kit == record.pump.bags[0][1]
    (prepared, *_) = (e for e in on.trial.events() if e.kind == "BagPrepared")
    local = prepared.recorded_at.astimezone(on.zone)
    assert (local.hour, local.minute) == (9, 0)
    assert prepared.role == "pharmacist"


def test_the_pump_runs_its_time_and_stops_with_its_counter() -> None:
    for log in _log(events()).values():
        first, *_, last = log
        assert (first.kind, last.kind) == ("PumpStarted", "PumpStopped")
        assert last.occurred_at - first.occurred_at == timedelta(hours=36)
        boluses = sum(e.fact.volume_ml for e in log if isinstance(e.fact, t.DemandDelivered))
        assert isinstance(last.fact, t.PumpStopped)
        assert last.fact.infused_ml == boluses  # this pump has no background


@pytest.mark.parametrize("scenario", ["plain", "painful"])
def test_every_press_is_answered_as_a_pump_of_the_program_answers(scenario: str) -> None:
    planned = protocol().pump
    assert planned is not None
    answers = Counter[str]()
    for log in _log(events(scenario=scenario)).values():
        pump, start = Pump(Program.of(planned)), log[0].occurred_at
        pump.start(0.0)
        for event in log[1:-1]:
            t_min = (event.occurred_at - start).total_seconds() / 60
            if isinstance(event.fact, t.BagReplaced):
                assert event.fact.infused_ml == Decimal(str(pump.infused_ml(t_min))).quantize(
                    Decimal("0.01")
                )
                pump.refill(t_min, FULL_ML)
                continue
            answer = pump.press(t_min)
            if isinstance(answer, Delivered):
                assert isinstance(event.fact, t.DemandDelivered)
                assert event.fact.volume_ml == pytest.approx(Decimal(str(answer.volume_ml)))
                answers["delivered"] += 1
            else:
                assert isinstance(event.fact, t.DemandDenied)
                assert event.fact.reason == answer.reason
                answers[answer.reason] += 1
    expected = {"delivered", "lockout"} | ({"limit", "empty"} if scenario == "painful" else set())
    assert answers.keys() == expected


def test_the_nurse_hangs_the_next_bag_before_the_old_one_is_empty() -> None:
    replaced = 0
    for number, log in _log(events(scenario="painful")).items():
        left = float(FULL_ML)
        bags = 1
        for event in log[1:-1]:
            if isinstance(event.fact, t.DemandDelivered):
                assert left > RESERVE_ML or bags == 3, number
                left -= float(event.fact.volume_ml)
            elif isinstance(event.fact, t.BagReplaced):
                assert 0 < left <= RESERVE_ML
                left, bags, replaced = float(FULL_ML), bags + 1, replaced + 1
            elif event.fact == t.DemandDenied(reason="empty"):
                assert bags == 3  # the slot has three kits, and then there is no more
    assert replaced > 15


def _with_background(on: Stage) -> Planned:
    """Let the pumps of a stage run a background of 3 ml/h, and return their program."""
    planned = protocol().pump
    assert planned is not None
    pump = Planned.model_validate(planned.model_dump() | {"background_ml_h": 3, "limit_4h_ml": 40})
    on.trial.state.protocols["KNEE-PCA"] = on.protocol.root.model_copy(update={"pump": pump})
    return pump


def test_a_background_alone_empties_the_bag_and_the_nurse_is_there_in_time() -> None:
    on = stage(participants=1, not_treated=0, demand=_silent())
    _with_background(on)
    (treatment,) = treat(on, 8)
    (log,) = _log(tuple(on.trial.events())).values()
    assert [event.kind for event in log] == [
        "PumpStarted", "BagReplaced", "BagReplaced", "PumpStopped",
    ]  # fmt: skip
    hours = [(e.occurred_at - treatment.started_at).total_seconds() / 3600 for e in log[1:3]]
    lasts_h = (FULL_ML - RESERVE_ML - 3) / 3
    assert hours == pytest.approx([lasts_h, 2 * lasts_h], abs=0.001)


def test_presses_bring_the_next_bag_forward_and_no_bag_comes_before_it_is_due() -> None:
    on = stage(participants=10, not_treated=0)
    program = Program.of(_with_background(on))
    treat(on, 20)
    left = []
    for log in _log(tuple(on.trial.events())).values():
        pump, start = Pump(program), log[0].occurred_at
        pump.start(0.0)
        for event in log[1:-1]:
            t_min = (event.occurred_at - start).total_seconds() / 60
            if isinstance(event.fact, t.BagReplaced):
                left.append(pump.remaining_ml(t_min))
                pump.refill(t_min, FULL_ML)
            else:
                pump.press(t_min)
    reserve = RESERVE_ML + 3
    assert len(left) > 10
    assert reserve - 0.1 < min(left) < reserve - 0.01  # within a second, a bolus flowing
    assert max(left) == pytest.approx(reserve, abs=0.001)


def _silent() -> DemandProcess:
    demand = protocol().model_dump()["rehearsal"]["demand"]
    return DemandProcess.model_validate(demand | {"per_h": 1e-9})


def test_nobody_comes_to_a_bag_that_lasts() -> None:
    on, treatment = _on_pump(demand=_silent())
    record = on.trial.participant(treatment.person.number)
    assert record.pump is not None
    assert len(record.pump.bags) == 1
    assert record.pump.infused_ml == 0


def test_a_second_bag_is_of_the_same_slot_and_says_nothing_of_the_arm() -> None:
    on, treatment = _on_pump("painful")
    record = on.trial.participant(treatment.person.number)
    assert record.pump is not None
    kits = [kit for _, kit in record.pump.bags]
    assert kits == list(kits_of(on.trial, record))
    assert kits == record.prepared
    prepared = [e.fact for e in on.trial.events() if isinstance(e.fact, t.BagPrepared)]
    assert len({(bag.weight_kg, bag.volume_ml, bag.steps) for bag in prepared}) == 1
    replaced = [e.fact for e in on.trial.events() if isinstance(e.fact, t.BagReplaced)]
    assert len(replaced) == 2
    assert all(bag.model_dump().keys() == {"kit", "infused_ml"} for bag in replaced)


def test_presses_come_in_order_at_whole_seconds() -> None:
    for log in _log(events(scenario="painful")).values():
        assert all(a.occurred_at <= b.occurred_at for a, b in pairwise(log))
        assert {event.occurred_at.microsecond for event in log} == {0}
        assert all(e.occurred_at == e.recorded_at for e in log)


def test_relief_follows_the_model_of_the_persons_own_draws() -> None:
    """A still pain of 9 less the relief, against a course computed here."""
    pain = protocol().model_dump()["rehearsal"]["pain"]
    pain |= {"start": 9, "fading_h": 1e15, "noise_sd": 0, "rebound": 0}
    still = PainProcess.model_validate(pain)
    on = stage(participants=1, not_treated=0, pain=still, demand=_silent(), effects={})
    seen: list[tuple[float, float]] = []

    def look(treatment: Treatment) -> None:
        assert isinstance(treatment._pump.press(0.0), Delivered)
        treatment.plan(45.0, lambda: seen.append((treatment.minutes(), treatment.pain())))

    (treatment,) = treat(on, 8, look)
    who = treatment.person
    normals = [on.chance.normal(who.n, "pk esketamine", i) for i in range(len(PARAMETERS))]
    body = Covariates(
        weight_kg=float(who.known["weight_kg"]),
        age_y=float(who.known["years"]),
        height_cm=float(who.known["length_cm"]),
        sex="male" if who.known["sex"] == "m" else "female",
    )
    course = Course(drug("esketamine").individual(body, normals))
    ug_per_ml = min(float(who.known["weight_kg"]), 80) * 1000 / FULL_ML
    course.advance(1.5, 200 / 60 * ug_per_ml)  # 5 ml at 200 ml/h
    course.advance(45.0, 0.0)
    relief = 3 * course.effect() / (course.effect() + 60)
    assert relief > 0.1
    ((at, felt),) = seen
    assert at == 45
    assert felt == pytest.approx(9 - relief, abs=1e-4)


def test_what_is_in_the_bag_is_felt_and_a_bag_without_the_opioid_relieves_nobody() -> None:
    on = stage(participants=12, not_treated=0)
    felt = {
        (treatment._body._ug_per_ml > 0, treatment.person.known["effect_pain"])
        for treatment in treat(on, 20)
    }
    assert felt == {(True, 0.0), (True, -2.0), (False, -2.0)}


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_a_pump_runs_its_hours_through_the_change_of_the_clocks(month: int, day: int) -> None:
    opening = datetime(2024, month, day, 8, tzinfo=UTC)  # the Friday before
    on = stage(opening=opening, participants=4, not_treated=0, scenario="painful")
    treatments = treat(on, 10)
    offsets = {treatment.started_at.utcoffset() for treatment in treatments}
    assert offsets == {timedelta(hours=1 if month == 3 else 2)}
    assert on.now().utcoffset() not in offsets
    for log in _log(tuple(on.trial.events())).values():
        times = [event.occurred_at for event in log]
        assert times == sorted(times)
        assert times[-1] - times[0] == timedelta(hours=36)


def test_a_duration_that_is_no_whole_number_of_seconds_ends_at_one() -> None:
    pump = protocol().pump
    assert pump is not None
    on = stage(participants=1, not_treated=0, scenario="painful")
    short = Planned.model_validate(pump.model_dump() | {"duration_h": "3.33333"})
    on.trial.state.protocols["KNEE-PCA"] = on.protocol.root.model_copy(update={"pump": short})
    treat(on, 8)
    (log,) = _log(tuple(on.trial.events())).values()
    assert (log[-1].occurred_at - log[0].occurred_at).total_seconds() == 12_000
    assert log[-1].kind == "PumpStopped"
