"""Words for people in their language: English in the code, others in ``locale/LANGUAGE``.

What a report says is a message with named fields, and is looked up (``LANGUAGE/*.po``). What an
error says is a finished sentence: it was made where no reader is known, deep in rules that pages,
reports and the command line share, and its values are in it already. So it is found by its shape
(``LANGUAGE/errors/*.po``): ``'{}' is no day`` stands for all sentences that begin and end so, and
its translation names the values by their place, ``{0}``. What no shape fits stays English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from string import Formatter

from babel.messages.pofile import read_po

from equipoise.errors import InputError, Problem

LANGUAGES = ("en", "zh")

_TELLING = 8
"""Letters that make a shape telling; one of fewer, as ``Use {}.``, would fit what it is not."""
_PLAIN = re.compile(r"(\S*|\d\S* \S+)((,| or| and) (\S+|\d\S* \S+))*")
"""A value of one word, as a name, or a number with its unit, or a list of such."""
_DEPTH = 4
"""Sentences within sentences, as deep as they are made; what others wrote could go on for ever."""


@dataclass(frozen=True)
class Language:
    """One language; calling it translates an English message and fills in its fields."""

    code: str

    def __call__(self, message: str, **fields: object) -> str:
        """Return ``message`` in this language, with ``{name}`` replaced by the fields."""
        words = catalogue(self.code).get(message, message)
        return words.format(**fields) if fields else words

    def problem(self, problem: Problem) -> Problem:
        """Return ``problem`` in this language; its place is named as it is."""
        said = (self.sentence(problem.what), self.sentence(problem.todo))
        return replace(problem, what=said[0], todo=said[1])

    def sentence(self, text: str) -> str:
        """Return a sentence of an error in this language; where it is not known, as it is."""
        return _said(text, self.code, _DEPTH) or text


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the translations into ``code``; raise :class:`InputError` for an unknown language."""
    return _read(code)


@cache
def sentences(code: str) -> dict[str, str]:
    """Return the sentences of errors with their translations into ``code``.

    In both a brace that is meant is written twice. Raises :class:`InputError` for an unknown
    language.
    """
    return _read(code, "errors")


def _read(code: str, *inside: str) -> dict[str, str]:
    if code not in LANGUAGES:
        raise InputError("language", f"'{code}' is not available", f"Use {' or '.join(LANGUAGES)}.")
    if code == "en":
        return {}
    words: dict[str, str] = {}
    for file in resources.files("equipoise").joinpath("locale", code, *inside).iterdir():
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                messages = read_po(stream, locale=code)
            words |= {str(m.id): str(m.string) for m in messages if m.id and m.string}
    return words


@dataclass(frozen=True)
class _Shape:
    """A sentence with places for values, and what it is in another language."""

    pattern: re.Pattern[str]
    longest: str  # the part that a text must have, looked for first because that is quick
    letters: int
    length: int
    quoted: tuple[bool, ...]  # a value in quotes is somebody's own word, and never translated
    words: str

    def said(self, text: str, code: str, depth: int) -> str | None:
        """Return ``text`` in the other language, or None where the shape does not fit it."""
        found = self.pattern.fullmatch(text) if self.longest in text else None
        if found is None:
            return None
        values = found.groups()
        known = [
            None if quoted else _said(value, code, depth - 1)
            for value, quoted in zip(values, self.quoted, strict=True)
        ]
        plain = self.letters and all(map(_PLAIN.fullmatch, values))
        if self.letters < _TELLING and not plain and not any(known):
            return None
        return self.words.format(*(new or old for new, old in zip(known, values, strict=True)))


@lru_cache(maxsize=4096)
def _said(text: str, code: str, depth: int) -> str | None:
    """Return a sentence in another language by the shape that says most itself, or None."""
    whole, shapes = _shapes(code)
    if text in whole or depth == 0:
        return whole.get(text)
    return next((said for shape in shapes if (said := shape.said(text, code, depth))), None)


@cache
def _shapes(code: str) -> tuple[dict[str, str], tuple[_Shape, ...]]:
    """Return the sentences without values, and the shapes of the others, longest first."""
    whole: dict[str, str] = {}
    shapes: list[_Shape] = []
    for sentence, words in sentences(code).items():
        parts = _parts(sentence)
        if len(parts) == 1:
            whole[parts[0]] = words.format()
            continue
        pattern = re.compile("(.*?)".join(map(re.escape, parts)), re.DOTALL)
        literal = "".join(parts)
        letters = sum(map(str.isalpha, literal))
        quoted = tuple(part[-1:] in ("'", '"', "`") for part in parts[:-1])
        longest = max(parts, key=len)
        shapes.append(_Shape(pattern, longest, letters, len(literal), quoted, words))
    return whole, tuple(sorted(shapes, key=lambda shape: -shape.length))


def _parts(sentence: str) -> list[str]:
    """Return what stands before, between and after the values of a sentence."""
    parts = [""]
    for literal, value, _, _ in Formatter().parse(sentence):
        parts[-1] += literal
        if value is not None:
            parts.append("")
    return parts
