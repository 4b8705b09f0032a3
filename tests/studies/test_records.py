"""The shipped records say what their sources say: nothing lost, nothing invented, nothing copied.

The source page of the flagship and the registry's schema are not part of the repository; tests
that compare with them are skipped where they are absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from equipoise.protocol.record import read_record

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "src/equipoise/studies"
SHARED = ROOT / "../shared"
RECORDS = sorted(STUDIES.glob("*/record.json"))
IDS = [path.parent.name for path in RECORDS]
FLAGSHIP = STUDIES / "NCT05718544/record.json"
PARENT = STUDIES / "NCT04791059/record.json"


def _load(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def _shared(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{path.name}, with which the record is compared, is not beside the repository")
    return path


@pytest.fixture(scope="module")
def page() -> str:
    return _shared("seeds/NCT05718544-page.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def section() -> dict[str, Any]:
    found = _load(FLAGSHIP)["protocolSection"]
    assert isinstance(found, dict)
    return found


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path as the annotation writes it, value) for everything that is not a container."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, f"{path}[]")
    else:
        yield path, data


# --- every record ---------------------------------------------------------------------------------


def test_the_flagship_and_its_parent_ship() -> None:
    assert {"NCT05718544", "NCT04791059"} <= set(IDS)


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_it_is_read_without_problems_and_is_the_study_of_its_folder(path: Path) -> None:
    record, problems = read_record(path)
    assert problems == []
    assert record is not None
    assert record.nct_id == path.parent.name
    assert record.plain() == _load(path)
    assert record.criteria
    assert len(record.arms) == 2


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_masking_is_as_many_roles_as_its_level_says(path: Path) -> None:
    record, _ = read_record(path)
    assert record is not None
    levels = ["NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"]
    assert record.who_masked is not None
    assert levels[len(record.who_masked)] == record.masking


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_arms_and_interventions_name_each_other(path: Path) -> None:
    module = _load(path)["protocolSection"]["armsInterventionsModule"]
    by_arm = {(arm["label"], name) for arm in module["armGroups"]
              for name in arm["interventionNames"]}  # fmt: skip
    by_intervention = {
        (label, f"{each['type'].capitalize()}: {each['name']}")
        for each in module["interventions"]
        for label in each["armGroupLabels"]
    }
    assert by_arm == by_intervention


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_the_annotation_is_true_of_the_record(path: Path) -> None:
    data = _load(path)
    annotation = data["equipoiseAnnotation"]
    present = {where for where, _ in _leaves(data)}
    for where in annotation["paraphrased"]:
        assert where in present
    for where in annotation["unknown"]:
        inside = (where, f"{where}.", f"{where}[]")
        assert not any(each == where or each.startswith(inside[1:]) for each in present), where
    assert annotation["results"] == "pending"
    assert data["hasResults"] is False
    assert "resultsSection" not in data


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_it_is_a_study_of_the_registry_without_fields_of_our_own(path: Path) -> None:
    description = _load(_shared("data/registry/schema/ctgov-api-v2-openapi.json"))
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    data = _load(path)
    unknown = data.pop("equipoiseAnnotation")["unknown"]
    study = {"$ref": "#/components/schemas/Study", "components": {"schemas": schemas}}
    jsonschema.Draft4Validator(study).validate(data)
    for where in unknown:
        assert _in_schema(where, schemas), where


def _in_schema(where: str, schemas: dict[str, Any]) -> bool:
    """Say whether the registry has a field at this path."""
    here = schemas["Study"]
    for step in where.split("."):
        here = here.get("properties", {}).get(step.removesuffix("[]"))
        if here is None:
            return False
        here = here.get("items", here) if step.endswith("[]") else here
        here = schemas[here["$ref"].rsplit("/", 1)[-1]] if "$ref" in here else here
    return True


# --- the flagship: nothing lost -------------------------------------------------------------------


def _after(page: str, label: str) -> str:
    """Return the next line with text after the line that is ``label``."""
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return lines[lines.index(label) + 1]


def _part(page: str, start: str, end: str) -> str:
    """Return the text between two headings, each a line of its own; the last such ``start``."""
    return page.rsplit(f"\n{start}\n", 1)[1].split(f"\n{end}\n", maxsplit=1)[0].strip()


def test_title_and_numbers(page: str, section: dict[str, Any]) -> None:
    identification = section["identificationModule"]
    assert page.splitlines()[0] == identification["briefTitle"]
    assert f"NCT ID: {identification['nctId']}" in page.splitlines()
    assert page.rsplit("trial.\n\n", 1)[1].splitlines()[0] == identification["orgStudyIdInfo"]["id"]
    assert "Identifier Source: org_study_id" in page


def test_status_and_dates(page: str, section: dict[str, Any]) -> None:
    status = section["statusModule"]
    assert _after(page, "Recruitment Status") == status["overallStatus"]
    assert _after(page, "Study Start Date") == status["startDateStruct"]["date"]
    assert _after(page, "Study Completion Date") == status["completionDateStruct"]["date"]
    updated = status["lastUpdatePostDateStruct"]["date"]
    assert f"Last Updated: {updated}" in page.splitlines()
    shown = set(re.findall(r"^(?:Last Updated: )?(\d{4}-\d\d-\d\d)$", page, re.MULTILINE))
    assert shown == {value["date"] for key, value in status.items() if key.endswith("Struct")}
    assert _after(page, "Study Results") == "Results pending"


def test_design(page: str, section: dict[str, Any]) -> None:
    design = section["designModule"]
    info = design["designInfo"]
    assert [_after(page, "Clinical Phase")] == design["phases"]
    assert _after(page, "Study Classification") == design["studyType"]
    assert _after(page, "Total Enrollment") == f"{design['enrollmentInfo']['count']} participants"
    assert _after(page, "Allocation Method") == info["allocation"]
    assert _after(page, "Intervention Model") == info["interventionModel"]
    assert _after(page, "Primary Study Purpose") == info["primaryPurpose"]
    masking = info["maskingInfo"]
    assert _after(page, "Blinding Strategy") == masking["masking"]
    words = {
        "PARTICIPANT": "Participants",
        "CARE_PROVIDER": "Caregivers",
        "INVESTIGATOR": "Investigators",
        "OUTCOMES_ASSESSOR": "Outcome Assessors",
    }
    assert _after(page, masking["masking"]) == " ".join(
        words[role] for role in masking["whoMasked"]
    )


def test_people_and_places(page: str, section: dict[str, Any]) -> None:
    sponsors = section["sponsorCollaboratorsModule"]
    lead, party = sponsors["leadSponsor"], sponsors["responsibleParty"]
    assert f"\n{lead['name']}\n\n{lead['class']}\n\nSponsor Role lead\n" in page
    assert (
        f"\n{party['investigatorFullName']}\n\n{party['investigatorTitle']}\n\n"
        f"Responsibility Role {party['type']}\n" in page
    )
    contacts = section["contactsLocationsModule"]
    (official,) = contacts["overallOfficials"]
    assert (
        f"\n{official['name']}\n\nRole: {official['role']}\n\n{official['affiliation']}\n" in page
    )
    (site,) = contacts["locations"]
    place = f"{site['city']}, {site['state']}, {site['country']}"
    assert f"\n{site['facility']}\n\n{place}\n" in page
    assert page.count("\nSite Status\n") == 1


def test_conditions_joined_are_the_line_of_the_page(page: str, section: dict[str, Any]) -> None:
    module = section["conditionsModule"]
    shown = " ".join(module["conditions"] + module.get("keywords", []))
    assert shown in page.splitlines()


def test_every_reference(page: str, section: dict[str, Any]) -> None:
    shown = [
        {"pmid": pmid, "type": kind, "citation": citation}
        for citation, kind, pmid in re.findall(
            r"^(\S.+)\n\nReference Type (\w+)\nPMID: (\d+) ", page, re.MULTILINE
        )
    ]
    assert len(shown) == page.count("PMID: ") == 26
    assert section["referencesModule"]["references"] == shown


def test_eligibility_fields(page: str, section: dict[str, Any]) -> None:
    module = section["eligibilityModule"]
    assert _after(page, "Minimum Eligible Age") == module["minimumAge"]
    assert _after(page, "Eligible Sex") == module["sex"]
    answer = {"Yes": True, "No": False}[_after(page, "Accepts Healthy Volunteers")]
    assert module["healthyVolunteers"] is answer


def _doses(text: str) -> set[str]:
    """Return amounts, volumes and times in one spelling."""
    text = text.replace("microgram", "µg").replace("minutes", "min").replace("-minute", " min")
    return {
        f"{number} {unit}"
        for number, unit in re.findall(r"(\d+)[ -](µg/kg|ml/h|mg|µg|ml|min)\b", text)
    }


def _drugs(text: str) -> set[str]:
    return set(re.findall(r"(?:es)?ketamine|dexmedetomidine|sufentanil", text.lower()))


def test_arms_and_their_mixtures(page: str, section: dict[str, Any]) -> None:
    module = section["armsInterventionsModule"]
    arms = _part(page, "Study Groups", "Interventions")
    shown = re.findall(
        r"^(?!\w+ \w+ \w+ is)([^\n]+)\n\n(Patient-controlled [^\n]+)\n\nGroup Type (\w+)"
        r"(.*?)(?=\n\n[^\n]+\n\nPatient-controlled|\Z)",
        arms,
        re.MULTILINE | re.DOTALL,
    )
    assert len(shown) == len(module["armGroups"]) == 2
    for arm, (label, description, kind, nested) in zip(module["armGroups"], shown, strict=True):
        assert (arm["label"], arm["type"]) == (label, kind)
        assert _doses(arm["description"]) == _doses(description) != set()
        assert _drugs(arm["description"]) == _drugs(description) != set()
        given = re.findall(r"^(\w+)\n\nIntervention Type (\w+)$", nested, re.MULTILINE)
        assert arm["interventionNames"] == [f"{how.capitalize()}: {what}" for what, how in given]


def test_the_two_mixtures_have_the_doses_of_the_trial(section: dict[str, Any]) -> None:
    combined, placebo = section["armsInterventionsModule"]["armGroups"]
    shared = {"4 µg/kg", "250 µg", "200 ml", "2 ml", "8 min", "1 ml/h"}
    assert _doses(placebo["description"]) == shared
    assert _doses(combined["description"]) == shared | {"50 mg", "200 µg"}


def test_interventions(page: str, section: dict[str, Any]) -> None:
    shown = re.findall(
        r"^(\w+)\n\n([^\n]+)\n\nIntervention Type (\w+)$",
        _part(page, "Interventions", "Eligibility Criteria"),
        re.MULTILINE,
    )
    ours = section["armsInterventionsModule"]["interventions"]
    assert len(shown) == 3
    for each, (name, description, kind) in zip(ours, shown, strict=True):
        assert (each["name"], each["type"]) == (name, kind)
        assert _doses(each["description"]) == _doses(description) != set()


# Words that carry the facts of each criterion, in its order; each stands in the page and in ours.
CRITERIA = {
    "Inclusion Criteria": [
        ["18"],
        ["scoliosis", "surgery"],
        ["PCIA", "patient-controlled", "intravenous"],
    ],
    "Exclusion Criteria": [
        ["sick sinus syndrome", "sinus bradycardia", "severe", "50", "beats",
         "atrioventricular block", "grade II", "pacemaker", "congenital heart disease",
         "arrhythmia", "serious cardiovascular", "New York Heart Association", "≥III"],
        ["obstructive sleep apnea", "STOP-Bang score ≥3", "bicarbonate", "≥28 mmol/L"],
        ["hyperthyroidism", "pheochromocytoma", "comorbid"],
        ["schizophrenia", "epilepsy", "myasthenia gravis", "history"],
        ["delirium", "communication", "barrier"],
        ["severe", "liver dysfunction", "Child-Pugh", "grade C", "renal dysfunction", "dialysis",
         "American Society of An", "≥IV"],
        ["weight", "<40 kg"],
        ["other", "clinical stud"],
        ["follow-up"],
        ["condition"],
    ],
}  # fmt: skip


def test_every_criterion_keeps_its_place_and_its_facts(page: str, section: dict[str, Any]) -> None:
    theirs = _criteria(_part(page, "Inclusion Criteria", "Minimum Eligible Age"), first=True)
    ours = _criteria(section["eligibilityModule"]["eligibilityCriteria"], first=False)
    for heading, facts in CRITERIA.items():
        assert len(theirs[heading]) == len(ours[heading]) == len(facts)
        for their, our, words in zip(theirs[heading], ours[heading], facts, strict=True):
            for word in words:
                assert word.lower() in their.replace("\\", "").lower(), word
                assert word.lower() in our.lower(), word
            assert sorted(re.findall(r"\d+", their)) == sorted(re.findall(r"\d+", our))


def _criteria(text: str, *, first: bool) -> dict[str, list[str]]:
    text = text if not first else f"Inclusion Criteria\n{text}"
    inclusion, exclusion = re.split(r"Exclusion Criteria:?\n", text)
    bullets = {"Inclusion Criteria": inclusion, "Exclusion Criteria": exclusion}
    return {name: re.findall(r"^\* (.+)$", part, re.MULTILINE) for name, part in bullets.items()}


# --- the flagship: nothing invented, nothing copied -----------------------------------------------


def test_every_word_that_is_not_ours_is_on_the_page(page: str) -> None:
    data = _load(FLAGSHIP)
    ours = set(data["equipoiseAnnotation"]["paraphrased"])
    compared_elsewhere = {
        "protocolSection.designModule.designInfo.maskingInfo.whoMasked[]",
        "protocolSection.eligibilityModule.healthyVolunteers",
    }
    compared = 0
    for where, value in _leaves(data["protocolSection"], "protocolSection"):
        if where in ours | compared_elsewhere:
            continue
        assert str(value).removeprefix("Drug: ") in page, where
        compared += 1
    assert compared > 100


PROSE = [
    ("briefSummary", "Brief Summary", "Detailed Description"),
    ("detailedDescription", "Detailed Description", "Conditions"),
]


def _prose(page: str, start: str, end: str) -> str:
    return _part(page, start, end).split("\n\n", 1)[1]


@pytest.mark.parametrize(("field", "start", "end"), PROSE)
def test_the_numbers_of_the_prose_are_those_of_the_page(
    page: str, section: dict[str, Any], field: str, start: str, end: str
) -> None:
    def numbers(text: str) -> set[str]:
        return set(re.findall(r"\d+(?:\.\d+)?", text))

    theirs = numbers(_prose(page, start, end))
    assert numbers(section["descriptionModule"][field]) == theirs
    assert {"3", "200", "2"} <= theirs


@pytest.mark.parametrize(("field", "start", "end"), PROSE)
def test_the_prose_speaks_of_the_same_things(
    page: str, section: dict[str, Any], field: str, start: str, end: str
) -> None:
    things = {
        "briefSummary": "CPSP, risk factor, spine, trauma, long, N-methyl-D-aspartate, antagonist,"
        " hyperalgesi, alpha, sedati, anxi, placebo, opioid, sleep quality, significantly",
        "detailedDescription": "incidence of, moderate to severe, nerve, median, interquar,"
        " persistent pain, NMDA, spinal cord, dorsal horn, up-regulate, amplif, noxious,"
        " S-enantiomer, adverse reaction, 6 weeks, 6 months, refractory depression, anxiety,"
        " α2, selectiv, opioid, total sleep, sleep efficiency, endogenous, psychiatric, data,"
        " placebo, unpublished, hypothesis",
    }[field].split(", ")
    roughly = {"sedati": "sedat", "incidence of": "%", "hypothesis": "tests whether"}
    theirs = _prose(page, start, end).lower()
    ours = section["descriptionModule"][field].lower()
    for thing in things:
        assert thing.lower() in theirs, thing
        assert roughly.get(thing, thing).lower() in ours, thing


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@pytest.mark.parametrize("path", RECORDS, ids=IDS)
def test_no_eight_words_in_a_row_are_the_page_s(page: str, path: Path) -> None:
    data = _load(path)
    ours = set(data["equipoiseAnnotation"]["paraphrased"])
    theirs = _runs(page, 8)
    for where, value in _leaves(data):
        if where in ours:
            assert not _runs(value, 8) & theirs, where


def test_the_comparison_would_find_a_copied_sentence(page: str) -> None:
    copied = _prose(page, *PROSE[0][1:]).split(". ")[2]
    assert _runs(f"As they say, {copied}!", 8) & _runs(page, 8)


# --- the parent -----------------------------------------------------------------------------------


def test_the_parent_says_what_is_known_of_it() -> None:
    facts = _load(_shared("data/registry/records/sister_trials_facts.json"))["trials"][1]
    section = _load(PARENT)["protocolSection"]
    assert facts["nct_id"] == section["identificationModule"]["nctId"]
    assert facts["title"] == section["identificationModule"]["briefTitle"]
    assert [facts["phase"]] == section["designModule"]["phases"]
    assert facts["sponsor"] == section["sponsorCollaboratorsModule"]["leadSponsor"]["name"]
    conditions = [each.lower() for each in section["conditionsModule"]["conditions"]]
    assert {each.lower() for each in facts["conditions"] + facts["keywords"]} == set(conditions)
    arms = section["armsInterventionsModule"]["armGroups"]
    for arm, (label, kind, description) in zip(arms, facts["arms"], strict=True):
        assert (arm["label"], arm["type"]) == (label, kind)
        assert _doses(description.replace("ug", "µg")) <= _doses(
            arm["description"].replace("8-minute lockout", "8 min")
        )


def test_the_parent_s_design_and_dates_are_those_its_copies_show() -> None:
    section = _load(PARENT)["protocolSection"]
    status, design = section["statusModule"], section["designModule"]
    assert status == {
        "statusVerifiedDate": "2022-12",
        "overallStatus": "COMPLETED",
        "expandedAccessInfo": {"hasExpandedAccess": False},
        "startDateStruct": {"date": "2021-04-09", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2022-09-07", "type": "ACTUAL"},
        "completionDateStruct": {"date": "2022-10-07", "type": "ACTUAL"},
        "studyFirstSubmitDate": "2021-03-08",
        "studyFirstSubmitQcDate": "2021-03-08",
        "studyFirstPostDateStruct": {"date": "2021-03-10", "type": "ACTUAL"},
        "lastUpdateSubmitDate": "2022-12-12",
        "lastUpdatePostDateStruct": {"date": "2022-12-13", "type": "ACTUAL"},
    }
    assert design["enrollmentInfo"] == {"count": 200, "type": "ACTUAL"}
    assert design["designInfo"]["primaryPurpose"] == "TREATMENT"
    assert design["designInfo"]["maskingInfo"]["whoMasked"] == [
        "PARTICIPANT",
        "CARE_PROVIDER",
        "OUTCOMES_ASSESSOR",
    ]
    (primary,) = section["outcomesModule"]["primaryOutcomes"]
    assert primary["timeFrame"] == "Up to 72 hours after surgery"
    assert section["eligibilityModule"]["healthyVolunteers"] is False


def test_both_studies_have_one_investigator_and_one_place() -> None:
    parent, flagship = (_load(path)["protocolSection"] for path in (PARENT, FLAGSHIP))
    for facts in zip(_whose(parent), _whose(flagship), strict=True):
        assert len(set(facts)) == 1


def _whose(section: dict[str, Any]) -> tuple[str, str, str]:
    sponsors = section["sponsorCollaboratorsModule"]
    return (
        sponsors["responsibleParty"]["investigatorFullName"],
        sponsors["leadSponsor"]["name"],
        section["contactsLocationsModule"]["locations"][0]["facility"],
    )


def test_the_parent_was_completed_before_its_follow_up_began() -> None:
    parent, flagship = (
        _load(path)["protocolSection"]["statusModule"] for path in (PARENT, FLAGSHIP)
    )
    assert parent["overallStatus"] == "COMPLETED"
    dates = [
        parent[f"{each}DateStruct"]["date"] for each in ("start", "primaryCompletion", "completion")
    ]
    dates.append(flagship["startDateStruct"]["date"])
    assert dates == sorted(dates)


def test_the_parent_s_publication_is_its_result() -> None:
    (reference,) = _load(PARENT)["protocolSection"]["referencesModule"]["references"]
    assert (reference["type"], reference["pmid"]) == ("RESULT", "37302963")
    assert "Br J Anaesth. 2023 Aug;131(2):385-396" in reference["citation"]
    assert "10.1016/j.bja.2023.05.001" in reference["citation"]
