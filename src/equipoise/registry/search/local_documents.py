"""Records as documents of the local index: which fields it has, and what stands in them.

A record is one document: ``area_…`` holds all words of a search area, ``prized_…`` those of its
weightiest pieces once more, the JSON field ``piece`` those of each piece; ``order_…`` dates,
numbers and ages; ``has`` the names of what is there; ``facet_…`` whole values to count. Each site
is a document of a second index, with the number of its record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from equipoise.registry.record import Study, locations, nct_id
from equipoise.registry.search import content, fields
from equipoise.registry.search.content import GATHERED, PRIZED
from equipoise.registry.search.engine import tantivy
from equipoise.registry.search.index import FACETS
from equipoise.registry.search.order import ORDERED

LAYOUT = 2
"""Changes when an index built before can no longer be read."""


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
    for name in PRIZED:
        made.add_text_field(f"prized_{name}", tokenizer_name="whitespace")
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
    made.add_unsigned("serial", content.serial(study_id))
    for piece in values:
        made.add_text("has", piece)
    texts = content.texts(values)
    made.add_json("piece", texts)
    for name in GATHERED:
        made.add_text(f"area_{name}", content.gathered(name, texts))
    for name in PRIZED:
        made.add_text(f"prized_{name}", content.prized(name, texts))
    for piece, places in content.ordered(values).items():
        for place in places:
            made.add_float(f"order_{piece}", place)
    for piece, counted in content.facets(values).items():
        for value in counted:
            made.add_text(f"facet_{piece}", value)
    return made


def location_documents(study: Study) -> Iterator[tantivy.Document]:
    """Yield the documents of a record's sites."""
    for location in locations(study):
        values = fields.location_values(location)
        made = tantivy.Document()
        made.add_unsigned("number", record_number(str(nct_id(study))))
        for piece in values:
            made.add_text("has", piece)
        texts = content.texts(values)
        made.add_json("piece", texts)
        made.add_text("area_LocationSearch", content.gathered("LocationSearch", texts))
        for latitude, longitude in content.points(values):
            made.add_float("latitude_deg", latitude)
            made.add_float("longitude_deg", longitude)
        yield made
