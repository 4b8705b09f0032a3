"""Table 1: who was randomized, by arm, with standardized differences and no P values.

CONSORT 2025 (item 24) asks for baseline characteristics by group; tests of baseline differences
answer no question (Senn 1994, doi:10.1002/sim.4780131703).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.analysis.estimators.descriptive import (
    standardized_difference,
    standardized_difference_of_counts,
    summarize,
)
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Item, Protocol
from equipoise.views.dataset import Dataset


@dataclass(frozen=True)
class Cell:
    """One arm's figures for one row: mean, SD, median and quartiles, or a count of ``n``."""

    n: int
    missing: int
    count: int | None = None
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None


@dataclass(frozen=True)
class Row:
    """A characteristic, or one category of it; ``difference`` between the first two arms."""

    item: str
    label: Text
    unit: str | None
    category: Text | None
    cells: tuple[Cell, ...]
    difference: float | None


def table(protocol: Protocol, data: Dataset) -> list[Row]:
    """Return the rows of Table 1 over all randomized, arms in the protocol's order.

    An item that is the same for everybody (most criteria of eligibility) has no row.
    """
    arms = list(protocol.root.arms)
    rows: list[Row] = []
    for visit in protocol.root.schedule:
        if visit.phase != "screening":
            continue
        for form in visit.forms:
            for item in protocol.form(form).items:
                columns = [
                    data.participants.filter(data.participants["arm"] == arm)[item.id].to_list()
                    for arm in arms
                ]
                rows += _rows(item, columns)
    return rows


def _rows(item: Item, columns: list[list[object]]) -> list[Row]:
    known = [[value for value in column if value is not None] for column in columns]
    if len({value for column in known for value in column}) < 2:
        return []
    if item.type == "boolean":
        return [_category(item, None, value=True, columns=columns, known=known)]
    if item.type in ("text", "date"):
        return []
    if item.type == "choice" and item.codes:
        codes = list(item.codes)
        counts = [[sum(v == code for v in column) for code in codes] for column in known]
        overall = _difference_of_counts(counts)
        rows = [
            _category(item, item.codes[code], code, columns, known, overall if not place else None)
            for place, code in enumerate(codes)
        ]
        # The second of two codes says the same again.
        return rows[:1] if len(codes) == 2 else rows
    return [_numeric(item, columns)]


def _category(
    item: Item, category: Text | None, value: object, columns: list[list[object]],
    known: list[list[object]], difference: float | None = None,
) -> Row:  # fmt: skip
    counts = [sum(v == value for v in column) for column in known]
    cells = tuple(
        Cell(n=len(there), missing=len(column) - len(there), count=count)
        for column, there, count in zip(columns, known, counts, strict=True)
    )
    if difference is None:
        pairs = [[count, len(there) - count] for count, there in zip(counts, known, strict=True)]
        difference = _difference_of_counts(pairs) if item.type == "boolean" else None
    return Row(item.id, item.label, item.unit, category, cells, difference)


def _difference_of_counts(counts: list[list[int]]) -> float | None:
    if min(sum(each) for each in counts[:2]) == 0:
        return None
    return float(standardized_difference_of_counts(np.array(counts[0]), np.array(counts[1])))


def _numeric(item: Item, columns: list[list[object]]) -> Row:
    cells, moments = [], []
    for column in columns:
        values = np.array([np.nan if v is None else float(str(v)) for v in column] or [np.nan])
        summary = summarize(values)
        moments.append((summary.mean, summary.sd))
        cells.append(
            Cell(
                n=int(summary.n),
                missing=len(column) - int(summary.n),
                mean=float(summary.mean),
                sd=float(summary.sd),
                median=float(summary.median),
                q1=float(summary.q1),
                q3=float(summary.q3),
            )
        )
    difference = float(standardized_difference(*moments[0], *moments[1]))
    return Row(
        item.id, item.label, item.unit, None, tuple(cells),
        difference if np.isfinite(difference) else None,
    )  # fmt: skip
