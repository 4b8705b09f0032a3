from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from equipoise.exchange.fhir import NOT_CARRIED, research_study, write
from equipoise.exchange.fhir_types import ELEMENT
from tests.exchange.real_records import records
from tests.registry.sample import DELETE, put, record

Json = dict[str, Any]


def _codes(concept: Json) -> list[str]:
    return [each["code"] for each in concept["coding"]]


def _extras(thing: Json) -> dict[str, Any]:
    return {
        each["url"].removeprefix(ELEMENT): next(v for k, v in each.items() if k.startswith("value"))
        for each in thing.get("extension", ())
    }


def _values(value: Any) -> Iterator[Any]:
    yield value
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _values(each)


def test_identity_and_titles() -> None:
    study = research_study(record())
    assert (study["resourceType"], study["id"], study["status"]) == (
        "ResearchStudy", "NCT00000001", "active",
    )  # fmt: skip
    assert study["title"] == "Balm after hand surgery"
    assert [_codes(label["type"]) for label in study["label"]] == [["short-title"], ["official"]]
    assert [each["value"] for each in study["identifier"]] == ["NCT00000001", "BALM-1"]


def test_a_value_has_hl7_s_code_beside_the_registry_s() -> None:
    study = research_study(record())
    assert _codes(study["progressStatus"][0]["state"]) == ["completed", "COMPLETED"]
    assert _codes(study["phase"]) == ["phase-4", "PHASE4"]
    assert _codes(study["primaryPurposeType"]) == ["treatment", "TREATMENT"]
    kinds = [_codes(each["type"]) for each in study["comparisonGroup"]]
    assert kinds == [["experimental", "EXPERIMENTAL"], ["placebo-comparator", "PLACEBO_COMPARATOR"]]
    assert ["SEVCO:01003", "RANDOMIZED"] in [_codes(each) for each in study["studyDesign"]]


def test_a_value_that_hl7_does_not_have_keeps_the_registry_s_alone() -> None:
    study = record()
    put(study, "protocolSection.statusModule.overallStatus", "SUSPENDED")
    put(study, "protocolSection.designModule.phases", ["PHASE1", "PHASE2"])
    made = research_study(study)
    assert _codes(made["progressStatus"][0]["state"]) == ["SUSPENDED"]
    assert _codes(made["phase"]) == ["phase-1-phase-2", "PHASE1/PHASE2"]


@pytest.mark.parametrize(
    ("kind", "name"), [("ACTUAL", "actualNumber"), ("ESTIMATED", "targetNumber"), (None, None)]
)
def test_how_many_took_part_is_not_how_many_were_planned(
    kind: str | None, name: str | None
) -> None:
    study = record()
    put(study, "protocolSection.designModule.enrollmentInfo", {"count": 20, "type": kind})
    found = research_study(study)["recruitment"]
    numbers = {key: found[key] for key in ("actualNumber", "targetNumber") if key in found}
    assert numbers == ({name: 20} if name else {})
    assert _extras(found) == ({} if name else {"EnrollmentCount": 20})


def test_groups_get_the_interventions_that_are_contained() -> None:
    study = research_study(record())
    contained = {each["id"]: each for each in study["contained"]}
    assert {
        group["name"]: [
            contained[exposure["reference"][1:]]["title"] for exposure in group["intendedExposure"]
        ]
        for group in study["comparisonGroup"]
    } == {"Balm": ["Balm"], "Salve": ["Salve"]}
    assert contained["intervention-1"]["resourceType"] == "EvidenceVariable"
    assert _extras(contained["intervention-1"]) == {"InterventionType": "DRUG"}


def test_who_can_take_part_is_a_group() -> None:
    study = research_study(record())
    assert study["recruitment"]["eligibility"] == {"reference": "#eligibility"}
    (group,) = (each for each in study["contained"] if each["resourceType"] == "Group")
    assert group["description"].startswith("Inclusion Criteria:")
    age, sex, healthy = group["characteristic"]
    assert (age["valueRange"]["low"]["value"], age["valueRange"]["high"]["code"]) == (18, "a")
    assert _codes(sex["valueCodeableConcept"]) == ["ALL"]
    assert sex["valueCodeableConcept"]["coding"][0]["system"].endswith("enums#Sex")
    assert (healthy["valueBoolean"], healthy["exclude"]) == (False, False)


def test_outcomes_keep_their_time_frames() -> None:
    (outcome,) = research_study(record())["outcomeMeasure"]
    assert (outcome["name"], _codes(outcome["type"][0])) == ("Soreness, 0 to 10", ["primary"])
    assert _extras(outcome) == {"PrimaryOutcomeTimeFrame": "24 h after surgery"}


def test_dates_keep_their_precision_and_whether_they_happened() -> None:
    period = research_study(record())["period"]
    assert (period["start"], period["end"]) == ("2020-03-01", "2021-03")
    assert _extras(period) == {"StartDateType": "ACTUAL", "CompletionDateType": "ACTUAL"}
    study = record()
    put(study, "protocolSection.statusModule.startDateStruct.date", "March 2020")
    assert "start" not in research_study(study)["period"]


def test_publications_and_people() -> None:
    study = record()
    put(study, "protocolSection.referencesModule", {
        "references": [{"pmid": "1", "type": "RESULT", "citation": "A paper."}],
        "seeAlsoLinks": [{"label": "Home", "url": "https://example.org"}],
    })  # fmt: skip
    made = research_study(study)
    paper, link = made["relatedArtifact"]
    assert paper["document"]["url"] == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert _codes(paper["classifier"][0]) == ["RESULT"]
    assert (link["type"], link["display"]) == ("documentation", "Home")
    roles = [(each["name"], _codes(each["role"])[0]) for each in made["associatedParty"]]
    assert roles == [
        ("City hospital", "lead-sponsor"), ("A. Nurse", "primary-investigator"),
        ("A. Nurse", "primary-investigator"), ("A. Nurse", "general-contact"),
    ]  # fmt: skip


def test_what_is_studied_where_and_why_it_stopped() -> None:
    study = record()
    put(study, "derivedSection.conditionBrowseModule.meshes", [{"id": "D1", "term": "sore hand"}])
    put(study, "protocolSection.conditionsModule.keywords", ["Jar"])
    put(study, "protocolSection.statusModule.whyStopped", "No more balm")
    made = research_study(study)
    (condition,) = made["condition"]
    assert (condition["text"], _codes(condition)) == ("Sore hand", ["D1"])
    assert made["keyword"] == [{"text": "Jar"}]
    assert made["region"] == [{"text": "United States"}]
    assert made["whyStopped"] == {"text": "No more balm"}
    (site,) = (each for each in made["contained"] if each["resourceType"] == "Location")
    assert (site["name"], site["address"]["city"]) == ("Ward 1", "Boston")
    assert _extras(made) == {
        "StudyFirstSubmitDate": "2020-02-01",
        "PrimaryCompletionDate": "2021-02-01",
        "PrimaryCompletionDateType": "ACTUAL",
        "ResponsiblePartyType": "PRINCIPAL_INVESTIGATOR",
    }


def test_nothing_is_empty_and_nothing_is_made_up() -> None:
    study = record()
    for module in ("eligibilityModule", "statusModule", "designModule", "outcomesModule"):
        put(study, f"protocolSection.{module}", DELETE)
    made = research_study(study)
    assert not [each for each in _values(made) if each is None or each in ("", [], {})]
    assert {"phase", "recruitment", "period", "progressStatus", "outcomeMeasure"}.isdisjoint(made)


def _loose_ends(study: Json) -> set[str]:
    """Return what is contained and not referred to, or referred to and not contained."""
    contained = [each["id"] for each in study.get("contained", ())]
    named = {
        each["reference"][1:]
        for each in _values(study)
        if isinstance(each, dict) and isinstance(each.get("reference"), str)
    }
    assert len(contained) == len(set(contained))
    return set(contained) ^ named


def test_what_is_contained_is_referred_to_in_real_records() -> None:
    assert _loose_ends(research_study(record())) == set()
    for study in records(one_in=20):
        made = research_study(study)
        assert _loose_ends(made) == set()
        assert not [each for each in _values(made) if each is None or each in ("", [], {})]


def _accepted(one_in: int) -> int:
    reason = "the package fhir.resources, which validates FHIR, is not installed"
    model = pytest.importorskip("fhir.resources.researchstudy", reason=reason).ResearchStudy
    done = 0
    for study in records(one_in=one_in):
        made = json.loads(write(study))
        assert json.loads(model.model_validate(made).model_dump_json()) == made
        done += 1
    return done


def test_real_records_make_valid_resources() -> None:
    assert _accepted(40) == 83


@pytest.mark.slow
def test_all_real_records_make_valid_resources() -> None:
    assert _accepted(1) == 3310


def test_results_are_not_carried() -> None:
    assert "resultsSection" in NOT_CARRIED
    assert "Rated by the participant" not in write(record()).decode()
