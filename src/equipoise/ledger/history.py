"""What each event must agree with in those before it, beyond the order that ``states`` allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

from equipoise.errors import Problem, Severity
from equipoise.events.states import Order
from equipoise.events.types import (
    Event,
    FormRecorded,
    ProtocolAdopted,
    Randomized,
    TrialOpened,
    ValueCorrected,
)

_CLOCK_SKEW = timedelta(seconds=120)  # what two clocks that are kept right may differ by
_NOT_OURS = (
    "This program would not have written it: the ledger was made by another, or anew after it was "
    "altered. Restore it from a backup that verifies."
)


@dataclass(slots=True)
class History:
    """What the events so far have said, as far as the next one must agree with it."""

    files: Mapping[tuple[str, int], str]
    """Digests of protocol files by study and version, to compare adopted protocols with."""
    order: Order = field(default_factory=Order)
    recorded_at: datetime | None = None
    zone: tzinfo = UTC
    stamps: dict[str, str] = field(default_factory=dict)
    """By study, the digest its events carry before its first protocol is adopted."""
    protocols: dict[str, list[ProtocolAdopted]] = field(default_factory=dict)
    forms: set[tuple[str, str | None, int]] = field(default_factory=set)
    """Study, participant and event of each form."""
    taken: dict[object, int] = field(default_factory=dict)
    """The event that took each slot and each kit."""

    def follow(self, event: Event) -> Iterator[Problem]:
        """Yield what is wrong with ``event`` after those before it, and take it in."""
        yield from self._order(event)
        yield from self._times(event)
        yield from self._stamp(event)
        match event.fact:
            case TrialOpened() as fact:
                yield from self._opened(event, fact)
            case ProtocolAdopted() as fact:
                yield from self._adopted(event, fact)
            case Randomized() as fact:
                yield from self._randomized(event, fact)
            case FormRecorded():
                self.forms.add((event.study, event.participant, event.seq))
            case ValueCorrected() as fact:
                yield from self._corrected(event, fact)

    def _order(self, event: Event) -> Iterator[Problem]:
        why = self.order.refusal(event.kind, event.study, event.participant)
        who = event.participant or "trial"
        if why:
            yield _problem(event, f"{why}, {who}")
        if (event.participant is None) != (event.fact.about == "trial"):
            yield _problem(event, f"{event.kind} is about a {event.fact.about}, not about {who}")
        self.order.apply(event)

    def _times(self, event: Event) -> Iterator[Problem]:
        if self.recorded_at and event.recorded_at < self.recorded_at:
            yield _problem(
                event,
                f"was recorded at {event.recorded_at}, before the event that it follows",
                "The number of an event is its order. Check the clock of the machine.",
                "note",
            )
        if event.occurred_at > event.recorded_at + _CLOCK_SKEW:
            yield _problem(
                event,
                f"was recorded at {event.recorded_at}, before it occurred at {event.occurred_at}",
                "Check the clocks, and how the time was entered.",
                "warning",
            )
        self.recorded_at = event.recorded_at

    def _stamp(self, event: Event) -> Iterator[Problem]:
        """Compare the protocol that the event is stamped with to the one in force."""
        adopted = self.protocols.get(event.study)
        if adopted:
            allowed = self._in_force(event, adopted)
            if isinstance(event.fact, ProtocolAdopted):  # an amendment may stamp itself
                allowed.add(event.fact.digest)
        else:
            allowed = {self.stamps.setdefault(event.study, event.protocol)}
            if isinstance(event.fact, ProtocolAdopted):  # the first holds for what led to it
                allowed &= {event.fact.digest}
        if event.protocol not in allowed:
            yield _problem(event, f"is not stamped with the protocol of {event.study} in force")

    def _in_force(self, event: Event, adopted: list[ProtocolAdopted]) -> set[str]:
        """Return the protocols in force on the days the event occurred and was recorded."""
        days = {at.astimezone(self.zone).date() for at in (event.occurred_at, event.recorded_at)}
        return {_on(day, adopted).digest for day in days}

    def _opened(self, event: Event, fact: TrialOpened) -> Iterator[Problem]:
        try:
            self.zone = ZoneInfo(fact.zone)
        except (KeyError, ValueError, OSError):  # no such zone; not a name; a folder of zones
            yield _problem(event, f"the time zone '{fact.zone}' is unknown")

    def _adopted(self, event: Event, fact: ProtocolAdopted) -> Iterator[Problem]:
        adopted = self.protocols.setdefault(event.study, [])
        if sha256(fact.text.encode()).hexdigest() != fact.digest:
            yield _problem(event, "the protocol's text does not match its digest")
        if adopted and fact.version <= adopted[-1].version:
            yield _problem(
                event, f"protocol version {fact.version} follows version {adopted[-1].version}"
            )
        if self.files.get((event.study, fact.version), fact.digest) != fact.digest:
            yield _problem(
                event,
                f"protocol version {fact.version} of {event.study} is not the protocol file that "
                "the ledger is checked against",
                "Find the file that was adopted, or adopt the changed one as a new version.",
            )
        adopted.append(fact)

    def _randomized(self, event: Event, fact: Randomized) -> Iterator[Problem]:
        places = {
            (fact.stratum, fact.slot): f"slot {fact.slot} of stratum '{fact.stratum}'",
            fact.kit: f"kit {fact.kit}",
        }
        for place, name in places.items():
            if self.taken.setdefault(place, event.seq) != event.seq:
                yield _problem(event, f"{name} was taken by event {self.taken[place]}")

    def _corrected(self, event: Event, fact: ValueCorrected) -> Iterator[Problem]:
        if (event.study, event.participant, fact.corrects) not in self.forms:
            yield _problem(
                event, f"corrects event {fact.corrects}, which is no form of {event.participant}"
            )


def _on(day: date, adopted: list[ProtocolAdopted]) -> ProtocolAdopted:
    """Return the version in force on ``day``; the first one also before it takes effect."""
    effective = [version for version in adopted if version.effective_on <= day]
    return max(effective, key=lambda fact: (fact.effective_on, fact.version), default=adopted[0])


def _problem(
    event: Event, what: str, todo: str = _NOT_OURS, severity: Severity = "error"
) -> Problem:
    return Problem(f"event {event.seq}", what, todo, severity)
