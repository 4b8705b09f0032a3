"""A stage of the invented study, set up to the point where people may arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from equipoise.chance import Chance, SeededEntropy
from equipoise.clock import SimulatedClock
from equipoise.conduct import setup
from equipoise.conduct.trial import Trial
from equipoise.ledger import MemoryStore
from equipoise.protocol.load import Loaded
from equipoise.rehearsal import ceremony
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.cast import cast, delegations
from equipoise.rehearsal.model import world
from equipoise.rehearsal.person import Person, draw_person
from equipoise.rehearsal.recruitment import arrive
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.ward import Treatment
from tests.rehearsals.knee import study

OPENING = datetime(2024, 3, 4, 8, tzinfo=UTC)


def stage(
    name: str = "KNEE-PCA", scenario: str = "plain", seed: int = 1, opening: datetime = OPENING,
    **changes: Any,
) -> Stage:  # fmt: skip
    """Return a stage after the ceremony; ``changes`` replace fields of its world."""
    loaded: Loaded = study(name)
    protocol = setup.usable(loaded)
    plan = replace(world(protocol, scenario), **changes)
    clock = SimulatedClock(opening)
    trial, people = Trial(MemoryStore(), clock, SeededEntropy(seed, "ledger")), cast()
    setup.open_trial(trial, people.investigator, loaded.lineage()[0], delegations())
    keys = ceremony.hold(trial, people, plan.annex, SeededEntropy(seed, "ceremony"))
    chance = Chance(seed)
    return Stage(protocol, trial, clock, Agenda(clock), plan, people, chance, keys["pharmacist"])


def person(on: Stage, n: int) -> Person:
    """Return virtual person ``n``."""
    return draw_person(on.protocol, on.world, on.chance, n)


def treat(
    on: Stage, people: int, then: Callable[[Treatment], None] = lambda _: None
) -> list[Treatment]:
    """Let people arrive until enough are randomized, and live until nothing is planned any more.

    ``then`` is called when a pump has started.
    """
    treated: list[Treatment] = []

    def started(treatment: Treatment) -> None:
        treated.append(treatment)
        then(treatment)

    def come(n: int) -> None:
        if not on.recruited:
            arrive(on, person(on, n), started)

    opening = on.clock.now()
    for n in range(1, people + 1):
        on.agenda.at(opening + timedelta(hours=n), partial(come, n))
    on.agenda.run(lambda: None)
    return treated
