"""A plan as a query of the local index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from equipoise.registry.search import plan
from equipoise.registry.search.content import GATHERED, PRIZED, WEIGHTY
from equipoise.registry.search.engine import tantivy
from equipoise.registry.search.fields import Place
from equipoise.registry.search.plan import Plan
from equipoise.registry.search.words import END, START


@dataclass(frozen=True, slots=True)
class Asking:
    """What turning a plan into a query needs from the index.

    ``numbers_of`` finds the numbers of the records whose sites answer; ``exact`` the ids of the
    records that hold a text as it is written.
    """

    schema: tantivy.Schema
    numbers_of: Callable[[plan.OneLocation | plan.Near], list[int]]
    exact: Callable[[plan.Exact], list[str]]
    of_locations: bool = False


def query(asked: Plan, asking: Asking) -> tantivy.Query:  # noqa: C901, PLR0911 - one line a kind
    """Return the tantivy query that finds exactly what ``asked`` means."""
    schema = asking.schema
    match asked:
        case plan.Everything():
            return tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
        case plan.Phrase():
            return _phrase(asked, asking)
        case plan.Exact():
            return _terms(schema, "id", asking.exact(asked))
        case plan.Between():
            within = tantivy.Query.range_query(
                schema, f"order_{asked.piece}", tantivy.FieldType.Float, asked.low, asked.high
            ) if (asked.low, asked.high) != (None, None) else tantivy.Query.exists_query(
                f"order_{asked.piece}"
            )  # fmt: skip
            return tantivy.Query.const_score_query(within, 0.0)
        case plan.Present():
            return _terms(schema, "has", list(asked.pieces))
        case plan.Ids():
            both = [_terms(schema, field, sorted(asked.ids)) for field in ("id", "alias")]
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in both])
        case plan.OneLocation() | plan.Near():
            return _terms(schema, "number", asking.numbers_of(asked))
        case plan.Prefer():
            inner = query(asked.of, asking)
            if asked.factor == 0:
                return tantivy.Query.const_score_query(inner, 0.0)
            return tantivy.Query.boost_query(inner, asked.factor)
        case plan.Neither() | plan.Every():
            return _every(asked.parts if isinstance(asked, plan.Every) else (asked,), asking)
        case plan.Any():
            if not asked.parts:
                return tantivy.Query.empty_query()
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, query(p, asking)) for p in asked.parts]
            )


def _every(parts: tuple[Plan, ...], asking: Asking) -> tantivy.Query:
    wanted = [query(part, asking) for part in parts if not isinstance(part, plan.Neither)]
    not_wanted = [query(part.of, asking) for part in parts if isinstance(part, plan.Neither)]
    if not wanted:
        wanted = [tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)]
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, each) for each in wanted]
        + [(tantivy.Occur.MustNot, each) for each in not_wanted]
    )


def _terms(schema: tantivy.Schema, field: str, values: list[str] | list[int]) -> tantivy.Query:
    if not values:
        return tantivy.Query.empty_query()
    return tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, field, values), 0.0)


def _phrase(asked: plan.Phrase, asking: Asking) -> tantivy.Query:
    sought = [*([START] if asked.first else []), *asked.words, *([END] if asked.last else [])]

    def at(field: str) -> tantivy.Query:
        if len(sought) == 1:
            return tantivy.Query.term_query(asking.schema, field, sought[0])
        return tantivy.Query.phrase_query(asking.schema, field, list(sought))

    def boosted(field: str, weight: float) -> tantivy.Query:
        return tantivy.Query.boost_query(at(field), weight)

    place = asked.place
    if place.name in GATHERED:
        found = boosted(f"area_{place.name}", lightest(place))
        if place.name not in PRIZED:
            return found
        prized = boosted(f"prized_{place.name}", WEIGHTY)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, found), (tantivy.Occur.Should, prized)]
        )
    anywhere = [boosted(f"piece.{piece}", weight) for piece, weight in place.weights
                if piece in place.texts]  # fmt: skip
    if not anywhere:
        return tantivy.Query.empty_query()
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in anywhere])


def lightest(place: Place) -> float:
    """Return what a match anywhere in the place weighs."""
    return min(weight for _, weight in place.weights)
