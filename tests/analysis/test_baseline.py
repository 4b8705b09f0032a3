from __future__ import annotations

import polars as pl
import pytest

from equipoise.analysis.baseline import Row, table
from tests.small import analysis


def _row(item: str, category: str | None = None) -> Row:
    return next(
        row
        for row in analysis().table1
        if row.item == item and (row.category.en if row.category else None) == category
    )


def _column(arm: str, item: str) -> pl.Series:
    people = analysis().data.participants
    return people.filter(people["arm"] == arm)[item]


def test_numbers_are_means_and_spreads_by_arm() -> None:
    for cell, arm in zip(_row("age_y").cells, analysis().protocol.root.arms, strict=True):
        ages = _column(arm, "age_y")
        assert cell.mean == pytest.approx(ages.mean())
        assert cell.sd == pytest.approx(ages.std())
        assert (cell.n, cell.missing, cell.count) == (len(ages), 0, None)


def test_two_codes_are_one_row() -> None:
    row = _row("sex", "Female")
    for cell, arm in zip(row.cells, analysis().protocol.root.arms, strict=True):
        assert cell.count == (_column(arm, "sex") == "F").sum()
    assert not any(
        r.item == "sex" and r.category and r.category.en == "Male" for r in analysis().table1
    )


def test_what_never_varies_has_no_row() -> None:
    shown = {row.item for row in analysis().table1}
    assert "scoliosis_correction" not in shown  # everybody
    assert "phaeochromocytoma" not in shown  # nobody
    assert {"age_y", "weight_kg", "preoperative_pain"} <= shown


def test_the_difference_turns_its_sign_with_the_arms() -> None:
    data = analysis().data
    other = {"combined": "placebo", "placebo": "combined"}
    people = data.participants.with_columns(pl.col("arm").replace(other))
    swapped = table(analysis().protocol, type(data)(people, *(data.values,) * 3, data.answers))
    for mine, theirs in zip(analysis().table1, swapped, strict=True):
        if mine.difference is not None and mine.cells[0].mean is not None:
            assert theirs.difference == pytest.approx(-mine.difference)
