"""What the records hold: their sizes, and the values of each field."""

from __future__ import annotations

import bisect
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from equipoise.registry.record import Study, nct_id
from equipoise.registry.search.fields import Field, by_piece, values

_TOP = 10
_LARGEST = 10
_PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99)
_RANGES_KB = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
_STATISTICS = {"date": "DATE", "boolean": "BOOLEAN", "enum": "ENUM"}


def sizes(studies: Iterable[Study]) -> dict[str, Any]:
    """Return how large the records are as JSON without spaces, as ``/stats/size`` gives it."""
    found = sorted(
        (len(json.dumps(study, ensure_ascii=False, separators=(",", ":")).encode()),
         str(nct_id(study)))
        for study in studies
    )  # fmt: skip
    bytes_ = [size for size, _ in found]
    ranges: Counter[int] = Counter(bisect.bisect_right(_RANGES_KB, size / 1024) for size in bytes_)
    ends = ["0", *(str(each) for each in _RANGES_KB), "…"]
    return {
        "averageSizeBytes": round(sum(bytes_) / len(bytes_)) if bytes_ else 0,
        "largestStudies": [
            {"id": name, "sizeBytes": size} for size, name in reversed(found[-_LARGEST:])
        ],
        "percentiles": {
            str(percent): bytes_[min(len(bytes_) - 1, len(bytes_) * percent // 100)]
            for percent in _PERCENTS
        } if bytes_ else {},
        "ranges": [
            {"sizeRange": f"{ends[at]} - {ends[at + 1]} KB", "studiesCount": count}
            for at, count in sorted(ranges.items())
        ],
        "totalStudies": len(bytes_),
    }  # fmt: skip


def statistic(field: Field) -> str:
    """Return the kind of statistics that a field has, as the API names it."""
    if field.kind == "number":
        return "NUMBER" if field.type == "number" else "INTEGER"
    return _STATISTICS.get(field.kind, "STRING")


def value_statistics(studies: Iterable[Study], fields: list[Field]) -> list[dict[str, Any]]:
    """Return the values of the fields over the records, as ``/stats/field/values`` gives them."""
    held: dict[str, Counter[Any]] = {field.piece: Counter() for field in fields}
    records: dict[str, Counter[Any]] = {field.piece: Counter() for field in fields}
    longest: dict[str, tuple[int, str, str]] = {}
    present: Counter[str] = Counter()
    total = 0
    for study in studies:
        total += 1
        found = values(study)
        for piece, counts in held.items():
            inside = [each for each in found.get(piece, []) if not isinstance(each, (dict, list))]
            if inside:
                present[piece] += 1
                counts.update(inside)
                records[piece].update(set(inside))
                best = max((str(each) for each in inside), key=len)
                if len(best) > longest.get(piece, (-1,))[0]:
                    longest[piece] = (len(best), str(nct_id(study)), best)
    return [
        _one(field, held[field.piece], records[field.piece], total - present[field.piece],
             longest.get(field.piece))
        for field in fields
    ]  # fmt: skip


def _one(
    field: Field,
    held: Counter[Any],
    records: Counter[Any],
    missing: int,
    longest: tuple[int, str, str] | None,
) -> dict[str, Any]:
    kind = statistic(field)
    made: dict[str, Any] = {
        "type": kind, "piece": field.piece, "field": field.path, "missingStudiesCount": missing,
    }  # fmt: skip
    if kind == "BOOLEAN":
        return made | {"trueCount": records[True], "falseCount": records[False]}
    if kind in {"ENUM", "STRING"}:
        top = [{"value": str(value), "studiesCount": n} for value, n in records.most_common(_TOP)]
        made |= {"uniqueValuesCount": len(held), "topValues": top}
        if kind == "STRING" and longest:
            length, name, value = longest
            made["longest"] = {"length": length, "nctId": name, "value": value}
        return made
    if kind == "DATE":
        shapes = sorted({_SHAPES.get(len(str(each)), "other") for each in held})
        made["formats"] = shapes
        return made | (_ends(held) if held else {})
    numbers = {each: n for each, n in held.items() if isinstance(each, (int, float))}
    if numbers:
        mean = sum(each * n for each, n in numbers.items()) / sum(numbers.values())
        made |= _ends(numbers) | {"avg": mean}
    return made


_SHAPES = {7: "yyyy-MM", 10: "yyyy-MM-dd", 16: "yyyy-MM-dd'T'HH:mm"}


def _ends(held: Mapping[Any, int]) -> dict[str, Any]:
    return {"min": min(held), "max": max(held)}


def list_sizes(studies: Iterable[Study], fields: list[Field]) -> list[dict[str, Any]]:
    """Return how long the lists are, as ``/stats/field/sizes`` gives it."""
    found: dict[str, Counter[int]] = {field.piece: Counter() for field in fields}
    for study in studies:
        for field in fields:
            for inside in _lists(study, field.path.split(".")):
                found[field.piece][len(inside)] += 1
    return [_lengths(field, found[field.piece]) for field in fields]


def _lengths(field: Field, sizes: Counter[int]) -> dict[str, Any]:
    top = [{"size": size, "studiesCount": count} for size, count in sizes.most_common(_TOP)]
    made = {"piece": field.piece, "field": field.path, "uniqueSizesCount": len(sizes)}
    ends = {"minSize": min(sizes), "maxSize": max(sizes)} if sizes else {}
    return made | {"topSizes": top} | ends


def _lists(inside: Any, path: list[str]) -> Iterable[list[Any]]:
    if isinstance(inside, list) and not path:
        yield inside
    elif isinstance(inside, list):
        for each in inside:
            yield from _lists(each, path)
    elif isinstance(inside, Mapping) and path and path[0] in inside:
        yield from _lists(inside[path[0]], path[1:])


def leaf_fields() -> list[Field]:
    """Return the fields that hold values which can be counted."""
    return [each for each in by_piece().values() if each.kind not in {"struct", "point"}]


def list_fields() -> list[Field]:
    """Return the fields that are lists."""
    return [each for each in by_piece().values() if each.type.endswith("[]")]
