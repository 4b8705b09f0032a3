"""The registry's query language: text to a tree, and faults shown at their character.

Grammar, binding most loosely first (ClinicalTrials.gov, "Constructing Complex Search Queries")::

    or       = and { "OR" and }
    and      = context { ["AND"] context }          two terms side by side: both
    context  = { "NOT" | operator "[" parameter "]" } source
    operator = "AREA" | "SEARCH" | "COVERAGE" | "EXPANSION" | "TILT"
    source   = word { word } | quoted | "RANGE[" low "," high "]" | "MISSING" | "ALL" | "(" or ")"

Operators are written in capitals; a backslash before one makes it a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from equipoise.errors import InputError


@dataclass(frozen=True, slots=True)
class Term:
    """Words to be found, ``quoted`` if they must stand together."""

    text: str
    quoted: bool
    at: int


@dataclass(frozen=True, slots=True)
class Range:
    """Values from ``low`` to ``high``, both as written."""

    low: str
    high: str
    at: int
    low_at: int
    high_at: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Records without a value."""

    at: int


@dataclass(frozen=True, slots=True)
class All:
    """Every record."""

    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """Records that ``of`` does not find."""

    of: Node
    at: int


@dataclass(frozen=True, slots=True)
class Context:
    """``of`` searched as an operator with a parameter says, ``AREA[BriefTitle]``."""

    operator: str
    parameter: str
    of: Node
    at: int
    parameter_at: int


@dataclass(frozen=True, slots=True)
class And:
    """Records that every part finds."""

    parts: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Or:
    """Records that any part finds."""

    parts: tuple[Node, ...]
    at: int


Node = Term | Range | Missing | All | Not | Context | And | Or

LONGEST = 20_000
DEEPEST = 100
_CONTEXT = ("AREA", "SEARCH", "COVERAGE", "EXPANSION", "TILT")
_OPENED = re.compile(rf"({'|'.join((*_CONTEXT, 'RANGE'))})\[")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r'(?:\\.|[^\s()"\\]|\\$)+', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SINGLE = frozenset({"AND", "OR", "NOT", "MISSING", "ALL"})
_NEEDS_BRACKETS = frozenset({*_CONTEXT, "RANGE"})


def broken(text: str, at: int, what: str, todo: str) -> NoReturn:
    """Raise :class:`InputError` with the query and a caret under its character ``at``."""
    first, last = max(0, at - 60), at + 20
    shown = "".join(each if each.isprintable() else " " for each in text[first:last])
    before = "".join(each if each.isprintable() else " " for each in text[first:at])
    caret = " " * sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in before)
    raise InputError(f"query, character {at + 1}", f"{what}\n   {shown}\n   {caret}^", todo)


def parse(text: str) -> Node:
    """Return the tree of a query; raise :class:`InputError` pointing at what cannot be read."""
    if len(text) > LONGEST:
        broken(text, LONGEST, f"a query has at most {LONGEST} characters", "Shorten it.")
    reader = _Reader(text)
    found = reader.any_of(0)
    if reader.at < len(text):
        broken(text, reader.at, "this closing parenthesis was never opened", "Remove it.")
    return found


class _Reader:
    """A place in the text, moved on by each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip()

    def any_of(self, depth: int) -> Node:
        start = self.at
        parts = [self._all_of(depth)]
        while self._takes("OR"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts), start)

    def _all_of(self, depth: int) -> Node:
        start = self.at
        parts = [self._context(depth)]
        while self._takes("AND") or self._more():
            parts.append(self._context(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts), start)

    def _more(self) -> bool:
        return self.at < len(self.text) and self.text[self.at] != ")" and self._word() != "OR"

    def _context(self, depth: int) -> Node:
        if depth > DEEPEST:
            broken(self.text, self.at, "nests deeper than can be read", "Write it flatter.")
        start = self.at
        if self._takes("NOT"):
            return Not(self._context(depth + 1), start)
        if (opened := _OPENED.match(self.text, start)) and opened[1] in _CONTEXT:
            parameter = self._bracket(opened[1], opened.end())
            return Context(opened[1], parameter, self._context(depth + 1), start, opened.end())
        return self._source(depth)

    def _source(self, depth: int) -> Node:
        start = self.at
        if self.text.startswith("(", start):
            self._move(start + 1)
            inside = self.any_of(depth + 1)
            if not self.text.startswith(")", self.at):
                broken(self.text, start, "this parenthesis is never closed", "Add a ')'.")
            self._move(self.at + 1)
            return inside
        if self.text.startswith('"', start):
            found = _QUOTED.match(self.text, start)
            if found is None:
                broken(self.text, start, "this quotation is never closed", "Add a '\"'.")
            self._move(found.end())
            return Term(_ESCAPE.sub(r"\1", found[1]), quoted=True, at=start)
        if opened := _OPENED.match(self.text, start):
            return self._range(opened.end())
        if self._takes("MISSING"):
            return Missing(start)
        if self._takes("ALL"):
            return All(start)
        return self._term()

    def _range(self, inside: int) -> Range:
        start = self.at
        parameter = self._bracket("RANGE", inside)
        low, comma, high = parameter.partition(",")
        if not comma or "," in high or not low.strip() or not high.strip():
            broken(
                self.text, inside, "a range has two ends with a comma between them",
                "Write RANGE[2020-01-01, MAX], RANGE[18 years, 65 years] or RANGE[MIN, 100].",
            )  # fmt: skip
        return Range(low.strip(), high.strip(), start, inside, inside + len(low) + 1)

    def _term(self) -> Term:
        start, words = self.at, []
        while (word := self._word()) and word not in _SINGLE and not self._opens():
            if word in _NEEDS_BRACKETS:
                broken(
                    self.text, self.at, f"{word} needs what it applies to in square brackets",
                    f"Write {word}[…] without a space, or \\{word} to search for the word.",
                )  # fmt: skip
            words.append(_ESCAPE.sub(r"\1", word))
            self._move(self.at + len(word))
        if not words:
            what = "the query ends where a term should stand" if self.at >= len(self.text) else (
                f"a term should stand here, before {(self._word() or self.text[self.at])!r}"
            )  # fmt: skip
            broken(self.text, self.at, what, "Add words, or write \\AND for the word itself.")
        return Term(" ".join(words), quoted=False, at=start)

    def _opens(self) -> bool:
        return _OPENED.match(self.text, self.at) is not None

    def _bracket(self, operator: str, inside: int) -> str:
        end = self.text.find("]", inside)
        if end < 0:
            what = f"the bracket of {operator} is never closed"
            broken(self.text, inside - 1, what, "Add a ']'.")
        self._move(end + 1)
        return self.text[inside:end]

    def _word(self) -> str:
        found = _WORD.match(self.text, self.at)
        return found[0] if found else ""

    def _takes(self, operator: str) -> bool:
        if self._word() == operator:
            self._move(self.at + len(operator))
            return True
        return False

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _move(self, to: int) -> None:
        self.at = to
        self._skip()
