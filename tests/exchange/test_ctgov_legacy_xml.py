from __future__ import annotations

import contextlib
import copy
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.exchange import ctgov_json
from equipoise.exchange.ctgov_legacy_xml import REST, read, write
from tests.exchange.damage import altered, damaged
from tests.exchange.real import canonical, faults, needs_data, public_xml, studies
from tests.registry.sample import record

XSD = "legacy-public.xsd"
FILE = b"""<clinical_study rank="3">
  <!-- made up -->
  <required_header>
    <download_date>ClinicalTrials.gov processed this data on May 04, 2020</download_date>
    <link_text>Link to the current ClinicalTrials.gov record.</link_text>
    <url>https://clinicaltrials.gov/show/NCT00000001</url>
  </required_header>
  <id_info>
    <org_study_id>BALM-1</org_study_id>
    <secondary_id>B2</secondary_id>
    <nct_id>NCT00000001</nct_id>
  </id_info>
  <brief_title>Balm after hand surgery</brief_title>
  <sponsors>
    <lead_sponsor><agency>City hospital</agency><agency_class>Other</agency_class></lead_sponsor>
  </sponsors>
  <source>City hospital</source>
  <oversight_info><has_dmc>Yes</has_dmc></oversight_info>
  <brief_summary>
    <textblock>
      Does balm help &lt; 3 days?&#xD;
    </textblock>
  </brief_summary>
  <overall_status>Completed</overall_status>
  <start_date type="Actual">March 1, 2020</start_date>
  <completion_date type="Anticipated">March 2021</completion_date>
  <phase>Phase 2/Phase 3</phase>
  <study_type>Interventional</study_type>
  <study_design_info>
    <allocation>Randomized</allocation>
    <masking>Double (Participant, Investigator)</masking>
  </study_design_info>
  <primary_outcome>
    <measure>Soreness</measure>
    <time_frame>24 h</time_frame>
    <safety_issue>No</safety_issue>
  </primary_outcome>
  <enrollment type="Actual">20</enrollment>
  <condition>Sore hand</condition>
  <eligibility>
    <gender>Both</gender>
    <minimum_age>18 Years</minimum_age>
    <maximum_age>N/A</maximum_age>
    <healthy_volunteers>Accepts Healthy Volunteers</healthy_volunteers>
  </eligibility>
  <reference><citation>Balm, 2001.</citation><PMID>1</PMID></reference>
  <results_reference><citation>Balm, 2021.</citation></results_reference>
</clinical_study>
"""


def test_a_file_becomes_a_study_of_the_api() -> None:
    study = read(FILE)
    assert study["hasResults"] is False
    protocol = study["protocolSection"]
    assert protocol["identificationModule"] == {
        "orgStudyIdInfo": {"id": "BALM-1"},
        "secondaryIdInfos": [{"id": "B2"}],
        "nctId": "NCT00000001",
        "briefTitle": "Balm after hand surgery",
        "organization": {"fullName": "City hospital"},
    }
    assert protocol["oversightModule"] == {"oversightHasDmc": True}
    assert protocol["descriptionModule"] == {"briefSummary": "Does balm help \\< 3 days?"}
    assert protocol["statusModule"] == {
        "overallStatus": "COMPLETED",
        "startDateStruct": {"date": "2020-03-01", "type": "ACTUAL"},
        "completionDateStruct": {"date": "2021-03", "type": "ESTIMATED"},
    }
    assert protocol["designModule"] == {
        "phases": ["PHASE2", "PHASE3"],
        "studyType": "INTERVENTIONAL",
        "designInfo": {
            "allocation": "RANDOMIZED",
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]},
        },
        "enrollmentInfo": {"count": 20, "type": "ACTUAL"},
    }
    assert protocol["eligibilityModule"] == {
        "sex": "ALL",
        "minimumAge": "18 Years",
        "healthyVolunteers": True,
        "stdAges": ["ADULT", "OLDER_ADULT"],
    }
    assert protocol["referencesModule"]["references"] == [
        {"citation": "Balm, 2001.", "pmid": "1"},
        {"citation": "Balm, 2021.", "type": "RESULT"},
    ]
    assert study["derivedSection"] == {"miscInfoModule": {"versionHolder": "2020-05-04"}}


def test_the_file_comes_back_with_what_the_api_cannot_hold() -> None:
    study = ctgov_json.read(ctgov_json.write(read(FILE)))
    assert set(study[REST]) == {"attributes", "inside"}
    assert canonical(write(study)) == canonical(FILE)


def test_without_the_rest_the_api_speaks() -> None:
    study = read(FILE)
    del study[REST]
    text = write(study).decode()
    assert "<gender>All</gender>" in text
    assert "safety_issue" not in text
    assert "rank" not in text


def test_a_change_to_the_record_is_not_undone_by_the_rest() -> None:
    study = read(FILE)
    study["protocolSection"]["eligibilityModule"]["sex"] = "FEMALE"
    text = write(study).decode()
    assert "<gender>Female</gender>" in text
    assert "<safety_issue>No</safety_issue>" in text


def test_a_file_that_needs_no_rest_has_none() -> None:
    assert REST not in read(write(record()))


def test_a_record_with_results_comes_back() -> None:
    study = record()
    again = read(write(study))
    for module in ("participantFlowModule", "baselineCharacteristicsModule", "moreInfoModule"):
        assert again["resultsSection"][module] == study["resultsSection"][module]
    assert again["protocolSection"]["outcomesModule"] == study["protocolSection"]["outcomesModule"]
    assert again["hasResults"] is True


@pytest.mark.parametrize("data", [b"<study/>", b"<clinical_study>", b"{}", b"\x00"])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    broken = data.draw(damaged(FILE))
    try:
        study = read(broken)
    except InputError:
        return
    assert canonical(write(study)) == canonical(broken)


@settings(max_examples=80, deadline=None)
@given(altered(record()))
def test_an_altered_record_is_written_or_refused(study: dict[str, Any]) -> None:
    with contextlib.suppress(InputError):
        read(write(study))


@settings(max_examples=60, deadline=None)
@given(altered({REST: read(FILE)[REST]}))
def test_an_altered_rest_does_no_harm(rest: dict[str, Any]) -> None:
    study = read(FILE) | copy.deepcopy(rest)
    with contextlib.suppress(InputError):
        read(write(study))


@needs_data
@pytest.mark.parametrize("first", [150, pytest.param(None, marks=pytest.mark.slow)])
def test_every_real_file_comes_back(first: int | None) -> None:
    found: Counter[str] = Counter()
    for data in public_xml(first):
        study = ctgov_json.read(ctgov_json.write(read(data)))
        assert canonical(write(study)) == canonical(data)
        found["whole"] += 1
        found["needs a rest"] += REST in study
    if first is None:
        assert found == {"whole": 7156, "needs a rest": 1171}


@needs_data
@pytest.mark.parametrize("every", [100, pytest.param(1, marks=pytest.mark.slow)])
def test_real_records_are_valid_public_xml(every: int) -> None:
    """The schema knows no age of nought, nor the words that the registry gave to old tests."""
    known = ("'0 ", "(legacy)'", "Element 'minimum_age': This", "Element 'description': This")
    for line in studies(every):
        wrong = faults(XSD, write(ctgov_json.read(line)))
        assert all(any(each in message for each in known) for message in wrong), wrong


@needs_data
def test_the_invented_record_is_valid_public_xml() -> None:
    study = record()
    assert not faults(XSD, write(study))
    del study["protocolSection"]["sponsorCollaboratorsModule"]["responsibleParty"]
    assert not faults(XSD, write(study))
