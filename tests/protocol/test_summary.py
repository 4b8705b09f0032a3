from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from equipoise.protocol.load import Loaded, digest, load_study
from equipoise.protocol.parts import Pump
from equipoise.protocol.summary import as_json, rate_max_ml_h, summary
from tests.protocol.sample import load, load_follow_up


def printed(loaded: Loaded, width: int = 400) -> str:
    paper = io.StringIO()
    Console(width=width, file=paper).print(summary(loaded))
    return paper.getvalue()


def rows(loaded: Loaded) -> dict[str, str]:
    pairs = [line.split("  ", 1) for line in printed(loaded).splitlines() if "  " in line]
    return {label: text.strip() for label, text in pairs if label}


def test_the_flagship_on_one_screen() -> None:
    loaded = load_study("NCT04791059")
    assert loaded.protocol is not None
    said = rows(loaded)
    assert said["arm combined"] == (
        "Combined supplement: sufentanil 4 ug/kg (at most 250 ug), esketamine 50 mg, "
        "dexmedetomidine 200 ug, normal saline to 200 ml"
    )
    assert said["pump"] == (
        "bolus 2 ml, lockout 8 min, background 1 ml/h, for 72 h; at most 16 ml/h, "
        "at which 200 ml last 12.5 h"
    )
    assert said["participants"] == "200"
    assert said["eligibility"] == "4 inclusion and 8 exclusion criteria"
    assert said["digest"] == digest(loaded.protocol)
    assert len(printed(loaded, width=100).splitlines()) <= 45
    assert loaded.protocol.title.zh is not None
    assert loaded.protocol.title.zh in printed(loaded)


def test_a_follow_up_shows_what_it_inherits(tmp_path: Path) -> None:
    said = rows(load_follow_up(tmp_path))
    assert said["follows up"] == "XX0001, under its allocation, still masked"
    assert said["arm balm"] == (
        "Balm: balmol 2 mg/kg (at most 150 mg), calmol 40 ug, water to 100 ml"
    )
    assert said["schedule"] == "month 12 ± 20 d  call"
    assert said["primary"] == (
        "Well after a year (year): risk ratio of balm to salve in called; "
        "risk ratio with Wald interval on the log scale"
    )


def test_the_parts_in_words(tmp_path: Path) -> None:
    said = rows(load(tmp_path))
    assert said["pump"] == (
        "bolus 2 ml, lockout 10 min, background 1 ml/h, at most 10 ml in 1 h, for 24 h; "
        "at most 10 ml/h, at which 100 ml last 10 h"
    )
    assert said["allocation"] == (
        "1:1 (balm, salve), permuted blocks, strata: hand, 40 sealed slots"
    )
    assert "participants" not in said
    assert said["masked"] == "participant, investigator, outcomes assessor"
    assert said["unmasked"] == "pharmacist"
    assert said["schedule"] == "screening  baseline"
    assert "  day 1  12:00 diary; 20:00 diary" in printed(load(tmp_path))
    assert said["eligibility"] == (
        "1 inclusion and 2 exclusion criteria (E2 not applicable before randomization)"
    )
    assert said["secondary"] == "Sore at all (2 visits): risk ratio"
    assert said["assumptions"] == "1 assumed"
    assert said["scenarios"] == "hoped, null"


def pump(**parts: str) -> Pump:
    program: dict[str, Any] = {
        "bolus_ml": "2", "bolus_rate_ml_h": "120", "lockout_min": "8", "background_ml_h": "1",
        "reservoir_ml": "200", "duration_h": "72",
    }  # fmt: skip
    return Pump.model_validate(program | parts)


@pytest.mark.parametrize(
    ("parts", "rate"),
    [
        ({}, "16"),
        ({"limit_1h_ml": "12"}, "12"),
        ({"limit_1h_ml": "17"}, "16"),
        ({"limit_4h_ml": "40"}, "10"),
        ({"limit_1h_ml": "12", "limit_4h_ml": "40"}, "10"),
        ({"lockout_min": "60", "background_ml_h": "0"}, "2"),
    ],
)
def test_the_most_that_the_pump_delivers(parts: dict[str, str], rate: str) -> None:
    assert rate_max_ml_h(pump(**parts)) == Decimal(rate)


def test_json_says_the_same_for_a_program(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    data = json.loads(json.dumps(as_json(loaded)))
    assert loaded.protocol is not None
    assert data["digest"] == digest(loaded.protocol)
    assert data["pump"]["bag_lasts_at_max_h"] == "10"
    assert data["arms"][0]["mixture"]["components"] == [
        "balmol 2 mg/kg (at most 150 mg)", "calmol 40 ug",
    ]  # fmt: skip
    assert data["schedule"][1] == {
        "visit": "noon", "when": "day 1 12:00 ± 2 h", "by": "participant", "forms": ["diary"],
    }  # fmt: skip
    assert data["eligibility"] == {"inclusion": 1, "exclusion": 2, "not_applicable": ["E2"]}
    assert data["problems"] == []


def test_a_protocol_with_errors_has_its_json_too(tmp_path: Path) -> None:
    wrong = as_json(load(tmp_path, ("mixture: balm}", "mixture: bahlm}")))
    assert wrong["arms"][0]["mixture"] is None
    assert [problem["what"] for problem in wrong["problems"]] == ["there is no mixture `bahlm`"]
    unread = load(tmp_path, ("version: 1\n", "version: one\n"))
    assert as_json(unread).keys() == {"study", "problems"}
    assert "cannot be read" in printed(unread)
