"""A registry record as an HL7 FHIR R5 ResearchStudy.

HL7 FHIR Release 5 (5.0.0), resource ResearchStudy. One resource with what it refers to contained:
the interventions as EvidenceVariable, the sites as Location, who can take part as Group. Coded
elements carry HL7's code where R5 has one for the value and always the registry's own; what R5 has
no element for is an extension named after the registry's data element. Long texts stay the
registry's markdown, which is FHIR's type for them. Nothing is filled in that the record leaves out.
"""

from __future__ import annotations

import json
from typing import Any

from equipoise.exchange.fhir_codes import (
    ARM_TYPE,
    DESIGN,
    LEVELS,
    ORGANIZATION,
    PARTY,
    PHASE,
    PURPOSE,
    STATUS,
)
from equipoise.exchange.fhir_types import (
    MESH,
    REGISTRY,
    Json,
    Study,
    age,
    coding,
    concept,
    date,
    extensions,
    given,
    hl7,
    module,
    named,
    own,
)

NOT_CARRIED = (
    "protocolSection.oversightModule",
    "protocolSection.ipdSharingStatementModule",
    "resultsSection", "annotationSection", "documentSection",
)  # fmt: skip
"""Parts of a record that ResearchStudy has no place for."""


def write(study: Study) -> bytes:
    """Return the record as a FHIR JSON file."""
    return json.dumps(research_study(study), ensure_ascii=False, indent=2).encode()


def research_study(study: Study) -> Json:
    """Return the record as a ResearchStudy."""
    identification, status = module(study, "identification"), module(study, "status")
    design, description = module(study, "design"), module(study, "description")
    number = str(identification.get("nctId") or "")
    contained, exposures = _interventions(study)
    sites = _sites(study)
    eligibility = _group(study)
    info = design.get("designInfo") or {}
    purpose = info.get("primaryPurpose")
    return given(
        resourceType="ResearchStudy",
        id=number or None,
        contained=[*contained, *sites, *([eligibility] if eligibility else [])],
        extension=_study_extensions(study),
        url=f"https://clinicaltrials.gov/study/{number}" if number else None,
        identifier=_identifiers(identification),
        version=status.get("lastUpdateSubmitDate"),
        title=identification.get("briefTitle") or identification.get("officialTitle"),
        label=_labels(identification),
        relatedArtifact=_artifacts(module(study, "references")),
        date=date(status.get("lastUpdatePostDateStruct")),
        status="active",
        primaryPurposeType=concept("purpose", purpose, PURPOSE) if purpose else None,
        phase=_phase(design.get("phases")),
        studyDesign=_design(design),
        focus=[{"reference": {"reference": f"#{each['id']}"}} for each in contained],
        condition=_conditions(study),
        keyword=[{"text": str(each)} for each in module(study, "conditions").get("keywords", ())],
        region=[{"text": each} for each in _countries(study)],
        descriptionSummary=description.get("briefSummary"),
        description=description.get("detailedDescription"),
        period=_period(status),
        site=[{"reference": f"#{each['id']}"} for each in sites],
        associatedParty=_parties(study),
        progressStatus=_progress(status),
        whyStopped={"text": status["whyStopped"]} if status.get("whyStopped") else None,
        recruitment=_recruitment(design.get("enrollmentInfo") or {}, eligibility),
        comparisonGroup=_groups(study, exposures),
        outcomeMeasure=_outcomes(module(study, "outcomes")),
    )


# --- identity -------------------------------------------------------------------------------------


def _identifiers(identification: Study) -> list[Json]:
    found = []
    if number := identification.get("nctId"):
        found.append({"use": "official", "system": "https://clinicaltrials.gov", "value": number})
    found += [
        {"use": "old", "system": "https://clinicaltrials.gov", "value": alias}
        for alias in identification.get("nctIdAliases") or ()
    ]
    sponsors = identification.get("orgStudyIdInfo") or {}
    holder = (identification.get("organization") or {}).get("fullName")
    for each, assigner in (
        (sponsors, holder),
        *((one, one.get("domain")) for one in identification.get("secondaryIdInfos") or ()),
    ):
        if each.get("id"):
            kind = own("SecondaryIdType", each["type"]) if each.get("type") else None
            by = {"display": assigner} if assigner else None
            found.append(given(use="secondary", type=kind, value=each["id"], assigner=by))
    return found


def _labels(identification: Study) -> list[Json]:
    titles = (
        ("short-title", "briefTitle"), ("official", "officialTitle"), ("acronym", "acronym"),
    )  # fmt: skip
    return [
        {"type": hl7("title", kind), "value": identification[key]}
        for kind, key in titles
        if identification.get(key)
    ]


def _artifacts(references: Study) -> list[Json]:
    found = []
    for each in references.get("references") or ():
        pmid = each.get("pmid")
        address = {"url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"} if pmid else None
        kind = [own("ReferenceType", each["type"])] if each.get("type") else None
        found.append(
            given(type="citation", classifier=kind, citation=each.get("citation"),
                   document=address)
        )  # fmt: skip
    for each in references.get("seeAlsoLinks") or ():
        address = {"url": each["url"]} if each.get("url") else None
        found.append(given(type="documentation", display=each.get("label"), document=address))
    return found


def _study_extensions(study: Study) -> list[Json]:
    status = module(study, "status")
    party = module(study, "sponsorCollaborators").get("responsibleParty") or {}
    ending = status.get("primaryCompletionDateStruct") or {}
    return extensions(
        StudyFirstSubmitDate=status.get("studyFirstSubmitDate"),
        PrimaryCompletionDate=ending.get("date"),
        PrimaryCompletionDateType=ending.get("type"),
        ResponsiblePartyType=party.get("type"),
    )


# --- design ---------------------------------------------------------------------------------------


def _phase(phases: Any) -> Json | None:
    if not phases:
        return None
    both = "/".join(map(str, phases))
    return concept("phase", both, PHASE)


def _design(design: Study) -> list[Json]:
    info = design.get("designInfo") or {}
    masking = info.get("maskingInfo") or {}
    values = [
        ("StudyType", design.get("studyType")),
        ("DesignAllocation", info.get("allocation")),
        ("DesignInterventionModel", info.get("interventionModel")),
        ("DesignObservationalModel", info.get("observationalModel")),
        ("DesignTimePerspective", info.get("timePerspective")),
        ("DesignMasking", masking.get("masking")),
        *(("DesignWhoMasked", who) for who in masking.get("whoMasked") or ()),
    ]
    found = []
    for element, value in values:
        if value:
            both = own(element, value)
            if (element, value) in DESIGN:
                both["coding"].insert(0, coding("design", DESIGN[element, value]))
            found.append(both)
    for element, text in (
        ("DesignInterventionModelDescription", info.get("interventionModelDescription")),
        ("DesignMaskingDescription", masking.get("maskingDescription")),
    ):
        if text:
            found.append({"coding": [{"system": REGISTRY, "code": element}], "text": text})
    return found


def _conditions(study: Study) -> list[Json]:
    derived = (study.get("derivedSection") or {}).get("conditionBrowseModule") or {}
    meshes = {str(each.get("term")).lower(): each for each in derived.get("meshes") or ()}
    found = []
    for name in module(study, "conditions").get("conditions") or ():
        mesh = meshes.get(str(name).lower()) or {}
        coding = {"system": MESH, "code": mesh.get("id"), "display": mesh.get("term")}
        found.append(given(coding=[coding] if mesh.get("id") else None, text=str(name)))
    return found


def _interventions(study: Study) -> tuple[list[Json], list[tuple[str, Study]]]:
    """Return the contained interventions, and the identifier of each beside what it was made of."""
    found, made_of = [], []
    for n, each in enumerate(module(study, "armsInterventions").get("interventions") or (), 1):
        names = extensions(
            InterventionType=each.get("type"), InterventionOtherName=each.get("otherNames")
        )
        found.append(
            given(
                resourceType="EvidenceVariable", id=f"intervention-{n}", extension=names,
                title=each.get("name"), status="active", description=each.get("description"),
            )
        )  # fmt: skip
        made_of.append((f"intervention-{n}", each))
    return found, made_of


def _groups(study: Study, exposures: list[tuple[str, Study]]) -> list[Json]:
    found = []
    for n, arm in enumerate(module(study, "armsInterventions").get("armGroups") or (), start=1):
        kind, label = arm.get("type"), arm.get("label")
        gets = [
            {"reference": f"#{identifier}"}
            for identifier, each in exposures
            if label in (each.get("armGroupLabels") or ())
            or named(each) in (arm.get("interventionNames") or ())
        ]
        found.append(
            given(
                linkId=f"group-{n}", name=label, description=arm.get("description"),
                type=concept("arm", kind, ARM_TYPE) if kind else None, intendedExposure=gets,
            )
        )  # fmt: skip
    return found


def _outcomes(outcomes: Study) -> list[Json]:
    return [
        given(
            extension=extensions(
                **{f"{level.capitalize()}OutcomeTimeFrame": each.get("timeFrame")}
            ),
            name=each.get("measure"),
            type=[hl7("level", code)],
            description=each.get("description"),
        )
        for level, code in LEVELS.items()
        for each in outcomes.get(f"{level}Outcomes") or ()
    ]


# --- progress and people --------------------------------------------------------------------------


def _progress(status: Study) -> list[Json]:
    overall = status.get("overallStatus")
    return [{"state": concept("status", overall, STATUS), "actual": True}] if overall else []


def _period(status: Study) -> Json | None:
    first, last = status.get("startDateStruct") or {}, status.get("completionDateStruct") or {}
    kinds = extensions(StartDateType=first.get("type"), CompletionDateType=last.get("type"))
    period = given(extension=kinds, start=date(first), end=date(last))
    return period if "start" in period or "end" in period else None


def _recruitment(enrollment: Study, eligibility: Json | None) -> Json | None:
    count, kind = enrollment.get("count"), enrollment.get("type")
    unsaid = count if kind not in ("ACTUAL", "ESTIMATED") else None
    return (
        given(
            extension=extensions(EnrollmentCount=unsaid),
            targetNumber=count if kind == "ESTIMATED" else None,
            actualNumber=count if kind == "ACTUAL" else None,
            eligibility={"reference": f"#{eligibility['id']}"} if eligibility else None,
        )
        or None
    )


def _group(study: Study) -> Json | None:
    """Return who can take part, contained: the criteria as text, age and sex as characteristics."""
    criteria = module(study, "eligibility")
    if not criteria:
        return None
    traits: list[Json] = []
    limits = {
        side: limit
        for side, key in (("low", "minimumAge"), ("high", "maximumAge"))
        if (limit := age(criteria.get(key)))
    }
    if limits:
        traits.append({"code": {"text": "age"}, "valueRange": limits, "exclude": False})
    if sex := criteria.get("sex"):
        value = own("Sex", sex)
        traits.append({"code": {"text": "sex"}, "valueCodeableConcept": value, "exclude": False})
    if isinstance(healthy := criteria.get("healthyVolunteers"), bool):
        code = {"text": "healthy volunteers are accepted"}
        traits.append({"code": code, "valueBoolean": healthy, "exclude": False})
    extras = extensions(
        GenderBased=criteria.get("genderBased"),
        GenderDescription=criteria.get("genderDescription"),
        StudyPopulation=criteria.get("studyPopulation"),
        SamplingMethod=criteria.get("samplingMethod"),
    )
    return given(
        resourceType="Group", id="eligibility", extension=extras, type="person",
        membership="definitional", description=criteria.get("eligibilityCriteria"),
        characteristic=traits,
    )  # fmt: skip


def _parties(study: Study) -> list[Json]:
    sponsors = module(study, "sponsorCollaborators")
    found = []
    lead = sponsors.get("leadSponsor") or {}
    for each, relation in (
        (lead, "lead-sponsor"),
        *((one, "collaborator") for one in sponsors.get("collaborators") or ()),
    ):
        if each.get("name"):
            kind = each.get("class")
            classes = [concept("organization", kind, ORGANIZATION)] if kind else None
            found.append(given(name=each["name"], role=hl7("party", relation), classifier=classes))
    party = sponsors.get("responsibleParty") or {}
    contacts = module(study, "contactsLocations")
    people: list[Study] = [
        {"name": party.get("investigatorFullName"), "role": party.get("type")},
        *(contacts.get("overallOfficials") or ()),
        *({**each, "role": "CONTACT"} for each in contacts.get("centralContacts") or ()),
    ]
    for person in people:
        if person.get("name"):
            extras = extensions(
                OverallOfficialAffiliation=person.get("affiliation"),
                CentralContactPhone=person.get("phone"),
                CentralContactEMail=person.get("email"),
            )
            role = concept("party", person.get("role") or "OFFICIAL", PARTY)
            found.append(given(extension=extras, name=person["name"], role=role))
    return found


def _sites(study: Study) -> list[Json]:
    found = []
    for n, site in enumerate(module(study, "contactsLocations").get("locations") or (), start=1):
        address = given(
            city=site.get("city"), state=site.get("state"), postalCode=site.get("zip"),
            country=site.get("country"),
        )  # fmt: skip
        point = site.get("geoPoint") or {}
        position = {"longitude": point.get("lon"), "latitude": point.get("lat")}
        found.append(
            given(
                resourceType="Location", id=f"site-{n}",
                extension=extensions(LocationStatus=site.get("status")),
                name=site.get("facility"), address=address,
                position=position if None not in position.values() else None,
            )
        )  # fmt: skip
    return found


def _countries(study: Study) -> list[str]:
    sites = module(study, "contactsLocations").get("locations") or ()
    return list(dict.fromkeys(str(site["country"]) for site in sites if site.get("country")))
