"""Values that have an order (dates, numbers, ages) as numbers that sort the same way."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from equipoise.registry.search.fields import Kind

ORDERED: frozenset[Kind] = frozenset({"date", "number", "time"})

# A year as 365.25 days, a month as its twelfth: 12 months are a year, and 1 year is over 6 months.
_MINUTES = {
    "minute": 1.0, "hour": 60.0, "day": 1440.0, "week": 10_080.0, "month": 43_830.0,
    "year": 525_960.0,
}  # fmt: skip
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(minute|hour|day|week|month|year)s?\s*", re.IGNORECASE)
_ISO = re.compile(r"\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T[\d:.]+Z?)?\s*")
_AMERICAN = re.compile(r"\s*(\d{1,2})/(?:(\d{1,2})/)?(\d{4})\s*")


def number(kind: Kind, value: Any) -> float | None:
    """Return where a value stands: days for dates (a month is its first day), minutes for ages."""
    found = span(kind, value)
    return found[0] if found else None


def span(kind: Kind, value: Any) -> tuple[float, float] | None:
    """Return the first and last place that a value may mean; None for what is no such value.

    ``2022`` and ``2022-03`` are a whole year and month of days.
    """
    if kind == "date":
        return _days(str(value))
    if kind == "time":
        if found := _TIME.fullmatch(str(value)):
            minutes = float(found[1]) * _MINUTES[found[2].lower()]
            return minutes, minutes
        return None
    try:
        plain = float(str(value))
    except ValueError:
        return None
    return (plain, plain) if abs(plain) < 2**53 else None  # also refuses nan and inf


def _days(text: str) -> tuple[float, float] | None:
    if found := _ISO.fullmatch(text):
        year, month, day = found[1], found[2], found[3]
    elif found := _AMERICAN.fullmatch(text):
        month, day, year = found[1], found[2], found[3]
    else:
        return None
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        if day:
            last = first
        elif month:
            last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        else:
            last = date(int(year), 12, 31)
    except (ValueError, OverflowError):
        return None
    return float(first.toordinal()), float(last.toordinal())
