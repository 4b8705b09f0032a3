"""From the arrival to a slot, or to one of the reasons why not."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import islice
from statistics import fmean, variance

import pytest

from equipoise.chance import Chance
from equipoise.events import types as t
from equipoise.rehearsal.recruitment import arrivals
from tests.rehearsal.stages import person, stage, treat
from tests.rehearsals.knee import events

START = date(2024, 3, 4)


def test_people_arrive_as_a_poisson_process_at_the_planned_rate() -> None:
    on = stage(seed=4)
    days = [(when.date() - START).days for when in islice(arrivals(on), 2000)]
    assert days == sorted(days)
    assert min(days) >= 0
    weeks = days[-1] // 7
    counts = Counter(day // 7 for day in days)
    per_week = [counts[week] for week in range(weeks)]
    assert fmean(per_week) == pytest.approx(4, abs=4 * (4 / weeks) ** 0.5)
    assert variance(per_week) == pytest.approx(4, rel=4 * (2 / weeks) ** 0.5)


def test_people_arrive_by_daylight_on_the_wall_clock() -> None:
    hours = [when.hour + when.minute / 60 for when in islice(arrivals(stage()), 500)]
    assert 9 <= min(hours) < 9.2
    assert 14.8 < max(hours) < 15
    assert fmean(hours) == pytest.approx(12, abs=0.3)


def test_who_is_willing_is_their_own_lot() -> None:
    on = stage(participants=100)
    treat(on, 40)
    for n in range(1, 41):
        record = on.trial.participant(f"P{n:04d}")
        willing = Chance(1).uniform(n, "consent", 0) < 0.9
        assert ("KNEE-PCA" in record.consents) is willing
        assert ("KNEE-PCA" in record.declined) is not willing


def test_the_willing_are_judged_and_only_the_eligible_get_a_slot() -> None:
    on = stage(participants=100)
    treat(on, 40)
    verdicts = Counter[tuple[bool, bool]]()
    for n in range(1, 41):
        record, who = on.trial.participant(f"P{n:04d}"), person(on, n)
        if not record.consents:
            assert not record.randomized
            continue
        fit = float(who.known["years"]) >= 18 and not who.known["allergic"]
        assert record.eligible["KNEE-PCA"] is fit
        assert record.randomized is fit
        verdicts[fit, record.treated] += 1
    assert verdicts[True, True] > 20
    assert verdicts[False, False] > 0


def test_somebody_who_leaves_withdraws_the_next_morning_and_gets_no_bag() -> None:
    on = stage(participants=5, not_treated=2)
    treat(on, 12)
    left = [p for p in on.trial.participants.by_number.values() if p.withdrawn]
    assert len(left) == 2
    for participant in left:
        assert participant.randomized_at is not None
        assert not participant.prepared
        when = participant.withdrawn["KNEE-PCA"][0]
        assert when.date() - participant.randomized_at.date() == timedelta(days=1)
    treated = [p for p in on.trial.participants.by_number.values() if p.treated]
    assert len(treated) == on.randomized - 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exactly_as_many_are_not_treated_as_planned(seed: int) -> None:
    kinds = Counter(event.kind for event in events(seed))
    assert kinds["Randomized"] == 12
    assert kinds["PumpStarted"] == kinds["PumpStopped"] == 11
    assert kinds["ConsentWithdrawn"] >= 1


def test_the_pump_starts_in_the_afternoon_after_randomization() -> None:
    on = stage(participants=20)
    for treatment in treat(on, 15):
        record = on.trial.participant(treatment.person.number)
        assert record.randomized_at is not None
        assert treatment.started_at.date() == (
            record.randomized_at.astimezone(on.zone).date() + timedelta(days=1)
        )
        assert 13 <= treatment.started_at.hour < 18


def test_the_screening_form_holds_what_was_asked_and_nothing_derived() -> None:
    forms = [e.fact for e in events() if isinstance(e.fact, t.FormRecorded)]
    screening = [form for form in forms if form.visit == "admission"]
    asked = {"sex", "years", "length_cm", "weight_kg", "allergic"}
    assert len(screening) > 12
    assert all(form.values.keys() == asked for form in screening)


def test_everybody_has_a_fingerprint_of_their_own() -> None:
    screened = [e.fact.fingerprint for e in events() if isinstance(e.fact, t.Screened)]
    assert len(set(screened)) == len(screened) > 12
