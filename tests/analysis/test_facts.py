from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from equipoise.analysis.facts import of_dataset
from equipoise.protocol.arrays import Codes, Numbers, decide
from equipoise.protocol.expression import Bounds, Exact
from equipoise.protocol.facts import FACTS
from equipoise.views.dataset import Dataset
from tests.analysis.diaries import facts, protocol_with
from tests.small import analysis


def test_every_fact_that_a_rule_may_ask_is_in_the_dataset() -> None:
    assert set(FACTS) - {"randomized"} <= set(analysis().data.participants.columns)
    found = of_dataset(analysis().protocol, analysis().data)
    assert set(FACTS) <= set(found.facts)
    assert {np.shape(values) for values in found.facts.values()} == {found.shape}


def test_the_facts_of_a_rehearsal_are_those_of_its_participants() -> None:
    found = of_dataset(analysis().protocol, analysis().data)
    people = [analysis().people.by_number[number] for number in found.numbers]
    assert np.asarray(found.facts["treated"]).tolist() == [p.treated for p in people]
    assert np.asarray(found.facts["visits_missed"]).tolist() == [len(p.missed) for p in people]
    assert [found.arms[place] for place in found.arm] == list(analysis().data.arms().values())
    stopped = np.asarray(found.facts["stopped_early"])
    completed = np.asarray(found.facts["completed_treatment"])
    ran = [bool(p.pump and p.pump.stopped_at) for p in people]
    assert (stopped + completed).tolist() == ran
    assert completed.sum() > 0


def test_hours_of_a_visit_are_those_recorded_or_planned() -> None:
    found = of_dataset(analysis().protocol, analysis().data)
    treated = np.asarray(found.facts["treated"]) == 1
    morning = np.asarray(found.visit_h["day1_morning"])
    assert np.isnan(morning[~treated]).all()
    assert (np.abs(morning[treated] - 17) < 8).all()
    assert (np.asarray(found.visit_h["month24"])[treated] > 16000).all()
    for number, hours in zip(found.numbers, morning, strict=True):
        person = analysis().people.by_number[number]
        filled = person.forms.get(("day1_morning", "pain"))
        if filled and person.pump:
            seconds = (filled.at - person.pump.started_at).total_seconds()
            assert hours == pytest.approx(seconds / 3600, abs=1.1)  # the visit's first form


def test_what_is_known_in_part_can_decide(tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path)
    people = pl.DataFrame({"participant": ["P1", "P2"], "arm": ["balm", "salve"]})
    answers: dict[tuple[str, str, str], dict[str, Exact]] = {
        ("P1", "noon", "diary"): {"sore": True, "soreness": Bounds(4, 6)},
        ("P2", "entry", "baseline"): {"hand": "left", "weight_kg": Decimal("60.1")},
    }
    empty = pl.DataFrame()
    found = of_dataset(protocol, Dataset(people, empty, empty, empty, answers))
    diary = found.columns(protocol, "noon", "diary")
    assert decide("soreness > 3", diary) == pytest.approx([1, np.nan], nan_ok=True)
    assert isinstance(diary["soreness"], Numbers)
    assert np.isnan(diary["soreness"].exact).all()
    hand = found.baseline(protocol)["hand"]
    assert isinstance(hand, Codes)
    assert decide('hand == "left"', {"hand": hand}) == pytest.approx([np.nan, 1], nan_ok=True)


def test_a_short_float_stands_for_its_decimal(tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path)
    weight = np.array([60.1, 99.9, np.nan], np.float32)
    found = facts([0, 1, 0], {("entry", "weight_kg"): weight, ("entry", "hand"): [0, 1, np.nan]})
    baseline = found.baseline(protocol)
    assert decide("weight_kg == 60.1", baseline) == pytest.approx([1, 0, np.nan], nan_ok=True)
    assert decide('hand == "right"', baseline) == pytest.approx([0, 1, np.nan], nan_ok=True)
