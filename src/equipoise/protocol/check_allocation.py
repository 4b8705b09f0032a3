"""Checks of who gets which arm, and of who may know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from math import gcd

from equipoise.errors import Severity
from equipoise.protocol.parts import Allocation
from equipoise.protocol.source import Finding
from equipoise.protocol.study import Study

PURPOSES = {
    "prepares": "nobody could mix the bags",
    "opens": "the allocation could never be opened to the analysis",
    "emergency": "a slot could not be opened in an emergency",
    "recovers": "a lost key could not be made good",
}
"""What the readers of the sealed list are for, and what happens without."""

_MARGIN = Decimal("1.1")


def design(study: Study) -> Iterator[Finding]:
    """A sequence is sealed beforehand, or its arms are known to an allocator alone."""
    allocation = study.protocol.allocation
    if allocation is None:
        return
    if allocation.allocator is not None and allocation.design != "minimization":
        what = f"`{allocation.design}` takes the slots in order, without an allocator"
        yield Finding(("allocation", "allocator"), what, "Leave it out.")
    if allocation.allocator is None and allocation.design == "minimization":
        yield Finding(
            ("allocation", "design"),
            "minimization cannot be sealed: each arm follows from those before, so whoever "
            "computes the next one knows it",
            "Use `permuted blocks`, `big stick` or `complete`, with strata if need be, or give "
            '`allocator: {probability: "0.8"}`.',
        )


def minimization(study: Study) -> Iterator[Finding]:
    """The allocator has factors to balance, a coin that favours balance, and a whole stock."""
    allocation = study.protocol.allocation
    if allocation is None or allocation.design != "minimization" or allocation.allocator is None:
        return
    places = sum(allocation.ratio.values()) // gcd(*allocation.ratio.values())
    if not allocation.strata:
        what = "minimization has no factors to balance"
        yield Finding(("allocation", "strata"), what, "Name them, or use `complete`.")
    if allocation.allocator.probability * places <= 1:
        what = f"{allocation.allocator.probability} does not favour balance"
        todo = f"Give more than 1/{places} and less than 1; 0.8 is usual."
        yield Finding(("allocation", "allocator", "probability"), what, todo)
    if allocation.length % places:
        what = f"{allocation.length} kits do not hold the ratio"
        yield Finding(("allocation", "length"), what, f"Give a multiple of {places}.")


def ratio(study: Study) -> Iterator[Finding]:
    """The ratio names every arm, and nothing else."""
    allocation, arms = study.protocol.allocation, study.protocol.arms
    if allocation is None or "arms" in study.broken:
        return
    for name in allocation.ratio:
        yield from study.unknown(("allocation", "ratio", name), name, arms, "arm")
    for name in arms:
        if name not in allocation.ratio and name not in study.broken:
            what = f"the ratio does not say how many get arm `{name}`"
            yield Finding(("allocation", "ratio"), what, f"Add `{name}: 1`.")


def length(study: Study) -> Iterator[Finding]:
    """The list is long enough for all who may be randomized."""
    allocation, rehearsal = study.protocol.allocation, study.protocol.rehearsal
    if allocation is None:
        return
    stock = allocation.design == "minimization" and allocation.allocator is not None
    planned = {
        "the record enrols": study.record.enrollment if study.record else None,
        "the rehearsal randomizes": rehearsal.participants if rehearsal else None,
    }
    for who, count in planned.items():
        if count is not None and count > allocation.length:
            what = f"the list has {allocation.length} slots and {who} {count}"
            yield Finding(("allocation", "length"), what, "Make the list longer.")
        elif count is not None and stock and count * _MARGIN > allocation.length:
            what = f"{who} {count}, and of {allocation.length} kits one arm's may run out before"
            todo = "Arms are nearly, not exactly balanced: make the list a tenth longer."
            yield Finding(("allocation", "length"), what, todo, "warning")


def strata(study: Study) -> Iterator[Finding]:
    """A stratum is a choice that screening always asks for."""
    allocation = study.protocol.allocation
    for place, stratum in enumerate(allocation.strata if allocation else ()):
        path = ("allocation", "strata", place, "item")
        name = stratum.item
        yield from study.unknown(path, name, study.screening_items, "item of a screening form")
        item = study.screening_items.get(name)
        if item is not None and item.type != "choice":
            what = f"`{name}` is {item.type}, and strata are the codes of a choice"
            yield Finding(path, what, "Use a choice, derived from it by a formula if need be.")
        elif item is not None and not item.derived and not item.required:
            what = f"`{name}` need not be answered, and then there is no stratum"
            yield Finding(path, what, "Make the item required.")


def parties(study: Study) -> Iterator[Finding]:
    """No single party can know the seed."""
    allocation = study.protocol.allocation
    if allocation is None:
        return
    if len(set(allocation.parties)) < 2:
        what = "one party alone would know the whole sequence"
        yield Finding(("allocation", "parties"), what, "Name two parties at least, best three.")
    for name, count in Counter(allocation.parties).items():
        if count > 1:
            what = f'party "{name}" is named twice'
            yield Finding(("allocation", "parties"), what, "Name it once.")


def readers(study: Study) -> Iterator[Finding]:
    """Each purpose has one key: a bag can be mixed, the list opened, and nobody masked reads it."""
    allocation, rule = study.protocol.allocation, study.protocol.masking
    if allocation is None:
        return
    purposes = Counter[str](allocation.readers.values())
    yield from _allocates(allocation, purposes["allocates"])
    for purpose, why in PURPOSES.items():
        if purposes[purpose] == 0:
            what = f"no reader {purpose}, so {why}"
            todo = f"Add `name: {purpose}`."
            needed = purpose in {"prepares", "opens"}
            severity: Severity = "error" if needed else "warning"
            yield Finding(("allocation", "readers"), what, todo, severity)
        elif purposes[purpose] > 1:
            what = f"{purposes[purpose]} readers are for `{purpose}`"
            yield Finding(("allocation", "readers"), what, "Give each purpose one key.")
    for name in allocation.readers:
        if rule is not None and name in rule.masked:
            what = f'"{name}" is masked and could read the sealed slots'
            yield Finding(("allocation", "readers", name), what, "Take one of the two out.")


def _allocates(allocation: Allocation, readers: int) -> Iterator[Finding]:
    path = ("allocation", "readers")
    if allocation.design != "minimization" and readers:
        what = f"`{allocation.design}` has nothing for a reader that allocates"
        yield Finding(path, what, "Leave the key out: fewer can read the slots.")
    elif allocation.allocator is not None and readers == 0:
        what = "no reader allocates, so the allocator could not know the arms"
        yield Finding(path, what, "Add `name: allocates`.")
    elif readers > 1:
        what = f"{readers} readers are for `allocates`"
        yield Finding(path, what, "Give each purpose one key.")


def masking(study: Study) -> Iterator[Finding]:
    """Nobody is both masked and unmasked, somebody mixes, and an opening is signed."""
    rule = study.protocol.masking
    if rule is None:
        return
    for place, role in enumerate(rule.unmasked):
        if role in rule.masked:
            what = f"the {role} is masked and unmasked"
            yield Finding(("masking", "unmasked", place), what, "Take one of the two out.")
    mixed = {m.model_dump_json() for m in study.protocol.mixtures.values()}
    if len(mixed) > 1 and not rule.unmasked:
        what = "the mixtures differ and nobody may know which is which"
        yield Finding(("masking", "unmasked"), what, "Name who mixes them, as `pharmacist`.")
    if rule.masked and not rule.opening_signed_by:
        what = "nobody signs the opening of the allocation"
        yield Finding(("masking",), what, "Name the roles in `opening_signed_by`.")


def assessors(study: Study) -> Iterator[Finding]:
    """Who records outcomes after randomization does not know the arm."""
    rule = study.protocol.root.masking
    outcomes = {
        (visit, endpoint.variable.form)
        for endpoint in study.protocol.endpoints.values()
        for visit in endpoint.variable.visits
    }
    for place, visit in enumerate(study.protocol.schedule):
        if rule is None or visit.phase == "screening" or visit.by in rule.masked:
            continue
        if any((visit.visit, form) in outcomes for form in visit.forms):
            what = f"the {visit.by} records an outcome here and is not masked"
            todo = "Give the visit to a masked role, or mask this one."
            yield Finding(("schedule", place, "by"), what, todo, "warning")


CHECKS = (design, minimization, ratio, length, strata, parties, readers, masking, assessors)
