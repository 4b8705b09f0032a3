"""ClinicalTrials.gov's public XML of before its API v2 (``clinical_study``), both ways.

The table follows the registry's schema ``public.xsd`` of 2019.02.14. Reading keeps beside the API's
fields, under :data:`REST`, what they cannot hold, so that writing gives the file again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.errors import InputError
from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_dates import IN_WORDS, PROCESSED
from equipoise.exchange.ctgov_derived import derive
from equipoise.exchange.ctgov_legacy_xml_old import modern
from equipoise.exchange.ctgov_legacy_xml_results import RESULTS
from equipoise.exchange.ctgov_legacy_xml_rules import (
    AGENCY_CLASS,
    HEALTHY,
    INFO_TYPE,
    Countries,
    Documents,
    Masking,
    Pending,
    References,
    Source,
    StudyType,
)
from equipoise.exchange.ctgov_markup import LINES, laid_out
from equipoise.exchange.ctgov_paths import (
    ARMS,
    DESIGN,
    ELIGIBLE,
    ID,
    INFO,
    MISC,
    OUTCOMES,
    OVERSIGHT,
    PLACES,
    REFERENCES,
    SHARING,
    SPONSORS,
    STATUS,
)
from equipoise.exchange.ctgov_xml_shared import Age, Name, NumberOfArms, People
from equipoise.exchange.xml_map import (
    COUNT,
    YES_NO,
    Again,
    Always,
    Codec,
    Each,
    Inside,
    Json,
    Leaf,
    Rule,
    read_all,
    written,
)
from equipoise.exchange.xml_patch import apply, difference
from equipoise.exchange.xml_tree import parse, serialize

REST = "legacyXml"
"""The field of a record that holds what a public XML file says beyond the API's fields."""

ROOT = "clinical_study"


def _outcome(kind: str) -> Each:
    return Each(
        f"{kind}_outcome",
        f"{OUTCOMES}.{kind}Outcomes",
        (
            Leaf("measure", "measure"),
            Leaf("time_frame", "timeFrame"),
            Leaf("description", "description", LINES),
        ),
    )


def _dated(element: str, field: str, kind: Codec) -> tuple[Rule, ...]:
    return (
        Leaf(element, f"{STATUS}.{field}.date", IN_WORDS),
        Leaf(f"{element}@type", f"{STATUS}.{field}.type", kind),
    )


def _submissions(element: str, field: str) -> tuple[Rule, ...]:
    return (
        Leaf(f"{element}_submitted", f"{STATUS}.{field}SubmitDate", IN_WORDS),
        Leaf(f"{element}_submitted_qc", f"{STATUS}.{field}SubmitQcDate", IN_WORDS),
        *_dated(f"{element}_posted", f"{field}PostDateStruct", say.POSTED_TYPE),
    )


STUDY: tuple[Rule, ...] = (
    Leaf("required_header/download_date", f"{MISC}.versionHolder", PROCESSED, required=True),
    Always("required_header/link_text", "Link to the current ClinicalTrials.gov record."),
    Source(),
    Leaf("id_info/org_study_id", f"{ID}.orgStudyIdInfo.id"),
    Each("id_info/secondary_id", f"{ID}.secondaryIdInfos", (Leaf("", "id"),)),
    Leaf("id_info/nct_id", f"{ID}.nctId"),
    Each("id_info/nct_alias", f"{ID}.nctIdAliases"),
    Leaf("brief_title", f"{ID}.briefTitle"),
    Leaf("acronym", f"{ID}.acronym"),
    Leaf("official_title", f"{ID}.officialTitle"),
    Leaf("sponsors/lead_sponsor/agency", f"{SPONSORS}.leadSponsor.name"),
    Leaf("sponsors/lead_sponsor/agency_class", f"{SPONSORS}.leadSponsor.class", AGENCY_CLASS),
    Each(
        "sponsors/collaborator",
        f"{SPONSORS}.collaborators",
        (Leaf("agency", "name"), Leaf("agency_class", "class", AGENCY_CLASS)),
    ),
    Leaf("source", f"{ID}.organization.fullName", required=True),
    Leaf("oversight_info/has_dmc", f"{OVERSIGHT}.oversightHasDmc", YES_NO),
    Leaf("oversight_info/is_fda_regulated_drug", f"{OVERSIGHT}.isFdaRegulatedDrug", YES_NO),
    Leaf("oversight_info/is_fda_regulated_device", f"{OVERSIGHT}.isFdaRegulatedDevice", YES_NO),
    Leaf("oversight_info/is_unapproved_device", f"{OVERSIGHT}.isUnapprovedDevice", YES_NO),
    Leaf("oversight_info/is_ppsd", f"{OVERSIGHT}.isPpsd", YES_NO),
    Leaf("oversight_info/is_us_export", f"{OVERSIGHT}.isUsExport", YES_NO),
    Leaf("brief_summary/textblock", "protocolSection.descriptionModule.briefSummary", laid_out(6)),
    Leaf(
        "detailed_description/textblock",
        "protocolSection.descriptionModule.detailedDescription",
        laid_out(6),
    ),
    Leaf("overall_status", f"{STATUS}.overallStatus", say.STATUS),
    Leaf("last_known_status", f"{STATUS}.lastKnownStatus", say.STATUS),
    Leaf("why_stopped", f"{STATUS}.whyStopped", laid_out(4)),
    *_dated("start_date", "startDateStruct", say.DATE_TYPE),
    *_dated("completion_date", "completionDateStruct", say.DATE_TYPE),
    *_dated("primary_completion_date", "primaryCompletionDateStruct", say.DATE_TYPE),
    Leaf("phase", f"{DESIGN}.phases", say.PHASE),
    StudyType(),
    Leaf("has_expanded_access", f"{STATUS}.expandedAccessInfo.hasExpandedAccess", YES_NO),
    *(
        Leaf(
            f"expanded_access_info/expanded_access_type_{kind}",
            f"{DESIGN}.expandedAccessTypes.{kind}",
            YES_NO,
        )
        for kind in ("individual", "intermediate", "treatment")
    ),
    Inside(
        "study_design_info",
        INFO,
        (
            Leaf("allocation", "allocation", say.ALLOCATION),
            Leaf("intervention_model", "interventionModel", say.INTERVENTION_MODEL),
            Leaf("intervention_model_description", "interventionModelDescription", LINES),
            Leaf("primary_purpose", "primaryPurpose", say.PURPOSE),
            Leaf("observational_model", "observationalModel", say.OBSERVATIONAL_MODEL),
            Leaf("time_perspective", "timePerspective", say.TIME_PERSPECTIVE),
            Masking(),
            Leaf("masking_description", "maskingInfo.maskingDescription", LINES),
        ),
    ),
    Leaf("target_duration", f"{DESIGN}.targetDuration"),
    _outcome("primary"),
    _outcome("secondary"),
    _outcome("other"),
    NumberOfArms("number_of_arms", observational=False),
    NumberOfArms("number_of_groups", observational=True),
    Leaf("enrollment", f"{DESIGN}.enrollmentInfo.count", COUNT),
    Leaf("enrollment@type", f"{DESIGN}.enrollmentInfo.type", say.DATE_TYPE),
    Each("condition", "protocolSection.conditionsModule.conditions"),
    Each(
        "arm_group",
        f"{ARMS}.armGroups",
        (
            Leaf("arm_group_label", "label"),
            Leaf("arm_group_type", "type", say.ARM_TYPE),
            Leaf("description", "description", LINES),
        ),
    ),
    Each(
        "intervention",
        f"{ARMS}.interventions",
        (
            Leaf("intervention_type", "type", say.INTERVENTION_TYPE),
            Leaf("intervention_name", "name"),
            Leaf("description", "description", LINES),
            Each("arm_group_label", "armGroupLabels"),
            Each("other_name", "otherNames"),
        ),
    ),
    Leaf("biospec_retention", f"{DESIGN}.bioSpec.retention", say.RETENTION),
    Leaf("biospec_descr/textblock", f"{DESIGN}.bioSpec.description", laid_out(6)),
    Inside(
        "eligibility",
        ELIGIBLE,
        (
            Leaf("study_pop/textblock", "studyPopulation", laid_out(8)),
            Leaf("sampling_method", "samplingMethod", say.SAMPLING),
            Leaf("criteria/textblock", "eligibilityCriteria", laid_out(8)),
            Leaf("gender", "sex", say.SEX),
            Leaf("gender_based", "genderBased", YES_NO),
            Leaf("gender_description", "genderDescription", LINES),
            Age("minimum_age", "minimumAge"),
            Age("maximum_age", "maximumAge"),
            Leaf("healthy_volunteers", "healthyVolunteers", HEALTHY),
        ),
        when=ELIGIBLE,
    ),
    Each(
        "overall_official",
        f"{PLACES}.overallOfficials",
        (Name(), Leaf("role", "role", say.ROLE), Leaf("affiliation", "affiliation")),
    ),
    People("overall_contact", f"{PLACES}.centralContacts", contacts=True, place=0),
    People("overall_contact_backup", f"{PLACES}.centralContacts", contacts=True, place=1),
    Each(
        "location",
        f"{PLACES}.locations",
        (
            Leaf("facility/name", "facility"),
            Leaf("facility/address/city", "city"),
            Leaf("facility/address/state", "state"),
            Leaf("facility/address/zip", "zip"),
            Leaf("facility/address/country", "country"),
            Leaf("status", "status", say.STATUS),
            People("contact", "contacts", contacts=True, place=0),
            People("contact_backup", "contacts", contacts=True, place=1),
            People("investigator", "contacts", contacts=False),
        ),
    ),
    Countries(),
    Each("removed_countries/country", f"{MISC}.removedCountries"),
    Each(
        "link",
        f"{REFERENCES}.seeAlsoLinks",
        (Leaf("url", "url"), Leaf("description", "label", LINES)),
    ),
    References("reference", results=False),
    References("results_reference", results=True),
    Leaf("verification_date", f"{STATUS}.statusVerifiedDate", IN_WORDS),
    *_submissions("study_first", "studyFirst"),
    *_submissions("results_first", "resultsFirst"),
    *_submissions("disposition_first", "dispFirst"),
    Leaf("last_update_submitted", f"{STATUS}.lastUpdateSubmitDate", IN_WORDS),
    # Of the last update the API has one day; the XML says it twice.
    Again(Leaf("last_update_submitted_qc", f"{STATUS}.lastUpdateSubmitDate", IN_WORDS)),
    *_dated("last_update_posted", "lastUpdatePostDateStruct", say.POSTED_TYPE),
    Leaf("responsible_party/name_title", f"{SPONSORS}.responsibleParty.oldNameTitle"),
    Leaf("responsible_party/organization", f"{SPONSORS}.responsibleParty.oldOrganization"),
    Leaf(
        "responsible_party/responsible_party_type",
        f"{SPONSORS}.responsibleParty.type",
        say.RESPONSIBLE,
    ),
    Leaf(
        "responsible_party/investigator_affiliation",
        f"{SPONSORS}.responsibleParty.investigatorAffiliation",
    ),
    Leaf(
        "responsible_party/investigator_full_name",
        f"{SPONSORS}.responsibleParty.investigatorFullName",
    ),
    Leaf(
        "responsible_party/investigator_title",
        f"{SPONSORS}.responsibleParty.investigatorTitle",
    ),
    Each("keyword", "protocolSection.conditionsModule.keywords"),
    Each(
        "condition_browse/mesh_term",
        "derivedSection.conditionBrowseModule.meshes",
        (Leaf("", "term"),),
    ),
    Each(
        "intervention_browse/mesh_term",
        "derivedSection.interventionBrowseModule.meshes",
        (Leaf("", "term"),),
    ),
    Inside(
        "patient_data",
        SHARING,
        (
            Leaf("sharing_ipd", "ipdSharing", say.SHARING),
            Leaf("ipd_description", "description", LINES),
            Each("ipd_info_type", "infoTypes", INFO_TYPE),
            Leaf("ipd_time_frame", "timeFrame", LINES),
            Leaf("ipd_access_criteria", "accessCriteria", LINES),
            Leaf("ipd_url", "url"),
        ),
    ),
    Each(
        "study_docs/study_doc",
        f"{REFERENCES}.availIpds",
        (
            Leaf("doc_id", "id"),
            Leaf("doc_type", "type"),
            Leaf("doc_url", "url"),
            Leaf("doc_comment", "comment", LINES),
        ),
    ),
    Documents(),
    Pending(),
    RESULTS,
)

ORDER = (
    "protocolSection",
    "resultsSection",
    "annotationSection",
    "documentSection",
    "derivedSection",
    "hasResults",
)


def read(data: bytes) -> Json:
    """Return the file as an API v2 study, with :data:`REST` where it says more than that.

    Raises :class:`InputError` if it is no ``clinical_study`` in XML.
    """
    root = parse(data)
    if root.tag != ROOT:
        raise InputError(f"<{root.tag}>", f"is no <{ROOT}>", "Give a public XML record.")
    study = _study(modern(root))
    rest = difference(_tree(study), root)
    return study | ({REST: rest} if rest else {})


def _study(root: Element) -> Json:
    found = read_all(STUDY, root)
    found["hasResults"] = "resultsSection" in found
    derive(found)
    return {name: found[name] for name in ORDER if name in found}


def _tree(study: Mapping[str, Any]) -> Element:
    return written(ROOT, STUDY, study)


def write(study: Mapping[str, Any]) -> bytes:
    """Return the study as a ``clinical_study`` file; its :data:`REST` is put back into it.

    Raises :class:`InputError` naming a field that holds what it cannot.
    """
    root = _tree(study)
    apply(root, study.get(REST))
    return serialize(root)
