from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from equipoise.analysis.safety import safety
from equipoise.analysis.summary import summary
from tests.small import PEOPLE, STUDY, analysis, events, store


def test_the_keys_of_the_format() -> None:
    assert set(summary(analysis())) == {
        "format", "study", "title", "rehearsal", "dummy_arms", "provenance", "flow", "endpoints",
        "failed_endpoints", "sensitivity", "failed_sensitivity", "populations",
        "adjusted_p_values", "exposure", "adverse_events",
        "adverse_events_outside", "baseline", "participants",
    }  # fmt: skip


def test_it_is_plain_json_without_nan() -> None:
    text = json.dumps(summary(analysis()), allow_nan=False)
    assert json.loads(text)["format"] == "equipoise-summary/1"


def test_its_numbers_are_the_ledgers() -> None:
    found = summary(analysis())
    assert found["study"] == STUDY
    assert found["rehearsal"] == {"seed": 3, "trial": 0, "scenario": "published"}
    assert found["provenance"]["ledger_events"] == len(events())
    assert found["provenance"]["ledger_head"] == str(store().head())
    assert found["provenance"]["analysis_as_signed"] is True
    flow = found["flow"]
    assert flow["randomized"] == PEOPLE == sum(arm["randomized"] for arm in flow["arms"])
    assert flow["screened"] == flow["declined"] + flow["ineligible"] + flow["randomized"]
    assert sum(arm["treated"] for arm in flow["arms"]) == PEOPLE - 1
    reported = sum(row["events"] for row in found["adverse_events"])
    assert reported + found["adverse_events_outside"] == [event.kind for event in events()].count(
        "AdverseEventReported"
    )


def test_endpoints_carry_counts_and_estimates() -> None:
    endpoints = {(row["endpoint"], row["visit"]): row for row in summary(analysis())["endpoints"]}
    primary = endpoints["moderate_severe_pain_72h", None]
    arm, reference = primary["groups"]
    ratio = (arm["sum"] / arm["analysed"]) / (reference["sum"] / reference["analysed"])
    assert primary["estimate"] == pytest.approx(ratio)
    assert primary["low"] < primary["estimate"] < primary["high"]


def test_populations_add_up_to_the_randomized() -> None:
    for each in summary(analysis())["populations"]:
        assert sum(size["n"] for size in each["sizes"]) + len(each["left_out"]) == PEOPLE
        assert all(left["failed"] for left in each["left_out"])


def test_sensitivity_analyses_are_told_by_their_titles() -> None:
    rows = summary(analysis())["sensitivity"]
    titles = {(row["endpoint"], row["title"]) for row in rows}
    assert ("chronic_pain_24m", "complete cases") in titles
    complete = next(row for row in rows if row["title"] == "complete cases")
    arm, reference = complete["groups"]
    ratio = (arm["sum"] / arm["analysed"]) / (reference["sum"] / reference["analysed"])
    assert complete["estimate"] == pytest.approx(ratio)


def test_exposure_is_a_mean_over_the_treated() -> None:
    people = analysis().data.participants
    for row in summary(analysis())["exposure"]["by_arm"]:
        mine = people.filter((people["arm"] == row["arm"]) & people["treated"])
        assert row["treated"] == mine.height
        assert row["mean_infused_ml"] == pytest.approx(mine["infused_ml"].mean())
        assert row["mean_boluses"] == pytest.approx(mine["boluses"].mean())


def test_adverse_events_are_those_of_the_tables() -> None:
    found = safety(analysis().protocol, analysis().data)
    rows = {(row["arm"], row["term"]): row for row in summary(analysis())["adverse_events"]}
    for line in found.table.terms():
        for arm, count in zip(found.table.arms, line.counts, strict=True):
            row = rows.get((arm, line.term), {"participants": 0, "events": 0})
            assert (row["participants"], row["events"]) == (count.people, count.events)
    assert sum(row["events"] for row in rows.values()) > 0


def test_every_key_is_documented() -> None:
    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return {k for k in value if k.islower()} | {k for v in value.values() for k in keys(v)}
        if isinstance(value, list):
            return {key for each in value for key in keys(each)}
        return set()

    page = (Path(__file__).parents[2] / "docs" / "summary.md").read_text(encoding="utf-8")
    found = summary(analysis())
    found["failed_endpoints"] = {}
    names = set(re.findall(r"`(\w+)`", page))
    undocumented = keys({**found, "flow": {**found["flow"], "criteria_not_met": {}}}) - names
    assert undocumented == set()
