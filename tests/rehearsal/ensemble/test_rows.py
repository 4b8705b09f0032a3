"""A row says of its trial what the trial's own participants say."""

from __future__ import annotations

import polars as pl
import pytest

from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.plan import Cell, compiled
from equipoise.rehearsal.ensemble.rows import check_analyses, trial_rows
from equipoise.rehearsal.ensemble.storage import PEOPLE, TRIALS
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import made
from tests.rehearsals.knee import protocol, study


def test_rows_in_memory_are_those_that_are_kept() -> None:
    program = compiled(study(), Cell("plain"), 12)
    rows = trial_rows(program, program.protocol, 3, 7, 16)
    kept = pl.concat(made().tables(TRIALS, 0)).drop("cell", "scenario")
    assert rows["trial"].to_list() == list(range(7, 23))
    assert rows.equals(kept[7:23])
    assert rows.equals(trial_rows(program, program.protocol, 3, 7, 16, threads=2))


def test_sums_by_arm_are_those_of_the_participants() -> None:
    trials = pl.concat(made().tables(TRIALS, 0))
    people = pl.concat(made().tables(PEOPLE, 0))
    assert people.height == 40 * 12
    treated = people.filter("treated")
    sums = treated.group_by("trial", "arm").agg(
        pl.len().alias("treated"),
        pl.col("demands").sum(), pl.col("delivered").sum(), pl.col("denied.lockout").sum(),
        pl.col("bags").cast(pl.Int64).sum(),
        (pl.col("bags") > 1).sum().alias("refilled"),
        (pl.col("bags").cast(pl.Int64) - 1).sum().alias("refills"),
        (pl.col("peak_ng_ml.esketamine") >= 40).sum().alias("above.esketamine.40"),
        pl.col("adverse_event.Nausea").sum(),
    )  # fmt: skip
    for row in sums.iter_rows(named=True):
        mine = trials.row(by_predicate=pl.col("trial") == row["trial"], named=True)
        for name in set(row) - {"trial", "arm"}:
            assert mine[f"{name}.{row['arm']}"] == row[name], (row["trial"], row["arm"], name)
    analysed = people.filter(pl.col("arm") == "one", "treated")
    answers = analysed.group_by("trial").agg(
        pl.col("morning.scores.knee_pain").sum().alias("sum"),
        pl.col("morning.scores.knee_pain").count().alias("n"),
        pl.col("morning.scores.knee_pain").null_count().alias("missing"),
    )
    for row in answers.iter_rows(named=True):
        mine = trials.row(by_predicate=pl.col("trial") == row["trial"], named=True)
        assert mine["knee_pain_day1.sum.one"] == row["sum"]
        assert mine["knee_pain_day1.analysed.one"] == row["n"]
        assert mine["knee_pain_day1.missing.one"] == row["missing"]


def test_a_bag_lasts_as_long_as_it_takes_to_infuse_it() -> None:
    row = made().table(TRIALS, made().ensemble.chunks(0)[0]).row(0, named=True)
    rate_ml_h = row["infused_ml.both"] / row["treated.both"] / 36
    assert row["bag_life_h.both"] == pytest.approx(60 / rate_ml_h)
    assert row["bag_life_min_h.both"] <= row["bag_life_h.both"]


def test_choices_are_kept_as_their_codes() -> None:
    people = made().table(PEOPLE, made().ensemble.chunks(0)[0])
    assert set(people["sex"]) == {"f", "m"}
    assert set(people["arm"]) == {"both", "one", "other"}


def test_an_endpoint_that_asks_what_is_not_simulated_is_refused() -> None:
    data = protocol().model_dump()
    data["populations"]["treated"]["rule"] = "randomized and visits_missed == 0"
    said = refusal(check_analyses, Protocol.model_validate(data))
    assert said.where == "endpoint 'knee_pain_day1'"
    assert "visits_missed" in said.what
