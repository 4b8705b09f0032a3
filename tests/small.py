"""A small rehearsed trial that many tests read: made once for each process."""

from __future__ import annotations

from functools import cache

from equipoise.analysis.analyse import Analysis, analyse
from equipoise.events.types import Event
from equipoise.ledger.memory import MemoryStore
from equipoise.ledger.store import read_events
from equipoise.protocol.load import load_study
from equipoise.rehearsal.run import rehearse

STUDY = "NCT05718544"
PARENT = "NCT04791059"
PEOPLE = 30


@cache
def store(scenario: str = "published", seed: int = 3) -> MemoryStore:
    """Return the ledger of a rehearsal of 30 participants."""
    kept = MemoryStore()
    rehearse(load_study(STUDY), kept, seed, scenario, PEOPLE, lambda _what, _done: None)
    return kept


@cache
def events() -> tuple[Event, ...]:
    return tuple(read_events(store()))


@cache
def analysis(*, dummy: bool = False) -> Analysis:
    return analyse(events(), str(store().head()), dummy=dummy)
