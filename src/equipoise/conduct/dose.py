"""The study drug: preparing the bag under its kit code, and the pump from start to stop."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._seal import open_slot
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Refused
from equipoise.events import types as t
from equipoise.infusion.mixture import Worksheet, worksheet
from equipoise.protocol.parts import Pump
from equipoise.views.participants import Participant


def worksheet_for(trial: Trial, number: str, key: ReaderKey) -> Worksheet:
    """Return the pharmacist's worksheet for the participant's slot and recorded weight.

    Runs where the pharmacist's ``key`` is, never on a server. What can fail is done for every arm
    before the slot is opened, so that no error, log or crash report can depend on the arm. Raises
    :class:`Refused` when the participant has no slot or no weight, and :class:`InputError` when
    the key is not one of the readers'.
    """
    person = trial.participant(number)
    sealed = trial.sealed_list
    if sealed is None or person.stratum is None or person.slot is None:
        raise Refused(f"participant {number}", "has no slot", "Randomize the participant first.")
    protocol, weight_kg = trial.state.protocol.root, _weight_kg(trial, person)
    everyones = protocol.mixtures.values()
    sheets = [
        worksheet(protocol.mixtures[arm.mixture], everyones, weight_kg)
        for arm in protocol.arms.values()
    ]
    return sheets[open_slot(sealed, person.stratum, person.slot, key).arm.reveal()]


def prepare(
    trial: Trial, staff: Staff, study: str, number: str, kit: str, sheet: Worksheet
) -> None:
    """Record that the bag under ``kit`` is ready. What is recorded is the same in every arm.

    Raises :class:`Refused` when the kit is not one of the participant's slot or is used already.
    """

    def decide() -> list[t.Fact]:
        person = trial.participant(number)
        if kit not in kits_of(trial, person):
            raise Refused(
                f"kit {kit}",
                f"does not belong to participant {number}",
                "Read the code on the participant's label again.",
            )
        if kit in person.prepared:
            raise Refused(f"kit {kit}", "is prepared already", "Use the next replacement kit.")
        return [
            t.BagPrepared(
                kit=kit,
                weight_kg=_weight_kg(trial, person),
                volume_ml=sheet.volume_ml,
                steps=len(sheet.steps),
            )
        ]

    trial.act(staff, study, number, decide)


def kits_of(trial: Trial, person: Participant) -> tuple[str, ...]:
    """Return the kit codes of the participant's slot: the first and its replacements."""
    sealed = trial.sealed_list
    if sealed is None or person.stratum is None or person.slot is None:
        return ()
    kit = sealed.kits(person.stratum, person.slot)
    return (kit.code, *kit.replacements) if kit else ()


def start_pump(
    trial: Trial, staff: Staff, study: str, number: str, kit: str, bolus_ml: Decimal,
    lockout_min: Decimal, background_ml_h: Decimal,
) -> None:  # fmt: skip
    """Record the start of the pump with the settings read back from its screen.

    Settings other than the protocol's are recorded, and a deviation with them.
    """

    def decide() -> list[t.Fact]:
        person = trial.participant(number)
        if kit not in person.prepared:
            raise Refused(
                f"kit {kit}",
                f"is not prepared for participant {number}",
                "Hang the bag that carries the participant's kit code.",
            )
        facts: list[t.Fact] = [
            t.PumpStarted(
                kit=kit,
                bolus_ml=bolus_ml,
                lockout_min=lockout_min,
                background_ml_h=background_ml_h,
            )
        ]
        program = program_of(trial)
        planned = (program.bolus_ml, program.lockout_min, program.background_ml_h)
        if (bolus_ml, lockout_min, background_ml_h) != planned:
            facts.append(
                t.DeviationRecorded(
                    category="pump settings",
                    description=(
                        f"bolus {bolus_ml} ml, lockout {lockout_min} min, "
                        f"background {background_ml_h} ml/h "
                        f"instead of {planned[0]}, {planned[1]}, {planned[2]}"
                    ),
                )
            )
        return facts

    trial.act(staff, study, number, decide)


def program_of(trial: Trial) -> Pump:
    """Return the protocol's pump program; raise :class:`InputError` when it has none."""
    pump = trial.state.protocol.root.pump
    if pump is None:
        raise InputError("protocol", "has no pump program", "Add `pump` to the protocol.")
    return pump


def delivered(
    trial: Trial, staff: Staff, study: str, number: str, volume_ml: Decimal, at: datetime
) -> None:
    """Record a bolus from the pump's log."""
    trial.act(
        staff, study, number, lambda: [t.DemandDelivered(volume_ml=volume_ml)], occurred_at=at
    )


def denied(trial: Trial, staff: Staff, study: str, number: str, reason: str, at: datetime) -> None:
    """Record from the pump's log a press that brought nothing: lockout, limit or empty bag."""
    trial.act(
        staff,
        study,
        number,
        lambda: [t.DemandDenied.model_validate({"reason": reason})],
        occurred_at=at,
    )


def replace_bag(
    trial: Trial, staff: Staff, study: str, number: str, kit: str, infused_ml: Decimal
) -> None:
    """Record the exchange of the running bag for the next one of the same slot."""

    def decide() -> list[t.Fact]:
        person = trial.participant(number)
        used = [bag for _, bag in person.pump.bags] if person.pump else []
        if kit not in person.prepared or kit in used:
            raise Refused(
                f"kit {kit}",
                "is not a prepared, unused bag of this participant",
                "Ask the pharmacy for the next bag.",
            )
        return [t.BagReplaced(kit=kit, infused_ml=infused_ml)]

    trial.act(staff, study, number, decide)


def stop_pump(
    trial: Trial, staff: Staff, study: str, number: str, reason: str, infused_ml: Decimal
) -> None:
    """Record that the pump is stopped for good, with its counter over all bags."""
    trial.act(staff, study, number, lambda: [t.PumpStopped(reason=reason, infused_ml=infused_ml)])


def _weight_kg(trial: Trial, person: Participant) -> Decimal:
    weight_kg = person.values().get(trial.state.protocol.root.body.weight_kg)
    if not isinstance(weight_kg, str):
        raise Refused(
            f"participant {person.number}",
            "has no recorded body weight, which the dose depends on",
            "Record it on the screening form.",
        )
    return Decimal(weight_kg)
