"""When staff and participants meet, in the protocol's windows, on the wall clock."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.protocol.parts import Attrition, PainProcess
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.visits import due, meet, months_later, plan_ward_rounds
from equipoise.rehearsal.ward import Treatment
from tests.rehearsal.stages import stage, treat
from tests.rehearsals.knee import protocol


@cache
def _ward() -> tuple[Stage, list[Treatment]]:
    """Return a stage on which the ward rounds of its people took place."""
    on = stage(participants=30, not_treated=0)
    return on, treat(on, 50, lambda treatment: plan_ward_rounds(on, treatment))


def _events(kind: str, visit: str) -> list[tuple[Event, datetime]]:
    """Return the events of a visit with the local midnight of the day the pump started."""
    on, treated = _ward()
    day0 = {x.person.number: on.local(x.started_at.date()) for x in treated}
    return [
        (event, day0[str(event.participant)])
        for event in on.trial.events()
        if event.kind == kind and getattr(event.fact, "visit", None) == visit
    ]


@pytest.mark.parametrize(
    ("visit", "day", "planned_h", "window_h", "role"),
    [("evening", 0, 21.0, 1.0, "caregiver"), ("morning", 1, 9.5, 3.0, "outcomes assessor")],
)
def test_ward_rounds_fall_all_over_their_window(
    visit: str, day: int, planned_h: float, window_h: float, role: str
) -> None:
    times = []
    for event, day0 in _events("FormRecorded", visit):
        times.append((event.occurred_at - day0).total_seconds() / 3600 - 24 * day)
        assert event.role == role
    assert len(times) > 25
    assert planned_h - window_h / 2 <= min(times) < planned_h - 0.3 * window_h
    assert planned_h + 0.3 * window_h < max(times) <= planned_h + window_h / 2


def test_nobody_is_assessed_before_the_pump_has_run_ten_minutes() -> None:
    on, treated = _ward()
    early = on.protocol.visit("evening").model_copy(update={"at": datetime.min.time()})
    for treatment in treated:
        when = due(on, treatment, early, 1)
        assert when - treatment.started_at == timedelta(minutes=10)


def test_a_call_comes_months_later_by_day_within_its_window() -> None:
    on, treated = _ward()
    visit = on.protocol.visit("month3")
    offsets, hours = [], []
    for treatment in treated:
        planned = months_later(treatment.started_at.date(), 3)
        when = due(on, treatment, visit, 4)
        offsets.append((when.date() - planned).days)
        hours.append(when.hour)
        assert when.utcoffset() == timedelta(hours=2)  # three months later it is summer
    assert -5 <= min(offsets) < -2
    assert 2 < max(offsets) <= 5
    assert 10 <= min(hours) <= 11
    assert 16 <= max(hours) < 18


def test_a_visit_is_missed_by_its_own_lot_and_somebody_says_so() -> None:
    on, treated = _ward()
    missed = {
        (str(event.participant), visit)
        for visit in ("evening", "morning")
        for event, _ in _events("VisitMissed", visit)
    }
    expected = {
        (x.person.number, visit)
        for x in treated
        for visit, index in (("evening", 1), ("morning", 2))
        if on.chance.uniform(x.person.n, "visit missed", index) < 0.05
    }
    assert missed == expected
    assert missed


@pytest.mark.parametrize(("chance", "kind"), [(0.0, "FormRecorded"), (1.0, "VisitMissed")])
def test_a_missed_visit_has_no_forms(chance: float, kind: str) -> None:
    attrition = {"KNEE-PCA": Attrition(withdraws=0, lost=0, visit_missed=chance)}
    on = stage(participants=1, not_treated=0, attrition=attrition)
    treat(on, 8, lambda treatment: plan_ward_rounds(on, treatment))
    events = [e for e in on.trial.events() if getattr(e.fact, "visit", "") == "morning"]
    assert [event.kind for event in events] == [kind]


def test_without_attrition_nobody_misses_anything() -> None:
    on = stage(participants=8, not_treated=0, attrition={})
    treat(on, 20, lambda treatment: plan_ward_rounds(on, treatment))
    assert not [e for e in on.trial.events() if isinstance(e.fact, t.VisitMissed)]


def test_forms_know_the_hour_and_the_pain_of_the_moment() -> None:
    lasting = PainProcess.model_validate(
        protocol().model_dump()["rehearsal"]["pain"] | {"fading_h": 1e9}
    )
    on = stage(participants=1, not_treated=0, attrition={}, pain=lasting)
    seen: list[dict[str, float]] = []
    morning = on.protocol.visit("morning").model_copy(update={"forms": ()})

    def look(treatment: Treatment) -> None:
        def moment() -> None:
            meet(on, treatment, on.protocol, morning)
            known = {name: float(treatment.person.known[name]) for name in ("hours", "pain")}
            seen.append(known | {"felt": treatment.pain()})

        treatment.plan(6.5 * 60, moment)
        treatment.plan(14 * 24 * 60.0, moment)

    treat(on, 8, look)
    soon, late = seen
    assert soon["hours"] == 6.5
    assert soon["pain"] == soon["felt"] > 0
    assert late["hours"] == 14 * 24
    assert late["pain"] == 0 < late["felt"]  # two weeks later nobody asks for it


# --- months ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 11, 30), 1, date(2024, 12, 30)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 10, 31), 1, date(2024, 11, 30)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 5, 17), 0, date(2024, 5, 17)),
    ],
)
def test_months_later(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])
