"""What is still to happen in a rehearsal, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from equipoise.clock import SimulatedClock


class Agenda:
    """Acts by time; acts at the same second happen in the order in which they were planned."""

    def __init__(self, clock: SimulatedClock) -> None:
        """Plan on ``clock``, which the agenda moves."""
        self._clock = clock
        self._acts: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Plan ``act`` at ``when``, or now when that has passed."""
        moment = max(when.astimezone(UTC).replace(microsecond=0), self._clock.now())
        heapq.heappush(self._acts, (moment, next(self._order), act))

    @property
    def planned(self) -> int:
        """How many acts are still to come."""
        return len(self._acts)

    def run(self, progress: Callable[[], None]) -> None:
        """Do everything, moving the clock; call ``progress`` before each act."""
        while self._acts:
            when, _, act = heapq.heappop(self._acts)
            self._clock.move_to(when)
            progress()
            act()
