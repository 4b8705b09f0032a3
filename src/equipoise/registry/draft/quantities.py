"""The quantities that eligibility criteria ask for, by the names they go by.

``quantities.txt`` has one row each: its name, other names, the unit it has when none is written,
the values that a person can have, and how many decimals are entered. Scores and classes that an
instrument of this package computes are found there. A quantity that is not here takes its name
from the text.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

from equipoise.instruments import instrument, instrument_names
from equipoise.protocol.arithmetic import ARITY
from equipoise.registry.draft.lexing import Unit

UNITS = {
    "y": Unit("year", "y", "age"),
    "kg": Unit("kg", "kg"),
    "cm": Unit("cm", "cm"),
    "bpm": Unit("1/min", "bpm", "heart rate"),
    "per_min": Unit("1/min", "per_min"),
    "mmhg": Unit("mmHg", "mmhg"),
    "%": Unit("%", "percent"),
    "c": Unit("°C", "c", "temperature"),
    "kg_m2": Unit("kg/m2", "kg_m2", "BMI"),
    "ms": Unit("ms", "ms"),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that has a number, or a class with ``codes``.

    ``kind``: a ``measure`` with a unit, a ``grade`` whose bare numbers mean something, a ``time``.
    """

    name: str
    kind: str = "measure"
    unit: Unit | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int = 1
    codes: tuple[str, ...] = ()
    id: str = ""

    def item(self, unit: Unit | None) -> str:
        """Return the name of the item that holds it in ``unit``."""
        if self.id:
            return self.id
        shown = unit or self.unit
        return slug(f"{self.name} {shown.slug if shown and self.kind != 'grade' else ''}")


GRADED = ("grade", "class", "stage", "degree", "score", "level", "category", "status", "scale")
"""The words that make a bare number a grade of what stands before them."""


def slug(text: str, longest: int = 60) -> str:
    """Return the name that a text gives: lower case, underscores, from a letter on."""
    words = re.sub(r"[^a-z0-9]+", "_", _ascii(text).lower()).strip("_")
    words = re.sub(r"^[0-9_]+", "", words) or "item"
    if len(words) > longest:
        words = words[: longest + 1].rsplit("_", 1)[0][:longest].rstrip("_")
    reserved = keyword.iskeyword(words) or words in ARITY or words in {"true", "false"}
    return f"{words}_" if reserved else words


def _ascii(text: str) -> str:
    greek = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "μ": "u", "µ": "u", "/": " "})
    plain = unicodedata.normalize("NFKD", text.translate(greek))
    return plain.encode("ascii", "ignore").decode()


@cache
def quantities() -> dict[str, Quantity]:
    """Return every known quantity by each of its names, in lower case with single spaces."""
    found: dict[str, Quantity] = {}
    table = resources.files(__package__).joinpath("quantities.txt").read_text("utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        name, others, unit, low, high, decimals, kind = (part.strip() for part in line.split("|"))
        quantity = Quantity(
            name, kind or "measure", UNITS.get(unit), _decimal(low), _decimal(high), int(decimals)
        )
        for each in (name, *others.split(",")):
            found.setdefault(plain(each), quantity)
    for name in instrument_names():
        for phrase, quantity in _scores(name):
            found.setdefault(phrase, quantity)
    return found


def _scores(name: str) -> list[tuple[str, Quantity]]:
    """Return the score and the class of an instrument, each by the title of the instrument."""
    made, found = instrument(name), []
    for score in made.scores:
        letters = score.codes and all(len(code) == 1 for code in score.codes)
        titled = plain(made.title)
        if score.name == name and score.type in {"integer", "decimal"}:
            decimals = 0 if score.type == "integer" else 1
            low, high = Decimal(score.low), Decimal(score.high)
            whole = Quantity(made.title, "grade", None, low, high, decimals, id=score.name)
            found += [(titled, whole), (f"{titled} score", whole)]
        elif letters:
            classed = Quantity(made.title, "grade", codes=score.codes, id=score.name)
            found += [(f"{titled} {word}", classed) for word in GRADED]
    return found


def lettered(quantity: Quantity) -> Quantity | None:
    """Return the class with letters of the instrument that has the score ``quantity``."""
    for phrase, other in quantities().items():
        if other.codes and phrase.startswith(plain(quantity.name)):
            return other
    return None


def plain(text: str) -> str:
    """Return a text as names are looked up: lower case, words with single spaces."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _ascii(text).lower()).split())


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(quantities(), key=lambda name: (-len(name), name))
    return re.compile(
        r"(?<![a-z0-9])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z0-9])"
    )


@dataclass(frozen=True, slots=True)
class Named:
    """A quantity that a text names by ``name``, with the words before and after it."""

    quantity: Quantity
    before: str
    after: str
    name: str


def last_named(text: str) -> Named | None:
    """Return the last quantity that a plain text names."""
    last = None
    for match in _names().finditer(text):
        last = match
    return _named(text, last) if last else None


def first_named(text: str) -> Named | None:
    """Return the first quantity that a plain text names."""
    first = _names().search(text)
    return _named(text, first) if first else None


def _named(text: str, match: re.Match[str]) -> Named:
    before, after = text[: match.start()].strip(), text[match.end() :].strip()
    return Named(quantities()[match[0]], before, after, match[0])


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
