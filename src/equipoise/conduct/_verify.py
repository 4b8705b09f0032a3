"""Checking the opened allocation in public: was this the list that was promised?

Everything needed is public after the lock: what was published before the first participant, the
specification, the annex, the parts of the seed, the sealed list and the opened slots. No key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from equipoise.conduct._card import Card
from equipoise.conduct._merkle import root_of_path
from equipoise.conduct._sealed_list import Publication, SealedList, slot_digests
from equipoise.errors import InputError, Problem
from equipoise.rules.allocation import (
    Annex,
    Specification,
    check_kit_code,
    combine,
    generate,
)

_FIELDS = {
    "trial": "the trial",
    "specification": "the digest of the specification",
    "annex": "the commitment to the annex",
    "parts": "the parties' commitments",
    "readers": "the readers",
    "strata": "the strata",
    "length": "the length",
    "root": "the root of the commitments",
    "kits": "the kit map",
    "boxes": "the ciphertexts",
    "origin": "the sealed annex and parts",
    "minimization": "the rule of the minimization",
}


def verify_opened(
    published: Publication,
    spec: Specification,
    annex: Annex,
    parts: Mapping[str, bytes],
    sealed: SealedList,
    cards: Sequence[Card],
) -> list[Problem]:
    """Return everything in which the opened allocation is not the one that was published.

    ``published`` is what was recorded before the first participant; all else is what is claimed
    now. An empty list proves that every slot held its arm before the first participant, and that
    the sequence is the one that the specification, the annex and the parties' parts give.
    """
    return [
        *_list_problems(published, sealed),
        *_card_problems(sealed, cards),
        *_generation_problems(published, spec, annex, parts, cards),
    ]


def is_proven(published: Publication, card: Card, path: Sequence[bytes]) -> bool:
    """Return whether ``path`` proves the card against the published root, without the list."""
    index = published.index(card.stratum, card.slot)
    if index is None:
        return False
    root = root_of_path(card.commitment(), index, published.size, path)
    return root is not None and root.hex() == published.root


def verify_use(sealed: SealedList, used: Iterable[tuple[str, int, str]]) -> list[Problem]:
    """Return where participants did not get the next slot of their stratum, or not its kit.

    From a stock, any slot that nobody has is right: which one the allocator had to name is checked
    by :func:`equipoise.conduct._allocator.verify_assignments`.

    ``used`` is stratum, slot and kit code of each randomization, in the order of the ledger.
    """
    problems = []
    kits = {(slot.stratum, slot.slot): slot.kit for slot in sealed.slots}
    taken: Counter[str] = Counter()
    stock, gone = sealed.publication.minimization is not None, set[tuple[str, int]]()
    for number, (stratum, slot, kit) in enumerate(used, start=1):
        where = f"randomization {number}"
        if stock and (stratum, slot) in gone:
            problems.append(_problem(where, f"took {_name(stratum, slot)}, which is taken"))
        if not stock and slot != taken[stratum]:
            problems.append(
                _problem(where, f"took slot {slot} of stratum {stratum!r}, not {taken[stratum]}")
            )
        taken[stratum] += 1
        gone.add((stratum, slot))
        if (stratum, slot) not in kits:
            problems.append(_problem(where, f"{_name(stratum, slot)} is not in the list"))
        elif kits[stratum, slot] != kit:
            problems.append(_problem(where, f"{kit} is not the kit of {_name(stratum, slot)}"))
    return problems


def _list_problems(published: Publication, sealed: SealedList) -> list[Problem]:
    """Compare the list with what was published, field by field, and with its own slots."""
    problems = [
        _problem("sealed list", f"{name}: not as published")
        for field, name in _FIELDS.items()
        if getattr(sealed.publication, field) != getattr(published, field)
    ]
    problems += [
        _problem("sealed list", f"its slots do not give {_FIELDS[part]} as published")
        for part, digest in slot_digests(sealed.slots).items()
        if digest != getattr(published, part)
    ]
    places = [(slot.stratum, slot.slot) for slot in sealed.slots]
    promised = [published.place(index) for index in range(published.size)]
    if places != promised:
        problems.append(_problem("sealed list", "its slots are not those promised, in order"))
    codes = Counter(code for slot in sealed.slots for code in (slot.kit, *slot.replacements))
    problems += [
        _problem(f"kit {code}", "is given twice") for code, times in codes.items() if times > 1
    ]
    return problems + [problem for code in codes if (problem := _kit_problem(code))]


def _kit_problem(code: str) -> Problem | None:
    try:
        check_kit_code(code)
    except InputError:
        return _problem(f"kit {code}", "is not a kit code")
    return None


def _card_problems(sealed: SealedList, cards: Sequence[Card]) -> list[Problem]:
    """Check each opened slot against its commitment, and that each is opened once."""
    committed = {(slot.stratum, slot.slot): slot.commitment for slot in sealed.slots}
    opened = Counter((card.stratum, card.slot) for card in cards)
    problems = []
    for card in cards:
        where = _name(card.stratum, card.slot)
        if (card.stratum, card.slot) not in committed:
            problems.append(_problem(where, "is opened but not in the list"))
        elif card.commitment().hex() != committed[card.stratum, card.slot]:
            problems.append(_problem(where, "the opened arm and nonce are not those committed to"))
    problems += [
        _problem(_name(*place), "is opened twice") for place, times in opened.items() if times > 1
    ]
    problems += [
        _problem(_name(*place), "is not opened") for place in committed if place not in opened
    ]
    return problems


def _generation_problems(
    published: Publication,
    spec: Specification,
    annex: Annex,
    parts: Mapping[str, bytes],
    cards: Sequence[Card],
) -> list[Problem]:
    """Make the sequence again and compare."""
    if spec.digest.hex() != published.specification:
        return [_problem("specification", "it is not the one that was published")]
    commitment = annex.commitment(spec)
    if commitment.hex() != published.annex:
        return [_problem("annex", "it is not the one that was committed to")]
    commitments = {part.party: bytes.fromhex(part.commitment) for part in published.parts}
    try:
        sequence = generate(spec, annex, combine(spec, commitment, parts, commitments))
    except InputError as error:
        return [error.problem]
    return [
        _problem(_name(card.stratum, card.slot), "the arm is not the one that the seed gives")
        for card in cards
        if not _agrees(sequence, card)
    ]


def _agrees(sequence: Mapping[str, Sequence[int]], card: Card) -> bool:
    arms = sequence.get(card.stratum, ())
    return card.slot < len(arms) and arms[card.slot] == card.arm.reveal()


def _name(stratum: str, slot: int) -> str:
    return f"slot {slot} of stratum {stratum!r}"


def _problem(where: str, what: str) -> Problem:
    return Problem(where, what, "Ask who held the list which of the two is genuine.")
