"""Reading what may have any shape: a page shows what is there and never fails on the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; empty where ``value`` is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def child(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under ``name``, empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def text(value: Any) -> str:
    """Return a text or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts(value: Any) -> list[str]:
    """Return the texts of a list; empty where ``value`` is no list."""
    return [found for each in value if (found := text(each))] if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """Return a finite number, written with thousands' commas or not; None for anything else."""
    try:
        found = float(text(value).replace(",", ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def count(value: Any) -> int | None:
    """Return a whole number; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None
