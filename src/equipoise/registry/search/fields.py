"""The fields of a record and the search areas made of them, as tables.

``fields.tsv`` has every field of a record: its path, the name by which queries call it (its
*piece*), its type. ``areas.tsv`` has the named search areas, the pieces each looks into and how
much a match there weighs; ``enums.tsv`` the values of each closed list. Names, types and weights
are those that the registry's API publishes at ``/studies/metadata``, ``/studies/search-areas`` and
``/studies/enums`` (version 2.0.5).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Literal

from equipoise.registry.record import Study

Kind = Literal["text", "enum", "boolean", "number", "date", "time", "struct", "point"]

LISTED: frozenset[Kind] = frozenset({"enum", "boolean"})
"""The kinds of closed lists of values."""
WORDED: frozenset[Kind] = LISTED | {"text"}
"""The kinds that hold words."""

_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
    "long": "number",
    "NormalizedDate": "date",
    "PartialDate": "date",
    "DateTimeMinutes": "date",
    "NormalizedTime": "time",
    "GeoPoint": "point",
}
LOCATION = "Location"
"""The piece whose parts can be asked for together, by ``SEARCH[Location]``."""


@dataclass(frozen=True)
class Field:
    """One field: ``path`` from the root of a record, ``piece`` its name in queries."""

    path: str
    piece: str
    type: str
    source: str
    is_enum: bool
    repeats: bool
    """A record may hold several values, in a list or in the parts of one."""
    children: dict[str, Field] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rsplit(".", 1)[-1]

    @property
    def kind(self) -> Kind:
        """Return how values are compared: words, whole values, an order, nothing."""
        if self.source == "STRUCT":
            return "struct"
        return "enum" if self.is_enum else _KINDS.get(self.type, "text")

    @property
    def in_location(self) -> bool:
        """Return whether the field is a part of a site."""
        return self.path.startswith("protocolSection.contactsLocationsModule.locations.")

    def leaves(self) -> Iterator[Field]:
        """Yield the fields under this one that hold values; itself if it does."""
        if self.kind != "struct":
            yield self
        for child in self.children.values():
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces of a search area that weigh the same."""

    pieces: tuple[str, ...]
    type: str
    is_enum: bool
    synonyms: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term is looked for: a search area, or one field; ``weights`` by piece."""

    name: str
    weights: tuple[tuple[str, float], ...]
    synonyms: bool
    whole: bool = False
    """Values are from a closed list, so a term means a whole value."""

    @property
    def pieces(self) -> tuple[str, ...]:
        """Return the pieces of the place, the weightiest first."""
        return tuple(piece for piece, _ in self.weights)

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the pieces in which words can be looked for."""
        return tuple(p for p in self.pieces if by_piece()[p].kind in WORDED)


def _table(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


@cache
def roots() -> dict[str, Field]:
    """Return the top fields by name, the rest below them."""
    found: dict[str, Field] = {}
    by_path: dict[str, Field] = {}
    for row in _table("fields.tsv"):
        above = by_path.get(row["path"].rpartition(".")[0])
        repeats = row["type"].endswith("[]") or (above is not None and above.repeats)
        made = Field(
            row["path"], row["piece"], row["type"], row["source"], row["enum"] == "enum", repeats
        )
        by_path[made.path] = made
        (found if above is None else above.children)[made.name] = made
    return found


@cache
def by_piece() -> dict[str, Field]:
    """Return every field by its piece name."""
    found: dict[str, Field] = {}
    waiting = list(roots().values())
    for each in waiting:
        found[each.piece] = each
        waiting.extend(each.children.values())
    return found


@cache
def areas() -> dict[str, tuple[Part, ...]]:
    """Return the parts of each search area by its name."""
    found: dict[str, list[Part]] = {}
    for row in _table("areas.tsv"):
        part = Part(
            tuple(row["pieces"].split("|")),
            row["type"],
            row["enum"] == "enum",
            row["synonyms"] == "synonyms",
            float(row["weight"]),
        )
        found.setdefault(row["area"], []).append(part)
    return {name: tuple(parts) for name, parts in found.items()}


@cache
def parameters() -> dict[str, str]:
    """Return the area that each ``query.…`` parameter looks into by default."""
    return {row["param"]: row["area"] for row in _table("areas.tsv") if row["param"]} | {
        "lead": "LeadSponsorName"
    }


@cache
def enums() -> dict[str, tuple[str, ...]]:
    """Return the values of each closed list by its type."""
    return {row["type"]: tuple(row["values"].split("|")) for row in _table("enums.tsv")}


@cache
def _names() -> dict[str, str]:
    known = [*areas(), *by_piece()]
    paths = {each.path.lower(): each.piece for each in by_piece().values()}
    return paths | {name.lower(): name for name in known}


def known_name(name: str) -> str | None:
    """Return the piece or area that ``name`` means (any case, or a field's path); None if none."""
    return _names().get(name.strip().lower())


def similar_names(name: str) -> list[str]:
    """Return the pieces and areas that look most like ``name``."""
    close = get_close_matches(name.strip().lower(), _names(), n=3, cutoff=0.5)
    return list(dict.fromkeys(_names()[each] for each in close))


@cache
def _with_synonyms() -> frozenset[str]:
    return frozenset(p for parts in areas().values() for part in parts if part.synonyms
                     for p in part.pieces)  # fmt: skip


@cache
def place(name: str) -> Place:
    """Return the place called ``name``, which :func:`known_name` gave."""
    if name in areas():
        weights = [(piece, part.weight) for part in areas()[name] for piece in part.pieces]
        synonyms = any(part.synonyms for part in areas()[name])
        return Place(name, tuple(sorted(weights, key=lambda each: -each[1])), synonyms)
    found = by_piece()[name]
    pieces = tuple((leaf.piece, 1.0) for leaf in found.leaves() if leaf.kind != "point")
    synonyms = any(piece in _with_synonyms() for piece, _ in pieces)
    return Place(name, pieces, synonyms, whole=found.kind in LISTED)


def values(study: Study) -> dict[str, list[Any]]:
    """Return the values of a record by piece, in their order; ``[]`` for a part that only holds.

    A field that is not in the record, or holds nothing, is not in the answer.
    """
    found: dict[str, list[Any]] = {}
    _walk(study, roots(), found)
    return found


def location_values(location: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of one site by piece."""
    found: dict[str, list[Any]] = {LOCATION: []}
    _walk(location, by_piece()[LOCATION].children, found)
    return found


def _walk(inside: Any, fields: Mapping[str, Field], found: dict[str, list[Any]]) -> None:
    if isinstance(inside, list):
        for each in inside:
            _walk(each, fields, found)
        return
    if not isinstance(inside, Mapping):
        return
    for name, value in inside.items():
        known = fields.get(name)
        if known is None or value in (None, "", [], {}):
            continue
        held = found.setdefault(known.piece, [])
        if known.children:
            _walk(value, known.children, found)
        else:
            held.extend(value if isinstance(value, list) else [value])
