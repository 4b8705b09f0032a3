"""What is known of each participant: the fold that every screen, rule and dataset reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import singledispatch

from equipoise.events import types as t
from equipoise.events.types import Event, Value


@dataclass(slots=True)
class FilledForm:
    """A form as it stands, corrections applied; ``seq`` is the event that recorded it."""

    seq: int
    study: str
    at: datetime
    by: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Press:
    """A press of the pump's button: when, and the bolus that it brought (None: denied)."""

    at: datetime
    volume_ml: Decimal | None
    denied: str | None = None


@dataclass(slots=True)
class PumpCourse:
    """The pump of one participant: settings, bags, presses, counter."""

    started_at: datetime
    bolus_ml: Decimal
    background_ml_h: Decimal
    bags: list[tuple[datetime, str]]
    presses: list[Press] = field(default_factory=list)
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    infused_ml: Decimal | None = None

    @property
    def boluses(self) -> list[Press]:
        """Return the presses that brought a bolus."""
        return [press for press in self.presses if press.volume_ml is not None]


@dataclass(slots=True)
class Participant:
    """Everything recorded of one person, by number. Knows a slot, never an arm."""

    number: str
    screened_at: datetime
    consents: dict[str, datetime] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)
    eligible: dict[str, bool] = field(default_factory=dict)
    criteria: dict[str, tuple[t.Criterion, ...]] = field(default_factory=dict)
    randomized_at: datetime | None = None
    stratum: str | None = None
    slot: int | None = None
    kit: str | None = None
    randomization: int | None = None
    """The event that randomized; its number is the order."""
    at_randomization: dict[str, Value] = field(default_factory=dict)
    """The values as they were then, which later corrections leave alone."""
    weight_kg: Decimal | None = None
    prepared: list[str] = field(default_factory=list)
    enrolled: dict[str, datetime] = field(default_factory=dict)
    pump: PumpCourse | None = None
    forms: dict[tuple[str, str], FilledForm] = field(default_factory=dict)
    missed: dict[str, str] = field(default_factory=dict)
    adverse_events: list[tuple[datetime, t.AdverseEventReported]] = field(default_factory=list)
    withdrawn: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    lost: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    deviations: list[t.DeviationRecorded] = field(default_factory=list)

    @property
    def randomized(self) -> bool:
        """Whether the participant has a slot."""
        return self.slot is not None

    @property
    def treated(self) -> bool:
        """Whether the study pump was started."""
        return self.pump is not None

    def running(self) -> PumpCourse:
        """Return the pump's course; the order of events sees to it that there is one."""
        assert self.pump is not None
        return self.pump

    def values(self) -> dict[str, Value]:
        """Return the latest value of every item, whatever the visit (for rules at baseline)."""
        merged: dict[str, Value] = {}
        for form in self.forms.values():
            merged |= form.values
        return merged


class Participants:
    """Fold of a ledger into participants by number; feed it events in order."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.by_number: dict[str, Participant] = {}
        self.number_of: dict[str, str] = {}
        """The participant's number by identity fingerprint."""
        self.corrections = 0
        self._form_of: dict[int, tuple[str, str]] = {}

    def apply(self, event: Event) -> None:
        """Take in one event; events of the trial as a whole change nothing here."""
        if event.participant is None:
            return
        if isinstance(event.fact, t.Screened):
            self.by_number[event.participant] = Participant(event.participant, event.occurred_at)
            self.number_of[event.fact.fingerprint] = event.participant
            return
        person = self.by_number[event.participant]
        if isinstance(event.fact, t.FormRecorded):
            self._form_of[event.seq] = (event.fact.visit, event.fact.form)
        if isinstance(event.fact, t.ValueCorrected):
            form = person.forms[self._form_of[event.fact.corrects]]
            form.values[event.fact.item] = event.fact.value
            self.corrections += 1
        _take_in(event.fact, person, event)

    def form_of(self, seq: int) -> tuple[str, str] | None:
        """Return (visit, form) of the form recorded by event ``seq``, if it is one."""
        return self._form_of.get(seq)


@singledispatch
def _take_in(fact: t.Fact, person: Participant, event: Event) -> None:
    """Change ``person`` by ``fact``; a kind without a function of its own changes nothing."""


@_take_in.register
def _(fact: t.ConsentGiven, person: Participant, event: Event) -> None:
    person.consents[event.study] = event.occurred_at


@_take_in.register
def _(fact: t.ConsentDeclined, person: Participant, event: Event) -> None:
    person.declined[event.study] = fact.reason


@_take_in.register
def _(fact: t.ConsentWithdrawn, person: Participant, event: Event) -> None:
    person.withdrawn[event.study] = (event.occurred_at, fact.reason)


@_take_in.register(t.EligibilityConfirmed)
@_take_in.register(t.ScreenFailed)
def _(fact: t.EligibilityConfirmed | t.ScreenFailed, person: Participant, event: Event) -> None:
    person.eligible[event.study] = isinstance(fact, t.EligibilityConfirmed)
    person.criteria[event.study] = fact.criteria


@_take_in.register
def _(fact: t.Randomized, person: Participant, event: Event) -> None:
    person.randomized_at = event.occurred_at
    person.stratum, person.slot, person.kit = fact.stratum, fact.slot, fact.kit
    person.randomization, person.at_randomization = event.seq, person.values()


@_take_in.register
def _(fact: t.Enrolled, person: Participant, event: Event) -> None:
    person.enrolled[event.study] = event.occurred_at


@_take_in.register
def _(fact: t.BagPrepared, person: Participant, event: Event) -> None:
    person.weight_kg = fact.weight_kg
    person.prepared.append(fact.kit)


@_take_in.register
def _(fact: t.PumpStarted, person: Participant, event: Event) -> None:
    person.pump = PumpCourse(
        event.occurred_at, fact.bolus_ml, fact.background_ml_h, [(event.occurred_at, fact.kit)]
    )


@_take_in.register
def _(fact: t.DemandDelivered, person: Participant, event: Event) -> None:
    person.running().presses.append(Press(event.occurred_at, fact.volume_ml))


@_take_in.register
def _(fact: t.DemandDenied, person: Participant, event: Event) -> None:
    person.running().presses.append(Press(event.occurred_at, None, fact.reason))


@_take_in.register
def _(fact: t.BagReplaced, person: Participant, event: Event) -> None:
    person.running().bags.append((event.occurred_at, fact.kit))


@_take_in.register
def _(fact: t.PumpStopped, person: Participant, event: Event) -> None:
    pump = person.running()
    pump.stopped_at, pump.stop_reason = event.occurred_at, fact.reason
    pump.infused_ml = fact.infused_ml


@_take_in.register
def _(fact: t.FormRecorded, person: Participant, event: Event) -> None:
    person.forms[fact.visit, fact.form] = FilledForm(
        event.seq, event.study, event.occurred_at, event.by, dict(fact.values)
    )


@_take_in.register
def _(fact: t.VisitMissed, person: Participant, event: Event) -> None:
    person.missed[fact.visit] = fact.reason


@_take_in.register
def _(fact: t.AdverseEventReported, person: Participant, event: Event) -> None:
    person.adverse_events.append((event.occurred_at, fact))


@_take_in.register
def _(fact: t.FollowUpLost, person: Participant, event: Event) -> None:
    person.lost[event.study] = (event.occurred_at, fact.reason)


@_take_in.register
def _(fact: t.DeviationRecorded, person: Participant, event: Event) -> None:
    person.deviations.append(fact)
