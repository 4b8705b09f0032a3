"""The short facts of a record, each with its label: at a glance, design, people, identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from equipoise.language import Language
from equipoise.registry.page.reading import child, count, objects, text, texts
from equipoise.registry.page.words import comma, day, duration, word, words
from equipoise.registry.record import Study, get, module, partial_date

_TONES = {
    "RECRUITING": "open", "ENROLLING_BY_INVITATION": "open", "AVAILABLE": "open",
    "NOT_YET_RECRUITING": "soon", "ACTIVE_NOT_RECRUITING": "soon",
    "COMPLETED": "done", "APPROVED_FOR_MARKETING": "done",
    "TERMINATED": "stopped", "WITHDRAWN": "stopped", "SUSPENDED": "stopped",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with what the record says; ``note`` qualifies it, ``tone`` colours a status."""

    label: str
    value: str
    note: str = ""
    tone: str = ""
    href: str = ""


def given(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that the record gives."""
    return [fact for fact in facts if fact.value]


def tone(status: Any) -> str:
    """Return the tone of a recruitment status: open, soon, done, stopped or unknown."""
    return _TONES.get(text(status), "unknown")


def at_a_glance(study: Study, say: Language) -> list[Fact]:
    """Return what a reader asks first."""
    status, design = module(study, "status"), module(study, "design")
    enrolled = child(design, "enrollmentInfo")
    recruitment = status.get("overallStatus")
    known = status.get("lastKnownStatus")
    facts = [
        Fact(say("Status"), word(say, "status", recruitment), tone=tone(recruitment),
             note=say("last known: {status}", status=word(say, "status", known)) if known else ""),
        Fact(say("Phase"), " / ".join(words(say, "phase", design.get("phases")))),
        Fact(say("Enrollment"), _people(enrolled, say), word(say, "date", enrolled.get("type"))),
        Fact(say("Study type"), word(say, "study type", design.get("studyType"))),
        _date(say("Start"), status.get("startDateStruct"), say),
        _date(say("Primary completion"), status.get("primaryCompletionDateStruct"), say),
        _date(say("Completion"), status.get("completionDateStruct"), say),
        Fact(say("Last updated"), day(say, partial_date(
            status.get("lastUpdatePostDateStruct") or status.get("lastUpdateSubmitDate")))),
    ]  # fmt: skip
    return given(facts)


def _people(enrolled: Mapping[str, Any], say: Language) -> str:
    number = count(enrolled.get("count"))
    return "" if number is None else say("{n} participants", n=f"{number:,}")


def _date(label: str, value: Any, say: Language) -> Fact:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return Fact(label, day(say, partial_date(value)), word(say, "date", kind))


def design(study: Study, say: Language) -> list[Fact]:
    """Return how the study is made."""
    own = module(study, "design")
    info = child(own, "designInfo")
    masking = child(info, "maskingInfo")
    spec, access = child(own, "bioSpec"), child(own, "expandedAccessTypes")
    facts = [
        Fact(say("Allocation"), word(say, "allocation", info.get("allocation"))),
        Fact(say("Intervention model"), word(say, "model", info.get("interventionModel")),
             text(info.get("interventionModelDescription"))),
        Fact(say("Observational model"),
             word(say, "observational model", info.get("observationalModel"))),
        Fact(say("Time perspective"), word(say, "time perspective", info.get("timePerspective"))),
        Fact(say("Primary purpose"), word(say, "purpose", info.get("primaryPurpose"))),
        Fact(say("Masking"), word(say, "masking", masking.get("masking")),
             text(masking.get("maskingDescription"))),
        Fact(say("Who is masked"), comma(say).join(words(say, "masked", masking.get("whoMasked")))),
        Fact(say("Patient registry"), _yes_no(own.get("patientRegistry"), say)),
        Fact(say("Follow-up of each participant"), duration(say, own.get("targetDuration"))),
        Fact(say("Specimens kept"), text(spec.get("retention")).replace("_", " ").lower(),
             text(spec.get("description"))),
        Fact(say("Expanded access"), ", ".join(key for key, yes in access.items() if yes is True)),
    ]  # fmt: skip
    return given(facts)


def _yes_no(value: Any, say: Language) -> str:
    return {True: say("Yes"), False: say("No")}.get(value, "") if isinstance(value, bool) else ""


def who_can_take_part(study: Study, say: Language) -> list[Fact]:
    """Return the bounds of age and sex, and who is sampled."""
    own = module(study, "eligibility")
    facts = [
        Fact(say("Minimum age"), duration(say, own.get("minimumAge")) or say("none given")),
        Fact(say("Maximum age"), duration(say, own.get("maximumAge")) or say("none given")),
        Fact(say("Sex"), word(say, "sex", own.get("sex")), text(own.get("genderDescription"))),
        Fact(say("Healthy volunteers"), _yes_no(own.get("healthyVolunteers"), say)),
        Fact(say("Age groups"), comma(say).join(words(say, "age group", own.get("stdAges")))),
        Fact(say("Population"), text(own.get("studyPopulation"))),
        Fact(say("Sampling"), word(say, "sampling", own.get("samplingMethod"))),
    ]
    return given(facts)


def people(study: Study, say: Language) -> list[Fact]:
    """Return sponsor, collaborators, responsible party and investigators."""
    own = module(study, "sponsorCollaborators")
    lead, party = child(own, "leadSponsor"), child(own, "responsibleParty")
    responsible = (
        text(party.get("investigatorFullName")), text(party.get("investigatorTitle")),
        text(party.get("investigatorAffiliation")), text(party.get("oldNameTitle")),
        text(party.get("oldOrganization")),
    )  # fmt: skip
    role = word(say, "role", party.get("type"))
    who = ", ".join(part for part in responsible if part) or (role and text(lead.get("name")))
    facts = [
        Fact(say("Lead sponsor"), text(lead.get("name")), word(say, "agency", lead.get("class"))),
        *(Fact(say("Collaborator"), text(each.get("name")), word(say, "agency", each.get("class")))
          for each in objects(own.get("collaborators"))),
        Fact(say("Responsible party"), who, role),
        *(Fact(word(say, "role", each.get("role")) or say("Investigator"),
               text(each.get("name")), text(each.get("affiliation")))
          for each in objects(module(study, "contactsLocations").get("overallOfficials"))),
    ]  # fmt: skip
    return given(facts)


def identifiers(study: Study, say: Language) -> list[Fact]:
    """Return the numbers of the study, here and elsewhere."""
    own = module(study, "identification")
    first = child(own, "orgStudyIdInfo")
    facts = [
        Fact(say("Registration number"), text(own.get("nctId"))),
        Fact(say("Former numbers"), ", ".join(texts(own.get("nctIdAliases")))),
        Fact(say("The sponsor's number"), text(first.get("id")), text(first.get("type"))),
        *(Fact(say("Other number"), text(each.get("id")),
               ", ".join(t for key in ("type", "domain") if (t := text(each.get(key)))),
               href=text(each.get("link")))
          for each in objects(own.get("secondaryIdInfos"))),
        Fact(say("Organization"), text(child(own, "organization").get("fullName")),
             word(say, "agency", child(own, "organization").get("class"))),
    ]  # fmt: skip
    return given(facts)


def oversight(study: Study, say: Language) -> list[Fact]:
    """Return who watches over the study, and what is shared of it."""
    own, sharing = module(study, "oversight"), module(study, "ipdSharingStatement")
    labels = (
        ("oversightHasDmc", say("Data monitoring committee")),
        ("isFdaRegulatedDrug", say("Drug regulated by the FDA")),
        ("isFdaRegulatedDevice", say("Device regulated by the FDA")),
        ("isUnapprovedDevice", say("Device not yet approved")),
        ("isPpsd", say("Postmarket surveillance of children")),
        ("isUsExport", say("Product exported from the United States")),
        ("fdaaa801Violation", say("Violation of FDAAA 801")),
    )
    facts = [
        *(Fact(label, _yes_no(own.get(key), say)) for key, label in labels),
        Fact(say("Individual participant data shared"),
             word(say, "sharing", sharing.get("ipdSharing")), text(sharing.get("description"))),
        Fact(say("Shared with them"),
             comma(say).join(words(say, "shared", sharing.get("infoTypes")))),
        Fact(say("Shared when"), text(sharing.get("timeFrame"))),
        Fact(say("Access"), text(sharing.get("accessCriteria")), href=text(sharing.get("url"))),
    ]  # fmt: skip
    return given(facts)


def documents(study: Study, say: Language) -> list[Fact]:
    """Return the documents that the record holds elsewhere."""
    found = objects(get(study, "documentSection.largeDocumentModule.largeDocs"))
    return given(
        Fact(text(each.get("label")) or text(each.get("typeAbbrev")), text(each.get("filename")),
             day(say, partial_date(each.get("date"))))
        for each in found
    )  # fmt: skip
