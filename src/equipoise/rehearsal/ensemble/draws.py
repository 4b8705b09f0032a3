"""Distributions of a protocol, written out as loops over people.

Each line fills one row of a workspace, so that nothing is interpreted per person and compilers
can take several people at a time. The draws are those of :mod:`equipoise.rehearsal.draw`, at the
same addresses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from equipoise.chance import purpose_number
from equipoise.errors import InputError
from equipoise.protocol.parts import Distribution, Item
from equipoise.rehearsal.ensemble.expressions import (
    Column,
    Names,
    as_number,
    as_truth,
    constant,
    number_source,
)
from equipoise.rehearsal.ensemble.functions import NORMAL, TILE, UNIFORM

READ = re.compile(r"c\[(\d+) \+ i\]")
"""A source that reads a row, and where this begins."""
Draw = tuple[int, int, int, int]
"""The law, purpose and index of a draw, and where its row begins."""
_KEYS = ("missing", "clip")


@dataclass(frozen=True)
class Drawn:
    """A drawn value, whether it is a whole number or truth value, and when it is missing."""

    column: Column
    type: Literal["float", "int", "bool", "text"]
    missing: Column | None = None


class Loops:
    """The loops of one stage: rows of a workspace ``c``, filled one after the other.

    ``draws`` come first, since chances depend on nothing; ``lines`` each set one number of a row.
    """

    def __init__(self) -> None:
        """Start without rows."""
        self.draws: list[Draw] = []
        self.lines: list[str] = []
        self.rows = 0
        self._drawn: dict[tuple[int, str, int], Column] = {}

    def given(self) -> Column:
        """Return a row that is filled before the loops run, a number."""
        return Column(self._row(), "number")

    def _row(self) -> str:
        """Return the source of a new row."""
        self.rows += 1
        return f"c[{(self.rows - 1) * TILE} + i]"

    def store(self, column: Column) -> Column:
        """Keep ``column`` in a row of its own, and return what reads it."""
        row = self._row()
        source = as_number(column, "") if column.kind == "boolean" else column.source
        self.lines.append(f"{row} = {source}")
        if column.kind == "boolean":
            return Column(f"({row} != 0.0)", "boolean")
        return Column(row, column.kind, column.codes)

    def uniform(self, purpose: str, index: int = 0) -> Column:
        """Return a uniform number in (0, 1)."""
        return self._draw(UNIFORM, purpose, index)

    def normal(self, purpose: str, index: int = 0) -> Column:
        """Return a standard normal number."""
        return self._draw(NORMAL, purpose, index)

    def _draw(self, law: int, purpose: str, index: int) -> Column:
        key = (law, purpose, index)
        if key not in self._drawn:
            column = Column(self._row(), "number")
            start = (self.rows - 1) * TILE
            self.draws.append((law, purpose_number(purpose), index, start))
            self._drawn[key] = column
        return self._drawn[key]

    # --- distributions ----------------------------------------------------------------------

    def value(self, how: Distribution, names: Names, purpose: str, index: int = 0) -> Drawn:
        """Return a value of distribution ``how``."""
        missing = None
        if "missing" in how:
            below = number_source(how["missing"], names).source
            drawn_out = self.uniform(f"{purpose} missing", index).source
            missing = self.store(Column(f"({drawn_out} < {below})", "boolean"))
        drawn = self._distribution(how, names, purpose, index)
        if "clip" in how and drawn.type != "text":
            low, high = (number_source(bound, names).source for bound in how["clip"])
            source = f"least(greatest({as_number(drawn.column, purpose)}, {low}), {high})"
            drawn = _typed(source, drawn.type)
        return Drawn(self.store(drawn.column), drawn.type, missing)

    def _distribution(  # noqa: PLR0911 - one return per kind
        self, how: Distribution | float | str, names: Names, purpose: str, index: int
    ) -> Drawn:
        if not isinstance(how, Mapping):
            return Drawn(number_source(how, names), "float")
        kind = next(key for key in how if key not in _KEYS)
        given = how[kind]
        match kind:
            case "constant":
                return _constant(given, names)
            case "chance" | "logistic":
                bound = number_source(given, names).source
                bound = f"logistic({bound})" if kind == "logistic" else bound
                source = f"({self.uniform(purpose, index).source} < {bound})"
                return Drawn(Column(source, "boolean"), "bool")
            case "choice":
                return self._choice(given, names, purpose, index)
            case "uniform":
                low, high = (number_source(each, names).source for each in given)
                source = f"{low} + ({high} - {low}) * {self.uniform(purpose, index).source}"
                return Drawn(Column(f"({source})", "number"), "float")
            case "normal":
                mean, sd = (number_source(each, names).source for each in given)
                source = f"({mean} + {sd} * {self.normal(purpose, index).source})"
                return Drawn(Column(source, "number"), "float")
            case "lognormal":
                median, cv = (number_source(each, names).source for each in given)
                spread = f"sqrt(log1p({cv} * {cv}))"
                source = f"({median} * exp({spread} * {self.normal(purpose, index).source}))"
                return Drawn(Column(source, "number"), "float")
            case "rounded":
                inner = self._distribution(given, names, purpose, index)
                source = f"floor({as_float(inner.column, purpose)} + 0.5)"
                return Drawn(Column(source, "number"), "int")
        raise InputError(
            f"distribution of '{purpose}'",
            f"'{kind}' is not a kind of distribution",
            "Use one of those that the documentation lists.",
        )

    def _choice(self, weights: Any, names: Names, purpose: str, index: int) -> Drawn:
        codes = tuple(str(code) for code in weights)
        parts = [number_source(weight, names) for weight in weights.values()]
        tops: list[str] = []
        try:
            tops = [repr(top) for top in accumulate(float(part.source) for part in parts)]
        except ValueError:  # some weight depends on the person
            for part in parts:
                added = f"{tops[-1]} + {part.source}" if tops else part.source
                tops.append(self.store(Column(added, "number")).source)
        target = self.store(Column(f"{self.uniform(purpose, index).source} * {tops[-1]}", "number"))
        source = f"{float(len(codes) - 1)}"
        for place in reversed(range(len(codes) - 1)):
            source = f"({float(place)} if {target.source} < {tops[place]} else {source})"
        return Drawn(Column(source, "text", codes), "text")


def _constant(given: Any, names: Names) -> Drawn:
    if isinstance(given, str):
        return Drawn(number_source(given, names), "float")
    if isinstance(given, bool):
        return Drawn(Column(str(given), "boolean"), "bool")
    return Drawn(constant(given), "int" if isinstance(given, int) else "float")


def _typed(source: str, type_: Literal["float", "int", "bool", "text"]) -> Drawn:
    if type_ == "bool":
        return Drawn(Column(f"({source} != 0.0)", "boolean"), "bool")
    return Drawn(Column(f"truncated({source})" if type_ == "int" else source, "number"), type_)


def as_float(column: Column, where: str) -> str:
    """Return the source of Python's ``float`` of a drawn value: codes are read as numbers."""
    if column.kind != "text":
        return as_number(column, where)
    values = [_read(code, where) for code in column.codes]
    source = repr(values[-1])
    for place in reversed(range(len(values) - 1)):
        source = f"({values[place]!r} if {column.source} == {float(place)} else {source})"
    return source


def _read(code: str | None, where: str) -> float:
    try:
        return float(code or 0.0)
    except ValueError:
        raise InputError(
            where, f"'{code}' is drawn where a number is wanted", "Draw a number."
        ) from None


# --- recording ------------------------------------------------------------------------------


def recorded(loops: Loops, item: Item, drawn: Drawn) -> Column | None:
    """Return a drawn value as it is entered, not-a-number where it is missing.

    A choice is the place of its code among the item's; None for text and dates, of which loops
    keep nothing.
    """
    source = _entered(item, drawn.column)
    if source is None:
        return None
    if drawn.missing is not None:
        source = f"(nan if {drawn.missing.source} else {source})"
    return loops.store(Column(source, "number"))


def _entered(item: Item, drawn: Column) -> str | None:
    where = f"item '{item.id}'"
    if item.type in ("text", "date"):
        return None
    if item.type == "boolean":
        return f"(1.0 if {as_truth(drawn)} else 0.0)"
    if item.type == "choice":
        return _code(item, drawn)
    value = as_float(drawn, where)
    if item.range is not None:
        value = f"least(greatest({value}, {float(item.range[0])!r}), {float(item.range[1])!r})"
    if item.type == "integer":
        return f"floor({value} + 0.5)"
    return f"recorded_decimal({value}, {10.0 ** (item.precision or 0)!r})"


def _code(item: Item, drawn: Column) -> str:
    codes = tuple(item.codes or ())
    if drawn.kind != "text" or any(code not in codes for code in drawn.codes):
        raise InputError(
            f"item '{item.id}'",
            "is drawn with values that are not among its codes",
            f"Draw it by choice from {', '.join(codes)}.",
        )
    places = [codes.index(str(code)) for code in drawn.codes]
    source = f"{float(places[-1])}"
    for place in reversed(range(len(places) - 1)):
        here = f"{float(places[place])}"
        source = f"({here} if {drawn.source} == {float(place)} else {source})"
    return source


def known(item: Item, value: Column, *, may_miss: bool) -> Column:
    """Return a recorded value as expressions take it: nothing counts 0, codes may be numbers."""
    if item.type == "choice":
        return _known_code(item, value, may_miss=may_miss)
    if item.type == "boolean":
        return Column(f"({value.source} == 1.0)", "boolean")  # false for not-a-number
    return Column(_or_else(value, value.source, 0.0), "number") if may_miss else value


def _known_code(item: Item, value: Column, *, may_miss: bool) -> Column:
    codes = tuple(item.codes or ())
    text = Column(value.source, "text", codes)
    if all(_reads(code) for code in codes):
        source = as_float(text, item.id)
        return Column(_or_else(value, source, 0.0) if may_miss else source, "number")
    if not may_miss:
        return text
    return Column(_or_else(value, value.source, len(codes)), "text", (*codes, None))


def _or_else(value: Column, source: str, nothing: float) -> str:
    return f"({source} if {value.source} == {value.source} else {float(nothing)})"


def _reads(code: str) -> bool:
    try:
        float(code)
    except ValueError:
        return False
    return True
