"""Which event may follow which, as a table.

State is a set of flags, some of the trial and some of the participant; ``{study}`` in a flag is
replaced by the event's study, so that consent to a follow-up is another flag than consent to the
trial it extends. A kind may happen when every flag it *needs* is up and none that *bars* it is;
then it *raises* and *lowers* flags. Whoever writes (``conduct``) and whoever verifies a ledger
consult this one table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from equipoise.errors import Problem
from equipoise.events.types import Event


@dataclass(frozen=True, slots=True)
class Step:
    """What one kind of event needs, is barred by, raises and lowers."""

    needs: frozenset[str] = frozenset()
    bars: frozenset[str] = frozenset()
    raises: frozenset[str] = frozenset()
    lowers: frozenset[str] = frozenset()


def _step(needs: str = "", bars: str = "", raises: str = "", lowers: str = "") -> Step:
    def flags(text: str) -> frozenset[str]:
        return frozenset(part.strip() for part in text.split(",") if part.strip())

    return Step(flags(needs), flags(bars), flags(raises), flags(lowers))


ORDER: dict[str, Step] = {
    # the trial
    "TrialOpened": _step(bars="opened", raises="opened"),
    "ProtocolAdopted": _step(needs="opened", bars="locked {study}", raises="protocol {study}"),
    "StaffDelegated": _step(needs="opened"),
    "StaffReleased": _step(needs="opened"),
    "SeedCommitted": _step(needs="protocol {study}", bars="sealed"),
    "AllocationSealed": _step(needs="protocol {study}", bars="sealed", raises="sealed"),
    "BoardReported": _step(needs="protocol {study}, sealed", bars="allocation opened"),
    "AnalysisPlanSigned": _step(
        needs="protocol {study}", bars="allocation opened", raises="plan signed {study}"
    ),
    "DataLocked": _step(needs="protocol {study}", bars="locked {study}", raises="locked {study}"),
    "OpeningSigned": _step(needs="locked {study}", bars="allocation opened"),
    "MaskingLifted": _step(needs="sealed, locked {study}"),
    "AllocationOpened": _step(
        needs="sealed, locked {study}, plan signed {study}",
        bars="allocation opened",
        raises="allocation opened",
    ),
    # the participant
    "Screened": _step(needs="protocol {study}", bars="screened, locked {study}", raises="screened"),
    "ConsentGiven": _step(
        needs="screened",
        bars="consented {study}, declined {study}, locked {study}",
        raises="consented {study}",
    ),
    "ConsentDeclined": _step(
        needs="screened", bars="consented {study}, locked {study}", raises="declined {study}"
    ),
    "ConsentWithdrawn": _step(
        needs="consented {study}", bars="locked {study}", raises="withdrawn {study}"
    ),
    "EligibilityConfirmed": _step(
        needs="screened",
        bars="randomized {study}, enrolled {study}, locked {study}",
        raises="eligible {study}",
    ),
    "ScreenFailed": _step(
        needs="screened",
        bars="randomized {study}, enrolled {study}, locked {study}",
        lowers="eligible {study}",
    ),
    "Randomized": _step(
        needs="sealed, consented {study}, eligible {study}",
        bars="randomized, withdrawn {study}, locked {study}",
        raises="randomized, randomized {study}",
    ),
    "Enrolled": _step(
        needs="randomized, consented {study}",
        bars="enrolled {study}, withdrawn {study}, locked {study}",
        raises="enrolled {study}",
    ),
    "BagPrepared": _step(needs="randomized", bars="locked {study}", raises="prepared"),
    "PumpStarted": _step(
        needs="prepared",
        bars="pump running, withdrawn {study}, locked {study}",
        raises="pump running",
    ),
    "DemandDelivered": _step(needs="pump running"),
    "DemandDenied": _step(needs="pump running"),
    "BagReplaced": _step(needs="pump running"),
    "PumpStopped": _step(needs="pump running", lowers="pump running"),
    "FormRecorded": _step(needs="screened", bars="locked {study}"),
    "VisitMissed": _step(needs="screened", bars="locked {study}"),
    "ValueCorrected": _step(needs="screened", bars="locked {study}"),
    "AdverseEventReported": _step(needs="consented {study}", bars="locked {study}"),
    "EmergencyUnmasked": _step(needs="randomized"),
    "AccidentallyUnmasked": _step(needs="randomized"),
    "FollowUpLost": _step(
        needs="randomized", bars="lost {study}, locked {study}", raises="lost {study}"
    ),
    "DeviationRecorded": _step(needs="opened"),
}


@dataclass(slots=True)
class Order:
    """The flags that are up, of the trial and of each participant."""

    trial: set[str] = field(default_factory=set)
    participants: dict[str, set[str]] = field(default_factory=dict)

    def refusal(self, kind: str, study: str, participant: str | None) -> str | None:
        """Return why an event of ``kind`` may not happen now, or None when it may."""
        step = ORDER[kind]
        up = self.trial | self.participants.get(participant or "", set())
        missing = sorted(f for f in _named(step.needs, study) if f not in up)
        barred = sorted(f for f in _named(step.bars, study) if f in up)
        if missing:
            return f"{kind} needs '{missing[0]}' first"
        if barred:
            return f"{kind} cannot follow '{barred[0]}'"
        return None

    def scratch(self, participant: str | None) -> Order:
        """Return a copy on which the next events can be tried: the trial and one participant."""
        flags = self.participants.get(participant or "")
        return Order(set(self.trial), {participant: set(flags)} if participant and flags else {})

    def apply(self, event: Event) -> None:
        """Raise and lower the flags of an event that has happened."""
        step = ORDER[event.kind]
        if event.participant is None:
            flags = self.trial
        else:
            flags = self.participants.setdefault(event.participant, set())
        flags |= _named(step.raises, event.study)
        flags -= _named(step.lowers, event.study)


def _named(flags: frozenset[str], study: str) -> set[str]:
    return {flag.replace("{study}", study) for flag in flags}


def check_order(events: Iterable[Event]) -> Problem | None:
    """Return the first event that its predecessors did not allow, or None."""
    order = Order()
    for event in events:
        why = order.refusal(event.kind, event.study, event.participant)
        if why:
            return Problem(
                f"event {event.seq}",
                f"{why}, {event.participant or 'trial'}",
                "The ledger was not written by this program, or was altered. Restore a backup.",
            )
        order.apply(event)
    return None
