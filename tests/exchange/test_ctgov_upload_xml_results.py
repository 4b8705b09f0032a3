from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange.ctgov_upload_xml import read, write
from equipoise.exchange.ctgov_upload_xml_results import RESULTS, name_groups, share_ids
from equipoise.exchange.xml_map import read_all, written
from equipoise.exchange.xml_tree import parse
from tests.registry.sample import record


def _again(results: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = read(write({"resultsSection": results}))["resultsSection"]
    return found


def test_results_come_back() -> None:
    results = record()["resultsSection"]
    results["outcomeMeasuresModule"]["outcomeMeasures"][1]["reportingStatus"] = "POSTED"
    assert _again(results) == results


def _outcome(**changes: Any) -> dict[str, Any]:
    outcome = record()["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0] | changes
    (again,) = _again({"outcomeMeasuresModule": {"outcomeMeasures": [outcome]}})[
        "outcomeMeasuresModule"
    ]["outcomeMeasures"]
    assert again == outcome
    study = {"outcomeMeasuresModule": {"outcomeMeasures": [outcome]}}
    return read_all_texts(study)


def read_all_texts(results: dict[str, Any]) -> dict[str, Any]:
    """Return the texts of a written upload by the name of their element, the last of each."""
    tree = written("x", (RESULTS,), {"resultsSection": results})
    return {element.tag: element.text for element in tree.iter() if element.text}


@pytest.mark.parametrize(
    ("dispersion", "kind", "level"),
    [
        ("95% Confidence Interval", "Confidence Interval", "95"),
        ("97.5% Confidence Interval", "Confidence Interval", "97.5"),
        ("Standard Deviation", "Standard Deviation", None),
    ],
)
def test_the_level_of_an_interval_stands_alone(
    dispersion: str, kind: str, level: str | None
) -> None:
    texts = _outcome(dispersionType=dispersion, analyses=[{"paramType": "Slope"}])
    assert texts["dispersionType"] == kind
    assert texts.get("ciPctLevel") == level


def test_a_method_that_is_not_listed_is_named_apart() -> None:
    texts = _outcome(analyses=[{"statisticalMethod": "Divination", "paramType": "Slope"}])
    assert (texts["statisticalMethod"], texts["otherMethodName"]) == ("Other", "Divination")
    assert texts["parameterType"] == "Slope"
    texts = _outcome(analyses=[{"statisticalMethod": "ANOVA", "paramType": "Luck"}])
    assert (texts["statisticalMethod"], texts["otherTypeName"]) == ("ANOVA", "Luck")


def test_the_unit_that_is_counted_is_participants_or_another() -> None:
    denoms = [
        {"units": "Participants", "counts": [{"groupId": "OG000", "value": "9"}]},
        {"units": "hands", "counts": [{"groupId": "OG000", "value": "18"}]},
    ]
    for unit, word in (("hands", "Units"), ("Participants", "Participants")):
        texts = _outcome(denoms=denoms, typeUnitsAnalyzed="hands", denomUnitsSelected=unit)
        assert texts["selectedUnitOfAnalysis"] == word


def test_an_outcome_still_to_be_posted_comes_back() -> None:
    outcome = {
        "timeFrame": "A year",
        "title": "Sleep",
        "anticipatedPostingDate": "2030-05",
        "type": "POST_HOC",
        "reportingStatus": "NOT_POSTED",
    }
    results = {"outcomeMeasuresModule": {"outcomeMeasures": [outcome]}}
    assert _again(results) == results


def test_a_characteristic_of_ones_own_is_named_apart() -> None:
    results = record()["resultsSection"]
    results["baselineCharacteristicsModule"]["measures"][0]["title"] = "Grip"
    texts = read_all_texts(results)
    assert texts["otherTitle"] == "Grip"
    again = _again(results)["baselineCharacteristicsModule"]["measures"]
    assert [each["title"] for each in again] == ["Grip", "Sex: Female, Male"]


@pytest.mark.parametrize("kind", ["LTE60", "GT60", "OTHER"])
def test_an_agreement_comes_back(kind: str) -> None:
    agreement = {
        "otherDetails": "Ask",
        "piSponsorEmployee": False,
        "restrictionType": kind,
        "restrictiveAgreement": True,
    }
    results = {"moreInfoModule": {"certainAgreement": agreement}}
    assert _again(results) == results


def _ids(results: dict[str, Any]) -> list[str]:
    tree = written("clinical_study", (RESULTS,), {"resultsSection": results})
    result = tree.find("result")
    assert result is not None
    share_ids(result)
    return [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]


def test_identifiers_are_unique_in_the_file() -> None:
    ids = _ids(record()["resultsSection"])
    assert len(set(ids)) == len(ids) == 2 + 3 + 2 + 2 + 2
    assert "Outcome.2.OG001" in ids


def test_a_file_may_name_its_groups_as_it_likes() -> None:
    record_ = parse(
        b"""<clinical_study><result><baseline>
          <baselineMeasures><baselineMeasure><measureRows><measureRow><reportedValues>
            <reportedValue><reportingGroupId>T</reportingGroupId></reportedValue>
            <reportedValue><reportingGroupId> b </reportingGroupId></reportedValue>
            <reportedValue><reportingGroupId>nobody</reportingGroupId></reportedValue>
          </reportedValues></measureRow></measureRows></baselineMeasure></baselineMeasures>
          <totalBaselineReportingGroup id="T"/>
          <baselineReportingGroups>
            <baselineReportingGroup id="b"/>
          </baselineReportingGroups>
        </baseline></result></clinical_study>"""
    )
    name_groups(record_)
    assert [each.attrib["id"] for each in record_.iter() if "id" in each.attrib] == [
        "BG001",
        "BG000",
    ]
    assert [each.text for each in record_.iter("reportingGroupId")] == ["BG001", "BG000", "nobody"]


def test_nothing_is_read_of_nothing() -> None:
    assert read_all((RESULTS,), parse(b"<clinical_study><result/></clinical_study>")) == {}
