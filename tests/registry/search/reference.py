"""What a plan means, record by record, without an index: slow, plain, the measure of others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from equipoise.registry.record import locations
from equipoise.registry.search import fields, plan
from equipoise.registry.search.order import span
from equipoise.registry.search.words import words

Values = Mapping[str, list[Any]]


_values_of: dict[int, tuple[Any, Values]] = {}


def answers(study: Mapping[str, Any], asked: plan.Plan) -> bool:
    if id(study) not in _values_of:  # kept with the record, so that its number stays its own
        _values_of[id(study)] = (study, fields.values(study))
    return _holds(_values_of[id(study)][1], asked, study)


def _holds(found: Values, asked: plan.Plan, study: Mapping[str, Any]) -> bool:
    match asked:
        case plan.Everything():
            return True
        case plan.Every():
            return all(_holds(found, part, study) for part in asked.parts)
        case plan.Any():
            return any(_holds(found, part, study) for part in asked.parts)
        case plan.Neither():
            return not _holds(found, asked.of, study)
        case plan.Prefer() | plan.Rather():
            return _holds(found, asked.of, study)
        case plan.Present():
            return any(piece in found for piece in asked.pieces)
        case plan.Ids():
            return bool(asked.ids & {*found["NCTId"], *found.get("NCTIdAlias", [])})
        case plan.Between():
            kind = fields.by_piece()[asked.piece].kind
            places = [span(kind, value) for value in found.get(asked.piece, [])]
            low = -math.inf if asked.low is None else asked.low
            high = math.inf if asked.high is None else asked.high
            return any(low <= place[0] <= high for place in places if place)
        case plan.Phrase():
            return any(_contains(_words(str(v)), asked) for v in _values(found, asked.place))
        case plan.Exact():
            phrase = plan.Phrase(asked.place, tuple(words(asked.text)))
            return _holds(found, phrase, study) and any(
                _written(str(value), asked) for value in _values(found, asked.place)
            )
        case plan.OneLocation():
            inside = [fields.location_values(each) for each in locations(study)]
            return any(_holds(each, asked.of, study) for each in inside)
        case plan.Near():
            points = [each["geoPoint"] for each in locations(study) if "geoPoint" in each]
            return any(_apart_km(asked, point) <= asked.radius_km for point in points)


_words = lru_cache(maxsize=500_000)(words)


def _values(found: Values, place: fields.Place) -> list[Any]:
    texts = {"text", "enum", "boolean"}
    return [
        value
        for piece in place.pieces
        if fields.by_piece()[piece].kind in texts
        for value in found.get(piece, [])
    ]


def _contains(value: list[str], asked: plan.Phrase) -> bool:
    sought, length = list(asked.words), len(asked.words)
    places = [at for at in range(len(value) - length + 1) if value[at : at + length] == sought]
    return any(
        (at == 0 or not asked.first) and (at + length == len(value) or not asked.last)
        for at in places
    )


def _written(value: str, asked: plan.Exact) -> bool:
    text = " ".join(value.split())
    for found in re.finditer(re.escape(asked.text), text):
        before, after = text[: found.start()], text[found.end() :]
        if (asked.first and before) or (asked.last and after):
            continue
        joined = (not asked.first and re.search(r"\w\Z", before)) or (
            not asked.last and re.match(r"\w", after)
        )
        if not joined:
            return True
    return False


def _apart_km(near: plan.Near, point: Mapping[str, float]) -> float:
    """Return the distance by the angle between unit vectors: another formula than the product's."""

    def vector(lat: float, lon: float) -> tuple[float, float, float]:
        a, b = math.radians(lat), math.radians(lon)
        return math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)

    one = vector(near.latitude_deg, near.longitude_deg)
    other = vector(point["lat"], point["lon"])
    cross = math.hypot(
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return 6371.0088 * math.atan2(cross, dot)
