"""What everybody on a stage shares: the site's clock, the count of the randomized, who leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from equipoise.rehearsal.stage import NOBODY
from tests.rehearsal.stages import OPENING, stage, treat


def test_the_clock_is_the_sites() -> None:
    on = stage()
    assert on.now() == OPENING
    assert on.now().hour == 9  # Madrid in winter


def test_hours_are_those_of_the_wall_clock_in_summer_and_winter() -> None:
    on = stage()
    assert on.local(date(2024, 3, 5), 9.5).astimezone(UTC) == datetime(
        2024, 3, 5, 8, 30, tzinfo=UTC
    )
    assert on.local(date(2024, 7, 5), 9.5).astimezone(UTC) == datetime(
        2024, 7, 5, 7, 30, tzinfo=UTC
    )
    assert on.local(date(2024, 7, 5)).hour == 0


def test_visits_are_counted_through_the_lineage() -> None:
    index = stage("KNEE-LATER").visit_index
    assert index == {
        "admission": 0, "evening": 1, "morning": 2, "month1": 3, "month3": 4,
        "year1": 5, "year2": 6,
    }  # fmt: skip


def test_people_consent_in_the_language_of_the_sites_protocol() -> None:
    on = stage()
    assert on.language == "en"
    title = on.protocol.title.model_copy(update={"zh": "膝"})
    chinese = on.protocol.model_copy(update={"title": title})
    assert replace(on, protocol=chinese).language == "zh"


def test_recruitment_ends_with_the_last_planned_slot() -> None:
    on = stage(participants=3)
    assert (on.randomized, on.recruited) == (0, False)
    treat(on, 3)
    assert on.randomized == sum(p.randomized for p in on.trial.participants.by_number.values()) > 0
    assert not on.recruited or on.randomized == 3
    full = stage(participants=on.randomized)
    treat(full, 3)
    assert full.recruited


def test_as_many_leave_before_treatment_as_planned_those_with_the_least_numbers() -> None:
    on = stage(participants=40, not_treated=7)
    numbers = {n: on.chance.uniform(NOBODY, "leaves before treatment", n) for n in range(1, 41)}
    assert len(on.leavers) == 7
    stay = numbers.keys() - on.leavers
    assert max(numbers[n] for n in on.leavers) < min(numbers[n] for n in stay)
    assert not stage(participants=40, not_treated=0).leavers


def test_hours_of_a_day_add_up_from_midnight() -> None:
    on = stage()
    day = date(2024, 5, 1)
    assert on.local(day, 30.0) - on.local(day) == timedelta(hours=30)
