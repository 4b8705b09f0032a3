"""The text of a trial's page on a portal that shows registry records, to and from API v2 JSON.

A page shows part of a record, as headings, labels and values in a fixed order: what a person gets
who copies the text of the page. Reading one gives a record that holds what the page shows and
nothing else; :func:`unknown` lists what it therefore does not know. Writing the record gives the
page back, byte by byte. The fixed sentence under each heading is kept in the record, under
``equipoiseAnnotation.page``, since pages of other days may word it otherwise.

The page joins conditions and keywords by spaces, without a mark between them: they stay one text
(``equipoiseAnnotation.page.conditions``) unless it is a single word. What the page cannot say:
`docs/registry/pages.md`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from equipoise.errors import InputError
from equipoise.exchange.portal_sections import (
    arms_text,
    eligibility_text,
    interventions_text,
    read_arms,
    read_eligibility,
    read_identifiers,
    read_interventions,
    read_officials,
    read_references,
    read_responsible,
    read_sites,
    read_sponsors,
    write_identifiers,
    write_officials,
    write_references,
    write_responsible,
    write_sites,
    write_sponsors,
)

# Each heading of the page; the words with which its sentence begins, by which the heading is told
# from the same words in a free text; and how the sentence goes on where no page has been read.
HEADINGS: dict[str, tuple[str, str]] = {
    "Study Results": ("Results ", ""),
    "Basic Information": ("Get a concise snapshot", ": status, phase, size and dates."),
    "Brief Summary": ("Review the sponsor-provided synopsis", "."),
    "Detailed Description": ("Dive into the extended narrative", "."),
    "Conditions": ("See the medical conditions", " and keywords."),
    "Study Design": ("Understand how the trial is structured", "."),
    "Study Groups": ("Review each arm or cohort", " and its interventions."),
    "Interventions": ("Learn about the drugs", ", procedures and other interventions."),
    "Eligibility Criteria": ("Check the participation requirements", "."),
    "Sponsors": ("Meet the organizations", " behind the study."),
    "Responsible Party": ("Identify the individual or organization", " responsible."),
    "Principal Investigators": ("Learn about the lead researchers", "."),
    "Locations": ("Explore where the study is taking place", "."),
    "Countries": ("Review the countries", " of its sites."),
    "References": ("Explore related publications", "."),
    "Other Identifiers": ("Review additional registry numbers", "."),
    "More Related Trials": ("Additional clinical trials", "."),
}
_PENDING = "Results pending"
_POSTED = "Results posted"
_BASIC = {
    "Recruitment Status": "statusModule.overallStatus",
    "Clinical Phase": "designModule.phases",
    "Total Enrollment": "designModule.enrollmentInfo.count",
    "Study Classification": "designModule.studyType",
    "Study Start Date": "statusModule.startDateStruct.date",
    "Study Completion Date": "statusModule.completionDateStruct.date",
}
_DESIGN = {
    "Allocation Method": "designModule.designInfo.allocation",
    "Intervention Model": "designModule.designInfo.interventionModel",
    "Primary Study Purpose": "designModule.designInfo.primaryPurpose",
    "Blinding Strategy": "designModule.designInfo.maskingInfo.masking",
}
_MASKED = {
    "Participants": "PARTICIPANT",
    "Caregivers": "CARE_PROVIDER",
    "Investigators": "INVESTIGATOR",
    "Outcome Assessors": "OUTCOMES_ASSESSOR",
}
_SEVERAL = {"designModule.phases": "/"}  # how the page joins a list
_HEAD = re.compile(
    r"(?P<title>[^\n]+)(?:\n\nNCT ID: (?P<id>NCT\d{8}))(?:\n\nLast Updated: (?P<updated>\S+))?$"
)

CANNOT_SAY = (
    *(f"identificationModule.{n}" for n in ("nctIdAliases", "officialTitle", "acronym",
      "organization", "secondaryIdInfos")),
    *(f"statusModule.{n}" for n in ("statusVerifiedDate", "whyStopped", "expandedAccessInfo",
      "startDateStruct.type", "primaryCompletionDateStruct", "completionDateStruct.type",
      "studyFirstSubmitDate", "studyFirstSubmitQcDate", "studyFirstPostDateStruct",
      "resultsFirstSubmitDate", "resultsFirstPostDateStruct", "lastUpdateSubmitDate",
      "lastUpdatePostDateStruct.type")),
    "sponsorCollaboratorsModule.responsibleParty.investigatorAffiliation",
    "oversightModule",
    "conditionsModule.conditions", "conditionsModule.keywords",
    *(f"designModule.{n}" for n in ("designInfo.interventionModelDescription",
      "designInfo.observationalModel", "designInfo.timePerspective",
      "designInfo.maskingInfo.maskingDescription", "enrollmentInfo.type", "bioSpec",
      "patientRegistry", "targetDuration")),
    "armsInterventionsModule.interventions[].otherNames",
    "outcomesModule",
    *(f"eligibilityModule.{n}" for n in ("genderBased", "genderDescription", "stdAges",
      "studyPopulation", "samplingMethod")),
    *(f"contactsLocationsModule.{n}" for n in ("centralContacts", "locations[].status",
      "locations[].zip", "locations[].contacts", "locations[].geoPoint")),
    "referencesModule.seeAlsoLinks", "referencesModule.availIpds",
    "ipdSharingStatementModule",
)  # fmt: skip
"""What the page has no place for (or, for a site's status, may leave open), as paths below
``protocolSection``."""


def read(data: bytes) -> dict[str, Any]:
    """Return the record that a page shows. Raises :class:`InputError` for what is no such page."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").strip("\n")
    except UnicodeDecodeError:
        raise _no_page() from None
    head, bodies, sentences = _cut(text)
    study: dict[str, Any] = {}
    identification: dict[str, Any] = {"nctId": head["id"]}
    identification |= read_identifiers(bodies.get("Other Identifiers", ""))
    identification["briefTitle"] = head["title"]
    status: dict[str, Any] = {}
    design: dict[str, Any] = {}
    protocol = {"identificationModule": identification, "statusModule": status}
    page: dict[str, Any] = {"sentences": sentences}
    into: dict[str, Any] = {}
    _read_labels(bodies.get("Basic Information", ""), _BASIC, into)
    _read_labels(bodies.get("Study Design", ""), _DESIGN, into)
    status |= into.pop("statusModule", {})
    design |= into.pop("designModule", {})
    _read_masked(bodies.get("Study Design", ""), design)
    if head["updated"]:
        status["lastUpdatePostDateStruct"] = {"date": head["updated"]}
    sponsors = read_responsible(bodies.get("Responsible Party", ""))
    sponsors |= read_sponsors(bodies.get("Sponsors", ""))
    joined = bodies.get("Conditions", "")
    interventions = read_interventions(bodies.get("Interventions", ""))
    arms = read_arms(bodies.get("Study Groups", ""), interventions)
    countries = [each for each in bodies.get("Countries", "").split("\n\n") if each]
    sites = read_officials(bodies.get("Principal Investigators", ""))
    sites |= read_sites(bodies.get("Locations", ""), countries)
    protocol |= {
        "sponsorCollaboratorsModule": sponsors,
        "descriptionModule": {
            name: bodies[heading]
            for heading, name in (
                ("Brief Summary", "briefSummary"), ("Detailed Description", "detailedDescription"),
            )
            if bodies.get(heading)
        },
        "conditionsModule": {"conditions": [joined]} if joined and " " not in joined else {},
        "designModule": design,
        "armsInterventionsModule": arms,
        "eligibilityModule": read_eligibility(bodies.get("Eligibility Criteria", "")),
        "contactsLocationsModule": sites,
        "referencesModule": read_references(bodies.get("References", "")),
    }  # fmt: skip
    study["protocolSection"] = {name: module for name, module in protocol.items() if module}
    shown = {site.get("country") for site in sites.get("locations", [])}
    if former := [each for each in countries if each not in shown]:
        study["derivedSection"] = {"miscInfoModule": {"removedCountries": former}}
    if "Study Results" in bodies:
        study["hasResults"] = not bodies["Study Results"].startswith(_PENDING)
    if " " in joined:
        page["conditions"] = joined
    study["equipoiseAnnotation"] = {"page": page, "unknown": unknown(study)}
    if unread := _unread(text, write(study).decode()):
        page["unread"] = unread
    return study


def write(study: Mapping[str, Any]) -> bytes:
    """Return the page of a record, in UTF-8, without a line break at its end.

    What the page has no place for is left out.
    """
    sentences = _mapping(_at(study, "equipoiseAnnotation.page.sentences"))
    identification = _module(study, "identification")
    updated = _at(study, "protocolSection.statusModule.lastUpdatePostDateStruct.date")
    title = identification.get("briefTitle") or identification.get("officialTitle") or ""
    parts = [" ".join(str(title).split()), f"NCT ID: {identification.get('nctId', '')}"]
    parts += [f"Last Updated: {updated}"] if updated else []
    for heading, (opening, rest) in HEADINGS.items():
        if heading == "Study Results":
            if "hasResults" not in study:
                continue
            default = _POSTED if study["hasResults"] else _PENDING
            parts += [heading, str(sentences.get(heading) or default)]
            continue
        body = _BODIES[heading](study) if heading in _BODIES else ""
        if body or heading == "More Related Trials":
            parts += [heading, str(sentences.get(heading) or opening + rest)]
            parts += [body] if body else []
    return "\n\n".join(parts).encode()


def unknown(study: Mapping[str, Any]) -> list[str]:
    """Return the paths that a page cannot say and that ``study``, read from one, leaves open.

    ``[]`` in a path is each element of a list; it is listed when one of them lacks the rest.
    """
    protocol = _module(study)
    open_ = [f"protocolSection.{path}" for path in CANNOT_SAY if _lacks(protocol, path.split("."))]
    if study.get("hasResults") is not False:
        open_ += ["hasResults"] if "hasResults" not in study else []
        open_ += ["resultsSection"] if "resultsSection" not in study else []
    derived = [f"derivedSection.{kind}BrowseModule" for kind in ("condition", "intervention")]
    sections = ("annotationSection", "documentSection", *derived)
    return open_ + [path for path in sections if _lacks(study, path.split("."))]


def is_page(data: bytes) -> bool:
    """Return whether a file looks like the text of such a page."""
    start = data[:2000].decode("utf-8", errors="ignore").replace("\r\n", "\n").strip("\ufeff\n")
    return re.match(r"[^\n]+\n\nNCT ID: NCT\d{8}(\n|$)", start) is not None


def _no_page() -> InputError:
    return InputError(
        "page",
        "is not the text of a trial's page",
        "It begins with the title, `NCT ID: NCT…` and `Last Updated: …`, a blank line between.",
    )


def _cut(text: str) -> tuple[re.Match[str], dict[str, str], dict[str, str]]:
    """Return the page's head, the text below each heading, and the sentence of each heading."""
    found: list[tuple[str, int, int]] = []
    place = 0
    for heading, (opening, _) in HEADINGS.items():
        start = text.find(f"\n\n{heading}\n\n{opening}", place)
        if start >= 0:
            place = start + len(heading) + 4
            found.append((heading, start, place))
    head = _HEAD.match(text[: found[0][1]] if found else text)
    if head is None:
        raise _no_page()
    ends = [start for _, start, _ in found[1:]] + [len(text)]
    bodies, sentences = {}, {}
    for (heading, _, begin), end in zip(found, ends, strict=True):
        sentence, _, body = text[begin:end].partition("\n\n")
        if heading == "Study Results":
            sentence = body = text[begin:end]
        sentences[heading], bodies[heading] = sentence, body
    return head, bodies, sentences


def _basic(study: Mapping[str, Any]) -> str:
    return _write_labels(_module(study), _BASIC)


def _design(study: Mapping[str, Any]) -> str:
    masked = _at(study, "protocolSection.designModule.designInfo.maskingInfo.whoMasked") or ()
    names = [name for name, role in _MASKED.items() if role in masked]
    return "\n\n".join(filter(None, [_write_labels(_module(study), _DESIGN), " ".join(names)]))


def _described(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda study: str(_module(study, "description").get(name) or "")


def _conditions(study: Mapping[str, Any]) -> str:
    module = _module(study, "conditions")
    named = [*(module.get("conditions") or ()), *(module.get("keywords") or ())]
    joined = _at(study, "equipoiseAnnotation.page.conditions")
    return " ".join(map(str, named)) or str(joined or "")


def _countries(study: Mapping[str, Any]) -> str:
    sites = [
        each.get("country") for each in _module(study, "contactsLocations").get("locations", ())
    ]
    former = _at(study, "derivedSection.miscInfoModule.removedCountries") or ()
    return "\n\n".join(dict.fromkeys(str(each) for each in [*sites, *former] if each))


def _of_module(
    name: str, text: Callable[[Mapping[str, Any]], str]
) -> Callable[[Mapping[str, Any]], str]:
    return lambda study: text(_module(study, name))


_BODIES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "Basic Information": _basic,
    "Brief Summary": _described("briefSummary"),
    "Detailed Description": _described("detailedDescription"),
    "Conditions": _conditions,
    "Study Design": _design,
    "Study Groups": _of_module("armsInterventions", arms_text),
    "Interventions": _of_module("armsInterventions", interventions_text),
    "Eligibility Criteria": _of_module("eligibility", eligibility_text),
    "Sponsors": _of_module("sponsorCollaborators", write_sponsors),
    "Responsible Party": _of_module("sponsorCollaborators", write_responsible),
    "Principal Investigators": _of_module("contactsLocations", write_officials),
    "Locations": _of_module("contactsLocations", write_sites),
    "Countries": _countries,
    "References": _of_module("references", write_references),
    "Other Identifiers": _of_module("identification", write_identifiers),
}


def _write_labels(protocol: Mapping[str, Any], labels: dict[str, str]) -> str:
    parts = []
    for label, path in labels.items():
        value = _at(protocol, path)
        if path in _SEVERAL and value:
            value = _SEVERAL[path].join(value)
        if value is not None and value != []:
            parts += [label, f"{value} participants" if label == "Total Enrollment" else str(value)]
    return "\n\n".join(parts)


def _read_labels(body: str, labels: dict[str, str], into: dict[str, Any]) -> None:
    parts = body.split("\n\n")
    for label, text in pairwise(parts):
        path = labels.get(label)
        if path is None or text in labels:
            continue
        value: Any = text
        if path in _SEVERAL:
            value = text.split(_SEVERAL[path])
        elif label == "Total Enrollment":
            count = text.removesuffix(" participants")
            if not (count.isascii() and count.isdigit()):
                continue
            value = int(count)
        place = into
        *way, last = path.split(".")
        for name in way:
            place = place.setdefault(name, {})
        place[last] = value


def _read_masked(body: str, design: dict[str, Any]) -> None:
    last = body.rpartition("\n\n")[2]
    roles = [role for name, role in _MASKED.items() if name in last]
    if roles and " ".join(n for n, role in _MASKED.items() if role in roles) == last:
        masking = design.setdefault("designInfo", {}).setdefault("maskingInfo", {})
        masking["whoMasked"] = roles


def _unread(page: str, back: str) -> list[str]:
    """Return the lines of a page that its record does not give back: nothing is lost in silence."""
    lost = Counter(page.split("\n")) - Counter(back.split("\n"))
    del lost[""]
    return list(lost.elements())


def _lacks(place: Any, path: list[str]) -> bool:
    for n, name in enumerate(path):
        if name.endswith("[]"):
            each = _mapping(place).get(name[:-2]) or []
            return not each or any(_lacks(element, path[n + 1 :]) for element in each)
        if not isinstance(place, Mapping) or name not in place:
            return True
        place = place[name]
    return False


def _at(place: Any, path: str) -> Any:
    for name in path.split("."):
        place = place.get(name) if isinstance(place, Mapping) else None
    return place


def _module(study: Mapping[str, Any], name: str = "") -> Mapping[str, Any]:
    protocol = _mapping(study.get("protocolSection"))
    return _mapping(protocol.get(f"{name}Module")) if name else protocol


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
