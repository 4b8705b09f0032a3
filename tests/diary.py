"""Write the events of a small trial, for tests: numbered, a minute apart, stamped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from equipoise.events import types as facts
from equipoise.events.types import Event, Fact, ProtocolAdopted

STUDY = "NCT00000001"
FOLLOW_UP = "NCT00000002"
START = datetime(2024, 3, 1, 8, tzinfo=UTC)
TODAY = date(2024, 3, 1)


def adoption(
    study: str = STUDY, version: int = 1, effective_on: date = TODAY, text: str | None = None
) -> ProtocolAdopted:
    """Return the adoption of a protocol whose digest is right."""
    text = text or f'{{"study":"{study}","version":{version}}}'
    return ProtocolAdopted(
        adopted=study,
        version=version,
        digest=sha256(text.encode()).hexdigest(),
        record_digest=None,
        effective_on=effective_on,
        text=text,
    )


OPENED = facts.TrialOpened(title="A trial", zone="Asia/Shanghai", software="equipoise 0.1.0")
SEALED = facts.AllocationSealed(
    publication="a" * 64, root="b" * 64, specification="c" * 64, slots=20, sealed_list="[]"
)


@dataclass
class Diary:
    """Events so far; each :meth:`write` adds one, by default legal in its stamp and times."""

    events: list[Event] = field(default_factory=list)
    stamps: dict[str, str] = field(
        default_factory=lambda: {study: adoption(study).digest for study in (STUDY, FOLLOW_UP)}
    )
    now: datetime = START

    def write(
        self, fact: Fact, participant: str | None = None, study: str = STUDY, **changes: Any
    ) -> Event:
        """Add an event a minute after the last; ``changes`` replaces any of its fields."""
        self.now += timedelta(minutes=1)
        if isinstance(fact, ProtocolAdopted):
            self.stamps[study] = fact.digest
        event = Event(
            **{
                "seq": len(self.events) + 1,
                "study": study,
                "protocol": self.stamps[study],
                "occurred_at": self.now - timedelta(minutes=5),
                "recorded_at": self.now,
                "by": "li",
                "role": "nurse",
                "participant": participant,
                "command": f"act-{len(self.events) + 1}",
                "fact": fact,
                **changes,
            }
        )
        self.events.append(event)
        return event

    def open(self) -> None:
        """Write what leads to the first participant: events 1 to 3."""
        self.write(OPENED)
        self.write(adoption())
        self.write(SEALED)

    def enrol(self, participant: str, slot: int) -> None:
        """Write one participant from screening to the first form: seven events."""
        for fact in (
            facts.Screened(fingerprint=sha256(participant.encode()).hexdigest()),
            facts.ConsentGiven(document_version="2", language="zh"),
            facts.EligibilityConfirmed(criteria=()),
            facts.Randomized(stratum="all", slot=slot, kit=f"KIT-{slot}"),
            facts.BagPrepared(
                kit=f"KIT-{slot}", weight_kg=Decimal("52.0"), volume_ml=Decimal(200), steps=9
            ),
            facts.PumpStarted(
                kit=f"KIT-{slot}",
                bolus_ml=Decimal("2.0"),
                lockout_min=Decimal(8),
                background_ml_h=Decimal("1.0"),
            ),
            facts.FormRecorded(visit="day 1", form="pain", values={"rest": 2, "movement": 4}),
        ):
            self.write(fact, participant)


def small_trial(participants: int = 2) -> list[Event]:
    """Return a legal trial: 3 events and 7 for each participant."""
    diary = Diary()
    diary.open()
    for number in range(1, participants + 1):
        diary.enrol(f"P{number}", number)
    return diary.events
