"""The page of a study: everything its record says, and what can be said about the record."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from equipoise.language import Language
from equipoise.registry import check
from equipoise.registry.data_set import items
from equipoise.registry.due import Obligation, obligations
from equipoise.registry.page import (
    adverse_events,
    facts,
    pump,
    site_map,
    timeline,
)
from equipoise.registry.page.eligibility import eligibility
from equipoise.registry.page.environment import fill_in
from equipoise.registry.page.posted import baseline, flow, more, outcomes
from equipoise.registry.page.reading import objects, text, texts
from equipoise.registry.page.words import day, word
from equipoise.registry.record import (
    Study,
    arms,
    conditions,
    get,
    interventions,
    keywords,
    mesh,
    module,
    nct_id,
    partial_date,
    references,
    title,
)
from equipoise.registry.rules.rule import Finding

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s;,\"<>]+[^\s;,\"<>.)]")
_RESULTS = ("summary results within 12 months", "results within one year (United States)")
_MOST_TRIED = 60


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A related study: its number, title, status code, and why it is related, in words."""

    nct_id: str
    title: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the record: its number, when it was read and from where, where it is shown."""

    number: int
    at: str
    source: str
    href: str = ""
    compare_href: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a page leads: ``study`` and ``condition`` have a ``{}`` for what is asked for.

    ``data`` is the record as JSON, which stands inside the page where it is empty; ``search`` and
    ``condition`` are empty for a page that stands alone. ``everything`` is the same page with every
    adverse event, which are folded away inside where it is empty. ``languages`` are pairs of code
    and address.
    """

    study: str = "https://clinicaltrials.gov/study/{}"
    condition: str = ""
    search: str = ""
    data: str = ""
    everything: str = ""
    languages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm with what it is given, and its pump's program if the text gives one."""

    label: str
    kind: str
    code: str
    description: str
    interventions: tuple[str, ...]
    program: pump.Program | None
    picture: Markup


def render(
    study: Study,
    *,
    language: str,
    today: date,
    related: Sequence[Neighbour] | None = None,
    versions: Sequence[Version] = (),
    findings: Sequence[Finding] | None = None,
    links: Links | None = None,
    outdated: int | None = None,
) -> str:
    """Return the page of a record in a language, one file that needs nothing else.

    ``findings`` are what the rules find, looked for here unless given. ``today`` decides what is
    due. ``related`` is None where that is not known. What the record says stays in the record's
    language. ``outdated`` is the number of this version where it is not the current one.
    """
    say, links = Language(language), links or Links()
    found = check.check(study) if findings is None else findings
    sites = site_map.countries(study, say)
    dates = timeline.moments(study, say)
    criteria = eligibility(study)
    who = items(study)
    posted = isinstance(study.get("resultsSection"), Mapping)
    return fill_in(
        "study.html",
        say=say,
        links=links,
        number=nct_id(study) or "",
        title=title(study),
        outdated=outdated,
        own=Markup("") if language == "en" else Markup(' lang="en"'),
        identification=_texts_of(study, "identification", "officialTitle", "acronym"),
        glance=facts.at_a_glance(study, say),
        why_stopped=text(module(study, "status").get("whyStopped")),
        posted=posted,
        posted_on=_when(study, "resultsFirstPostDateStruct", say),
        withheld=_unposted(study, say),
        result_papers=sum(each.get("type") == "RESULT" for each in references(study)),
        owed=_owed(study, today, say),
        result_ids=_RESULTS,
        description=_texts_of(study, "description", "briefSummary", "detailedDescription"),
        conditions=conditions(study),
        keywords=keywords(study),
        design=facts.design(study, say),
        arms=_arms(study, say),
        interventions=_interventions(study, say),
        enrolled=text(get(study, "protocolSection.designModule.enrollmentInfo.count")),
        outcomes=_outcomes(study, say),
        who_can=facts.who_can_take_part(study, say),
        criteria=criteria,
        tried=criteria.can_be_tried and _asked(criteria) <= _MOST_TRIED,
        dates=dates,
        timeline=timeline.drawing(dates, say("Dates of the study"), today),
        today=today,
        countries=sites,
        site_count=sum(len(each.sites) for each in sites),
        map=site_map.drawing(sites, say("Map of the sites")),
        people=facts.people(study, say),
        contacts=[
            site_map.contact(each, say)
            for each in objects(module(study, "contactsLocations").get("centralContacts"))
        ],
        references=_references(study, say),
        see_also=objects(module(study, "references").get("seeAlsoLinks")),
        shared_data=objects(module(study, "references").get("availIpds")),
        flow=flow(study, say) if posted else [],
        flow_texts=_module_texts(study, "participantFlow", "recruitmentDetails",
                                 "preAssignmentDetails"),
        baseline=baseline(study, say) if posted else None,
        baseline_population=_module_texts(study, "baselineCharacteristics",
                                          "populationDescription"),
        measures=outcomes(study, say) if posted else [],
        events=adverse_events.adverse_events(study, say) if posted else None,
        more=_more(study, say) if posted else None,
        identifiers=facts.identifiers(study, say),
        oversight=facts.oversight(study, say),
        documents=facts.documents(study, say),
        mesh={kind: mesh(study, kind) for kind in ("condition", "intervention")},
        findings=found,
        severities=Counter(each.severity for each in found),
        who=who,
        who_given=sum(each.given for each in who),
        versions=versions,
        related=related,
        status_of=lambda code: word(say, "status", code),
        tone=facts.tone,
        annotation=_annotation(study),
        data_href=links.data or _data(study),
    )  # fmt: skip


def _texts_of(study: Study, name: str, *keys: str) -> dict[str, str]:
    return {key: text(module(study, name).get(key)) for key in keys}


def _module_texts(study: Study, name: str, *keys: str) -> list[str]:
    found = (text(get(study, f"resultsSection.{name}Module.{key}")) for key in keys)
    return [each for each in found if each]


def _when(study: Study, key: str, say: Language) -> str:
    return day(say, partial_date(module(study, "status").get(key)))


def _owed(study: Study, today: date, say: Language) -> list[tuple[Obligation, str, str]]:
    """Return each obligation with its state as a message and its day in words."""
    return [
        (each, each.state(today), day(say, partial_date(each.due.isoformat())) if each.due else "")
        for each in obligations(study)
    ]


def _unposted(study: Study, say: Language) -> list[tuple[str, str]]:
    """Return what happened to results that were submitted and are not posted."""
    path = "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents"
    return [
        (day(say, partial_date(each.get("date"))), word(say, "unposted", each.get("type")))
        for each in objects(get(study, path))
    ]


def _arms(study: Study, say: Language) -> list[Arm]:
    own = interventions(study)
    found = []
    for each in arms(study):
        label, told = text(each.get("label")), text(each.get("description"))
        names = texts(each.get("interventionNames"))
        given = [name.partition(": ")[2] or name for name in names] or [
            text(one.get("name")) for one in own if label in texts(one.get("armGroupLabels"))
        ]
        program = pump.program(told)
        found.append(Arm(
            label=label,
            kind=word(say, "arm", each.get("type")),
            code=text(each.get("type")),
            description=told,
            interventions=tuple(dict.fromkeys(given)),
            program=program,
            picture=pump.drawing(
                program,
                say("The first hour of {arm}: the background alone, and with every bolus taken",
                    arm=label),
                say("every bolus"), say("none"),
            ) if program else Markup(),
        ))  # fmt: skip
    return found


def _interventions(study: Study, say: Language) -> list[dict[str, Any]]:
    return [
        {
            "name": text(each.get("name")),
            "kind": word(say, "intervention", each.get("type")),
            "description": text(each.get("description")),
            "others": texts(each.get("otherNames")),
            "arms": texts(each.get("armGroupLabels")),
        }
        for each in interventions(study)
    ]


def _outcomes(study: Study, say: Language) -> list[tuple[str, list[dict[str, str]]]]:
    kinds = (
        ("primaryOutcomes", say("Primary outcomes")),
        ("secondaryOutcomes", say("Secondary outcomes")),
        ("otherOutcomes", say("Other outcomes")),
    )
    keys = ("measure", "timeFrame", "description")
    found = [
        (label, [{key: text(each.get(key)) for key in keys} for each in
                 objects(module(study, "outcomes").get(kind))])
        for kind, label in kinds
    ]  # fmt: skip
    return [(label, each) for label, each in found if each]


def _asked(criteria: Any) -> int:
    return sum(len(group.criteria) for group in criteria.groups if group.kind)


def _references(study: Study, say: Language) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the publications by kind, results first."""
    by_kind: dict[str, list[dict[str, str]]] = {"RESULT": [], "DERIVED": [], "BACKGROUND": []}
    for each in references(study):
        citation, pmid = text(each.get("citation")), text(each.get("pmid"))
        doi = _DOI.search(citation)
        retractions = [text(one.get("source")) for one in objects(each.get("retractions"))]
        by_kind.setdefault(text(each.get("type")), []).append(
            {
                "citation": citation or pmid,
                "pmid": pmid if pmid.isdigit() else "",
                "doi": doi[0] if doi else "",
                "retracted": "; ".join(retractions),
            }
        )
    return [(word(say, "reference", kind), found) for kind, found in by_kind.items() if found]


def _more(study: Study, say: Language) -> dict[str, Any]:
    own = more(study)
    point = own.get("pointOfContact")
    agreement = own.get("certainAgreement")
    agreement = agreement if isinstance(agreement, Mapping) else {}
    limits = own.get("limitationsAndCaveats")
    return {
        "limitations": text(limits.get("description")) if isinstance(limits, Mapping) else "",
        "employee": agreement.get("piSponsorEmployee"),
        "restrictive": agreement.get("restrictiveAgreement"),
        "agreement": text(agreement.get("otherDetails")),
        "contact": site_map.contact(
            {"name": point.get("title"), "affiliation": point.get("organization"), **point}, say
        )
        if isinstance(point, dict)
        else "",
    }


def _annotation(study: Study) -> dict[str, list[Any]]:
    """Return where a record was pieced together from, if it says so."""
    own = study.get("equipoiseAnnotation")
    own = own if isinstance(own, Mapping) else {}
    return {
        "sources": objects(own.get("sources")),
        "notes": texts(own.get("notes")),
        "unknown": texts(own.get("unknown")),
    }


def _data(study: Study) -> str:
    written = json.dumps(study, ensure_ascii=False, separators=(",", ":")).encode()
    return f"data:application/json;base64,{base64.b64encode(written).decode()}"
