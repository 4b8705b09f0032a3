"""``equipoise verify allocation``: was the list the one that was promised?

Everything is made again from what is public in the ledger; no key is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.cli.files import read_file
from equipoise.errors import InputError, Problem, Refused

if TYPE_CHECKING:
    from equipoise.conduct._keys import ReaderKey
    from equipoise.conduct._sealed_list import Publication, SealedList
    from equipoise.conduct.trial import Trial
    from equipoise.events.types import AllocationOpened
    from equipoise.rules.allocation import Specification

_ASK = "Ask who held the list which of the two is genuine."
_ANNOUNCED = "the list is the one announced in the ledger, of its protocol and commitments"
_LIST = "the list's root, kit map and ciphertexts are those of its slots"
_NEXT = "every participant took the next slot of the stratum, and its kit"
_STOCK = "every slot of the stock was taken once at most, with its kit"
_NAMED = "the allocator named each kit by its rule"
_PROOF = {
    "specification": "the specification is the protocol's",
    "annex": "the annex is the one that was committed to",
    "seed": "each party's part of the seed is the one that it committed to",
    "slot": "every slot held its arm from the beginning, and the seed gives that sequence",
}
"""What an opening proves, by the place that its problems name; each follows from those before."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was checked: what it says holds when there are no problems."""

    says: str
    problems: tuple[Problem, ...] = ()


def check_allocation(
    trial: Trial, file: Path | None, publication: str | None, key: ReaderKey | None = None
) -> list[Item]:
    """Return what was checked of the allocation in the ledger, and what is wrong.

    ``file`` is a sealed list that was published elsewhere, ``publication`` the digest that was.
    With the ``key`` of a sealed allocator its decisions are replayed as well. Raises
    :class:`Refused` when no list is published in the ledger, and :class:`InputError` for a
    ``file`` that is no sealed list or a ``key`` that is not the allocator's.
    """
    from equipoise.conduct._allocator import verify_assignments
    from equipoise.conduct.allocation import specification
    from equipoise.conduct.randomise import taken_of

    elsewhere = _published_in(file) if file else None
    if trial.state.sealed is None:
        raise Refused(
            "allocation", "no sealed list is published in this ledger", "equipoise seal publish."
        )
    try:
        sealed = trial.sealed_list
    except InputError as error:
        return [Item(_LIST, (error.problem,))]
    assert sealed is not None
    known, spec = sealed.publication, specification(trial.state.protocol)
    items = [Item(_ANNOUNCED, tuple(_announced(trial, known, spec)))]
    if publication:
        items.append(_same("the publication is the one given", known, publication))
    if elsewhere:
        items.append(_same(f"the list is the one in {file}", known, elsewhere.digest))
    opened = trial.state.opened
    items += _opened(elsewhere or known, spec, sealed, opened) if opened else [Item(_LIST)]
    use = _STOCK if known.minimization else _NEXT
    items.append(Item(use, tuple(_used(trial, sealed))))
    if key is not None:
        items.append(Item(_NAMED, tuple(verify_assignments(sealed, key, taken_of(trial)))))
    return items


def _announced(trial: Trial, known: Publication, spec: Specification) -> Iterable[Problem]:
    """Compare the list with its announcement, the protocol and the commitments in the ledger."""
    state, event = trial.state, trial.state.sealed
    assert event is not None
    committed = {(p, e.commitment, e.annex) for p, e in state.seed_commitments.items()}
    stated = {(part.party, part.commitment, known.annex) for part in known.parts}
    compared = {
        "its digest is not the one announced": event.publication == known.digest,
        "its root is not the one announced": event.root == known.root,
        "its length is not the one announced": event.slots == known.size,
        "its specification is not the one announced": event.specification == known.specification,
        "its specification is not the protocol's": known.specification == spec.digest.hex(),
        "its parts are not those committed to in the ledger": committed == stated,
    }
    return [Problem("sealed list", what, _ASK) for what, holds in compared.items() if not holds]


def _same(says: str, known: Publication, wanted: str) -> Item:
    if known.digest == wanted.strip().lower():
        return Item(says)
    what = f"the ledger's publication is {known.digest}, not {wanted}"
    return Item(says, (Problem("publication", what, _ASK),))


def _published_in(file: Path) -> Publication:
    from equipoise.conduct._sealed_list import SealedList

    return SealedList.from_bytes(read_file(file)).publication


def _opened(
    published: Publication, spec: Specification, sealed: SealedList, opened: AllocationOpened
) -> list[Item]:
    """Make everything again from the opened annex, parts and slots."""
    from equipoise.conduct._card import Arm, Card
    from equipoise.conduct._verify import verify_opened
    from equipoise.rules.allocation import Annex
    from equipoise.rules.allocation.secrecy import Secret

    try:
        annex = Annex.from_text(opened.annex)
    except InputError as error:
        return [Item(_LIST), Item(_PROOF["annex"], (error.problem,))]
    parts = {party: bytes.fromhex(part) for party, part in opened.seed_parts.items()}
    cards = [
        Card(
            published.trial, slot.stratum, slot.slot,
            Arm(spec.arms.index(slot.arm)), Secret(bytes.fromhex(slot.nonce)),
        )
        for slot in opened.slots
        if slot.arm in spec.arms  # a slot without an arm counts as not opened
    ]  # fmt: skip
    problems = verify_opened(published, spec, annex, parts, sealed, cards)
    items = [Item(_LIST, tuple(p for p in problems if _topic(p) not in _PROOF))]
    for topic, says in _PROOF.items():
        items.append(Item(says, tuple(p for p in problems if _topic(p) == topic)))
        if items[-1].problems and topic != "slot":
            # What follows was not made again, but slots may still not fit their commitments.
            wrong = tuple(p for p in problems if _topic(p) == "slot")
            return [*items, Item(_PROOF["slot"], wrong)] if wrong else items
    return items


def _topic(problem: Problem) -> str:
    """Return the topic of a problem: the first word of its place, without ``allocation.``."""
    return problem.where.removeprefix("allocation.").split(":")[0].split(" ")[0]


def _used(trial: Trial, sealed: SealedList) -> list[Problem]:
    from equipoise.conduct._verify import verify_use
    from equipoise.events.types import Randomized

    facts = (event.fact for event in trial.events())
    used = ((f.stratum, f.slot, f.kit) for f in facts if isinstance(f, Randomized))
    return verify_use(sealed, used)
