"""What all virtual participants share: the trial, its clock and agenda, the world, the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from equipoise.chance import Chance
from equipoise.clock import SimulatedClock
from equipoise.conduct.allocation import ReaderKey
from equipoise.conduct.randomise import Assign
from equipoise.conduct.trial import Trial
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.cast import Cast
from equipoise.rehearsal.model import World

NOBODY = 0
"""The participant number under which the trial's own chances are drawn; people count from 1."""


@dataclass(frozen=True)
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
    assign: Assign | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        site = self.protocol.root.site
        return ZoneInfo(site.zone if site else "UTC")

    def now(self) -> datetime:
        """Return the site's time."""
        return self.clock.now().astimezone(self.zone)

    def local(self, day: date, hours: float = 0.0) -> datetime:
        """Return the moment so many ``hours`` after midnight of ``day`` on the site's clock."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return midnight + timedelta(hours=hours)

    @cached_property
    def language(self) -> str:
        """The language in which people consent: the site's own, where the protocol has it."""
        return "zh" if self.protocol.root.title.zh else "en"

    @cached_property
    def visit_index(self) -> dict[str, int]:
        """The place of each visit in the schedule of the lineage."""
        return {visit.visit: place for place, visit in enumerate(self.protocol.visits())}

    @property
    def randomized(self) -> int:
        """How many people have a slot."""
        return sum(self.trial.state.taken.values())

    @property
    def recruited(self) -> bool:
        """Whether as many people are randomized as planned."""
        return self.randomized >= self.world.participants

    @cached_property
    def leavers(self) -> frozenset[int]:
        """Which of the randomized, counted from 1, never start: those with the least numbers."""
        everyone = range(1, self.world.participants + 1)
        least = sorted(
            everyone, key=lambda n: self.chance.uniform(NOBODY, "leaves before treatment", n)
        )
        return frozenset(least[: self.world.not_treated])
