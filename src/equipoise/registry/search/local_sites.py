"""What is asked of one site, as words that stand together."""

from __future__ import annotations

from itertools import product

from equipoise.registry.search import plan
from equipoise.registry.search.content import OF_SITES, whole_term, word_term
from equipoise.registry.search.plan import Plan

_MOST = 50

Either = list[frozenset[str]]
"""Sets of terms of a site (:func:`~.content.site_terms`): it must have all of one set."""


def together(asked: Plan) -> Either | None:
    """Return the sets of terms a site must have; None where terms alone cannot say it.

    They cannot say that something is missing, nor that words stand in an order.
    """
    match asked:
        case plan.Phrase():
            return _phrase(asked)
        case plan.Prefer() | plan.Rather():
            return together(asked.of)
        case plan.Every() if asked.parts:
            parts = [together(part) for part in asked.parts]
            known = [each for each in parts if each is not None]
            if len(known) < len(parts):
                return None
            return _few([frozenset().union(*chosen) for chosen in product(*known)])
        case plan.Any():
            parts = [together(part) for part in asked.parts]
            known = [each for each in parts if each is not None]
            return _few([terms for each in known for terms in each]) if known == parts else None
    return None


def _phrase(asked: plan.Phrase) -> Either | None:
    place = asked.place
    if place.whole and asked.first and asked.last:
        return [frozenset({whole_term(piece, asked.words)}) for piece in place.texts]
    if len(asked.words) > 1 or asked.first or asked.last:
        return None
    if place.name == "LocationSearch" or place.name in OF_SITES:
        return [frozenset({word_term(place.name, asked.words[0])})]
    return None


def _few(either: Either) -> Either | None:
    return list(dict.fromkeys(either)) if len(either) <= _MOST else None
