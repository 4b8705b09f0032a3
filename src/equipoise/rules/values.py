"""Which values a form takes, and how they are written down.

What is entered is recorded in one canonical form: integers as numbers, decimals as text with the
item's decimals, dates as ``2023-01-30``. None is *asked, not answered*, and always allowed; a
required item must be there, if only as None. What is derived is never entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from equipoise.errors import InputError, Problem
from equipoise.events.types import Value
from equipoise.protocol.derive import derive, known, stored
from equipoise.protocol.expression import Exact, parse
from equipoise.protocol.parts import Form, Item
from equipoise.protocol.wording import nearest

__all__ = ["canonical_values", "derive", "refusals"]

TEXT_MAX = 4000
_DECIMAL = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?")
_WHOLE = re.compile(r"[+-]?\d{1,12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def refusals(form: Form, values: Mapping[str, Value]) -> list[Problem]:
    """Return why the form does not take ``values``, all reasons, in the form's order."""
    items = {item.id: item for item in form.items}
    problems = [
        Problem(name, "the form has no such item", nearest(name, items))
        for name in values
        if name not in items
    ]
    allowed: dict[str, Value] = {}
    for item in form.items:
        if item.id not in values:
            continue
        try:
            allowed[item.id] = _canonical(item, values[item.id])
        except InputError as error:
            problems.append(error.problem)
    try:
        found = known(form, allowed)
    except InputError as error:  # an instrument's part takes less than its item
        return [*problems, error.problem]
    return problems + [
        problem
        for item in form.items
        if not item.derived and not _names(item) & (values.keys() - allowed.keys())
        for problem in _branching(item, values, found)
    ]


def canonical_values(form: Form, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return ``values`` as they are recorded, in the form's order.

    Raises:
        InputError: for the first value that its item does not take.
    """
    items = {item.id: item for item in form.items}
    for name in values:
        if name not in items:
            raise InputError(name, "the form has no such item", nearest(name, items))
    return {name: _canonical(items[name], values[name]) for name in items if name in values}


def _names(item: Item) -> frozenset[str]:
    """Return what decides whether the item is asked."""
    return parse(item.show_if).names if item.show_if else frozenset()


def _branching(
    item: Item, values: Mapping[str, Value], found: Mapping[str, Exact]
) -> Iterator[Problem]:
    """Say that the item is missing though asked, or given though not asked."""
    asked = item.show_if is None or parse(item.show_if).decide(found) is True
    if asked and item.required and item.id not in values:
        yield Problem(item.id, "is missing", "Give its value, or none for not answered.")
    if not asked and values.get(item.id) is not None:
        yield Problem(
            item.id,
            f"has a value though it is asked only if {item.show_if}",
            "Leave it out, or correct what it depends on.",
        )


def _canonical(item: Item, value: Value) -> Value:
    """Return the value as it is recorded; raise InputError where the item does not take it."""
    if item.derived:
        raise InputError(item.id, "is computed, not entered", "Leave it out.")
    if value is None:
        return None
    match item.type:
        case "integer" | "decimal":
            return _number(item, value)
        case "boolean":
            if isinstance(value, bool):
                return value
            raise InputError(item.id, f"{value!r} is neither yes nor no", "Give true or false.")
        case "choice":
            codes = item.codes or {}
            if isinstance(value, str) and value in codes:
                return value
            raise InputError(
                item.id, f"{value!r} is not one of its codes", nearest(str(value), codes)
            )
        case "date":
            return _date(item, value)
        case "text":
            return _text(item, value)


def _number(item: Item, value: Value) -> Value:
    text = str(value)
    whole = item.type == "integer"
    if isinstance(value, bool) or not (_WHOLE if whole else _DECIMAL).fullmatch(text):
        example = "12" if whole else f"{Decimal(12):.{item.precision or 0}f}"
        kind = "a whole number" if whole else "a decimal number"
        raise InputError(item.id, f"{value!r} is not {kind}", f"Write it as in {example}.")
    number = Decimal(text)
    unit = f" {item.unit}" if item.unit else ""
    if item.range is not None and not item.range[0] <= number <= item.range[1]:
        low, high = item.range
        raise InputError(
            item.id,
            f"{number}{unit} is out of range",
            f"Give {low} to {high}{unit}; check the unit.",
        )
    if not whole and number != round(number, item.precision or 0):
        raise InputError(
            item.id,
            f"{number}{unit} has more decimals than are recorded",
            f"Round it to {item.precision}.",
        )
    return stored(item, number)


def _date(item: Item, value: Value) -> Value:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise InputError(item.id, f"{value!r} is no date", "Write it as in 2023-01-30.")


def _text(item: Item, value: Value) -> Value:
    if not isinstance(value, str) or not value.strip():
        raise InputError(item.id, f"{value!r} is no text", "Write something, or leave it out.")
    if len(value) > TEXT_MAX:
        raise InputError(item.id, "the text is too long", f"Use {TEXT_MAX} characters at most.")
    return value
