from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange.ctgov_legacy_xml import read, write
from equipoise.exchange.ctgov_legacy_xml_results import NO_AGREEMENT, RESTRICTIONS
from tests.exchange.real import canonical
from tests.registry.sample import record


def _outcome(**changes: Any) -> Any:
    study = record()
    outcome = study["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]
    outcome |= changes
    again = read(write(study))["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]
    assert again == outcome
    return again


def test_an_outcome_with_its_analyses_comes_back() -> None:
    (analysis,) = _outcome()["analyses"]
    assert analysis["groupIds"] == ["OG000", "OG001"]


def test_an_outcome_that_is_not_posted_has_no_measure() -> None:
    study = record()
    waiting = {
        "type": "SECONDARY",
        "title": "Sleep",
        "reportingStatus": "NOT_POSTED",
        "anticipatedPostingDate": "2030-05",
        "timeFrame": "A year",
    }
    study["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"] = [waiting]
    data = write(study)
    outcomes = data.partition(b"<outcome_list>")[2].partition(b"</outcome_list>")[0]
    assert b"<measure>" not in outcomes
    assert b"<posting_date>05/2030</posting_date>" in data
    again = read(data)["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    assert again == [waiting]


def test_what_a_measure_repeats_of_its_outcome_is_said_once() -> None:
    outcome = _outcome(description="Rated\n\nby night", populationDescription="All")
    assert outcome["description"] == "Rated\n\nby night"


@pytest.mark.parametrize(
    ("agreement", "sentence"),
    [
        ({"piSponsorEmployee": False, "restrictiveAgreement": False}, NO_AGREEMENT),
        (
            {"piSponsorEmployee": False, "restrictionType": "GT60", "restrictiveAgreement": True},
            RESTRICTIONS["GT60"],
        ),
        (
            {
                "piSponsorEmployee": True,
                "restrictionType": "OTHER",
                "restrictiveAgreement": True,
                "otherDetails": "Ask first.",
            },
            "Ask first.",
        ),
    ],
)
def test_an_agreement_is_a_sentence(agreement: dict[str, Any], sentence: str) -> None:
    study = record()
    study["resultsSection"]["moreInfoModule"]["certainAgreement"] = agreement
    data = write(study)
    assert f"<restrictive_agreement>{sentence}</restrictive_agreement>" in data.decode()
    assert read(data)["resultsSection"]["moreInfoModule"]["certainAgreement"] == agreement


def test_flow_and_baseline_are_told_by_group() -> None:
    text = "".join(write(record()).decode().split("\n"))
    assert '<participants group_id="P1" count="9"/>' in text
    assert '<measurement group_id="B1" value="40" spread="9"/>' in text
    assert "<scope>Overall</scope>" in text
    assert canonical(write(read(text.encode()))) == canonical(text.encode())
