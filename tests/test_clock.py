from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from equipoise.clock import SimulatedClock, SystemClock
from equipoise.errors import InputError

START = datetime(2024, 3, 1, 8, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=8)))


def test_simulated_time_is_utc_to_the_second_and_stands_still() -> None:
    clock = SimulatedClock(START)
    assert clock.now() == clock.now() == datetime(2024, 3, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_simulated_time_moves_forward_only() -> None:
    clock = SimulatedClock(START)
    clock.move_to(clock.now())
    clock.move_to(START + timedelta(hours=1))
    assert clock.now() == datetime(2024, 3, 1, 1, tzinfo=UTC)
    with pytest.raises(InputError, match="time cannot move back from 2024-03-01T01:00:00"):
        clock.move_to(START)


def test_the_systems_clock_tells_whole_seconds_in_utc() -> None:
    before = datetime.fromtimestamp(time.time(), UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond == 0
    assert before - timedelta(seconds=1) <= now <= datetime.fromtimestamp(time.time(), UTC)
