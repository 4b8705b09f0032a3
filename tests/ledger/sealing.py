"""Seal small trials into entries, for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.chance import SeededEntropy
from equipoise.events.types import DeviationRecorded, Event
from equipoise.ledger.chain import GENESIS, Entry, Head, seal
from tests.diary import Diary


def sealed(events: Sequence[Event], previous: Head = GENESIS, label: str = "salts") -> list[Entry]:
    """Return ``events`` chained to ``previous``, with the same salts each time."""
    return seal(events, previous, SeededEntropy(1, label))


def notes(number: int, after: int = 0, command: str = "note") -> list[Event]:
    """Return ``number`` events of one act, numbered on from ``after``."""
    diary = Diary()
    fact = DeviationRecorded(category="other", description="a note")
    return [
        diary.write(fact, "P1", seq=after + step, command=command) for step in range(1, number + 1)
    ]
