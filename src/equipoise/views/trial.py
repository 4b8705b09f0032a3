"""What is known of the trial as a whole: protocols, staff, the sealed list, locks, opening."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.protocol.load import from_canonical
from equipoise.protocol.parts import Masking, Protocol


@dataclass(slots=True)
class TrialState:
    """Fold of the trial's own events; feed it events in order."""

    title: str = ""
    zone: str = "UTC"
    software: str = ""
    rehearsal: t.Rehearsal | None = None
    protocols: dict[str, Protocol] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    staff: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    seed_commitments: dict[str, t.SeedCommitted] = field(default_factory=dict)
    sealed: t.AllocationSealed | None = None
    taken: dict[str, int] = field(default_factory=dict)
    plans: dict[str, t.AnalysisPlanSigned] = field(default_factory=dict)
    locked: dict[str, Event] = field(default_factory=dict)
    signatures: dict[str, dict[str, t.OpeningSigned]] = field(default_factory=dict)
    opened: t.AllocationOpened | None = None
    commands: dict[str, list[int]] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take in one event."""
        self.commands.setdefault(event.command, []).append(event.seq)
        match event.fact:
            case t.TrialOpened() as fact:
                self.title, self.zone = fact.title, fact.zone
                self.software, self.rehearsal = fact.software, fact.rehearsal
            case t.ProtocolAdopted() as fact:
                parent = self.protocols.get(json.loads(fact.text)["extends"])
                self.protocols[fact.adopted] = from_canonical(fact.text, parent)
                self.digests[fact.adopted] = fact.digest
            case t.StaffDelegated() as fact:
                self.staff[fact.person] = (fact.name, fact.roles)
            case t.StaffReleased() as fact:
                self.staff.pop(fact.person, None)
            case t.SeedCommitted() as fact:
                self.seed_commitments[fact.party] = fact
            case t.AllocationSealed() as fact:
                self.sealed = fact
            case t.Randomized() as fact:
                self.taken[fact.stratum] = self.taken.get(fact.stratum, 0) + 1
            case t.AnalysisPlanSigned() as fact:
                self.plans[event.study] = fact
            case t.DataLocked():
                self.locked[event.study] = event
            case t.OpeningSigned() as fact:
                self.signatures.setdefault(event.study, {})[event.role] = fact
            case t.AllocationOpened() as fact:
                self.opened = fact
            case _:
                pass

    @property
    def masking(self) -> Masking | None:
        """Return who is masked, None before a protocol is adopted."""
        return self.protocol.root.masking if self.protocols else None

    @property
    def protocol(self) -> Protocol:
        """Return the protocol adopted last: the one that extends the others."""
        return list(self.protocols.values())[-1]
