"""Pain and presses of one person, against closed forms and against a fine grid of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from statistics import correlation, fmean, variance
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from equipoise.chance import Chance
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.infusion.pump import Program, Pump
from equipoise.protocol.parts import DemandProcess, PainProcess
from equipoise.rehearsal.body import Body, Relief, within
from equipoise.rehearsal.draw import Draw
from equipoise.rehearsal.ward import next_second

DAY_MIN = 24 * 60.0
MODEL = ThreeCompartment(10.0, 20.0, 40.0, 1.0, 1.0, 0.3, 0.2)
PROGRAM = Program(2.0, 120.0, 8.0, 1.0, 200.0)
MIDNIGHT = datetime(2024, 3, 1, tzinfo=UTC)
STILL: dict[str, Any] = {
    "start": 5, "fading_h": 1e15, "noise_sd": 0, "noise_time_h": 6, "drug": "x", "relief": 0,
    "ce50_ng_ml": 1, "rebound": 0, "rebound_h": 0,
}  # fmt: skip
STEADY: dict[str, Any] = {
    "per_h": 1, "fading_h": 1e9, "pain_slope": 0, "night": 1, "night_from": time(22),
    "night_to": time(6), "again": 0, "gap_min": 3,
}  # fmt: skip


@dataclass
class World:
    """Bodies on running pumps: a still pain of 5 and one press an hour, but for what is given."""

    pain: dict[str, Any] = field(default_factory=dict)
    demand: dict[str, Any] = field(default_factory=dict)
    ug_per_ml: float = 0.0
    known: dict[str, float | str | bool] = field(default_factory=dict)
    started_at: datetime = MIDNIGHT

    def body(self, n: int = 1) -> tuple[Body, Pump]:
        pump = Pump(PROGRAM)
        pump.start(0.0)
        pain = PainProcess.model_validate(STILL | self.pain)
        demand = DemandProcess.model_validate(STEADY | self.demand)
        relief = Relief(MODEL, self.ug_per_ml)
        draw = Draw(Chance(5), n)
        return Body(pain, demand, self.known, draw, pump, relief, self.started_at), pump

    def pains(self, *times_min: float, people: int = 3000) -> list[list[float]]:
        """Return for each time the pains of many people."""
        bodies = [self.body(n)[0] for n in range(1, people + 1)]
        return [[body.pain(t) for body in bodies] for t in times_min]

    def presses(self, until_min: float, people: int) -> list[float]:
        """Return the minutes at which many people wish to press, the pump answering."""
        found: list[float] = []
        for n in range(1, people + 1):
            body, pump = self.body(n)
            while (candidate := body.next_candidate()) < until_min - 1 / 60:
                t = next_second(candidate)
                if body.presses(t):
                    found.append(t)
                    pump.press(t)
        return found


# --- pain -----------------------------------------------------------------------------------------


def test_pain_fades_from_its_start() -> None:
    body, _ = World({"start": "soreness + 1", "fading_h": 10}, known={"soreness": 5.0}).body()
    assert body.pain(0.0) == 6
    assert body.pain(600.0) == pytest.approx(6 / math.e)


def test_pain_knows_what_the_supplements_in_the_bag_do() -> None:
    assert World(known={"effect_pain": -1.25}).body()[0].pain(60.0) == pytest.approx(3.75)


@pytest.mark.parametrize(("start", "felt"), [(-3, 0), (14, 10)])
def test_pain_stays_between_0_and_10(start: float, felt: float) -> None:
    assert World({"start": start}).body()[0].pain(1.0) == felt


def test_the_opioid_relieves_by_its_concentration_at_the_effect_site() -> None:
    body, pump = World({"relief": 4, "ce50_ng_ml": 3}, ug_per_ml=100.0).body()
    assert body.pain(0.0) == 5
    body.pain(30.0)
    pump.press(30.0)
    course = Course(MODEL)
    course.advance(30.0, 1 / 60 * 100)
    course.advance(31.0, 121 / 60 * 100)  # the bolus of 2 ml takes a minute
    course.advance(45.0, 1 / 60 * 100)
    relief = 4 * course.effect() / (course.effect() + 3)
    assert relief > 0.5
    assert body.pain(45.0) == pytest.approx(5 - relief)


def test_without_opioid_in_the_bag_nothing_relieves() -> None:
    assert World({"relief": 4}, ug_per_ml=0.0).body()[0].pain(500.0) == pytest.approx(5)


def test_pain_rebounds_for_a_while_after_the_pump_is_stopped() -> None:
    body, pump = World({"rebound": 1.5, "rebound_h": 2}).body()
    assert body.pain(99.0) == pytest.approx(5)
    pump.stop(100.0, "completed")
    body.pump_stopped(100.0)
    pains = [body.pain(t) for t in (100.0, 219.9, 220.0)]
    assert pains == pytest.approx([6.5, 6.5, 5])


def test_noise_is_stationary_with_its_variance_and_autocorrelation() -> None:
    world = World({"noise_sd": 1.2, "noise_time_h": 6})
    now, soon, later, late = world.pains(0.0, 180.0, 540.0, 3000.0)
    for pains in (now, soon, later, late):
        assert fmean(pains) == pytest.approx(5, abs=4 * 1.2 / math.sqrt(3000))
        assert variance(pains) == pytest.approx(1.44, rel=4 * math.sqrt(2 / 3000))
    error = 4 / math.sqrt(3000)
    assert correlation(now, soon) == pytest.approx(math.exp(-3 / 6), abs=error)
    assert correlation(soon, later) == pytest.approx(math.exp(-6 / 6), abs=error)
    assert correlation(now, later) == pytest.approx(math.exp(-9 / 6), abs=error)
    assert correlation(now, late) == pytest.approx(0, abs=error)


def test_looking_often_does_not_change_the_law_of_the_noise() -> None:
    world = World({"noise_sd": 1.2, "noise_time_h": 6})
    first, *_, last = world.pains(*(float(t) for t in range(0, 361, 20)))
    assert variance(last) == pytest.approx(1.44, rel=4 * math.sqrt(2 / 3000))
    assert correlation(first, last) == pytest.approx(math.exp(-1), abs=4 / math.sqrt(3000))


def test_looking_twice_at_the_same_moment_sees_the_same_pain() -> None:
    body, _ = World({"noise_sd": 1.2}).body()
    assert body.pain(40.0) == body.pain(40.0) != body.pain(41.0)


def test_noise_differs_between_people() -> None:
    (pains,) = World({"noise_sd": 1.2}).pains(0.0, people=50)
    assert len(set(pains)) == 50


# --- presses --------------------------------------------------------------------------------------


def _expect(found: int, expected: float) -> None:
    """Hold a Poisson count to its expectation."""
    assert found == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_presses_come_at_their_rate_at_a_pain_of_5() -> None:
    presses = World(demand={"per_h": 0.8}).presses(DAY_MIN, people=150)
    _expect(len(presses), 150 * 24 * 0.8)


@pytest.mark.parametrize("slope", [0.4, -0.4])
def test_pain_changes_the_rate_by_its_slope(slope: float) -> None:
    world = World({"start": 7}, {"per_h": 0.5, "pain_slope": slope})
    _expect(len(world.presses(DAY_MIN, 150)), 150 * 24 * 0.5 * math.exp(2 * slope))


def test_noise_in_pain_raises_the_rate_as_its_variance_says() -> None:
    world = World({"noise_sd": 0.9}, {"per_h": 0.5, "pain_slope": 0.5})
    presses = world.presses(DAY_MIN, people=400)
    expected = 400 * 24 * 0.5 * math.exp(0.5 * (0.5 * 0.9) ** 2)  # E exp(slope * noise)
    assert len(presses) == pytest.approx(expected, rel=0.05)


def test_demand_fades() -> None:
    presses = World(demand={"per_h": 2, "fading_h": 12}).presses(2 * DAY_MIN, people=150)
    _expect(len(presses), 150 * 2 * 12 * (1 - math.exp(-4)))
    _expect(sum(t < 12 * 60 for t in presses), 150 * 2 * 12 * (1 - math.exp(-1)))


def test_at_night_presses_are_rarer_on_the_local_clock() -> None:
    evening = MIDNIGHT + timedelta(hours=20)
    world = World(demand={"per_h": 1, "night": 0.25}, started_at=evening)
    presses = world.presses(DAY_MIN, people=200)
    asleep = sum(2 * 60 <= t < 10 * 60 for t in presses)  # 22:00 to 06:00
    _expect(asleep, 200 * 8 * 0.25)
    _expect(len(presses) - asleep, 200 * 16)


def test_the_night_is_the_wall_clocks_when_the_clocks_change() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    evening = datetime(2024, 10, 26, 20, tzinfo=madrid)  # the night of 27 October is an hour longer
    world = World(demand={"night": 0}, started_at=evening)
    presses = world.presses(DAY_MIN, people=150)
    assert not [t for t in presses if 2 * 60 <= t < 11 * 60]
    assert [t for t in presses if 11 * 60 <= t < 11.5 * 60]


def test_thinning_agrees_with_a_fine_grid_of_time() -> None:
    """Presses relieve pain, which spaces the next ones: no closed form, so step by the minute."""
    pain = {"start": 8, "fading_h": 30, "noise_sd": 1, "relief": 5, "ce50_ng_ml": 4}
    demand = {"per_h": 1.5, "fading_h": 20, "pain_slope": 0.35, "night": 0.5}
    people, until = 150, int(DAY_MIN)
    thinned = World(pain, demand, ug_per_ml=100.0).presses(float(until), people)
    stepped: list[int] = []
    for n in range(1, people + 1):
        stepped += _step_by_step(pain, demand, Draw(Chance(6), n), until)
    for low, high in ((0, 360), (360, 900), (900, until), (0, until)):
        counts = [sum(low <= t < high for t in times) for times in (thinned, stepped)]
        assert counts[0] == pytest.approx(counts[1], abs=4 * math.sqrt(sum(counts)))
        assert min(counts) > 250


def _step_by_step(
    pain: Mapping[str, float], demand: Mapping[str, float], draw: Draw, until: int
) -> list[int]:
    course, presses, bolus_until, locked_until = Course(MODEL), [], 0, 0
    noise, keep = draw.normal("noise", 0), math.exp(-1 / (6 * 60))
    for minute in range(until):
        effect = course.effect()
        felt = pain["start"] * math.exp(-minute / 60 / pain["fading_h"]) + pain["noise_sd"] * noise
        felt -= pain["relief"] * effect / (effect + pain["ce50_ng_ml"])
        felt = min(max(felt, 0.0), 10.0)
        per_h = demand["per_h"] * math.exp(demand["pain_slope"] * (felt - 5))
        per_h *= math.exp(-minute / 60 / demand["fading_h"])
        hour = minute // 60
        per_h *= demand["night"] if hour >= 22 or hour < 6 else 1
        if draw.uniform("press", minute) < 1 - math.exp(-per_h / 60):
            presses.append(minute)
            if minute >= locked_until:
                bolus_until, locked_until = minute + 1, minute + 8
        rate_ml_min = 1 / 60 + (2 if minute < bolus_until else 0)
        course.advance(minute + 1.0, rate_ml_min * 100)
        noise = keep * noise + math.sqrt(1 - keep * keep) * draw.normal("noise", minute + 1)
    return presses


def test_impatient_presses_are_geometric_with_exponential_gaps() -> None:
    body, _ = World(demand={"again": 0.6, "gap_min": 4}).body()
    rows = []
    for _ in range(3000):
        body.next_candidate()
        rows.append(body.impatient())
    counts = [len(row) for row in rows]
    assert fmean(counts) == pytest.approx(0.6 / 0.4, abs=0.15)
    assert counts.count(0) / 3000 == pytest.approx(0.4, abs=0.04)
    gaps = [gap for row in rows for gap in row]
    assert fmean(gaps) == pytest.approx(4, abs=4 * 4 / math.sqrt(len(gaps)))
    assert len(set(gaps)) == len(gaps)


def test_the_patient_never_press_again_and_nobody_presses_for_ever() -> None:
    patient, _ = World().body()
    patient.next_candidate()
    assert patient.impatient() == []
    frantic, _ = World(demand={"again": 0.999999}).body()
    frantic.next_candidate()
    assert len(frantic.impatient()) == 99


@pytest.mark.parametrize(
    ("now", "start", "end", "inside"),
    [
        ("23:00", "22:00", "06:00", True),
        ("22:00", "22:00", "06:00", True),
        ("05:59", "22:00", "06:00", True),
        ("06:00", "22:00", "06:00", False),
        ("12:00", "22:00", "06:00", False),
        ("01:00", "00:00", "06:00", True),
        ("00:00", "00:00", "06:00", True),
        ("06:00", "00:00", "06:00", False),
        ("23:00", "00:00", "06:00", False),
    ],
)
def test_night_may_pass_midnight(now: str, start: str, end: str, inside: bool) -> None:
    asked = (time.fromisoformat(text) for text in (now, start, end))
    assert within(*asked) is inside
