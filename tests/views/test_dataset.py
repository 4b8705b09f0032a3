from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from equipoise.conduct import capture
from equipoise.errors import InputError
from equipoise.views.dataset import build
from equipoise.views.participants import Participants
from tests.conduct.test_capture import _diary
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward
from tests.small import PEOPLE, analysis, events


def test_one_row_for_each_randomized_participant() -> None:
    table = analysis().data.participants
    assert table.height == PEOPLE
    assert table["participant"].n_unique() == PEOPLE
    assert set(table["arm"]) == {"combined", "placebo"}
    assert table["weight_kg"].dtype == pl.Float64
    assert table["age_y"].dtype == pl.Int64
    assert table["treated"].sum() == PEOPLE - 1


def test_arms_are_those_of_the_opened_slots() -> None:
    opened = next(e.fact for e in events() if e.kind == "AllocationOpened")
    arm_of = {(s.stratum, s.slot): s.arm for s in opened.slots}  # type: ignore[attr-defined]
    for row in analysis().data.participants.iter_rows(named=True):
        assert row["arm"] == arm_of[row["stratum"], row["slot"]]


def test_values_are_the_latest_and_derived_ones_follow(ward: Ward) -> None:
    ward.sealed().treated("P1")
    _diary(ward, {"sore": True, "soreness": 7})
    seq = ward.store.head().seq
    capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"soreness": 2}, "slip")
    entry = ward.trial.participant("P1").forms["entry", "baseline"].seq
    capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", entry, {"weight_kg": "101.5"}, "scale")
    people = ward.trial.participants.by_number
    data = build(ward.trial.state.protocol, people, {("hand=left", 0): "balm"})
    values = {
        (form, item): value
        for form, item, value in data.values.select("form", "item", "value").iter_rows()
    }
    assert values["diary", "soreness"] == "2"
    assert values["baseline", "weight_kg"] == "101.5"
    assert values["baseline", "heavy"] == "True"
    assert data.participants["heavy"].to_list() == [True]
    assert data.arms() == {"P1": "balm"}


def test_a_slot_without_an_arm_is_an_error(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    with pytest.raises(
        InputError, match="participant P1: slot 0 of stratum 'hand=left' has no arm"
    ):
        build(ward.trial.state.protocol, ward.trial.participants.by_number, {})


def test_presses_and_adverse_events_have_a_row_each() -> None:
    people = Participants()
    for event in events():
        people.apply(event)
    data = analysis().data
    kinds = [event.kind for event in events()]
    assert data.presses.height == kinds.count("DemandDelivered") + kinds.count("DemandDenied")
    assert data.presses["denied"].count() == kinds.count("DemandDenied")
    assert data.adverse_events.height == kinds.count("AdverseEventReported")
    assert (data.presses["hours"] >= 0).all()
    assert (data.presses["hours"] <= 72).all()


def test_tables_are_written_twice_over(tmp_path: Path) -> None:
    analysis().data.write(tmp_path / "dataset")
    for name in ("participants", "values", "presses", "adverse_events"):
        kept = pl.read_parquet(tmp_path / "dataset" / f"{name}.parquet")
        assert kept.equals(getattr(analysis().data, name))
        assert pl.read_csv(tmp_path / "dataset" / f"{name}.csv").height == kept.height
