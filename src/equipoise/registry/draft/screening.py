"""The drafted criteria of a record and the screening form that answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from equipoise.registry.draft.bounds import Bound
from equipoise.registry.draft.criteria import Reading, read
from equipoise.registry.draft.lexing import Op, Unit
from equipoise.registry.draft.measures import measured, sex
from equipoise.registry.draft.quantities import quantities
from equipoise.registry.draft.rules import Asked, Atom
from equipoise.registry.draft.splitting import Side, split
from equipoise.registry.record import Study, module

NOT_A_CRITERION = (
    "This can only happen after randomization. Excluding people for it would break the comparison "
    "of the randomized groups, so they stay in and their outcome is missing data."
)
_PER_YEAR = {"year": 1, "month": 12, "week": 52, "day": 365, "hour": 8766, "minute": 525960}


@dataclass(frozen=True, slots=True)
class Drafted:
    """A criterion of the draft: its words, where they stand in the text, and how it was read.

    ``start`` is None for one that is taken from another field of the record.
    """

    id: str
    side: Side
    text: str
    start: int | None
    end: int | None
    reading: Reading
    doubts: tuple[str, ...] = ()


def criteria(study: Study) -> list[Drafted]:
    """Return the criteria of a record: those of its text, then what only its fields say."""
    eligibility = module(study, "eligibility")
    whole = eligibility.get("eligibilityCriteria")
    text = whole if isinstance(whole, str) else ""
    found: list[Drafted] = []
    counts: dict[Side, int] = {"inclusion": 0, "exclusion": 0}
    for clause in split(text).clauses:
        side: Side = clause.side or "inclusion"
        head = clause.head(text)
        reading = read(head, side, clause.below(text))
        doubts = () if clause.side else ("no heading says whether it includes or excludes",)
        counts[side] += 1
        name = f"{side[0].upper()}{counts[side]}"
        found.append(
            Drafted(name, side, clause.text(text), clause.start, clause.end, reading, doubts)
        )
    for words, atom in _fields(eligibility, found):
        counts["inclusion"] += 1
        reading = Reading("computed", atom.rule, (atom,))
        name = f"I{counts['inclusion']}"
        found.append(Drafted(name, "inclusion", words, None, None, reading))
    return _named(found)


def _fields(eligibility: Mapping[str, Any], found: Sequence[Drafted]) -> list[tuple[str, Atom]]:
    """Return the limits of age and sex that the text does not repeat."""
    asked = {item.id for each in found for item in each.reading.items if each.side == "inclusion"}
    more: list[tuple[str, Atom]] = []
    tests: list[tuple[Op, Decimal]] = []
    words: list[str] = []
    given: tuple[tuple[str, Op], ...] = (("minimumAge", ">="), ("maximumAge", "<="))
    for field, op in given:
        years = age_years(eligibility.get(field))
        if years is not None:
            tests.append((op, years))
            words.append(f"{'from' if op == '>=' else 'to'} {eligibility[field]}")
    if tests and not any(name.startswith("age") for name in asked):
        bound = Bound(tuple(tests), "and", Unit("year", "y", "age"), 0, 0)
        more.append((f"Age {' '.join(words)}", measured(quantities()["age"], bound)))
    if eligibility.get("sex") in ("FEMALE", "MALE") and "sex" not in asked:
        code = str(eligibility["sex"])
        more.append((f"Sex: {code.lower()}", sex({code[0]}, 0, 0)))
    return more


def age_years(given: Any) -> Decimal | None:
    """Return an age of the registry (``18 Years``, ``6 Months``) in years, None for no age."""
    match = re.fullmatch(r"(\d+)\s*(\w+?)s?", str(given or "").strip(), re.IGNORECASE)
    if match is None or match[2].lower() not in _PER_YEAR:
        return None
    try:
        years = Decimal(match[1]) / _PER_YEAR[match[2].lower()]
    except InvalidOperation:
        return None
    return round(years, 2).normalize() if years % 1 else Decimal(int(years))


def _named(found: Sequence[Drafted]) -> list[Drafted]:
    """Give questions that differ different names, and one quantity one kind of item."""
    taken: dict[str, Asked] = {}
    result = []
    for each in found:
        atoms, rule = [], each.reading.rule
        renamed: dict[str, str] = {}
        for atom in each.reading.atoms:
            items = tuple(_settled(item, taken, renamed) for item in atom.items)
            atoms.append(replace(atom, rule=_renamed(atom.rule, renamed), items=items))
        reading = replace(
            each.reading, atoms=tuple(atoms), rule=_renamed(rule, renamed) if rule else None
        )
        result.append(replace(each, reading=reading))
    return result


def _settled(item: Asked, taken: dict[str, Asked], renamed: dict[str, str]) -> Asked:
    number, name = 1, item.id
    while (other := taken.get(name)) is not None and not _same(item, other):
        number += 1
        name = f"{item.id[:56]}_{number}"
    if name != item.id:
        renamed[item.id] = name
    known = taken.get(name)
    if known is not None and item.decimals > known.decimals:
        taken[name] = replace(item, id=name)
    taken.setdefault(name, replace(item, id=name))
    return replace(item, id=name)


def _same(item: Asked, other: Asked) -> bool:
    if item.type in {"integer", "decimal"}:
        return other.type in {"integer", "decimal"} and item.unit == other.unit
    if item.type == "choice":
        return other.type == "choice" and item.codes == other.codes
    return other.type == "boolean" and item.label.lower() == other.label.lower()


def _renamed(rule: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        rule = re.sub(rf"(?<![\w\"]){re.escape(old)}(?![\w\"])", new, rule)
    return rule


def items(found: Sequence[Drafted], *, weighed: bool) -> list[dict[str, Any]]:
    """Return the items of the screening form, age and sex first.

    ``weighed``: doses per kg need a body weight.
    """
    asked: dict[str, Asked] = {}
    age = measured(quantities()["age"], Bound(((">=", Decimal(50)),), "and", None, 0, 0))
    weight = measured(quantities()["weight"], Bound(((">=", Decimal(50)),), "and", None, 0, 0))
    first = [*sex({"F"}, 0, 0).items, *age.items, *(weight.items if weighed else ())]
    for item in (*first, *(i for each in found for i in each.reading.items)):
        known = asked.get(item.id)
        if known is None or (item.type == "decimal" and item.decimals > known.decimals):
            asked[item.id] = item
    return [_item(item) for item in asked.values()]


_CODES = {"F": "Female", "M": "Male"}


def _item(item: Asked) -> dict[str, Any]:
    data: dict[str, Any] = {"id": item.id, "type": item.type}
    if item.type == "decimal":
        data["precision"] = min(max(item.decimals, 1), 6)
    if item.unit:
        data["unit"] = item.unit
    if item.low is not None and item.high is not None:
        data["range"] = [item.low, item.high]
    if item.codes:
        data["codes"] = {code: _CODES.get(code, code) for code in item.codes}
    return data | {"label": item.label}
