"""A plan as a query of the local index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from equipoise.registry.search import plan
from equipoise.registry.search.content import GATHERED, whole_term
from equipoise.registry.search.engine import tantivy
from equipoise.registry.search.fields import Place
from equipoise.registry.search.local_sites import together
from equipoise.registry.search.plan import Plan
from equipoise.registry.search.words import END, START


@dataclass(frozen=True, slots=True)
class Asking:
    """What turning a plan into a query needs from the index.

    ``numbers_of`` finds the numbers of the records whose sites answer; ``points`` the terms of the
    points in a circle; ``exact`` the ids of the records that hold a text as it is written, among
    those that some queries find.
    """

    schema: tantivy.Schema
    numbers_of: Callable[[plan.OneLocation], list[int]]
    points: Callable[[plan.Near], list[str]]
    exact: Callable[[plan.Exact, list[tantivy.Query]], list[str]]
    of_locations: bool = False


def query(asked: Plan, asking: Asking) -> tantivy.Query:  # noqa: C901, PLR0911, PLR0912 - one branch a kind
    """Return the tantivy query that finds exactly what ``asked`` means."""
    schema = asking.schema
    match asked:
        case plan.Everything():
            return tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
        case plan.Phrase():
            return _phrase(asked, asking)
        case plan.Exact():
            return _exact(asked, asking, [])
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
        case plan.Near():
            return _terms(schema, "point", asking.points(asked))
        case plan.OneLocation():
            return _one_site(asked, asking)
        case plan.Prefer():
            inner = query(asked.of, asking)
            if asked.factor == 0:
                return tantivy.Query.const_score_query(inner, 0.0)
            return tantivy.Query.boost_query(inner, asked.factor)
        case plan.Rather():
            found, better = query(asked.of, asking), query(asked.better, asking)
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, found), (tantivy.Occur.Should, better)]
            )
        case plan.Neither():
            return _every([asked], asking)
        case plan.Every():
            return _every(list(plan.conjuncts(asked)), asking)
        case plan.Any():
            if not asked.parts:
                return tantivy.Query.empty_query()
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, query(p, asking)) for p in asked.parts]
            )


def _every(parts: list[Plan], asking: Asking) -> tantivy.Query:
    exact = [part for part in parts if isinstance(part, plan.Exact)]
    wanted = [query(part, asking) for part in parts
              if not isinstance(part, plan.Neither | plan.Exact)]  # fmt: skip
    wanted += [_exact(part, asking, wanted) for part in exact]
    not_wanted = [query(part.of, asking) for part in parts if isinstance(part, plan.Neither)]
    if not wanted:
        wanted = [tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)]
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, each) for each in wanted]
        + [(tantivy.Occur.MustNot, each) for each in not_wanted]
    )


def _exact(asked: plan.Exact, asking: Asking, among: list[tantivy.Query]) -> tantivy.Query:
    return _terms(asking.schema, "id", asking.exact(asked, among))


def _terms(schema: tantivy.Schema, field: str, values: list[str] | list[int]) -> tantivy.Query:
    if not values:
        return tantivy.Query.empty_query()
    return tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, field, values), 0.0)


def _one_site(asked: plan.OneLocation, asking: Asking) -> tantivy.Query:
    either = together(asked.of)
    if either is None:
        return _terms(asking.schema, "number", asking.numbers_of(asked))
    found = [_at_one_place(asking.schema, sorted(terms)) for terms in either]
    some = tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in found])
    return tantivy.Query.const_score_query(some, 0.0)


def _at_one_place(schema: tantivy.Schema, terms: list[str]) -> tantivy.Query:
    if len(terms) == 1:
        return tantivy.Query.term_query(schema, "site", terms[0])
    return tantivy.Query.phrase_query(schema, "site", [(0, term) for term in terms])


def _phrase(asked: plan.Phrase, asking: Asking) -> tantivy.Query:
    if asked.first and asked.last and asked.place.whole and not asking.of_locations:
        terms = [whole_term(piece, asked.words) for piece in asked.place.texts]
        found = [tantivy.Query.term_query(asking.schema, "has", term) for term in terms]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in found])
    sought = [*([START] if asked.first else []), *asked.words, *([END] if asked.last else [])]

    def at(field: str) -> tantivy.Query:
        if len(sought) == 1:
            return tantivy.Query.term_query(asking.schema, field, sought[0])
        return tantivy.Query.phrase_query(asking.schema, field, list(sought))

    def boosted(field: str, weight: float) -> tantivy.Query:
        return tantivy.Query.boost_query(at(field), weight)

    place = asked.place
    if place.name in GATHERED:
        return boosted(f"area_{place.name}", lightest(place))
    anywhere = [boosted(f"piece.{piece}", weight) for piece, weight in place.weights
                if piece in place.texts]  # fmt: skip
    if not anywhere:
        return tantivy.Query.empty_query()
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in anywhere])


def lightest(place: Place) -> float:
    """Return what a match anywhere in the place weighs."""
    return min(weight for _, weight in place.weights)
