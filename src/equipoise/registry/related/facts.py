"""What is kept of a record to link it with others: names, numbers, publications, people, drugs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from equipoise.registry.record import (
    Study,
    conditions,
    get,
    interventions,
    locations,
    mesh,
    module,
    nct_id,
    references,
    texts,
    title,
)
from equipoise.registry.related.words import NUMBER, words

_OF_RESULTS = ("RESULT", "DERIVED")
_DRUG_TYPES = ("DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT", "DIETARY_SUPPLEMENT", "")
# Stems of international nonproprietary names (WHO, The use of stems in the selection of INN,
# 2018, WHO/EMP/RHT/TSN/2018.1) that are long enough to be no part of other words.
_STEM = re.compile(
    r"[a-z]{2,}(?:mab|tinib|ciclib|parib|zomib|statin|midine|caine|ketamine|fentanil|fentanyl|"
    r"sartan|olol|dipine|azole|cillin|cycline|mycin|floxacin|navir|tegravir|buvir|ciclovir|vudine|"
    r"gliptin|gliflozin|glutide|glitazone|setron|xaban|parin|gatran|prazole|dronate|dronic|platin|"
    r"taxel|rubicin|citabine|trexate|triptan|gepant|oxetine|apine|peridone|piprazole|zepam|zolam|"
    r"curium|curonium|flurane|profen|coxib|metacin|onide|solone|metasone|terol|tropium|lukast|"
    r"imus|formin|thiazide|semide|lactone|afil|relin|relix|estrant|lutamide|leukin|grastim|"
    r"poetin|cept|ase|vaptan|orphine|codone|orphone|adol|oxone|trexone|racetam|gabalin|gabapentin|"
    r"barbital|stigmine|propofol|fibrate|cerin|bactam|penem|cef[a-z]+|quine|nidazole|bendazole)"
)
_WORDS_LIKE_STEMS = (
    "disease phase base case increase decrease release purpose database placebo response tease "
    "ease lease accept concept intercept except chase phrase purchase diseasefree multiphase "
    "baseline prerelease grease erase kinase protease reductase transferase lactase"
)
_NOT_DRUGS = frozenset(_WORDS_LIKE_STEMS.split())
_FEWEST_LETTERS = 4
_UNTELLING = "placebo saline control sham normal drug oral injection dose low high group"
_PLACEBO = frozenset(_UNTELLING.split())


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a record its relations are told by; empty where it says nothing."""

    nct_id: str
    title: str
    drugs: tuple[str, ...]
    conditions: tuple[str, ...]
    sponsor: str
    people: tuple[str, ...]
    sites: tuple[str, ...]
    phase: str
    numbers: tuple[str, ...]
    publications: tuple[str, ...]
    named: tuple[tuple[str, str], ...]
    participants: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the facts as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the facts that :meth:`as_json` gave."""
        read: dict[str, Any] = {
            name: tuple(tuple(x) if isinstance(x, list) else x for x in value)
            if isinstance(value, list)
            else value
            for name, value in told.items()
        }
        return cls(**read)


def facts(study: Study) -> Facts:
    """Return what of ``study`` its relations are told by."""
    identification = module(study, "identification")
    own = nct_id(study) or ""
    count = get(study, "protocolSection.designModule.enrollmentInfo.count")
    numbers = [get(identification, "orgStudyIdInfo.id")]
    numbers += [get({"o": o}, "o.id") for o in identification.get("secondaryIdInfos") or []]
    officials = module(study, "contactsLocations").get("overallOfficials") or []
    people = [get({"o": each}, "o.name") for each in officials]
    people.append(
        get(module(study, "sponsorCollaborators"), "responsibleParty.investigatorFullName")
    )
    phases = get(study, "protocolSection.designModule.phases", [])
    return Facts(
        nct_id=own,
        title=title(study),
        drugs=drugs(study),
        conditions=_unique([*mesh(study, "condition")[:6], *conditions(study)]),
        sponsor=get(module(study, "sponsorCollaborators"), "leadSponsor.name", ""),
        people=_unique(each.strip() for each in people if isinstance(each, str)),
        sites=_unique(str(get({"o": o}, "o.facility", "")) for o in locations(study)),
        phase=" ".join(phases) if isinstance(phases, list) else "",
        numbers=_unique(_plain(each) for each in numbers if isinstance(each, str)),
        publications=_unique(
            str(each["pmid"])
            for each in references(study)
            if each.get("pmid") and each.get("type") in _OF_RESULTS
        ),
        named=tuple(sorted(_named(study, own).items())),
        participants=count if isinstance(count, int) else None,
    )


def drugs(study: Study) -> tuple[str, ...]:
    """Return the words that name drugs: of the registered interventions, else of the texts.

    In texts a drug is known by the stem of its international nonproprietary name.
    """
    named = [
        word
        for each in interventions(study)
        if str(each.get("type", "")) in _DRUG_TYPES
        for word in words(str(each.get("name", "")))
    ]
    found = [w for w in named if len(w) >= _FEWEST_LETTERS and not w.isdigit()]
    if not found:
        told = [*texts(module(study, "identification")), *texts(module(study, "description"))]
        found = [w for text in told for w in words(text) if _STEM.fullmatch(w)]
    return _unique(w for w in found if w not in _PLACEBO and w not in _NOT_DRUGS)


def person(name: str) -> str:
    """Return what two spellings of one person's name have in common: no degrees, no initials."""
    return " ".join(words(name.split(",", maxsplit=1)[0]))


def _named(study: Study, own: str) -> dict[str, str]:
    """Return the numbers that the record's texts name -> the words around the first mention."""
    found: dict[str, str] = {}
    told = [module(study, name) for name in ("identification", "description", "armsInterventions")]
    told += [module(study, "eligibility"), module(study, "outcomes")]
    for text in texts(told):
        for match in NUMBER.finditer(text):
            number = f"NCT{match[1]}"
            if number != own:
                around = text[max(0, match.start() - 90) : match.end() + 60]
                found.setdefault(number, " ".join(around.split()))
    return found


def _plain(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def _unique(given: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in given if each))
