"""Who has an adverse event, when, and what the nurse writes."""

from __future__ import annotations

import math
from functools import cache
from statistics import median

import pytest

from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.protocol.parts import AdverseEventChance
from equipoise.rehearsal.adverse_events import plan_adverse_events, severity
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.ward import Treatment
from tests.rehearsal.stages import stage, treat


@cache
def _ward() -> tuple[Stage, list[Treatment], dict[tuple[str, str], Event]]:
    on = stage(participants=60, not_treated=0)
    treated = treat(on, 90, lambda treatment: plan_adverse_events(on, treatment))
    reports = {
        (str(event.participant), event.fact.term): event
        for event in on.trial.events()
        if isinstance(event.fact, t.AdverseEventReported)
    }
    return on, treated, reports


def test_events_happen_by_everybodys_own_lot() -> None:
    on, treated, reports = _ward()
    expected = set()
    for treatment in treated:
        number, n = treatment.person.number, treatment.person.n
        chances = {"Nausea": 0.4, "Fall": 0.15 if treatment.person.known["sex"] == "m" else 0.05}
        for index, (term, chance) in enumerate(chances.items()):
            if on.chance.uniform(n, "adverse event", index) < chance:
                expected.add((number, term))
    assert reports.keys() == expected
    assert {term for _, term in expected} == {"Nausea", "Fall"}


def test_onsets_lie_around_the_median_and_are_reported_at_once() -> None:
    on, treated, reports = _ward()
    started = {x.person.number: (x.person.n, x.started_at) for x in treated}
    hours = []
    for (number, term), event in reports.items():
        n, start = started[number]
        index, median_h = (0, 8) if term == "Nausea" else (1, 20)
        onset_h = (event.occurred_at - start).total_seconds() / 3600
        drawn = median_h * 2 ** on.chance.normal(n, "adverse event time", index)
        assert onset_h == pytest.approx(min(drawn, 120), abs=1 / 3600)
        assert event.occurred_at == event.recorded_at
        assert event.role == "caregiver"
        hours += [onset_h] if term == "Nausea" else []
    assert median(hours) == pytest.approx(8, rel=0.5)


def test_a_report_is_coded_by_the_protocols_own_list() -> None:
    organs = {
        "Nausea": "Gastrointestinal disorders",
        "Fall": "Injury, poisoning and procedural complications",
    }
    for (_, term), event in _ward()[2].items():
        assert isinstance(event.fact, t.AdverseEventReported)
        assert event.fact.organ_system == organs[term]


def test_seriousness_and_end_are_drawn() -> None:
    on, treated, reports = _ward()
    n = {x.person.number: x.person.n for x in treated}
    for (number, term), event in reports.items():
        fact = event.fact
        assert isinstance(fact, t.AdverseEventReported)
        index = 0 if term == "Nausea" else 1
        serious = on.chance.uniform(n[number], "adverse event serious", index) < 0.5 * index
        grade = on.chance.uniform(n[number], "adverse event grade", index)
        assert fact.serious is serious
        assert fact.severity == ("severe" if grade < 0.5 * index else severity(NAUSEA, grade))
        assert fact.ended_at is not None
        lasts = (fact.ended_at - event.occurred_at).total_seconds() / 3600
        drawn = 8 * on.chance.exponential(n[number], "adverse event lasts", index)
        assert math.isclose(lasts, drawn, abs_tol=1 / 3600)


NAUSEA = AdverseEventChance(term="Nausea", chance=0.4, median_h=8)
BAD = AdverseEventChance(term="Fall", chance=0.4, median_h=8, severe=0.1)


@pytest.mark.parametrize(
    ("event", "grade", "found"),
    [
        (NAUSEA, 0.0, "moderate"),
        (NAUSEA, 0.29, "moderate"),
        (NAUSEA, 0.3, "mild"),
        (BAD, 0.09, "severe"),
        (BAD, 0.1, "moderate"),
        (BAD, 0.99, "mild"),
    ],
)
def test_severity_goes_by_shares(event: AdverseEventChance, grade: float, found: str) -> None:
    assert severity(event, grade) == found
