from __future__ import annotations

from typing import Any

from equipoise.exchange.ctgov_upload_xml_flow import EVENTS, FLOW
from equipoise.exchange.xml_map import Rule, read_all, written
from equipoise.exchange.xml_tree import parse, serialize
from tests.registry.sample import record

RESULTS = record()["resultsSection"]


def _again(rules: tuple[Rule, ...], part: dict[str, Any]) -> tuple[dict[str, Any], str]:
    data = serialize(written("x", rules, part))
    return read_all(rules, parse(data)), "".join(data.decode().split())


def test_flow_comes_back_though_the_registry_subtracts() -> None:
    again, text = _again(FLOW, RESULTS["participantFlowModule"])
    assert again == RESULTS["participantFlowModule"]
    assert "NOTCOMPLETED" not in text


def test_milestones_between_have_a_title_and_reasons_of_ones_own_a_name() -> None:
    one = [{"groupId": "FG000", "numSubjects": "3", "comment": "Late"}]
    period = {
        "milestones": [
            {"type": "STARTED", "comment": "All", "achievements": one},
            {"type": "Took balm", "achievements": one},
            {"type": "COMPLETED", "achievements": one},
            {"type": "NOT COMPLETED", "achievements": [{"groupId": "FG000", "numSubjects": "0"}]},
        ],
        "dropWithdraws": [
            {"type": "Death", "reasons": [{"groupId": "FG000", "numSubjects": "1"}]},
            {"type": "Rain", "reasons": [{"groupId": "FG000", "numSubjects": "2"}]},
        ],
        "title": "Week 1",
    }
    again, text = _again(FLOW, {"periods": [period]})
    assert again == {"periods": [period]}
    assert "<titleOther>Tookbalm</titleOther>" in text
    assert "<otherReasonName>Rain</otherReasonName><reasonType>Other</reasonType>" in text
    assert "<reasonType>Death</reasonType>" in text


def test_what_is_no_number_is_not_subtracted() -> None:
    few = [{"groupId": "FG000", "numSubjects": "few"}]
    period = {
        "milestones": [{"type": each, "achievements": few} for each in ("STARTED", "COMPLETED")]
    }
    again, _ = _again(FLOW, {"periods": [period]})
    assert again["periods"][0]["milestones"][2] == {"type": "NOT COMPLETED", "achievements": []}


def test_events_come_back() -> None:
    again, text = _again(EVENTS, RESULTS["adverseEventsModule"])
    assert again == RESULTS["adverseEventsModule"]
    assert "<numDeaths>0</numDeaths>" in text


def test_what_a_file_says_once_for_all_events_holds_for_each() -> None:
    xml = b"""<x>
      <assessmentType>Systematic Assessment</assessmentType>
      <frequentAdverseEvents>
        <frequentEvent><term>Itch</term></frequentEvent>
        <frequentEvent>
          <assessmentType>Non-Systematic Assessment</assessmentType><term>Rash</term>
        </frequentEvent>
      </frequentAdverseEvents>
      <sourceVocabulary>MedDRA</sourceVocabulary>
    </x>"""
    assert read_all(EVENTS, parse(xml))["otherEvents"] == [
        {
            "assessmentType": "SYSTEMATIC_ASSESSMENT",
            "sourceVocabulary": "MedDRA",
            "term": "Itch",
        },
        {
            "assessmentType": "NON_SYSTEMATIC_ASSESSMENT",
            "sourceVocabulary": "MedDRA",
            "term": "Rash",
        },
    ]
