"""Every event: all that can be said to have happened in a trial.

An :class:`Event` is who, when, about whom, under which protocol, and one *fact*. Facts are
immutable. Nothing is updated or deleted: a wrong value is answered by a later
:class:`ValueCorrected` that names the first event. Which fact may follow which is the table in
:mod:`equipoise.events.states`; how they become bytes is :mod:`equipoise.events.codec`.

No fact names an arm before :class:`AllocationOpened`. Clinical quantities are decimals with the
unit in the field's name, or in the item's definition in the protocol for form values.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

Value = StrictBool | StrictInt | StrictStr | None
"""A form value: decimals and dates as canonical strings; None is *asked, not answered*."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Fact(BaseModel):
    """What happened, without who and when."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    about: ClassVar[Literal["trial", "participant"]] = "participant"
    """Whether the event must name a participant."""

    @classmethod
    def kind(cls) -> str:
        """Return the name under which the fact is stored: its class name."""
        return cls.__name__


# --- the trial ------------------------------------------------------------------------------


class Rehearsal(BaseModel):
    """The watermark of a ledger that no patient is in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    trial: int
    scenario: str


class TrialOpened(Fact):
    """A ledger begins. Never follows another event; a rehearsal is never promoted."""

    about = "trial"
    title: str
    zone: str
    software: str
    rehearsal: Rehearsal | None = None


class ProtocolAdopted(Fact):
    """A protocol version holds from ``effective_on``.

    ``text`` is the protocol's canonical JSON and ``digest`` its SHA-256, so that a ledger can be
    read and analysed by itself. Never replaces an earlier version: that one still governs what
    was recorded under it.
    """

    about = "trial"
    adopted: str
    version: int
    digest: Digest
    record_digest: Digest | None
    effective_on: date
    text: str


class StaffDelegated(Fact):
    """A person takes on roles in the trial. Never changes what the person recorded before."""

    about = "trial"
    person: str
    name: str
    roles: tuple[str, ...]


class StaffReleased(Fact):
    """A person leaves all roles."""

    about = "trial"
    person: str
    reason: str


class SeedCommitted(Fact):
    """One of the parties to the allocation seed commits to its part, unseen.

    ``annex`` is the commitment to the sealed annex (block sizes) that the part is bound to.
    """

    about = "trial"
    party: str
    annex: Digest
    commitment: Digest


class AllocationSealed(Fact):
    """The concealed sequence is fixed, before the first participant.

    ``sealed_list`` is the public sealed list (commitments, ciphertexts, kit codes),
    ``publication`` the digest of its first line, ``root`` the Merkle root of its commitments,
    ``specification`` the digest of what it was made by, ``slots`` their number. Never replaced
    while the trial runs.
    """

    about = "trial"
    publication: Digest
    root: Digest
    specification: Digest
    slots: int
    sealed_list: str


class BoardReported(Fact):
    """``members`` of the monitoring board get a closed report: its digest, the planned look."""

    about = "trial"
    report: Digest
    members: tuple[str, ...]
    look: int | None


class AnalysisPlanSigned(Fact):
    """The analysis is fixed: digests of the plan and of the code that carries it out."""

    about = "trial"
    plan_digest: Digest
    code_digest: Digest
    meaning: str


class DataLocked(Fact):
    """No more data for this study. Never precedes an answer to each open question of conduct."""

    about = "trial"
    events: int
    meaning: str


class OpeningSigned(Fact):
    """A role that the protocol names agrees to the opening, of this plan and this code."""

    about = "trial"
    plan_digest: Digest
    code_digest: Digest
    meaning: str


class MaskingLifted(Fact):
    """Named persons may know every arm, from now on; all others stay as they are.

    The allocation itself is not in the ledger by this: who holds a reader's key shows it to them.
    """

    about = "trial"
    persons: tuple[str, ...]
    reason: str


class OpenedSlot(BaseModel):
    """One slot of the sequence with the nonce that proves it against its commitment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stratum: str
    slot: int
    arm: str
    nonce: Digest


class AllocationOpened(Fact):
    """The sequence is opened to everybody who reads the ledger.

    Never precedes the lock of every study in it, the signed plan, and the signatures that the
    protocol names.
    """

    about = "trial"
    slots: tuple[OpenedSlot, ...]
    annex: str
    seed_parts: dict[str, Digest]


# --- the participant ------------------------------------------------------------------------


class Screened(Fact):
    """A person is considered for the trial and gets a number.

    ``fingerprint`` is a keyed hash of the identity in the vault: the same person under a second
    number is noticed, and nobody can be found from it.
    """

    fingerprint: Digest


class ConsentGiven(Fact):
    """The participant consents to the study named in the event."""

    document_version: str
    language: str


class ConsentDeclined(Fact):
    """The person was asked and declined."""

    reason: str


class ConsentWithdrawn(Fact):
    """The participant withdraws. ``scope`` says from what; facts recorded so far stay."""

    scope: Literal["treatment", "follow-up"]
    reason: str


class Criterion(BaseModel):
    """One eligibility criterion as it was judged: inputs, result, and what was missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    result: Literal["satisfied", "violated", "unknown", "not applicable"]
    inputs: dict[str, Value]
    missing: tuple[str, ...] = ()


class EligibilityConfirmed(Fact):
    """Every criterion is satisfied; ``criteria`` lists each with its inputs."""

    criteria: tuple[Criterion, ...]


class ScreenFailed(Fact):
    """Not eligible: a criterion is violated or cannot be known."""

    criteria: tuple[Criterion, ...]


class Randomized(Fact):
    """The participant takes the next slot of the stratum. Names a slot and a kit, never an arm.

    Never undone: an error of conduct is a later :class:`DeviationRecorded`.
    """

    stratum: str
    slot: int
    kit: str


class Enrolled(Fact):
    """A participant of the study that this one extends joins it, allocation unchanged."""


class BagPrepared(Fact):
    """A bag is ready under its kit code. The same in every arm: volume, syringes, steps."""

    kit: str
    weight_kg: Decimal
    volume_ml: Decimal
    steps: int


class PumpStarted(Fact):
    """The pump runs on the bag, with the settings read back from its screen."""

    kit: str
    bolus_ml: Decimal
    lockout_min: Decimal
    background_ml_h: Decimal


class DemandDelivered(Fact):
    """The participant pressed and a bolus began."""

    volume_ml: Decimal


class DemandDenied(Fact):
    """The participant pressed and the pump gave nothing."""

    reason: Literal["lockout", "limit", "empty"]


class BagReplaced(Fact):
    """The running bag ran out or was exchanged for the next one of the same slot."""

    kit: str
    infused_ml: Decimal


class PumpStopped(Fact):
    """The pump is stopped for good; ``infused_ml`` is its counter over all bags."""

    reason: str
    infused_ml: Decimal


class FormRecorded(Fact):
    """A form of a visit is filled in. Never overwritten: see :class:`ValueCorrected`."""

    visit: str
    form: str
    values: dict[str, Value]


class VisitMissed(Fact):
    """A planned visit did not take place."""

    visit: str
    reason: str


class ValueCorrected(Fact):
    """A value of event ``corrects`` was wrong; here is the right one, and why."""

    corrects: int
    item: str
    value: Value
    reason: str


class AdverseEventReported(Fact):
    """An adverse event, coded by the protocol's list of terms. ``occurred_at`` is its onset."""

    term: str
    organ_system: str
    severity: Literal["mild", "moderate", "severe"]
    serious: bool
    related: Literal["unrelated", "possible", "related"]
    outcome: Literal["recovered", "recovering", "not recovered", "fatal", "unknown"]
    ended_at: AwareDatetime | None = None


class EmergencyUnmasked(Fact):
    """The investigator asks for one participant's arm; recorded before the arm is shown.

    ``source`` is the break-glass key, or the card in its sealed envelope when the server was
    down, recorded later. Others learn that it happened, never what it showed.
    """

    reason: Literal["treatment of the participant", "overdose", "pregnancy", "death", "other"]
    explanation: str
    source: Literal["key", "card"]


class AccidentallyUnmasked(Fact):
    """The person who records this has learnt the participant's arm by accident."""

    how: str


class FollowUpLost(Fact):
    """The participant cannot be reached any more; missing data, never ineligibility."""

    attempts: int
    reason: str


class DeviationRecorded(Fact):
    """The conduct departed from the protocol. Documents; never undoes."""

    category: str
    description: str


class Event(BaseModel):
    """One immutable entry of the ledger.

    ``occurred_at`` is when it happened, ``recorded_at`` when it was written (both UTC); order is
    ``seq`` alone. ``protocol`` is the digest of the protocol of ``study`` in force. ``command``
    identifies the act: the same act sent twice is recorded once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    seq: int
    study: str
    protocol: Digest
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    by: str
    role: str
    participant: str | None
    command: str
    fact: Fact

    @property
    def kind(self) -> str:
        """Return the fact's kind."""
        return self.fact.kind()


def fact_types() -> dict[str, type[Fact]]:
    """Return every kind of fact by name, in the order of this file."""
    return {cls.kind(): cls for cls in Fact.__subclasses__()}


__all__ = ["Criterion", "Digest", "Event", "Fact", "OpenedSlot", "Rehearsal", "Value", "fact_types"]
__all__ += list(fact_types())
