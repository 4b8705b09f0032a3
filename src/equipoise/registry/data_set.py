"""The World Health Organization's Trial Registration Data Set, from a record.

WHO International Clinical Trials Registry Platform, WHO Trial Registration Data Set, version 1.3.1:
the 24 items that make a trial fully registered. An item that the record does not give is missing,
and nothing stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from equipoise.registry.record import (
    Study,
    conditions,
    get,
    interventions,
    locations,
    module,
    nct_id,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the 24 items: its number, its name as an English message, what the record gives."""

    number: int
    name: str
    values: tuple[str, ...]

    @property
    def given(self) -> bool:
        """Whether the record says anything."""
        return bool(self.values)


def items(study: Study) -> list[Item]:
    """Return the 24 items of a record, in their order."""
    return [
        Item(number, name, tuple(each for each in read(study) if each))
        for number, (name, read) in enumerate(_ITEMS, start=1)
    ]


def completeness(study: Study) -> float:
    """Return the share of the 24 items that the record gives, 0 to 1."""
    found = items(study)
    return sum(item.given for item in found) / len(found)


def _registry(study: Study) -> Iterable[str]:
    number = nct_id(study)
    return [f"ClinicalTrials.gov {number}"] if number else []


def _first_submitted(study: Study) -> Iterable[str]:
    return [module(study, "status").get("studyFirstSubmitDate", "")]


def _other_ids(study: Study) -> Iterable[str]:
    identification = module(study, "identification")
    own = [get(study, "protocolSection.identificationModule.orgStudyIdInfo.id", "")]
    return [*own, *_each(identification.get("secondaryIdInfos"), "id")]


def _funding(study: Study) -> Iterable[str]:
    # The registry has no field for money: sponsor and collaborators are who supports the study.
    sponsors = module(study, "sponsorCollaborators")
    return [*_sponsor(study), *_each(sponsors.get("collaborators"), "name")]


def _sponsor(study: Study) -> Iterable[str]:
    return [get(study, "protocolSection.sponsorCollaboratorsModule.leadSponsor.name", "")]


def _other_sponsors(study: Study) -> Iterable[str]:
    return _each(module(study, "sponsorCollaborators").get("collaborators"), "name")


def _public_contact(study: Study) -> Iterable[str]:
    contacts = module(study, "contactsLocations")
    sites = [contact for site in locations(study) for contact in site.get("contacts") or ()]
    central = contacts.get("centralContacts") or sites
    return [_reached(each) for each in central if isinstance(each, Mapping)]


def _scientific_contact(study: Study) -> Iterable[str]:
    point = get(study, "resultsSection.moreInfoModule.pointOfContact")
    if isinstance(point, Mapping):
        return [_reached({"name": point.get("title"), **point})]
    contacts = module(study, "contactsLocations").get("centralContacts") or ()
    return [_reached(each) for each in contacts if isinstance(each, Mapping)]


def _reached(contact: Mapping[str, Any]) -> str:
    """Return a contact with how to reach it; empty when there is no way, for a name is none."""
    ways = [str(contact[key]) for key in ("phone", "email") if contact.get(key)]
    return ", ".join([str(contact.get("name") or ""), *ways]).strip(", ") if ways else ""


def _title(study: Study) -> Iterable[str]:
    return [module(study, "identification").get("briefTitle", "")]


def _scientific_title(study: Study) -> Iterable[str]:
    return [module(study, "identification").get("officialTitle", "")]


def _countries(study: Study) -> Iterable[str]:
    return sorted({str(site.get("country") or "") for site in locations(study)})


def _interventions(study: Study) -> Iterable[str]:
    return [
        ": ".join(str(each.get(key)) for key in ("type", "name") if each.get(key))
        for each in interventions(study)
    ]


def _eligibility(study: Study) -> Iterable[str]:
    return [module(study, "eligibility").get("eligibilityCriteria", "")]


def _design(study: Study) -> Iterable[str]:
    design = module(study, "design")
    kind = design.get("studyType")
    info = design.get("designInfo") or {}
    parts = [
        info.get("allocation"), info.get("interventionModel"), info.get("observationalModel"),
        info.get("primaryPurpose"), (info.get("maskingInfo") or {}).get("masking"),
        *(design.get("phases") or ()),
    ]  # fmt: skip
    return [", ".join(str(each) for each in (kind, *parts) if each)] if kind else []


def _start(study: Study) -> Iterable[str]:
    return [get(study, "protocolSection.statusModule.startDateStruct.date", "")]


def _size(study: Study) -> Iterable[str]:
    count = get(study, "protocolSection.designModule.enrollmentInfo.count")
    return [] if count is None else [str(count)]


def _status(study: Study) -> Iterable[str]:
    return [module(study, "status").get("overallStatus", "")]


def _outcomes(kind: str) -> Callable[[Study], Iterable[str]]:
    def read(study: Study) -> Iterable[str]:
        return [
            " – ".join(str(each[key]) for key in ("measure", "timeFrame") if each.get(key))
            for each in module(study, "outcomes").get(kind) or ()
            if isinstance(each, Mapping)
        ]

    return read


def _ethics(study: Study) -> Iterable[str]:
    del study  # the public record does not hold the review; only its submission did
    return []


def _completion(study: Study) -> Iterable[str]:
    return [get(study, "protocolSection.statusModule.completionDateStruct.date", "")]


def _results(study: Study) -> Iterable[str]:
    posted = get(study, "protocolSection.statusModule.resultsFirstPostDateStruct.date", "")
    return [posted or "posted"] if "resultsSection" in study or study.get("hasResults") else []


def _sharing(study: Study) -> Iterable[str]:
    return [module(study, "ipdSharingStatement").get("ipdSharing", "")]


def _each(value: Any, key: str) -> list[str]:
    return [str(e.get(key) or "") for e in value or () if isinstance(e, Mapping)]


_ITEMS: tuple[tuple[str, Callable[[Study], Iterable[str]]], ...] = (
    ("Primary registry and number", _registry),
    ("Date of registration", _first_submitted),
    ("Secondary numbers", _other_ids),
    ("Support", _funding),
    ("Primary sponsor", _sponsor),
    ("Secondary sponsors", _other_sponsors),
    ("Contact for the public", _public_contact),
    ("Contact for scientists", _scientific_contact),
    ("Public title", _title),
    ("Scientific title", _scientific_title),
    ("Countries", _countries),
    ("Conditions", conditions),
    ("Interventions", _interventions),
    ("Who can take part", _eligibility),
    ("Study type and design", _design),
    ("First enrolment", _start),
    ("Sample size", _size),
    ("Recruitment status", _status),
    ("Primary outcomes", _outcomes("primaryOutcomes")),
    ("Secondary outcomes", _outcomes("secondaryOutcomes")),
    ("Ethics review", _ethics),
    ("Completion date", _completion),
    ("Summary results", _results),
    ("Sharing of individual data", _sharing),
)
