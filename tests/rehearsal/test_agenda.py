"""Acts happen by time, and the clock goes with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from equipoise.clock import SimulatedClock
from equipoise.rehearsal.agenda import Agenda

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _agenda() -> tuple[Agenda, SimulatedClock]:
    clock = SimulatedClock(NOON)
    return Agenda(clock), clock


@given(st.lists(st.integers(0, 30), max_size=20))
def test_acts_happen_by_time_and_at_equal_times_as_planned(minutes: list[int]) -> None:
    agenda, clock = _agenda()
    done: list[tuple[datetime, int]] = []

    def act(place: int) -> None:
        done.append((clock.now(), place))

    for place, minute in enumerate(minutes):
        agenda.at(NOON + minute * MINUTE, partial(act, place))
    agenda.run(lambda: None)
    assert done == sorted((NOON + m * MINUTE, place) for place, m in enumerate(minutes))


def test_what_is_past_happens_now_and_what_comes_of_it_later() -> None:
    agenda, clock = _agenda()
    done: list[tuple[str, datetime]] = []

    def first() -> None:
        done.append(("first", clock.now()))
        agenda.at(NOON - 5 * MINUTE, lambda: done.append(("late", clock.now())))
        agenda.at(clock.now() + MINUTE, lambda: done.append(("then", clock.now())))

    agenda.at(NOON + MINUTE, first)
    agenda.run(lambda: None)
    assert done == [
        ("first", NOON + MINUTE),
        ("late", NOON + MINUTE),
        ("then", NOON + 2 * MINUTE),
    ]


def test_a_time_of_another_zone_is_the_same_moment_to_the_second() -> None:
    agenda, clock = _agenda()
    seen: list[datetime] = []
    shanghai = timezone(timedelta(hours=8))
    agenda.at(datetime(2024, 3, 1, 20, 5, 0, 999_999, shanghai), lambda: seen.append(clock.now()))
    agenda.run(lambda: None)
    assert seen == [NOON + 5 * MINUTE]


def test_progress_is_told_once_for_each_act() -> None:
    agenda, _ = _agenda()
    told: list[int] = []
    for minute in range(3):
        agenda.at(NOON + minute * MINUTE, lambda: None)
    assert agenda.planned == 3
    agenda.run(lambda: told.append(agenda.planned))
    assert told == [2, 1, 0]
