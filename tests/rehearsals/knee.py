"""Rehearsals of the invented studies in ``studies/``: KNEE-PCA, and KNEE-LATER which extends it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from equipoise.conduct.trial import Trial
from equipoise.events.types import Event
from equipoise.ledger import MemoryStore, read_events
from equipoise.protocol.load import Loaded, load_study
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.run import rehearse

STUDIES = Path(__file__).parent / "studies"


@cache
def study(name: str = "KNEE-PCA") -> Loaded:
    """Return a study as loaded from its folder."""
    return load_study(STUDIES / name)


def protocol(name: str = "KNEE-PCA") -> Protocol:
    """Return the protocol of a study, which has no errors."""
    loaded = study(name)
    assert loaded.protocol is not None, loaded.problems
    return loaded.protocol


def rehearsed(
    seed: int = 1, scenario: str = "plain", participants: int | None = None, trial: int = 0,
    name: str = "KNEE-PCA", loaded: Loaded | None = None,
) -> Trial:  # fmt: skip
    """Rehearse into memory and return the trial."""
    return rehearse(
        loaded or study(name), MemoryStore(), seed, scenario, participants, nothing, trial=trial
    )


def nothing(what: str, done: float) -> None:
    """Take no notice of progress."""


@cache
def events(
    seed: int = 1, scenario: str = "plain", participants: int | None = None,
    name: str = "KNEE-PCA",
) -> tuple[Event, ...]:  # fmt: skip
    """Return the events of a rehearsal; each is rehearsed once per process."""
    return tuple(read_events(rehearsed(seed, scenario, participants, name=name).store))
