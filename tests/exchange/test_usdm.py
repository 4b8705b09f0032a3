from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from equipoise.exchange.usdm import NOT_CARRIED, wrapper, write
from equipoise.exchange.usdm_objects import ELEMENT, NOT_STATED
from tests.exchange.real_records import real, records
from tests.registry.sample import DELETE, put, record

Json = dict[str, Any]


def _version(study: Json) -> Json:
    version: Json = wrapper(study)["study"]["versions"][0]
    return version


def _design(study: Json) -> Json:
    design: Json = _version(study)["studyDesigns"][0]
    return design


def _extras(thing: Json) -> dict[str, Any]:
    return {
        each["url"].removeprefix(ELEMENT): next(v for k, v in each.items() if k.startswith("value"))
        for each in thing["extensionAttributes"]
    }


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if "instanceType" in value:
            yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


# --- the places where CDISC's own mapping is wrong or silent --------------------------------------


def test_a_secondary_number_s_description_is_the_label_of_its_organization() -> None:
    study = record()
    numbers = [{"id": "E1", "type": "REGISTRY", "domain": "Balm register"}]
    put(study, "protocolSection.identificationModule.secondaryIdInfos", numbers)
    version = _version(study)
    by_id = {each["id"]: each for each in version["organizations"]}
    found = {each["text"]: by_id[each["scopeId"]] for each in version["studyIdentifiers"]}
    assert found["E1"]["label"] == "Balm register"
    assert found["E1"]["name"] == "ORG_3"
    assert found["NCT00000001"]["label"] == "ClinicalTrials.gov"
    assert found["BALM-1"]["label"] == "City hospital"


def test_a_sponsor_that_also_runs_a_register_has_one_number_of_its_own() -> None:
    study = record()
    numbers = [{"id": "E1", "type": "OTHER", "domain": "City hospital"}]
    put(study, "protocolSection.identificationModule.secondaryIdInfos", numbers)
    version = _version(study)
    (sponsor,) = (role for role in version["roles"] if role["label"] == "Sponsor")
    scopes = [each["scopeId"] for each in version["studyIdentifiers"]]
    assert scopes.count(sponsor["organizationIds"][0]) == 1


def test_the_summary_and_the_conditions_are_carried() -> None:
    study = record()
    mesh = {"id": "D006230", "term": "sore hand"}
    put(study, "derivedSection.conditionBrowseModule.meshes", [mesh])
    assert wrapper(study)["study"]["description"] == "Does balm help?"
    (indication,) = _design(study)["indications"]
    assert indication["label"] == "Sore hand"
    assert indication["codes"][0]["code"] == "D006230"
    assert "does not say" in indication["notes"][0]["text"]


def test_a_planned_number_is_planned_and_an_actual_one_is_not() -> None:
    study = record()
    place = "protocolSection.designModule.enrollmentInfo"
    put(study, place, {"count": 20, "type": "ESTIMATED"})
    number = _design(study)["population"]["plannedEnrollmentNumber"]
    assert (number["instanceType"], number["value"]) == ("Quantity", 20)
    assert "unit" not in number
    for kind in ("ACTUAL", None):
        put(study, place, {"count": 20, "type": kind})
        population = _design(study)["population"]
        assert "plannedEnrollmentNumber" not in population
        assert _extras(population)["EnrollmentCount"] == 20


@pytest.mark.parametrize(
    ("retention", "kept", "dna"),
    [
        ("NONE_RETAINED", False, None),
        ("SAMPLES_WITH_DNA", True, True),
        ("SAMPLES_WITHOUT_DNA", True, False),
    ],
)
def test_kept_samples_are_kept_samples(retention: str, kept: bool, dna: bool | None) -> None:
    study = record()
    spec = {"retention": retention, "description": "Blood"}
    put(study, "protocolSection.designModule.bioSpec", spec)
    (found,) = _design(study)["biospecimenRetentions"]
    assert (found["isRetained"], found.get("includesDNA")) == (kept, dna)
    assert found["description"] == "Blood"


def test_gender_based_eligibility_says_nothing_about_sex() -> None:
    study = record()
    put(study, "protocolSection.eligibilityModule.genderBased", True)
    population = _design(study)["population"]
    assert [each["decode"] for each in population["plannedSex"]] == ["Female", "Male"]
    assert _extras(population)["GenderBased"] is True


@pytest.mark.parametrize(
    ("masking", "code"),
    [
        ("NONE", "C49659"), ("SINGLE", "C28233"), ("DOUBLE", "C15228"), ("TRIPLE", "TRIPLE"),
        ("QUADRUPLE", "QUADRUPLE"),
    ],
)  # fmt: skip
def test_each_level_of_masking_is_told_from_the_others(masking: str, code: str) -> None:
    study = record()
    put(study, "protocolSection.designModule.designInfo.maskingInfo.masking", masking)
    told = _design(study)["blindingSchema"]["standardCode"]
    assert told["code"] == code
    assert ("cdisc" in told["codeSystem"]) == code.startswith("C")


def test_each_masked_role_is_a_role_of_the_design() -> None:
    study = record()
    masking = {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"],
               "maskingDescription": "Jars look \\~ alike"}  # fmt: skip
    put(study, "protocolSection.designModule.designInfo.maskingInfo", masking)
    masked = [role for role in _version(study)["roles"] if "masking" in role]
    assert [role["code"]["code"] for role in masked] == ["C41189", "C207599"]
    assert {role["masking"]["text"] for role in masked} == {"Jars look ~ alike"}
    assert {tuple(role["appliesToIds"]) for role in masked} == {(_design(study)["id"],)}


def test_the_purpose_is_an_intent_and_no_type_of_trial() -> None:
    study = record()
    put(study, "protocolSection.designModule.designInfo.primaryPurpose", "SUPPORTIVE_CARE")
    assert _design(study)["intentTypes"][0]["decode"] == "Supportive Care Study"
    assert "subTypes" not in _design(study)


def test_an_allocation_that_is_not_randomized_is_not_lost() -> None:
    study = record()
    place = "protocolSection.designModule.designInfo.allocation"
    told = []
    for allocation in ("RANDOMIZED", "NON_RANDOMIZED", "NA"):
        put(study, place, allocation)
        told.append(_design(study)["characteristics"][0]["code"])
    assert told == ["C46079", "NON_RANDOMIZED", "NA"]


# --- the rest -------------------------------------------------------------------------------------


def test_which_group_gets_which_intervention_is_kept() -> None:
    version = _version(record())
    design, names = version["studyDesigns"][0], {}
    for each in version["studyInterventions"]:
        names[each["id"]] = each["label"]
    elements = {each["id"]: each for each in design["elements"]}
    arms = {each["id"]: each["label"] for each in design["arms"]}
    assert {
        arms[cell["armId"]]: [
            names[i] for e in cell["elementIds"] for i in elements[e]["studyInterventionIds"]
        ]
        for cell in design["studyCells"]
    } == {"Balm": ["Balm"], "Salve": ["Salve"]}


def test_outcomes_are_endpoints_with_their_time_frames() -> None:
    (objective,) = _design(record())["objectives"]
    assert NOT_STATED in objective["text"]
    (endpoint,) = objective["endpoints"]
    assert endpoint["level"]["decode"] == "Primary Endpoint"
    assert _extras(endpoint) == {"PrimaryOutcomeTimeFrame": "24 h after surgery"}


def test_dates_keep_whether_they_happened() -> None:
    told = _extras(_version(record()))
    assert told["CompletionDate"] == "2021-03"
    assert told["CompletionDateType"] == "ACTUAL"
    assert told["OverallStatus"] == "COMPLETED"


def test_long_texts_are_carried_whole() -> None:
    study = record()
    put(study, "protocolSection.descriptionModule.detailedDescription", "More.")
    info = "protocolSection.designModule.designInfo"
    put(study, f"{info}.interventionModelDescription", "Two jars.")
    put(study, f"{info}.maskingInfo.maskingDescription", "White jars.")
    texts = {each["name"]: each["text"] for each in _version(study)["narrativeContentItems"]}
    assert texts == {
        "DetailedDescription": "<p>More.</p>",
        "EligibilityCriteria": "<p>Inclusion Criteria:</p><p>* Sore</p>"
        "<p>Exclusion Criteria:</p><p>* Burn</p>",
        "DesignInterventionModelDescription": "<p>Two jars.</p>",
        "DesignMaskingDescription": "<p>White jars.</p>",
    }


def test_who_takes_part() -> None:
    design = _design(record())
    age = design["population"]["plannedAge"]
    ends = [age[end] for end in ("minValue", "maxValue")]
    assert [(each["value"], each["unit"]["standardCode"]["decode"]) for each in ends] == [
        (18, "Year"), (80, "Year"),
    ]  # fmt: skip
    assert age["isApproximate"] is False
    criteria = [(e["identifier"], e["category"]["decode"]) for e in design["eligibilityCriteria"]]
    assert criteria == [("1", "Inclusion Criteria"), ("2", "Exclusion Criteria")]
    assert design["population"]["criterionIds"] == [e["id"] for e in design["eligibilityCriteria"]]


def test_people_and_organizations_have_their_roles() -> None:
    study = record()
    place = "protocolSection.sponsorCollaboratorsModule.collaborators"
    put(study, place, [{"name": "Health Office", "class": "OTHER_GOV"}])
    put(study, "protocolSection.identificationModule.orgStudyIdInfo.type", "OTHER")
    version = _version(study)
    by_id = {each["id"]: each for each in version["organizations"]}
    roles = [role for role in version["roles"] if "masking" not in role]
    told = [
        (role["label"], *(by_id[i]["label"] for i in role.get("organizationIds", ())),
         *(person["label"] for person in role.get("assignedPersons", ())))
        for role in roles
    ]  # fmt: skip
    assert told == [
        ("Sponsor", "City hospital"), ("Collaborator", "Health Office"),
        ("Principal investigator", "A. Nurse"), ("Principal investigator", "A. Nurse"),
    ]  # fmt: skip
    responsible = roles[2]["assignedPersons"][0]
    assert responsible["jobTitle"] == "Professor"
    assert by_id[responsible["organizationId"]]["label"] == "City hospital"
    assert by_id[roles[1]["organizationIds"][0]]["type"]["code"] == "C199144"
    own = version["studyIdentifiers"][1]
    assert _extras(own) == {"OrgStudyIdType": "OTHER"}


def test_an_observational_study_has_cohorts_and_no_phase() -> None:
    study = record()
    put(study, "protocolSection.designModule.studyType", "OBSERVATIONAL")
    put(study, "protocolSection.designModule.designInfo", {"observationalModel": "COHORT"})
    design = _design(study)
    assert design["instanceType"] == "ObservationalStudyDesign"
    cohorts = design["population"]["cohorts"]
    assert [(each["name"], each["label"]) for each in cohorts] == [
        ("COHORT_1", "Balm"), ("COHORT_2", "Salve"),
    ]  # fmt: skip
    given = [_extras(each)["ArmGroupInterventionName"] for each in cohorts]
    assert given == [each["id"] for each in _version(study)["studyInterventions"]]
    assert design["arms"] == []
    assert design["studyPhase"]["standardCode"]["decode"] == "Not Applicable"
    assert design["timePerspective"]["decode"] == "Unknown"


def test_expanded_access_has_no_design() -> None:
    study = record()
    put(study, "protocolSection.designModule.studyType", "EXPANDED_ACCESS")
    assert _version(study)["studyDesigns"] == []
    assert _extras(_version(study))["StudyType"] == "EXPANDED_ACCESS"


def test_what_is_not_said_is_not_made_up() -> None:
    study = record()
    for path in ("eligibilityModule.healthyVolunteers", "eligibilityModule.maximumAge",
                 "designModule.designInfo.interventionModel"):  # fmt: skip
        put(study, f"protocolSection.{path}", DELETE)
    design = _design(study)
    population = design["population"]
    assert "does not say" in population["notes"][0]["text"]
    assert "plannedAge" not in population
    assert _extras(population)["MinimumAge"] == "18 Years"
    assert design["model"]["decode"] == "Unknown"
    roles = {each["role"]["decode"] for each in _version(study)["studyInterventions"]}
    assert roles == {"Unknown"}
    assert {arm["dataOriginType"]["decode"] for arm in design["arms"]} == {"Unknown"}
    (epoch,) = design["epochs"]
    assert epoch["type"]["decode"] == "Unknown"


def test_text_that_looks_like_markup_is_text() -> None:
    study = record()
    criteria = "Inclusion Criteria:\n\n* Rate \\<50 <script>x</script>"
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", criteria)
    (item,) = _version(study)["eligibilityCriterionItems"]
    assert item["text"] == "<p>Rate &lt;50 &lt;script&gt;x&lt;/script&gt;</p>"


def test_what_is_left_out_is_not_there() -> None:
    text = write(record()).decode()
    assert "nurse@example.org" not in text
    assert "resultsSection" in NOT_CARRIED


# --- against the model's own schema ---------------------------------------------------------------


def _validator() -> Draft202012Validator:
    with gzip.open(real("usdm/USDM_API.json.gz")) as file:
        components = json.load(file)["components"]
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False  # CDISC's rule DDF00125
    return Draft202012Validator(
        {"$ref": "#/components/schemas/Wrapper-Input", "components": components}
    )


def _faults(study: Json) -> list[str]:
    """Return two objects of one identifier, and references that lead nowhere."""
    found = list(_objects(study))
    ids = [each["id"] for each in found if each["id"] is not None]
    faults = [one for one in set(ids) if ids.count(one) > 1] if len(ids) != len(set(ids)) else []
    for each in found:
        for key, value in each.items():
            if key.endswith(("Id", "Ids")):
                named = value if isinstance(value, list) else [value]
                faults += [f"{key}: {one}" for one in named if one not in ids]
    return faults


def test_the_validator_sees_a_fault() -> None:
    study = wrapper(record())
    validator = _validator()
    assert validator.is_valid(study)
    study["study"]["versions"][0]["studyDesigns"][0]["model"]["code"] = 1
    assert not validator.is_valid(study)
    del study["study"]["versions"][0]["roles"][0]["id"]
    assert not validator.is_valid(study)
    changed: list[Callable[[Json], None]] = [
        lambda s: s["roles"][0].update(organizationIds=["Organization_99"]),
        lambda s: s["roles"][0].update(id="StudyTitle_1"),
    ]
    for change in changed:
        study = wrapper(record())
        assert _faults(study) == []
        change(study["study"]["versions"][0])
        assert _faults(study)


def _valid(one_in: int) -> int:
    validator, done = _validator(), 0
    for study in records(one_in=one_in):
        made = json.loads(write(study))
        assert [error.message for error in validator.iter_errors(made)] == []
        assert _faults(made) == []
        done += 1
    return done


def test_real_records_make_valid_studies() -> None:
    assert _valid(40) == 83


@pytest.mark.slow
def test_all_real_records_make_valid_studies() -> None:
    assert _valid(1) == 3310
