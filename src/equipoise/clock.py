"""Where the time comes from: the system's clock, or one that a rehearsal moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from equipoise.errors import InputError


class Clock(Protocol):
    """Anything that tells the time in UTC."""

    def now(self) -> datetime:
        """Return the current time, in UTC, to the second."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, in UTC, to the second."""
        return datetime.now(UTC).replace(microsecond=0)


class SimulatedClock:
    """A clock that stands still until it is moved, and never moves back."""

    def __init__(self, start: datetime) -> None:
        """Start at ``start``, which must carry a time zone."""
        self._now = start.astimezone(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        """Return the simulated time, in UTC, to the second."""
        return self._now

    def move_to(self, when: datetime) -> None:
        """Move forward to ``when``; raise :class:`InputError` when that is in the past."""
        target = when.astimezone(UTC).replace(microsecond=0)
        if target < self._now:
            raise InputError(
                "clock",
                f"time cannot move back from {self._now.isoformat()} to {target.isoformat()}",
                "Schedule the act at its own time, in order.",
            )
        self._now = target
