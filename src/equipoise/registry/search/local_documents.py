"""Records as documents of the local index: which fields it has, and what stands in them.

A record is one document: ``area_…`` holds all words of a search area, those of its weightiest
pieces several times (so they weigh more: Robertson, Zaragoza & Taylor 2004, "Simple BM25 extension
to multiple weighted fields", CIKM '04:42-49, doi 10.1145/1031171.1031181); the JSON field ``piece``
those of each piece; ``order_…`` dates, numbers and ages; ``has`` the names of what is there and the
values of closed lists; ``facet_…`` whole values to count; ``point`` where its sites are; ``site``
the words of its sites, those of one site all at one position, so that words at one position are
words of one site. What that cannot say of a site is asked of a second index, in which each site is
a document with the number of its record.
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

LAYOUT = 3
"""Changes when an index built before can no longer be read."""


_COPIES = 3
"""How often the words of the weightiest pieces of an area stand in it once more."""


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
    made.add_text_field("point", tokenizer_name="raw", index_option="basic")
    made.add_text_field("site", tokenizer_name="whitespace")
    made.add_unsigned_field("number", indexed=True)
    made.add_unsigned_field("serial", fast=True)
    made.add_json_field("piece", tokenizer_name="whitespace", index_option="position")
    for name in GATHERED:
        made.add_text_field(f"area_{name}", tokenizer_name="whitespace")
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
    for whole in content.wholes(values):
        made.add_text("has", whole)
    for name in GATHERED:
        made.add_text(f"area_{name}", content.gathered(name, texts))
        if name in PRIZED and (prized := content.prized(name, texts)):
            made.add_text(f"area_{name}", " ".join([prized] * _COPIES))
    for point in dict.fromkeys(content.points(values)):
        made.add_text("point", point_term(point))
    made.add_pre_tokenized_text("site", _sites(study))
    for piece, places in content.ordered(values).items():
        for place in places:
            made.add_float(f"order_{piece}", place)
    for piece, counted in content.facets(values).items():
        for value in counted:
            made.add_text(f"facet_{piece}", value)
    return made


def point_term(point: tuple[float, float]) -> str:
    """Return latitude and longitude in degrees as one term."""
    return f"{point[0]!r},{point[1]!r}"


def _sites(study: Study) -> tantivy.PreTokenizedString:
    tokens = [
        tantivy.Token(term, place, 0, 0)
        for place, location in enumerate(locations(study))
        for term in sorted(content.site_terms(fields.location_values(location)))
    ]
    return tantivy.PreTokenizedString("", tokens)


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
        yield made
