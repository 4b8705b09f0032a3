"""Randomization: the next slot of the stratum, or the allocator's, under the ledger's lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from equipoise.conduct._allocator import Request, Stock, Taken
from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._sealed_list import SealedList
from equipoise.conduct.allocation import WHOLE
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events import types as t
from equipoise.events.types import Value
from equipoise.protocol.parts import Protocol
from equipoise.views.participants import Participant

Assign = Callable[[Request], str]
"""An allocator: returns the code of the next participant's kit, or raises :class:`Refused`."""


def randomise(
    trial: Trial, staff: Staff, study: str, number: str, *, command: str | None = None,
    assign: Assign | None = None,
) -> t.Randomized:  # fmt: skip
    """Give the participant the next slot of their stratum and its kit; return what was recorded.

    Sending the same ``command`` again returns the first answer. The server learns no arm: the
    slot is sealed to the unmasked roles' keys. Under minimization ``assign`` names the kit, and is
    asked again when somebody else was randomized in between.

    Raises :class:`Refused` when the list is not sealed yet or is exhausted, or when the
    participant has no consent in force, no favourable verdict, or has a slot already, and when
    minimization has no allocator or it does not answer.
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
        if sealed.publication.minimization is not None:
            trial.check_turn("Randomized", study, number)
            return [_from_stock(trial, sealed, person, assign)]
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
    factors = [factor.item for factor in allocation.strata] if allocation else []
    codes = _codes(person.number, factors, person.values())
    return ",".join(f"{item}={code}" for item, code in codes.items()) or WHOLE


def taken_of(trial: Trial) -> tuple[Taken, ...]:
    """Return slot and factors of everybody randomized from a stock, in the order of the ledger."""
    factors = _factors(trial.sealed_list)
    people = [each for each in trial.participants.by_number.values() if each.slot is not None]
    return tuple(
        Taken(slot=each.slot or 0, factors=_codes(each.number, factors, each.at_randomization))
        for each in sorted(people, key=lambda person: person.randomization or 0)
    )


def allocator_with(trial: Trial, key: ReaderKey) -> Assign:
    """Return an allocator within this process, for rehearsals: here all keys are in one hand.

    Raises :class:`Refused` before the list is published, and InputError when it is not for the
    allocator with ``key``.
    """
    if trial.sealed_list is None:
        raise Refused("allocation", "was never sealed", "Publish the sealed list first.")
    stock = Stock(trial.sealed_list, key)
    return lambda request: stock.assign(request).kit


def slots_in_turn(
    sealed: SealedList, key: ReaderKey, people: Sequence[Mapping[str, str]]
) -> list[int]:
    """Return the slots that the allocator names to people with these factors, one after another.

    For rehearsals without a ledger: here all keys are in one hand. Raises as
    :meth:`~equipoise.conduct._allocator.Stock.assign` does.
    """
    stock, taken = Stock(sealed, key), list[Taken]()
    for each in people:
        factors = dict(each)
        slot = stock.assign(Request(taken=tuple(taken), factors=factors)).slot
        taken.append(Taken(slot=slot, factors=factors))
    return [each.slot for each in taken]


def _from_stock(
    trial: Trial, sealed: SealedList, person: Participant, assign: Assign | None
) -> t.Randomized:
    if assign is None:
        raise Refused(
            "allocation",
            "minimization needs the allocator, and none is set up here",
            "Set up `equipoise allocator` with the published list and its key.",
        )
    factors, taken = _codes(person.number, _factors(sealed), person.values()), taken_of(trial)
    kit = assign(Request(taken=taken, factors=factors))
    gone = {each.slot for each in taken}
    for slot in sealed.slots:
        if slot.kit == kit and slot.slot not in gone:
            return t.Randomized(stratum=slot.stratum, slot=slot.slot, kit=slot.kit)
    raise Refused(
        "allocation",
        "the allocator named a kit that is not there to give",
        "Start the allocator with the list that is published in this ledger.",
    )


def _factors(sealed: SealedList | None) -> list[str]:
    rule = sealed.publication.minimization if sealed else None
    return list(rule.factors) if rule else []


def _codes(number: str, factors: list[str], values: Mapping[str, Value]) -> dict[str, str]:
    codes = {item: values.get(item) for item in factors}
    for item, code in codes.items():
        if code is None:
            raise Refused(
                f"participant {number}",
                f"'{item}' decides the stratum and is not recorded",
                "Record it on the screening form.",
            )
    return {item: str(code) for item, code in codes.items()}
