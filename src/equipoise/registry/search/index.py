"""What every index does: take records, answer queries. Two do: tantivy here, PostgreSQL elsewhere.

Both find the same records for the same query; how they rank them differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from equipoise.errors import InputError
from equipoise.registry.record import Study
from equipoise.registry.search.fields import by_piece, known_name, similar_names
from equipoise.registry.search.order import ORDERED
from equipoise.registry.search.plan import Everything, Plan
from equipoise.registry.search.synonyms import Synonyms

FACETS = (
    "OverallStatus", "StudyType", "Phase", "InterventionType", "DesignPrimaryPurpose", "Sex",
    "StdAge", "LeadSponsorClass", "LocationCountry", "HasResults",
)  # fmt: skip
"""The pieces whose values are counted over an answer."""

RELEVANCE = "@relevance"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of an answer: by a piece, or by :data:`RELEVANCE`; without a value comes last."""

    piece: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What to find, in which order, and which part of it to give."""

    where: Plan = field(default_factory=Everything)
    sort: tuple[Sort, ...] = ()
    offset: int = 0
    size: int = 10
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How many records answer, the ids of the part asked for, counts by value for each facet."""

    total: int
    ids: tuple[str, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Index(Protocol):
    """Records, ready to be found."""

    @property
    def synonyms(self) -> Synonyms:
        """Return the names of one thing, learnt from the records."""

    @property
    def generation(self) -> int | None:
        """Return what the store's generation was when the records were taken; None if nothing."""

    def build(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records and no others; return how many."""

    def update(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records in addition, or instead of their earlier versions."""

    def search(self, query: Query) -> Answer:
        """Answer a query."""


def sort_by(text: str) -> Sort:
    """Return the order written ``EnrollmentCount:desc``; dates fall, numbers rise by themselves.

    Raises :class:`InputError` for a field that is unknown or has no order.
    """
    name, colon, direction = text.strip().partition(":")
    if colon and direction not in {"asc", "desc"}:
        raise InputError("sort", f"'{direction}' is no direction", "Use asc or desc.")
    if name == RELEVANCE:
        if direction == "asc":
            raise InputError("sort", "the least relevant cannot come first", "Use @relevance.")
        return Sort(RELEVANCE, descending=True)
    piece = known_name(name)
    if piece is None or piece not in by_piece() or by_piece()[piece].kind not in ORDERED:
        near = [each for each in similar_names(name) if each in by_piece()
                and by_piece()[each].kind in ORDERED]  # fmt: skip
        raise InputError(
            "sort", f"'{name}' is no date or number of a record",
            f"Did you mean {', '.join(near)}?" if near else "Use StartDate, for example.",
        )  # fmt: skip
    falls = by_piece()[piece].kind == "date" if not colon else direction == "desc"
    return Sort(piece, falls)


def facet(text: str) -> str:
    """Return the facet of that name; raise :class:`InputError` for others."""
    for each in FACETS:
        if each.lower() == text.strip().lower():
            return each
    raise InputError("facets", f"'{text}' is not counted", f"Use {', '.join(FACETS)}.")
