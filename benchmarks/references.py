"""Which reference values are compared by a case, and why the others are not.

A reference value (an item) counts as compared when a case of the family that it belongs to has one
of its numbers as reference, as it is or in the form in which the family compares it: absolute,
inverted, as a logarithm, times 1000.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.validation.case import Case

FAMILIES = (
    (r"seed_parent\.(robust_poisson|linear_rd)|indo\.(robin|beeca|logit)|trial01\.", "adjusted"),
    (r"seed_parent\.perm_", "rerandomization"),
    (r"ist\.events14|cdisc\.disp", "counts"),
    (r"indo\.|ist\.", "stratified"),
    (r"cdisc\.ae_", "safety"),
    (r"cdisc\.14_3_11|fev\.|antidep\.mmrm", "mmrm"),
    (r"antidep\.|mi\.", "missing_data"),
    (r"cdisc\.14_3_01|hfno\.peak|desc\.", "continuous"),
    (r"lico\.gee|resp\.", "gee"),
    (r"lico\.|hfno\.", "ordinal"),
    (r"mult\.", "multiplicity"),
    (r"ss\.", "design"),
    (r"gsd\.", "group_sequential"),
    (r"", "two_by_two"),
)
"""Which family an item belongs to: the first pattern that its id begins with."""

REASONS = (
    (
        r"one_zero\.boschloo",
        "definition differs: at rounded ties R leaves tables out (0.838; ours 0.920)",
    ),
    (
        r"indo\.strata_counts",
        "input, not a result: the counts of each stratum, which must be ours before others compare",
    ),
)
"""Why an item is not compared that has a value."""
NO_VALUE = "no value: the reference gives an error, or NaN, on a table with zero cells"


class Coverage(NamedTuple):
    """How many items of a family are compared, and the ids of the others with the reason.

    A reason that is empty is an omission.
    """

    compared: int
    others: dict[str, str]


def family_of(item: str) -> str:
    """Return the family of methods to which a reference value belongs."""
    return next(name for pattern, name in FAMILIES if re.match(pattern, item))


def coverage(items: Mapping[str, Any], found: Mapping[str, Iterable[Case]]) -> dict[str, Coverage]:
    """Return what is compared of ``items``, by family; ``found`` are the cases of each family."""
    references = {
        name: {_rounded(case.reference) for case in cases if case.reference is not None}
        for name, cases in found.items()
    }
    result: dict[str, Coverage] = {}
    for item, content in items.items():
        family = family_of(item)
        compared, others = result.get(family, Coverage(0, {}))
        values = list(numbers(content["result"]))
        named = next((reason for pattern, reason in REASONS if re.match(pattern, item)), "")
        if named:
            others[item] = named
        elif any(
            _rounded(form) in references.get(family, ())
            for value in values
            for form in forms(value)
        ):
            compared += 1
        else:
            others[item] = "" if values else NO_VALUE
        result[family] = Coverage(compared, others)
    return dict(sorted(result.items()))


def numbers(result: Any) -> Iterator[float]:
    """Yield every number in the result of a reference, however deep."""
    if isinstance(result, dict):
        for inner in result.values():
            yield from numbers(inner)
    elif isinstance(result, list):
        for inner in result:
            yield from numbers(inner)
    elif result in ("Inf", "-Inf") or (
        isinstance(result, int | float) and not isinstance(result, bool)
    ):
        yield float(result)


def forms(value: float) -> Iterator[float]:
    """Yield a number in the forms in which it may be compared."""
    yield from (value, -value, 1000 * value)
    if value:
        yield from (1 / value, -1 / value)
    if 0 < value < math.inf:
        yield math.log(value)


def _rounded(value: float) -> str:
    return f"{value:.9g}"


def lines(covered: Mapping[str, Coverage]) -> list[str]:
    """Return two tables: how many are compared, and why the others are not."""
    total = sum(compared for compared, _ in covered.values())
    left = sum(len(others) for _, others in covered.values())
    table = ["| family | compared | not compared |", "|---|---|---|"]
    for name, (compared, others) in covered.items():
        table.append(f"| {name.replace('_', ' ')} | {compared} | {len(others) or ''} |")
    table += [f"| all | {total} | {left} |", "", "| not compared | why |", "|---|---|"]
    for _, others in covered.values():
        table += [f"| {item} | {reason or '**omitted**'} |" for item, reason in others.items()]
    return table
