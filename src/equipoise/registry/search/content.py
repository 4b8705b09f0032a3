"""What of a record is put into an index, whichever index it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.registry.search import fields
from equipoise.registry.search.index import FACETS
from equipoise.registry.search.order import ORDERED, number
from equipoise.registry.search.words import bounded, words

Values = Mapping[str, list[Any]]

_MANY = 5

WEIGHTY = 0.75
"""The weight from which a match is prized."""

GATHERED = tuple(
    name
    for name in dict.fromkeys(fields.parameters().values())
    if name in fields.areas() and len(fields.place(name).pieces) >= _MANY
)
"""The areas whose words are kept together; in others each piece is searched by itself."""

PRIZED = {
    name: tuple(piece for piece, weight in fields.place(name).weights if weight >= WEIGHTY)
    for name in GATHERED
    if name != "LocationSearch"  # its parts weigh the same
}
"""The pieces of an area in which a match weighs much."""

OF_SITES = frozenset(fields.place("LocationSearch").pieces)
"""The pieces whose words are put together by site."""


def texts(values: Values) -> dict[str, str]:
    """Return the words of each piece that has words, its values between ``^`` and ``$``."""
    return {
        piece: bounded(held)
        for piece, held in values.items()
        if held and fields.by_piece()[piece].kind in fields.WORDED
    }


def gathered(area: str, by_piece: Mapping[str, str]) -> str:
    """Return the words of an area, given those of each piece."""
    return " ".join(by_piece[each] for each in fields.place(area).pieces if each in by_piece)


def prized(area: str, by_piece: Mapping[str, str]) -> str:
    """Return the words of the weightiest pieces of an area."""
    return " ".join(by_piece[each] for each in PRIZED[area] if each in by_piece)


def wholes(values: Values) -> set[str]:
    """Return the values of closed lists, each as :func:`whole_term` names it."""
    return {
        whole_term(piece, words(value))
        for piece, held in values.items()
        if fields.by_piece()[piece].kind in fields.LISTED
        for value in {str(each) for each in held}
    }


def whole_term(piece: str, value: Sequence[str]) -> str:
    """Return the one term for these words being the whole value of a piece."""
    return f"{piece}={' '.join(value)}"


def site_terms(values: Values) -> set[str]:
    """Return the terms of one site: the words of where it is, by piece and all, and its status."""
    found = wholes(values)
    for piece in OF_SITES & values.keys():
        for word in {word for value in values[piece] for word in words(value)}:
            found |= {word_term(piece, word), word_term("LocationSearch", word)}
    return found


def word_term(place: str, word: str) -> str:
    """Return the one term for a word being somewhere in an area or piece."""
    return f"{place}:{word}"


def ordered(values: Values) -> dict[str, list[float]]:
    """Return the places in their order of dates, numbers and ages, by piece, each once."""
    found = {}
    for piece, held in values.items():
        kind = fields.by_piece()[piece].kind
        if kind in ORDERED:
            places = dict.fromkeys(number(kind, each) for each in held)
            found[piece] = [each for each in places if each is not None]
    return found


def facets(values: Values) -> dict[str, list[str]]:
    """Return the values that are counted, by piece, each once."""
    return {
        piece: list(dict.fromkeys(_facet(each) for each in values[piece]))
        for piece in FACETS
        if piece in values
    }


def _facet(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def points(values: Values) -> list[tuple[float, float]]:
    """Return latitude and longitude in degrees of the points among a site's values."""
    found = []
    for point in values.get("LocationGeoPoint", []):
        if isinstance(point, Mapping):
            try:
                found.append((float(point["lat"]), float(point["lon"])))
            except (KeyError, TypeError, ValueError):
                continue
    return found


def serial(study_id: str) -> int:
    """Return the digits of a registration number, which order records that tie."""
    return int(re.sub(r"\D", "", study_id)[:18] or 0)
