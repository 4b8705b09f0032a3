"""Records as documents of the local index: which fields it has, and what stands in them.

A record is one document: ``area_…`` holds all words of a search area, ``piece_…`` those of a piece
whose matches weigh much, the JSON field ``piece`` those of all others; ``order_…`` dates, numbers
and ages; ``has`` the names of what is there; ``facet_…`` whole values to count. Each site is a
document of a second index, with the number of its record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from equipoise.registry.record import Study, locations, nct_id
from equipoise.registry.search import fields
from equipoise.registry.search.engine import tantivy
from equipoise.registry.search.index import FACETS
from equipoise.registry.search.order import ORDERED, number
from equipoise.registry.search.words import bounded

LAYOUT = 1
"""Changes when an index built before can no longer be read."""

_WEIGHTY = 0.75
_MANY = 5

GATHERED = tuple(
    name
    for name in dict.fromkeys(fields.parameters().values())
    if name in fields.areas() and len(fields.place(name).pieces) >= _MANY
)
"""The areas that have a field of their own; others are searched piece by piece."""

WEIGHTY = frozenset(
    piece
    for name in GATHERED
    for piece, weight in fields.place(name).weights
    if weight >= _WEIGHTY and name != "LocationSearch" and fields.by_piece()[piece].kind == "text"
)
"""The pieces that have a field of their own, so that a match counts by how short they are."""


def ordered_pieces() -> list[str]:
    """Return the pieces with an order."""
    return [each.piece for each in fields.by_piece().values() if each.kind in ORDERED]


def record_number(study_id: str) -> int:
    """Return the 63-bit number that stands for a record in the index of sites."""
    digest = hashlib.blake2b(study_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def record_schema() -> tantivy.Schema:
    """Return the fields of a record's document."""
    made = tantivy.SchemaBuilder()
    made.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    made.add_text_field("alias", tokenizer_name="raw", index_option="basic")
    made.add_text_field("has", tokenizer_name="raw", index_option="basic")
    made.add_unsigned_field("number", indexed=True, fast=True)
    made.add_unsigned_field("serial", fast=True)
    made.add_json_field("piece", tokenizer_name="whitespace", index_option="position")
    for name in GATHERED:
        made.add_text_field(f"area_{name}", tokenizer_name="whitespace")
    for piece in sorted(WEIGHTY):
        made.add_text_field(f"piece_{piece}", tokenizer_name="whitespace")
    for piece in ordered_pieces():
        made.add_float_field(f"order_{piece}", indexed=True, fast=True)
    for piece in FACETS:
        made.add_text_field(f"facet_{piece}", fast=True, tokenizer_name="raw", index_option="basic")
    return made.build()


def location_schema() -> tantivy.Schema:
    """Return the fields of a site's document."""
    made = tantivy.SchemaBuilder()
    made.add_unsigned_field("number", indexed=True, fast=True)
    made.add_text_field("has", tokenizer_name="raw", index_option="basic")
    made.add_json_field("piece", tokenizer_name="whitespace", index_option="position")
    made.add_text_field("area_LocationSearch", tokenizer_name="whitespace")
    made.add_float_field("latitude_deg", indexed=True, fast=True)
    made.add_float_field("longitude_deg", indexed=True, fast=True)
    return made.build()


def record_document(study: Study) -> tantivy.Document:
    """Return a record's document."""
    values, study_id = fields.values(study), str(nct_id(study))
    made = tantivy.Document()
    made.add_text("id", study_id)
    for alias in values.get("NCTIdAlias", []):
        made.add_text("alias", str(alias))
    made.add_unsigned("number", record_number(study_id))
    made.add_unsigned("serial", serial(study_id))
    texts = _texts(made, values)
    for piece, text in texts.items():
        if piece in WEIGHTY:
            made.add_text(f"piece_{piece}", text)
    made.add_json("piece", {p: text for p, text in texts.items() if p not in WEIGHTY})
    for name in GATHERED:
        made.add_text(f"area_{name}", _gathered(name, texts))
    for piece, held in values.items():
        kind = fields.by_piece()[piece].kind
        if kind in ORDERED:
            for place in dict.fromkeys(number(kind, each) for each in held):
                if place is not None:
                    made.add_float(f"order_{piece}", place)
    for piece in FACETS:
        for value in dict.fromkeys(facet_value(each) for each in values.get(piece, [])):
            made.add_text(f"facet_{piece}", value)
    return made


def location_documents(study: Study) -> Iterator[tantivy.Document]:
    """Yield the documents of a record's sites."""
    for location in locations(study):
        values = fields.location_values(location)
        made = tantivy.Document()
        made.add_unsigned("number", record_number(str(nct_id(study))))
        texts = _texts(made, values)
        made.add_json("piece", texts)
        made.add_text("area_LocationSearch", _gathered("LocationSearch", texts))
        for latitude, longitude in points(values):
            made.add_float("latitude_deg", latitude)
            made.add_float("longitude_deg", longitude)
        yield made


def serial(study_id: str) -> int:
    """Return the digits of a registration number, which order records that tie."""
    return int(re.sub(r"\D", "", study_id)[:18] or 0)


def facet_value(value: Any) -> str:
    """Return a value as it is counted."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def points(values: Mapping[str, list[Any]]) -> list[tuple[float, float]]:
    """Return latitude and longitude in degrees of the points among a site's values."""
    found = []
    for point in values.get("LocationGeoPoint", []):
        if isinstance(point, Mapping):
            try:
                found.append((float(point["lat"]), float(point["lon"])))
            except (KeyError, TypeError, ValueError):
                continue
    return found


def _texts(made: tantivy.Document, values: Mapping[str, list[Any]]) -> dict[str, str]:
    """Return the words by piece, and say in ``made`` which pieces there are."""
    found = {}
    for piece, held in values.items():
        made.add_text("has", piece)
        if held and fields.by_piece()[piece].kind in fields.WORDED:
            found[piece] = bounded(held)
    return found


def _gathered(area: str, texts: Mapping[str, str]) -> str:
    return " ".join(texts[piece] for piece in fields.place(area).pieces if piece in texts)
