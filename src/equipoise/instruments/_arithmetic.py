"""Small exact sums over spans: the lowest and the highest value that something can have.

A span of two equal numbers is a known value. Sums, bands, minima and maxima of spans are taken
end by end, which is exact for rules that rise (or fall) in every part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeVar

from equipoise.instruments._model import Known, Part, Value

Span = tuple[int, int]
Result = TypeVar("Result", bound=Value)

_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)  # never the caller's context


def yes_no(name: str, *, required: bool = True) -> Part:
    """Return a part that is answered with true or false."""
    return Part(name, "boolean", Decimal(0), Decimal(1), required=required)


def whole(
    name: str, low: int, high: int, *, unit: str | None = None, required: bool = True
) -> Part:
    """Return a part that is answered with a whole number from ``low`` to ``high``."""
    return Part(name, "integer", Decimal(low), Decimal(high), unit, required=required)


def measure(
    name: str, low: int, high: int, unit: str | None, precision: int, *, required: bool = True
) -> Part:
    """Return a part that is answered with a decimal number from ``low`` to ``high``."""
    return Part(name, "decimal", Decimal(low), Decimal(high), unit, precision, required)


def span(known: Known, name: str, low: int, high: int) -> Span:
    """Return the answer of a whole or boolean part twice, or ``low`` and ``high`` without one."""
    if name not in known:
        return (low, high)
    return (int(known[name]), int(known[name]))


def total(spans: Iterable[Span]) -> Span:
    """Return the span of a sum."""
    each = tuple(spans)
    return (sum(low for low, _ in each), sum(high for _, high in each))


def rising(function: Callable[[int], Result], of: Span) -> tuple[Result, Result]:
    """Return the span of a function that never falls."""
    return (function(of[0]), function(of[1]))


def hull(spans: Iterable[Span]) -> Span:
    """Return the span from the lowest to the highest of one or more spans."""
    each = tuple(spans)
    return (min(low for low, _ in each), max(high for _, high in each))


def agreed(given: Span, computed: Span, unknown: Span) -> Span:
    """Return what a direct answer and a measurement say together of the same thing.

    Each is ``unknown`` where it was not given. Two that contradict each other leave it unknown:
    a participant is never admitted, nor a result counted, on the choice of one of them.
    """
    if given in {unknown, computed}:
        return computed
    return given if computed == unknown else unknown


def mean(sum_: int, count: int) -> Decimal:
    """Return ``sum_ / count`` with 28 significant digits, half to even, whatever the context."""
    return _EXACT.divide(Decimal(sum_), Decimal(count))
