"""What all virtual participants share: the trial, its clock and agenda, the world, the staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from equipoise.chance import Chance
from equipoise.clock import SimulatedClock
from equipoise.conduct.allocation import ReaderKey
from equipoise.conduct.trial import Trial
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.cast import Cast
from equipoise.rehearsal.model import World

NOBODY = 0  # the participant number under which the trial's own chances are drawn


@dataclass
class Stage:
    """The place of a rehearsal."""

    protocol: Protocol
    trial: Trial
    clock: SimulatedClock
    agenda: Agenda
    world: World
    cast: Cast
    chance: Chance
    pharmacy_key: ReaderKey
    randomized: int = 0
    arrival_gaps: list[float] = field(default_factory=list)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        site = self.protocol.root.site
        return ZoneInfo(site.zone if site else "UTC")

    @cached_property
    def visit_index(self) -> dict[str, int]:
        """The place of each visit in the schedule of the lineage."""
        return {visit.visit: place for place, visit in enumerate(self.protocol.visits())}

    @cached_property
    def _leavers(self) -> set[int]:
        """The ordinals of the randomized people who never start: those with the least numbers."""
        ordinals = range(1, self.world.participants + 1)
        least = sorted(
            ordinals, key=lambda n: self.chance.uniform(NOBODY, "leaves before treatment", n)
        )
        return set(least[: self.world.not_treated])

    def full(self) -> bool:
        """Return whether as many people are randomized as planned."""
        return self.randomized >= self.world.participants

    def never_treated(self) -> bool:
        """Count one more randomized person, and return whether they leave before treatment."""
        self.randomized += 1
        return self.randomized in self._leavers
