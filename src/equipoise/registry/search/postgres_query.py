# ruff: noqa: S608 - the names in a statement are written here; every value is a parameter
"""A plan as a condition in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from equipoise.registry.search import plan
from equipoise.registry.search.content import GATHERED
from equipoise.registry.search.distance import EARTH_KM, box
from equipoise.registry.search.holds import refuse_exact
from equipoise.registry.search.plan import Plan
from equipoise.registry.search.words import END, START


@dataclass(frozen=True, slots=True)
class Asking:
    """Which rows are asked for: records, or their sites; and how letters are compared.

    ``exact`` returns the ids of the records that hold a text as it is written, among those of
    some conditions.
    """

    row: str
    """The name of the row in the question: its key is compared with that of its words."""
    texts: str
    """The table of words."""
    key: str
    exact: Callable[[plan.Exact, list[Sql]], list[str]]


@dataclass(slots=True)
class Sql:
    """A piece of SQL with ``%s`` where values go, and the values."""

    text: str
    values: list[Any] = field(default_factory=list)

    def joined(self, *others: Sql, by: str) -> Sql:
        """Return several pieces in parentheses with ``by`` between them."""
        parts = (self, *others)
        text = "(" + f" {by} ".join(part.text for part in parts) + ")"
        return Sql(text, [value for part in parts for value in part.values])


def condition(asked: Plan, asking: Asking) -> Sql:  # noqa: C901, PLR0911 - one line a kind
    """Return the condition under which a row answers ``asked``."""
    row, key = asking.row, f"{asking.row}.{asking.key}"
    match asked:
        case plan.Everything():
            return Sql("true")
        case plan.Phrase():
            found = phrase(asked, asking)
            return Sql(f"{key} IN (SELECT t.{asking.key} {found.text})", found.values)
        case plan.Exact():
            return _exact(asked, asking, [])
        case plan.Between():
            ends = [("value >= %s", asked.low), ("value <= %s", asked.high)]
            given = [(text, value) for text, value in ends if value is not None]
            where = " AND ".join(["piece = %s", *(text for text, _ in given)])
            return Sql(f"{key} IN (SELECT id FROM orders WHERE {where})",
                       [asked.piece, *(value for _, value in given)])  # fmt: skip
        case plan.Present():
            return Sql(f"{row}.has && %s", [list(asked.pieces)])
        case plan.Ids():
            ids = sorted(asked.ids)
            return Sql(f"({row}.id = ANY(%s) OR {row}.id IN "
                       "(SELECT id FROM aliases WHERE alias = ANY(%s)))", [ids, ids])  # fmt: skip
        case plan.Near():
            near = _near(asked)
            return Sql(f"{row}.id IN (SELECT id FROM sites WHERE {near.text})", near.values)
        case plan.OneLocation():
            inside = condition(asked.of, Asking("x", "site_texts", "site", refuse_exact))
            return Sql(f"{row}.id IN (SELECT x.id FROM sites x WHERE {inside.text})", inside.values)
        case plan.Prefer() | plan.Rather():
            return condition(asked.of, asking)
        case plan.Neither():
            found = condition(asked.of, asking)
            return Sql(f"NOT ({found.text})", found.values)
        case plan.Every():
            leaves = list(plan.conjuncts(asked))
            exact = [part for part in leaves if isinstance(part, plan.Exact)]
            parts = [condition(part, asking) for part in leaves if part not in exact]
            parts += [_exact(part, asking, parts) for part in exact]
            return parts[0].joined(*parts[1:], by="AND") if parts else Sql("true")
        case plan.Any():
            parts = [condition(part, asking) for part in asked.parts]
            return parts[0].joined(*parts[1:], by="OR") if parts else Sql("false")


def _exact(asked: plan.Exact, asking: Asking, among: list[Sql]) -> Sql:
    return Sql(f"{asking.row}.id = ANY(%s)", [asking.exact(asked, among)])


def phrase(asked: plan.Phrase, asking: Asking, *, pieces: bool = False) -> Sql:
    """Return from where, and under which condition, rows of words ``t`` hold a phrase.

    ``pieces``: look into the pieces of an area, not into its gathered words.
    """
    together = asked.place.name in GATHERED and not pieces
    places = [f"area {asked.place.name}"] if together else list(asked.place.texts)
    values: list[Any] = [places, " & ".join(f"'{word}'" for word in dict.fromkeys(asked.words))]
    text = f"FROM {asking.texts} t WHERE t.place = ANY(%s) AND t.words @@ %s::tsquery"
    sought = [*([START] if asked.first else []), *asked.words, *([END] if asked.last else [])]
    if len(sought) > 1:
        # The words stand between spaces and are letters or digits: nothing for LIKE to misread.
        text += " AND t.body LIKE %s"
        values.append(f"% {' '.join(sought)} %")
    return Sql(text, values)


def score(asked: Plan, asking: Asking) -> Sql | None:
    """Return how well a row answers: the weights of the places that hold what was asked."""
    parts = [_weighed(leaf, factor, asking) for leaf, factor in _leaves(asked, 1.0)]
    return parts[0].joined(*parts[1:], by="+") if parts else None


def _weighed(leaf: plan.Phrase, factor: float, asking: Asking) -> Sql:
    found = phrase(leaf, asking, pieces=True)
    cases = " ".join("WHEN %s THEN %s::float" for _ in leaf.place.weights)
    weights = [each for pair in leaf.place.weights for each in pair]
    text = f"(SELECT coalesce(sum(CASE t.place {cases} ELSE 0 END), 0) * %s::float {found.text}"
    return Sql(f"{text} AND t.id = {asking.row}.id)", [*weights, factor, *found.values])


def _leaves(asked: Plan, factor: float) -> list[tuple[plan.Phrase, float]]:
    if isinstance(asked, plan.Phrase):
        return [(asked, factor)] if asked.place.texts else []
    if isinstance(asked, plan.Prefer):
        return _leaves(asked.of, factor * asked.factor) if asked.factor else []
    if isinstance(asked, plan.Rather):
        return [*_leaves(asked.of, factor), *_leaves(asked.better, factor)]
    if isinstance(asked, plan.Every | plan.Any):
        return [leaf for part in asked.parts for leaf in _leaves(part, factor)]
    return []


def _near(near: plan.Near) -> Sql:
    south, north, half_width = box(near)
    haversine = (
        "sind((latitude_deg - %s) / 2) ^ 2"
        " + cosd(%s) * cosd(latitude_deg) * sind((longitude_deg - %s) / 2) ^ 2"
    )
    latitude, longitude = near.latitude_deg, near.longitude_deg
    text = f"latitude_deg BETWEEN %s AND %s AND {2 * EARTH_KM} * asin(sqrt(least(1, {haversine})))"
    values: list[Any] = [south, north, latitude, latitude, longitude, near.radius_km]
    if half_width is None or half_width >= 179:
        return Sql(f"{text} <= %s", values)
    # Degrees from one longitude to another, across the date line too.
    apart = "abs(longitude_deg - %s)"
    return Sql(f"{text} <= %s AND least({apart}, 360 - {apart}) <= %s",
               [*values, longitude, longitude, half_width + 1e-9])  # fmt: skip
