"""Who may know which participant's arm, since when and why. Default deny.

Being unmasked is never a property of the trial: the results of the first study may be public
while the assessors of its follow-up are still masked, participant by participant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.protocol.parts import Masking


@dataclass(frozen=True, slots=True)
class Grant:
    """One person may know one participant's arm, or everybody's (``participant`` None)."""

    person: str
    participant: str | None
    since: datetime
    why: str


class Grants:
    """Fold of a ledger into grants; feed it events in order."""

    def __init__(self) -> None:
        """Start with none."""
        self.given: list[Grant] = []
        self._masking: Masking | None = None
        self._roles: dict[str, tuple[str, ...]] = {}

    def apply(self, event: Event, masking: Masking | None) -> None:
        """Take in one event; ``masking`` is that of the protocol in force."""
        self._masking = masking
        match event.fact:
            case t.StaffDelegated() as fact:
                self._roles[fact.person] = fact.roles
                self._by_role(fact.person, event.recorded_at)
            case t.ProtocolAdopted():
                for person in self._roles:
                    self._by_role(person, event.recorded_at)
            case t.EmergencyUnmasked() as fact:
                self._give(event.by, event.participant, event.recorded_at, fact.reason)
            case t.AccidentallyUnmasked() as fact:
                self._give(event.by, event.participant, event.recorded_at, "by accident")
            case t.MaskingLifted() as fact:
                for person in fact.persons:
                    self._give(person, None, event.recorded_at, fact.reason)
            case t.AllocationOpened():
                for person in self._roles:
                    self._give(person, None, event.recorded_at, "the allocation is opened")
            case _:
                pass

    def may_know(self, person: str, participant: str, at: datetime | None = None) -> bool:
        """Return whether ``person`` may know the participant's arm, at a moment or by now."""
        return any(
            grant.person == person
            and grant.participant in (None, participant)
            and (at is None or grant.since <= at)
            for grant in self.given
        )

    def _by_role(self, person: str, since: datetime) -> None:
        unmasked = self._masking.unmasked if self._masking else ()
        for role in self._roles[person]:
            if role in unmasked and not any(
                grant.person == person and grant.participant is None for grant in self.given
            ):
                self._give(person, None, since, role)

    def _give(self, person: str, participant: str | None, since: datetime, why: str) -> None:
        self.given.append(Grant(person, participant, since, why))
