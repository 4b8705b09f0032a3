"""Randomization: the next slot of the stratum, under the ledger's lock, once per person."""

from __future__ import annotations

from equipoise.conduct.allocation import WHOLE
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events import types as t
from equipoise.protocol.parts import Protocol
from equipoise.views.participants import Participant


def randomise(
    trial: Trial, staff: Staff, study: str, number: str, *, command: str | None = None
) -> t.Randomized:
    """Give the participant the next slot of their stratum and its kit; return what was recorded.

    Sending the same ``command`` again returns the first answer. The server learns no arm: the
    slot is sealed to the unmasked roles' keys.

    Raises :class:`Refused` when the list is not sealed yet or is exhausted, or when the
    participant has no consent in force, no favourable verdict, or has a slot already.
    """

    def decide() -> list[t.Fact]:
        person = trial.participant(number)
        sealed = trial.sealed_list
        if sealed is None:
            raise Refused(
                "allocation",
                "the sealed list is not published yet",
                "Publish it before the first participant.",
            )
        stratum = stratum_of(trial.state.protocols[study], person)
        slot = trial.state.taken.get(stratum, 0)
        kits = sealed.kits(stratum, slot)
        if kits is None:
            raise Refused(
                f"stratum '{stratum}'",
                f"all {slot} slots of the list are taken",
                "Seal a further list for this stratum; nobody is randomized until then.",
            )
        return [t.Randomized(stratum=stratum, slot=slot, kit=kits.code)]

    (event,) = trial.act(staff, study, number, decide, command=command)
    assert isinstance(event.fact, t.Randomized)
    return event.fact


def stratum_of(protocol: Protocol, person: Participant) -> str:
    """Return the participant's stratum: ``item=code`` for each factor, or ``all`` without any.

    Raises :class:`Refused` when a factor is not recorded.
    """
    allocation = protocol.root.allocation
    values = person.values()
    parts = []
    for factor in allocation.strata if allocation else ():
        code = values.get(factor.item)
        if code is None:
            raise Refused(
                f"participant {person.number}",
                f"'{factor.item}' decides the stratum and is not recorded",
                "Record it on the screening form.",
            )
        parts.append(f"{factor.item}={code}")
    return ",".join(parts) or WHOLE
