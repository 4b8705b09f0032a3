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
from equipoise.exchange.ctgov_upload_xml import REST, read, write, write_results
from equipoise.exchange.xml_patch import difference
from equipoise.exchange.xml_tree import parse
from tests.exchange.damage import altered, damaged
from tests.exchange.real import DATA, faults, needs_data, studies
from tests.registry.sample import record

PROTOCOL_XSD = "prs-ProtocolRecordSchema.2022.xsd"
RESULTS_XSD = "prs-RRSUploadSchema.xsd"

FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<prs:study_collection xmlns:prs="http://clinicaltrials.gov/prs">
<clinical_study>
  <id_info><org_name>CityH</org_name><org_study_id>BALM-1</org_study_id></id_info>
  <is_ind_study>No</is_ind_study>
  <brief_title>Balm</brief_title>
  <sponsors>
    <lead_sponsor><agency>City hospital</agency></lead_sponsor>
    <resp_party>
      <resp_party_type>Sponsor</resp_party_type>
      <investigator_username>anurse</investigator_username>
    </resp_party>
  </sponsors>
  <oversight_info>
    <irb_info><approval_status>Approved</approval_status></irb_info>
    <has_dmc>No</has_dmc>
  </oversight_info>
  <overall_status>Terminated</overall_status>
  <why_stopped>No balm &lt; Monday</why_stopped>
  <start_date>2020-03-01</start_date>
  <start_date_type>Actual</start_date_type>
  <study_design>
    <study_type>Interventional</study_type>
    <interventional_design>
      <interventional_subtype>Treatment</interventional_subtype>
      <phase>Phase 2</phase>
      <allocation>Randomized</allocation>
      <no_masking>false</no_masking>
      <masked_subject>true</masked_subject>
      <masked_caregiver>false</masked_caregiver>
      <masked_investigator>true</masked_investigator>
      <masked_assessor>false</masked_assessor>
      <number_of_arms>2</number_of_arms>
    </interventional_design>
  </study_design>
  <overall_contact>
    <first_name>Ann</first_name><last_name>Nurse</last_name><email>n@example.org</email>
  </overall_contact>
  <reference><pubmed_id>1</pubmed_id><is_results_ref>Yes</is_results_ref></reference>
</clinical_study>
</prs:study_collection>
"""


def test_a_file_becomes_a_study_of_the_api() -> None:
    study = read(FILE)
    protocol = study["protocolSection"]
    assert protocol["identificationModule"] == {
        "organization": {"fullName": "CityH"},
        "orgStudyIdInfo": {"id": "BALM-1"},
        "briefTitle": "Balm",
    }
    assert protocol["statusModule"] == {
        "overallStatus": "TERMINATED",
        "whyStopped": "No balm \\< Monday",
        "startDateStruct": {"date": "2020-03-01", "type": "ACTUAL"},
    }
    assert protocol["designModule"] == {
        "studyType": "INTERVENTIONAL",
        "phases": ["PHASE2"],
        "designInfo": {
            "primaryPurpose": "TREATMENT",
            "allocation": "RANDOMIZED",
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]},
        },
    }
    assert protocol["contactsLocationsModule"]["centralContacts"] == [
        {"name": "Ann Nurse", "role": "CONTACT", "email": "n@example.org"}
    ]
    assert protocol["referencesModule"]["references"] == [{"pmid": "1", "type": "RESULT"}]
    assert study["hasResults"] is False


def test_the_file_comes_back_with_what_the_api_cannot_hold() -> None:
    again = write(ctgov_json.read(ctgov_json.write(read(FILE))))
    patch = difference(parse(FILE), parse(again))
    assert patch == {"inside": {"0": {"attributes": {"partial_upload": [None, "false"]}}}}


def test_every_file_says_whether_it_is_partial() -> None:
    whole = write(record())
    assert whole.count(b'partial_upload="false"') == 1
    assert whole.count(b'partialUpload="false"') == 1
    part = write(record(), partial=True)
    assert part.count(b'partial_upload="true"') == 1
    assert part.count(b'partialUpload="true"') == 1
    assert b'partialUpload="true"' in write_results(record(), partial=True)


def test_what_was_read_as_partial_does_not_become_whole_unasked() -> None:
    study = read(write(record(), partial=True))
    assert b'partial_upload="true"' in write(study)
    assert b'partialUpload="true"' in write_results(study)
    assert b'partial_upload="false"' in write(study, partial=False)


def test_results_go_up_alone_and_come_back() -> None:
    study = record()
    again = read(write_results(study))
    assert "protocolSection" not in again
    module = "adverseEventsModule"
    assert again["resultsSection"][module] == study["resultsSection"][module]


def test_a_record_without_results_has_none_to_upload() -> None:
    assert b"result" not in write(record(results=False))
    with pytest.raises(InputError):
        write_results(record(results=False))


@pytest.mark.parametrize(
    "data",
    [
        b"<clinical_study/>",
        b"<study_collection/>",
        FILE.replace(b"</clinical_study>", b"</clinical_study><clinical_study/>"),
        b"{}",
    ],
)
def test_a_file_that_is_no_upload_of_one_record_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    try:
        study = read(data.draw(damaged(FILE)))
    except InputError:
        return
    write(study)


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


# --- against the registry's schemas ---------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("results", [True, False])
def test_the_invented_record_is_valid(results: bool) -> None:
    assert not faults(PROTOCOL_XSD, write(record(results=results)))
    assert not faults(RESULTS_XSD, write_results(record()))


@needs_data
@pytest.mark.parametrize("element", ["", "id", "date"])
def test_even_an_empty_record_is_valid(element: str) -> None:
    design = {"designModule": {"studyType": "OBSERVATIONAL", "designInfo": {}}}
    for protocol in ({}, design, {"eligibilityModule": {"sex": "ALL"}}):
        assert not faults(PROTOCOL_XSD, write({"protocolSection": protocol}))


@needs_data
@pytest.mark.parametrize(
    ("name", "xsd", "alone"),
    [
        ("prs-upload-example-1234.xml", PROTOCOL_XSD, False),
        ("prs-results-AE-partial-upload-example.xml", RESULTS_XSD, True),
    ],
)
def test_the_registrys_samples_come_back(name: str, xsd: str, alone: bool) -> None:
    data = (DATA / "schema" / name).read_bytes()
    study = read(data)
    again = write_results(study) if alone else write(study)
    assert not faults(xsd, again)
    theirs, ours = parse(data), parse(again)
    names: dict[str, str] = {}
    for root in (theirs, ours):
        for element in root.iter():
            for attribute in ("partial_upload", "partialUpload"):
                if element.attrib.get(attribute) == "false":
                    del element.attrib[attribute]
    for before, after in zip(theirs.iter(), ours.iter(), strict=True):
        if "id" in before.attrib:
            names[before.attrib["id"]] = after.attrib["id"]
    for element in theirs.iter():
        if "id" in element.attrib:
            element.attrib["id"] = names[element.attrib["id"]]
        elif element.tag == "reportingGroupId":
            element.text = names[element.text or ""]
    assert difference(theirs, ours) == {}


@needs_data
@pytest.mark.parametrize("every", [60, pytest.param(1, marks=pytest.mark.slow)])
def test_real_records_are_valid_uploads_and_their_results_come_back(every: int) -> None:
    found: Counter[str] = Counter()
    for line in studies(every):
        study = ctgov_json.read(line)
        data = write(study)
        assert not faults(PROTOCOL_XSD, data), study["protocolSection"]["identificationModule"]
        again = read(data)
        found["records"] += 1
        found["an element that says nothing"] += REST in again
        if "resultsSection" in study:
            for outcome in study["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]:
                for analysis in outcome.get("analyses", []):
                    analysis.pop("testedNonInferiority", None)
            found["with results"] += 1
            found["same results"] += again["resultsSection"] == study["resultsSection"]
    if every == 1:
        assert found["records"] == 3310
        assert found["with results"] == 578
        assert found["an element that says nothing"] == 1
    assert found["same results"] > 0.97 * found["with results"]
