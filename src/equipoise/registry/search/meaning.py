"""What a query means: its tree as a plan, with areas, coverage and expansion applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from equipoise.registry.search import plan, syntax
from equipoise.registry.search.fields import (
    Place,
    by_piece,
    known_name,
    place,
    similar_names,
)
from equipoise.registry.search.order import ORDERED, span
from equipoise.registry.search.plan import Plan
from equipoise.registry.search.synonyms import Synonyms, Words
from equipoise.registry.search.syntax import broken
from equipoise.registry.search.words import COMMON, words

COVERAGE = ("Contains", "FullMatch", "StartsWith", "EndsWith")
EXPANSION = ("None", "Term", "Concept", "Relaxation", "Lossy")
WITHIN = ("Study", "Location")

TOGETHER, SYNONYM = 2.0, 0.5
"""How the words standing together, and another name of them, count beside the words alone."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A plan, and what the reader of the query should know."""

    plan: Plan
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Around:
    """What the operators around a term say."""

    place: Place
    coverage: str | None = None
    expansion: str | None = None
    location: bool = False


def meaning(text: str, area: str, synonyms: Synonyms) -> Meaning:
    """Return what ``text`` asks, its terms in ``area`` unless it says otherwise.

    Raises :class:`~equipoise.errors.InputError` that points at the character: bad grammar, unknown
    areas, ranges of what has no order, options that exclude each other.
    """
    reader = _Meaner(text, synonyms)
    found = reader.of(syntax.parse(text), _Around(place(area)))
    return Meaning(found, tuple(dict.fromkeys(reader.notes)))


class _Meaner:
    def __init__(self, text: str, synonyms: Synonyms) -> None:
        self.text = text
        self.synonyms = synonyms
        self.notes: list[str] = []

    def of(self, node: syntax.Node, around: _Around) -> Plan:  # noqa: PLR0911 - one line a kind
        match node:
            case syntax.Term():
                return self._term(node, around)
            case syntax.Range():
                return self._range(node, around)
            case syntax.Missing():
                return plan.Neither(plan.Present(self._pieces_or_name(around)))
            case syntax.All():
                return plan.Everything()
            case syntax.Not():
                return plan.Neither(self.of(node.of, around))
            case syntax.And():
                return plan.Every(tuple(self.of(part, around) for part in node.parts))
            case syntax.Or():
                return plan.Any(tuple(self.of(part, around) for part in node.parts))
            case syntax.Context():
                return self._context(node, around)

    def _context(self, node: syntax.Context, around: _Around) -> Plan:
        at = node.parameter_at
        if node.operator == "AREA":
            return self.of(node.of, replace(around, place=self._place(node.parameter, at, around)))
        if node.operator == "TILT":
            self._place(node.parameter, at, around)
            self.notes.append("TILT only changes the order of the answer; it was not applied.")
            return self.of(node.of, around)
        if node.operator == "COVERAGE":
            return self.of(node.of, replace(around, coverage=self._one(node, COVERAGE)))
        if node.operator == "EXPANSION":
            return self.of(node.of, replace(around, expansion=self._one(node, EXPANSION)))
        within = self._one(node, WITHIN)
        if within == "Location" and not around.location:
            inner = replace(around, location=True, place=place("LocationSearch"))
            return plan.OneLocation(self.of(node.of, inner))
        if within == "Study" and around.location:
            broken(self.text, at, "the study cannot be searched inside a location", "Take it out.")
        return self.of(node.of, around)

    def _one(self, node: syntax.Context, allowed: tuple[str, ...]) -> str:
        wanted = node.parameter.strip().lower()
        found = next((each for each in allowed if each.lower() == wanted), None)
        if found is None:
            broken(
                self.text, node.parameter_at, f"{node.operator} knows no '{node.parameter}'",
                f"Use one of {', '.join(allowed)}.",
            )  # fmt: skip
        return found

    def _place(self, name: str, at: int, around: _Around) -> Place:
        known = known_name(name)
        if known is None:
            near = ", ".join(similar_names(name))
            todo = f"Did you mean {near}?" if near else "`/studies/metadata` lists the fields."
            broken(self.text, at, f"no search area or field is called '{name}'", todo)
        found = place(known)
        if around.location and not all(by_piece()[p].in_location for p in found.pieces):
            broken(
                self.text, at, f"{known} is no part of a location",
                "Inside SEARCH[Location] use LocationCity, LocationCountry, LocationStatus, ….",
            )  # fmt: skip
        return found

    def _pieces_or_name(self, around: _Around) -> tuple[str, ...]:
        name = around.place.name
        return (name,) if name in by_piece() else around.place.pieces

    def _range(self, node: syntax.Range, around: _Around) -> Plan:
        ends = []
        for written, at in ((node.low, node.low_at), (node.high, node.high_at)):
            ends.append(None if written in {"MIN", "MAX"} else (written, at))
        found: list[Plan] = []
        for piece in around.place.pieces:
            kind = by_piece()[piece].kind
            if kind not in ORDERED:
                broken(
                    self.text, node.at, f"{piece} has no order, so no range",
                    "Put AREA[…] with a date, number or age before it.",
                )  # fmt: skip
            spans = [end and self._span(piece, *end) for end in ends]
            low = spans[0][0] if spans[0] else None
            high = spans[1][1] if spans[1] else None
            if node.low == "MAX" or node.high == "MIN":
                continue  # from the largest, or up to the smallest: nothing
            found.append(plan.Between(piece, low, high))
        return _any(found)

    def _span(self, piece: str, written: str, at: int) -> tuple[float, float]:
        kind = by_piece()[piece].kind
        found = span(kind, written)
        if found is None:
            example = {"date": "2023-01-31", "time": "18 years"}.get(kind, "100")
            broken(self.text, at, f"'{written}' is no value of {piece}", f"Write it as {example}.")
        return found

    def _term(self, node: syntax.Term, around: _Around) -> Plan:
        where, coverage, expansion = around.place, around.coverage, around.expansion
        if where.pieces and all(by_piece()[piece].kind in ORDERED for piece in where.pieces):
            ends = [(piece, self._span(piece, node.text, node.at)) for piece in where.pieces]
            return _any([plan.Between(piece, low, high) for piece, (low, high) in ends])
        if coverage not in {None, "Contains"} and expansion in {"Relaxation", "Lossy"}:
            broken(
                self.text, node.at, f"COVERAGE[{coverage}] excludes EXPANSION[{expansion}]",
                "Use EXPANSION[Concept], EXPANSION[Term] or EXPANSION[None] with it.",
            )  # fmt: skip
        units = [found for word in node.text.split() if (found := tuple(words(word)))]
        if not units:
            broken(self.text, node.at, "there is no letter or digit to look for", "Add a word.")
        if where.whole:
            coverage, expansion = coverage or "FullMatch", expansion or "Term"
        first = coverage in {"FullMatch", "StartsWith"}
        last = coverage in {"FullMatch", "EndsWith"}
        if expansion == "None":
            return plan.Exact(where, " ".join(node.text.split()), first, last)
        together = _joined(units)
        if expansion == "Term":
            return plan.Phrase(where, together, first, last)
        names = self.synonyms.of(together) if where.synonyms else ()
        if expansion == "Concept" or node.quoted or first or last:
            whole = plan.Phrase(where, together, first, last)
            other = [plan.Prefer(plan.Phrase(where, n, first, last), SYNONYM) for n in names]
            return _any([whole, *other])
        return self._apart(where, units, lossy=expansion == "Lossy")

    def _apart(self, where: Place, units: list[Words], *, lossy: bool) -> Plan:
        """Return the words anywhere in the place: each of them, or (``lossy``) any of them."""
        telling = [unit for unit in units if not set(unit) <= COMMON] or units
        runs = self.synonyms.cut(telling) if where.synonyms else [[unit] for unit in telling]
        found: list[Plan] = []
        for run in runs:
            alone: list[Plan] = [plan.Phrase(where, unit) for unit in run]
            names = self.synonyms.of(_joined(run)) if where.synonyms else ()
            other = [plan.Prefer(plan.Phrase(where, name), SYNONYM) for name in names]
            found.append(_any([*alone, *other]) if lossy else _any([_every(alone), *other]))
        if lossy:
            return _any(found)
        if len(units) == 1:
            return found[0]
        together = plan.Prefer(plan.Phrase(where, _joined(units)), TOGETHER)
        return plan.Rather(_every(found), together)


def _joined(units: list[Words]) -> Words:
    return tuple(word for unit in units for word in unit)


def _any(parts: Sequence[Plan]) -> Plan:
    return parts[0] if len(parts) == 1 else plan.Any(tuple(parts))


def _every(parts: Sequence[Plan]) -> Plan:
    return parts[0] if len(parts) == 1 else plan.Every(tuple(parts))
