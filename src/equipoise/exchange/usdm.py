"""A registry record as a study of CDISC's Unified Study Definitions Model (USDM), version 4.0.

CDISC, USDM v4.0.0 (June 2025): a JSON wrapper around one study with one version. The mapping
follows CDISC's own workbook from the model to ClinicalTrials.gov, read backwards, except where that
is wrong or silent: `docs/registry/usdm-and-fhir.md` lists each place and what is done instead.

The model asks for things that a record does not say. A text is then ``NOT_STATED``, a code is NCI
Thesaurus C17998 (Unknown), and where only yes or no can be said a note says that the record is
silent. What the model has no attribute for goes into extension attributes named after the
registry's data elements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from equipoise.exchange import usdm_codes as codes
from equipoise.exchange.ctgov_markup import plain
from equipoise.exchange.usdm_design import interventions, study_design
from equipoise.exchange.usdm_objects import NOT_STATED, Json, Objects, Study, html, words

USDM_VERSION = "4.0.0"

NOT_CARRIED = (
    "protocolSection.contactsLocationsModule.centralContacts",
    "protocolSection.contactsLocationsModule.locations",
    "protocolSection.referencesModule",
    "protocolSection.oversightModule",
    "protocolSection.ipdSharingStatementModule",
    "resultsSection", "annotationSection", "documentSection", "derivedSection",
)  # fmt: skip
"""Parts of a record that are about its conduct or results, not about the definition of the study,
and are left out."""


_ISSUERS = {
    "EUDRACT_NUMBER": "European Medicines Agency (EudraCT)",
    "CTIS": "European Medicines Agency (CTIS)",
    "NIH": "National Institutes of Health",
}


def write(study: Study) -> bytes:
    """Return the record as a USDM JSON file."""
    return json.dumps(wrapper(study), ensure_ascii=False, indent=2).encode()


def wrapper(study: Study) -> Json:
    """Return the record as a USDM wrapper: a study with one version and at most one design."""
    o = Objects(study)
    identification, description = o.module("identification"), o.module("description")
    number = str(identification.get("nctId") or NOT_STATED)
    summary = description.get("briefSummary")
    version = _version(o, number)
    return {
        "study": {
            "id": None,
            "name": number,
            "label": identification.get("briefTitle"),
            "description": plain(summary) if summary else None,
            "versions": [version],
            "documentedBy": [],
            "instanceType": "Study",
        },
        "usdmVersion": USDM_VERSION,
        "systemName": "equipoise",
        "systemVersion": None,
    }


def _version(o: Objects, number: str) -> Json:
    status = o.module("status")
    updated = (status.get("lastUpdatePostDateStruct") or {}).get("date")
    items: list[Json] = []
    made_of = interventions(o)
    design = study_design(o, made_of, items)
    made = o.new(
        "StudyVersion",
        versionIdentifier=str(status.get("lastUpdateSubmitDate") or updated or NOT_STATED),
        rationale=NOT_STATED,
        titles=_titles(o),
        studyIdentifiers=_identifiers(o, number),
    )
    roles = _roles(o, str(made["id"]), design)
    made |= {
        "studyDesigns": [design] if design else [],
        "eligibilityCriterionItems": items,
        "narrativeContentItems": _narratives(o),
        "studyInterventions": made_of,
        "roles": roles,
        "organizations": o.organizations,
        "extensionAttributes": _version_extras(o, status),
    }
    return made


def _titles(o: Objects) -> list[Json]:
    identification = o.module("identification")
    return [
        o.new("StudyTitle", text=str(identification[key]), type=o.code(term))
        for key, term in (
            ("briefTitle", codes.BRIEF_TITLE),
            ("officialTitle", codes.OFFICIAL_TITLE),
            ("acronym", codes.ACRONYM),
        )
        if identification.get(key)
    ]


def _identifiers(o: Objects, number: str) -> list[Json]:
    identification = o.module("identification")
    registry = o.organization(
        "ClinicalTrials.gov", o.code(codes.STUDY_REGISTRY), "URL", "https://clinicaltrials.gov"
    )
    found = [(number, registry, o.extra(NCTIdAlias=identification.get("nctIdAliases")))]
    own = identification.get("orgStudyIdInfo") or {}
    if own.get("id") and (sponsor := _sponsor(o)):
        found.append((own["id"], sponsor, o.extra(OrgStudyIdType=own.get("type"))))
    for each in identification.get("secondaryIdInfos") or ():
        scope = each.get("domain") or _ISSUERS.get(each.get("type"), NOT_STATED)
        issuer = o.organization(str(scope), o.code(codes.UNKNOWN), other_than=_sponsor(o))
        kind = o.extra(SecondaryIdType=each.get("type"), SecondaryIdLink=each.get("link"))
        found.append((each.get("id") or NOT_STATED, issuer, kind))
    return [
        o.new("StudyIdentifier", text=text, scopeId=scope, extensionAttributes=extras or None)
        for text, scope, extras in found
    ]


def _sponsor(o: Objects) -> str | None:
    lead = o.module("sponsorCollaborators").get("leadSponsor") or {}
    if not lead.get("name"):
        return None
    return o.organization(lead["name"], o.coded(lead.get("class"), codes.ORGANIZATION))


def _version_extras(o: Objects, status: Mapping[str, Any]) -> list[Json]:
    def date(name: str) -> tuple[Any, Any]:
        found = status.get(name) or {}
        return found.get("date"), found.get("type")

    start, primary, end = map(
        date, ("startDateStruct", "primaryCompletionDateStruct", "completionDateStruct")
    )
    party = o.module("sponsorCollaborators").get("responsibleParty") or {}
    why = status.get("whyStopped")
    return o.extra(
        StudyType=o.design.get("studyType"),
        OverallStatus=status.get("overallStatus"),
        WhyStopped=plain(why) if why else None,
        StartDate=start[0], StartDateType=start[1],
        PrimaryCompletionDate=primary[0], PrimaryCompletionDateType=primary[1],
        CompletionDate=end[0], CompletionDateType=end[1],
        StudyFirstSubmitDate=status.get("studyFirstSubmitDate"),
        ResponsiblePartyType=party.get("type"),
        Keyword=o.module("conditions").get("keywords"),
    )  # fmt: skip


def _narratives(o: Objects) -> list[Json]:
    """Return the record's long texts, whole."""
    masking = o.info.get("maskingInfo") or {}
    texts = {
        "DetailedDescription": o.module("description").get("detailedDescription"),
        "EligibilityCriteria": o.module("eligibility").get("eligibilityCriteria"),
        "DesignInterventionModelDescription": o.info.get("interventionModelDescription"),
        "DesignMaskingDescription": masking.get("maskingDescription"),
    }
    return [
        o.new("NarrativeContentItem", name=name, text=html(text))
        for name, text in texts.items()
        if text
    ]


def _roles(o: Objects, version: str, design: Json | None) -> list[Json]:
    sponsors = o.module("sponsorCollaborators")
    roles: list[Json] = []

    def add(code: Json, label: str, place: str = version, **fields: Any) -> None:
        name = f"ROLE_{len(roles) + 1}"
        roles.append(
            o.new("StudyRole", name=name, label=label, code=code, appliesToIds=[place],
                     **fields)
        )  # fmt: skip

    if sponsor := _sponsor(o):
        add(o.code(codes.SPONSOR), "Sponsor", organizationIds=[sponsor])
    for each in sponsors.get("collaborators") or ():
        kind = o.coded(each.get("class"), codes.ORGANIZATION)
        organization = o.organization(str(each.get("name")), kind)
        add(o.coded("COLLABORATOR", {}), "Collaborator", organizationIds=[organization])
    for role, person in _people(o):
        add(o.coded(role, codes.OFFICIAL), words(role),
            assignedPersons=[person])  # fmt: skip
    masking = o.info.get("maskingInfo") or {}
    text = plain(masking.get("maskingDescription") or "") or NOT_STATED
    for who in masking.get("whoMasked") or ():
        if design:
            masked = o.new("Masking", text=text, isMasked=True)
            label = words(str(who))
            add(o.coded(who, codes.MASKED_ROLE), label, design["id"], masking=masked)
    return roles


def _people(o: Objects) -> Iterator[tuple[str, Json]]:
    """Yield the role and each named person, the responsible investigator first."""
    party = o.module("sponsorCollaborators").get("responsibleParty") or {}
    named: list[tuple[str, str, Any, Any]] = []
    if party.get("investigatorFullName"):
        role, name = str(party.get("type")), str(party["investigatorFullName"])
        title, place = party.get("investigatorTitle"), party.get("investigatorAffiliation")
        named.append((role, name, title, place))
    for each in o.module("contactsLocations").get("overallOfficials") or ():
        if each.get("name"):
            role = each.get("role") or "OFFICIAL"
            named.append((role, each["name"], None, each.get("affiliation")))
    for number, (role, name, title, place) in enumerate(named, start=1):
        at = o.organization(place, o.code(codes.UNKNOWN)) if place else None
        yield role, o.new(
            "AssignedPerson", name=f"PERSON_{number}", label=name,
            personName=o.new("PersonName", text=name), jobTitle=title or NOT_STATED,
            organizationId=at,
        )  # fmt: skip
