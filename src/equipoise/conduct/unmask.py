"""Emergency unmasking: one participant, the investigator alone, no approval step.

ICH E6(R3) 3.15.2(d) wants the arm without delay, and the other participants protected. The request
is durable before the arm is opened, so nobody learns an arm without a trace.
"""

from __future__ import annotations

from datetime import datetime

from equipoise.conduct._card import Card, card_text, read_card
from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._seal import open_slot
from equipoise.conduct._sealed_list import SealedList
from equipoise.conduct.allocation import specification
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Refused
from equipoise.events import types as t
from equipoise.protocol.parts import Arm
from equipoise.rules.allocation.secrecy import Secret


def unmask(
    trial: Trial, staff: Staff, study: str, number: str, reason: str, explanation: str,
    key: ReaderKey,
) -> Secret[Arm]:  # fmt: skip
    """Record the request, then open the participant's slot and return the arm for their eyes.

    Raises :class:`InputError` for an unknown participant or reason, or a key that is not the
    protocol's emergency reader (nothing is recorded), :class:`Refused` when the participant has
    no slot, and :class:`~equipoise.errors.Broken` when the slot does not open: the request stays
    recorded then.
    """
    sealed, stratum, slot = _slot(trial, number)
    _check_key(trial, key)
    _request(trial, staff, study, number, reason, explanation, "key", trial.clock.now())
    return _arm(trial, open_slot(sealed, stratum, slot, key))


def unmask_by_card(
    trial: Trial, staff: Staff, study: str, number: str, reason: str, explanation: str,
    card: str, opened_at: datetime,
) -> Secret[Arm]:  # fmt: skip
    """Record, afterwards, that the envelope was opened while the server was down.

    ``card`` is its text, checked against the public commitment. Raises :class:`InputError` for a
    card of another slot or one that does not fit; nothing is recorded then.
    """
    sealed, stratum, slot = _slot(trial, number)
    read = read_card(card, specification(trial.state.protocol).arms)
    committed = sealed.find(stratum, slot)
    if committed is None or (read.trial, read.stratum, read.slot) != (
        sealed.publication.trial, stratum, slot,
    ):  # fmt: skip
        raise InputError(
            "card",
            f"is for slot {read.slot} of stratum '{read.stratum}', not for participant {number}",
            "Open the envelope with the participant's number.",
        )
    if read.commitment().hex() != committed.commitment:
        raise InputError(
            "card",
            "does not fit the commitment that was published before the first participant",
            "Copy it again; if it still does not fit, tell the monitoring board.",
        )
    _request(trial, staff, study, number, reason, explanation, "card", opened_at)
    return _arm(trial, read)


def print_card(trial: Trial, number: str, key: ReaderKey) -> Secret[str]:
    """Return the text that goes into the participant's sealed envelope."""
    sealed, stratum, slot = _slot(trial, number)
    card = open_slot(sealed, stratum, slot, key)
    return Secret(card_text(card, specification(trial.state.protocol).arms))


def admit_accident(trial: Trial, staff: Staff, study: str, number: str, how: str) -> None:
    """Record that ``staff`` has learnt the participant's arm by accident."""
    trial.act(staff, study, number, lambda: [t.AccidentallyUnmasked(how=how)])


def _slot(trial: Trial, number: str) -> tuple[SealedList, str, int]:
    person, sealed = trial.participant(number), trial.sealed_list
    if sealed is None or person.stratum is None or person.slot is None:
        raise Refused(
            f"participant {number}", "has no slot, so there is no arm", "Check the number."
        )
    return sealed, person.stratum, person.slot


def _check_key(trial: Trial, key: ReaderKey) -> None:
    allocation = trial.state.protocol.root.allocation
    wanted = allocation.reader("emergency") if allocation else ""
    if key.role != wanted:
        raise InputError(
            "key",
            f"is the key of '{key.role}', and emergencies are opened by '{wanted}'",
            "Use the break-glass key.",
        )


def _request(
    trial: Trial, staff: Staff, study: str, number: str, reason: str, explanation: str,
    source: str, at: datetime,
) -> None:  # fmt: skip
    try:
        fact = t.EmergencyUnmasked.model_validate(
            {"reason": reason, "explanation": explanation, "source": source}
        )
    except ValueError:
        known = t.EmergencyUnmasked.model_fields["reason"].annotation
        raise InputError(
            "reason",
            f"'{reason}' is not on the list",
            f"Use one of: {', '.join(getattr(known, '__args__', ()))}.",
        ) from None
    trial.act(staff, study, number, lambda: [fact], occurred_at=at)


def _arm(trial: Trial, card: Card) -> Secret[Arm]:
    arms = list(trial.state.protocol.root.arms.values())
    return Secret(arms[card.arm.reveal()])
