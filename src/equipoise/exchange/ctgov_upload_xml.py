"""Files for uploading a record to ClinicalTrials.gov, protocol and results, both ways.

The tables follow the registry's schemas ``ProtocolRecordSchema.xsd`` of 2018.05.08 and
``RRSUploadSchema.xsd`` of 2017.04.18. An upload replaces the whole record unless it says that it is
partial, so every file written here says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.errors import InputError
from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_derived import derive
from equipoise.exchange.ctgov_markup import TYPED
from equipoise.exchange.ctgov_paths import (
    ARMS,
    DESIGN,
    ELIGIBLE,
    ID,
    OUTCOMES,
    OVERSIGHT,
    PLACES,
    REFERENCES,
    SHARING,
    SPONSORS,
    STATUS,
)
from equipoise.exchange.ctgov_upload_xml_results import RESULTS, name_groups, share_ids
from equipoise.exchange.ctgov_upload_xml_rules import (
    YES_NO,
    Duration,
    InfoTypes,
    Listed,
    Masking,
    References,
    Status,
    block,
)
from equipoise.exchange.ctgov_xml_shared import Age, Name, NumberOfArms, People
from equipoise.exchange.xml_map import (
    COUNT,
    Always,
    Each,
    Inside,
    Json,
    Leaf,
    Rule,
    read_all,
    words,
    written,
)
from equipoise.exchange.xml_patch import apply, difference
from equipoise.exchange.xml_tree import parse, serialize

REST = "uploadXml"
"""The field of a record that holds what an upload file says beyond the API's fields."""

PROTOCOL_SPACE = "http://clinicaltrials.gov/prs"
RESULTS_SPACE = "http://clinicaltrials.gov/rrs"
TRUE = ("true", "1")
TODO = "Give a file made for uploading one record."

ID_TYPE = words(
    {
        "NIH Grant Number": "NIH",
        "Other Grant/Funding Number": "OTHER_GRANT",
        "Registry Identifier": "REGISTRY",
        "EudraCT Number": "EUDRACT_NUMBER",
        "EU Trial (CTIS) Number": "CTIS",
        "Other Identifier": "OTHER",
    }
)
DOCUMENTS = frozenset(
    {
        "Individual Participant Data Set",
        "Study Protocol",
        "Statistical Analysis Plan",
        "Informed Consent Form",
        "Clinical Study Report",
        "Analytic Code",
    }
)


def _dated(element: str, field: str) -> tuple[Rule, ...]:
    return (
        Leaf(element, f"{STATUS}.{field}.date"),
        Leaf(f"{element}_type", f"{STATUS}.{field}.type", say.DATE_TYPE),
    )


def _outcome(kind: str) -> Each:
    return Each(
        f"{kind}_outcome",
        f"{OUTCOMES}.{kind}Outcomes",
        (
            Leaf("outcome_measure", "measure", required=True),
            Leaf("outcome_time_frame", "timeFrame"),
            block("outcome_description", "description"),
        ),
    )


INTERVENTIONAL: tuple[Rule, ...] = (
    Leaf("interventional_subtype", "designInfo.primaryPurpose", say.PURPOSE, required=True),
    Leaf("phase", "phases", say.PHASE, required=True),
    Leaf("assignment", "designInfo.interventionModel", say.INTERVENTION_MODEL),
    block("model_description", "designInfo.interventionModelDescription"),
    Leaf("allocation", "designInfo.allocation", say.ALLOCATION, required=True),
    Inside("", "designInfo", (Masking(),)),
    block("masking_description", "designInfo.maskingInfo.maskingDescription"),
)
OBSERVATIONAL: tuple[Rule, ...] = (
    Leaf(
        "observational_study_design",
        "designInfo.observationalModel",
        say.OBSERVATIONAL_MODEL,
        required=True,
    ),
    Leaf("biospecimen_retention", "bioSpec.retention", say.RETENTION, required=True),
    block("biospecimen_description", "bioSpec.description"),
    Leaf("timing", "designInfo.timePerspective", say.TIME_PERSPECTIVE, required=True),
    Leaf("patient_registry", "patientRegistry", YES_NO),
    Duration(),
)
LOCATION: tuple[Rule, ...] = (
    Leaf("facility/name", "facility", required=True),
    Always("facility/address"),
    Leaf("facility/address/city", "city"),
    Leaf("facility/address/state", "state"),
    Leaf("facility/address/country", "country"),
    Leaf("facility/address/zip", "zip"),
    Leaf("status", "status", say.STATUS),
    People("contact", "contacts", contacts=True, place=0),
    People("contact_backup", "contacts", contacts=True, place=1),
    People("investigator", "contacts", contacts=False),
)

STUDY: tuple[Rule, ...] = (
    Leaf("id_info/org_name", f"{ID}.organization.fullName", required=True),
    Leaf("id_info/org_study_id", f"{ID}.orgStudyIdInfo.id", required=True),
    Each(
        "id_info/secondary_id",
        f"{ID}.secondaryIdInfos",
        (
            Leaf("id", "id", required=True),
            Leaf("id_type", "type", ID_TYPE),
            Leaf("id_domain", "domain"),
        ),
    ),
    Leaf("delayed_posting", f"{OVERSIGHT}.isUnapprovedDevice", YES_NO),
    Leaf("brief_title", f"{ID}.briefTitle"),
    Leaf("acronym", f"{ID}.acronym"),
    Leaf("official_title", f"{ID}.officialTitle"),
    Leaf("sponsors/lead_sponsor/agency", f"{SPONSORS}.leadSponsor.name", required=True),
    Each(
        "sponsors/collaborator",
        f"{SPONSORS}.collaborators",
        (Leaf("agency", "name", required=True),),
    ),
    Inside(
        "sponsors/resp_party",
        f"{SPONSORS}.responsibleParty",
        (
            Leaf("resp_party_type", "type", say.RESPONSIBLE),
            Leaf("investigator_title", "investigatorTitle"),
            Leaf("investigator_affiliation", "investigatorAffiliation"),
        ),
        when=f"{SPONSORS}.responsibleParty.type",
    ),
    Leaf("oversight_info/has_dmc", f"{OVERSIGHT}.oversightHasDmc", YES_NO),
    Leaf("oversight_info/fda_regulated_drug", f"{OVERSIGHT}.isFdaRegulatedDrug", YES_NO),
    Leaf("oversight_info/fda_regulated_device", f"{OVERSIGHT}.isFdaRegulatedDevice", YES_NO),
    Leaf("oversight_info/exported_from_us", f"{OVERSIGHT}.isUsExport", YES_NO),
    Leaf("oversight_info/ped_postmarket_surv", f"{OVERSIGHT}.isPpsd", YES_NO),
    block("brief_summary", "protocolSection.descriptionModule.briefSummary"),
    block("detailed_description", "protocolSection.descriptionModule.detailedDescription"),
    Status(),
    Leaf("verification_date", f"{STATUS}.statusVerifiedDate"),
    *_dated("start_date", "startDateStruct"),
    *_dated("last_follow_up_date", "completionDateStruct"),
    *_dated("primary_compl_date", "primaryCompletionDateStruct"),
    Leaf("study_design/study_type", f"{DESIGN}.studyType", say.STUDY_TYPE, required=True),
    Inside(
        "study_design/interventional_design",
        DESIGN,
        INTERVENTIONAL,
        when=DESIGN,
        only=(f"{DESIGN}.studyType", "INTERVENTIONAL"),
    ),
    Inside(
        "study_design/observational_design",
        DESIGN,
        OBSERVATIONAL,
        when=DESIGN,
        only=(f"{DESIGN}.studyType", "OBSERVATIONAL"),
    ),
    NumberOfArms("study_design/interventional_design/number_of_arms", observational=False),
    NumberOfArms(
        "study_design/observational_design/number_of_groups", observational=True, required=True
    ),
    *(
        Leaf(f"study_design/exp_acc_type_{kind}", f"{DESIGN}.expandedAccessTypes.{kind}", YES_NO)
        for kind in ("individual", "intermediate", "treatment")
    ),
    _outcome("primary"),
    _outcome("secondary"),
    _outcome("other"),
    Leaf("enrollment", f"{DESIGN}.enrollmentInfo.count", COUNT),
    Leaf("enrollment_type", f"{DESIGN}.enrollmentInfo.type", say.DATE_TYPE),
    Each("condition", "protocolSection.conditionsModule.conditions"),
    Each("keyword", "protocolSection.conditionsModule.keywords"),
    Each(
        "arm_group",
        f"{ARMS}.armGroups",
        (
            Leaf("arm_group_label", "label", required=True),
            Leaf("arm_type", "type", say.ARM_TYPE),
            block("arm_group_description", "description"),
        ),
    ),
    Each(
        "intervention",
        f"{ARMS}.interventions",
        (
            Leaf("intervention_type", "type", say.INTERVENTION_TYPE),
            Leaf("intervention_name", "name", required=True),
            block("intervention_description", "description"),
            Each("arm_group_label", "armGroupLabels"),
            Each("intervention_other_name", "otherNames"),
        ),
    ),
    Inside(
        "eligibility",
        ELIGIBLE,
        (
            block("study_population", "studyPopulation"),
            Leaf("sampling_method", "samplingMethod", say.SAMPLING),
            block("criteria", "eligibilityCriteria", required=True),
            Leaf("healthy_volunteers", "healthyVolunteers", YES_NO),
            Leaf("gender", "sex", say.SEX, required=True),
            Leaf("gender_based", "genderBased", YES_NO),
            block("gender_description", "genderDescription"),
            Age("minimum_age", "minimumAge"),
            Age("maximum_age", "maximumAge"),
        ),
        when=ELIGIBLE,
    ),
    Each(
        "overall_official",
        f"{PLACES}.overallOfficials",
        (
            Name(required=True),
            Leaf("role", "role", say.ROLE),
            Leaf("affiliation", "affiliation"),
        ),
    ),
    People("overall_contact", f"{PLACES}.centralContacts", contacts=True, place=0),
    People("overall_contact_backup", f"{PLACES}.centralContacts", contacts=True, place=1),
    Each("location", f"{PLACES}.locations", LOCATION),
    Inside(
        "ipd_sharing_statement",
        SHARING,
        (
            Leaf("sharing_ipd", "ipdSharing", say.SHARING),
            block("ipd_description", "description"),
            InfoTypes(),
            block("ipd_time_frame", "timeFrame"),
            block("ipd_access_criteria", "accessCriteria"),
            Leaf("ipd_url", "url"),
        ),
    ),
    Each(
        "link",
        f"{REFERENCES}.seeAlsoLinks",
        (Leaf("url", "url", required=True), Leaf("description", "label", TYPED, required=True)),
    ),
    References(),
    Each(
        "study_document",
        f"{REFERENCES}.availIpds",
        (
            Listed("study_document_type", "study_document_other_type", "type", DOCUMENTS, "Other"),
            Leaf("url", "url"),
            Leaf("study_document_identifier", "id"),
            block("study_document_comments", "comment"),
        ),
    ),
    RESULTS,
)


def read(data: bytes) -> Json:
    """Return the record of an upload file as an API v2 study, :data:`REST` where it says more.

    The file holds one record, or results alone. Groups get the API's names in place of the file's
    own identifiers. Raises :class:`InputError` if it is no such file.
    """
    root = parse(data)
    record = _record(root)
    name_groups(record)
    for element in (record, *record.findall("result")):
        _forget_default(element)
    study = read_all(STUDY, record)
    derive(study)
    study["hasResults"] = "resultsSection" in study
    rest = difference(_tree(study), record)
    return study | ({REST: rest} if rest else {})


def _record(root: Element) -> Element:
    if root.tag == "result":
        record = Element("clinical_study")
        record.append(deepcopy(root))
        return record
    studies = root.findall("clinical_study")
    if root.tag != "study_collection" or len(studies) != 1:
        found = f"<{root.tag}>" + (f" with {len(studies)} records" if studies else "")
        raise InputError(found, "is no upload of one record", TODO)
    return studies[0]


def _tree(study: Mapping[str, Any]) -> Element:
    return written("clinical_study", STUDY, study)


def _forget_default(element: Element) -> None:
    """Drop what says that an upload is not partial: only a partial one needs remembering."""
    for name in ("partial_upload", "partialUpload"):
        if element.get(name) not in TRUE:
            element.attrib.pop(name, None)


def write(study: Mapping[str, Any], *, partial: bool | None = None) -> bytes:
    """Return the upload file of a study, with its results where it has them.

    ``partial`` makes an upload that leaves alone what it does not name; without it, everything in
    the registry's record is replaced. None does as the file did from which the study was read, and
    replaces where there was none. The organization's short name in the registry's entry system is
    not part of a record: the full name stands for it. Raises :class:`InputError` naming a field
    that holds what it cannot.
    """
    record = _patched(study)
    _say_if_partial(record, "partial_upload", partial=partial)
    result = record.find("result")
    if result is not None:
        _stand_alone(result, partial=partial)
    root = Element("prs:study_collection", {"xmlns:prs": PROTOCOL_SPACE})
    root.append(record)
    return serialize(root)


def write_results(study: Mapping[str, Any], *, partial: bool | None = None) -> bytes:
    """Return an upload file of the results alone; ``partial`` as in :func:`write`.

    Raises :class:`InputError` if the study has no results.
    """
    result = _patched(study).find("result")
    if result is None:
        raise InputError("resultsSection", "is missing", "Give a record with results.")
    _stand_alone(result, partial=partial)
    return serialize(result)


def _patched(study: Mapping[str, Any]) -> Element:
    record = _tree(study)
    apply(record, study.get(REST))
    return record


def _say_if_partial(element: Element, name: str, *, partial: bool | None) -> None:
    keeps = element.get(name) in TRUE if partial is None else partial
    element.set(name, "true" if keeps else "false")


def _stand_alone(result: Element, *, partial: bool | None) -> None:
    """Give the results their namespace, identifiers unique in the file, and say if partial."""
    share_ids(result)
    result.tag = "rrs:result"
    result.set("xmlns:rrs", RESULTS_SPACE)
    _say_if_partial(result, "partialUpload", partial=partial)
