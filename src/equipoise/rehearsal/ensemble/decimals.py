"""One person of a workspace, judged and scored in decimals: what loops had to leave in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from equipoise.protocol.parts import Form, Item, Protocol
from equipoise.rehearsal.ensemble.expressions import Column
from equipoise.rehearsal.ensemble.people import screening_items
from equipoise.rehearsal.ensemble.workspace import Workspace
from equipoise.rules.eligibility import judge


def _entered(form: Form, name: str, column: Column, c: Workspace, i: int) -> Any:
    item = next(item for item in form.items if item.id == name)
    value = c.at(column, i)
    if np.isnan(value):
        return None
    match item.type:
        case "boolean":
            return value != 0.0
        case "integer":
            return int(value)
        case "choice":
            return tuple(item.codes or ())[int(value)]
    return f"{value:.{item.precision}f}"


def all_entered(form: Form, entries: Mapping[str, Column], c: Workspace, i: int) -> dict[str, Any]:
    """Return what person ``i`` entered in ``form``, as events keep it."""
    items = {item.id for item in form.items}
    return {name: _entered(form, name, entries[name], c, i) for name in entries if name in items}


def judged(
    protocol: Protocol, study: Protocol, entries: Mapping[str, Column], c: Workspace, i: int
) -> bool:
    """Judge one person by the rules of decimals."""
    items = screening_items(protocol)
    values = {
        name: _entered(items[name][1], name, column, c, i) for name, column in entries.items()
    }
    forms = {id(form): form for _, form, _ in items.values()}  # criteria read no later ones
    return judge(study.eligibility, forms.values(), values).eligible is True


def as_number(item: Item, value: Any) -> float:
    """Return a value as a block keeps it."""
    if value is None:
        return np.nan
    if item.type == "choice":
        return float(tuple(item.codes or ()).index(value))
    return float(value)
