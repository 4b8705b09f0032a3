from __future__ import annotations

from typing import Any

import pytest

from equipoise.errors import InputError
from equipoise.exchange.ctgov_legacy_xml import read, write
from equipoise.exchange.xml_map import get
from tests.exchange.real import canonical

HEAD = (
    "<required_header><download_date/>"
    "<link_text>Link to the current ClinicalTrials.gov record.</link_text>"
    "<url>https://clinicaltrials.gov/show/{0}</url></required_header>"
)
TYPE = "<source/><study_type>Interventional</study_type>"
INTERVENTIONAL = {"designModule": {"studyType": "INTERVENTIONAL"}}


def _study(xml: str) -> dict[str, Any]:
    return read(f"<clinical_study>{xml}</clinical_study>".encode())


@pytest.mark.parametrize(
    ("text", "info"),
    [
        ("None (Open Label)", {"masking": "NONE"}),
        ("Open Label", {"masking": "NONE"}),
        ("No masking", {"masking": "NONE"}),
        ("Double", {"masking": "DOUBLE"}),
        ("Double-Blind", {"masking": "DOUBLE"}),
        ("Single Blind (Participant)", {"masking": "SINGLE", "whoMasked": ["PARTICIPANT"]}),
        (
            "Triple (Participant, Care Provider, Outcomes Assessor)",
            {
                "masking": "TRIPLE",
                "whoMasked": ["PARTICIPANT", "CARE_PROVIDER", "OUTCOMES_ASSESSOR"],
            },
        ),
        ("Participant, Investigator", {"whoMasked": ["PARTICIPANT", "INVESTIGATOR"]}),
    ],
)
def test_masking_is_a_level_and_a_list(text: str, info: dict[str, Any]) -> None:
    study = _study(f"<study_design_info><masking>{text}</masking></study_design_info>")
    assert get(study, "protocolSection.designModule.designInfo.maskingInfo") == info


def test_a_registry_of_patients_is_a_kind_of_study() -> None:
    study = _study("<study_type>Observational [Patient Registry]</study_type>")
    design = study["protocolSection"]["designModule"]
    assert design == {"studyType": "OBSERVATIONAL", "patientRegistry": True}
    assert b"Observational [Patient Registry]" in write(study)


def test_a_withheld_study_has_no_type() -> None:
    study = _study("<study_type>N/A</study_type>")
    assert "protocolSection" not in study
    assert b"<study_type>N/A</study_type>" in write({})


@pytest.mark.parametrize(
    ("text", "phases"), [("N/A", ["NA"]), ("Phase 1/Phase 2", ["PHASE1", "PHASE2"])]
)
def test_phases_are_a_list(text: str, phases: list[str]) -> None:
    study = _study(f"<phase>{text}</phase>")
    assert study["protocolSection"]["designModule"]["phases"] == phases
    assert f"<phase>{text}</phase>" in write(study).decode()


def test_an_agency_of_a_kind_that_the_file_does_not_know_is_another() -> None:
    for kind, word in (("OTHER_GOV", "Other"), ("FED", "U.S. Fed")):
        module = {"leadSponsor": {"name": "State", "class": kind}}
        text = write({"protocolSection": {"sponsorCollaboratorsModule": module}}).decode()
        assert f"<agency_class>{word}</agency_class>" in text


def test_countries_are_gathered_from_the_sites_each_once() -> None:
    places = [{"country": each} for each in ("Spain", "Chad", "Spain")] + [{"city": "Rome"}]
    study = {"protocolSection": {"contactsLocationsModule": {"locations": places}}}
    text = "".join(write(study).decode().split())
    assert (
        "<location_countries><country>Chad</country><country>Spain</country></location_countries>"
        in text
    )


def test_a_document_is_told_by_its_address() -> None:
    address = "https://ClinicalTrials.gov/ProvidedDocs/01/NCT00000001/Prot_SAP_000.pdf"
    xml = (
        f"<clinical_study>{HEAD.format('NCT00000001')}<id_info><nct_id>NCT00000001</nct_id></id_info>"
        f"{TYPE}<provided_document_section><provided_document>"
        "<document_type>Study Protocol</document_type>"
        "<document_has_protocol>Yes</document_has_protocol>"
        "<document_has_icf>No</document_has_icf><document_has_sap>Yes</document_has_sap>"
        f"<document_date>May 4, 2020</document_date><document_url>{address}</document_url>"
        "</provided_document></provided_document_section></clinical_study>"
    ).encode()
    study = read(xml)
    assert study == {
        "protocolSection": {"identificationModule": {"nctId": "NCT00000001"}, **INTERVENTIONAL},
        "documentSection": {
            "largeDocumentModule": {
                "largeDocs": [
                    {
                        "label": "Study Protocol",
                        "hasProtocol": True,
                        "hasIcf": False,
                        "hasSap": True,
                        "date": "2020-05-04",
                        "filename": "Prot_SAP_000.pdf",
                    }
                ]
            }
        },
        "hasResults": False,
    }
    assert canonical(write(study)) == canonical(xml)


def test_pending_results_keep_their_order() -> None:
    xml = (
        f"<clinical_study>{HEAD.format('')}{TYPE}<pending_results>"
        "<submitted>May 4, 2020</submitted><returned>June 1, 2020</returned>"
        "<submission_canceled>Unknown</submission_canceled><submitted>July 4, 2020</submitted>"
        "</pending_results></clinical_study>"
    ).encode()
    study = read(xml)
    assert get(study, "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents") == [
        {"type": "RELEASE", "date": "2020-05-04"},
        {"type": "RESET", "date": "2020-06-01"},
        {"type": "UNRELEASE", "dateUnknown": True},
        {"type": "RELEASE", "date": "2020-07-04"},
    ]
    assert canonical(write(study)) == canonical(xml)


@pytest.mark.parametrize(
    "module",
    [
        {"designModule": {"designInfo": {"maskingInfo": {"masking": ["x"]}}}},
        {"designModule": {"designInfo": {"maskingInfo": {"masking": "DOUBLE", "whoMasked": 3}}}},
        {"designModule": {"phases": []}},
        {"contactsLocationsModule": {"locations": [{"country": ["Spain"]}]}},
        {"referencesModule": {"references": ["x"]}},
    ],
)
def test_what_does_not_belong_is_refused(module: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        write({"protocolSection": module})
