"""The pages around those of studies: a search's answer, what changed in a record, a message."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from equipoise.errors import Problem
from equipoise.language import Language
from equipoise.registry.page.environment import fill_in
from equipoise.registry.page.facts import tone
from equipoise.registry.page.reading import texts
from equipoise.registry.page.study_page import Links
from equipoise.registry.page.words import day, word, words
from equipoise.registry.record import (
    Study,
    conditions,
    get,
    interventions,
    module,
    nct_id,
    partial_date,
    title,
)
from equipoise.registry.versions import Change, field_name

# Facet of an index -> its English message, and the kind of its codes (empty: shown as they are).
_FACETS = {
    "OverallStatus": ("Status", "status"),
    "Phase": ("Phase", "phase"),
    "StudyType": ("Study type", "study type"),
    "InterventionType": ("Interventions", "intervention"),
    "DesignPrimaryPurpose": ("Primary purpose", "purpose"),
    "HasResults": ("Results", "results"),
    "LocationCountry": ("Country", ""),
    "LeadSponsorClass": ("Sponsor", "agency"),
    "StdAge": ("Age groups", "age group"),
    "Sex": ("Sex", "sex"),
}
_OPEN = ("OverallStatus", "Phase")
_MOST_VALUES = 10
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its label, how many answer, where it leads, whether it is chosen."""

    label: str
    href: str
    chosen: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a facet; ``told`` when they are words of ours and not of the records."""

    label: str
    values: tuple[Choice, ...]
    open: bool
    chosen: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A study in an answer."""

    nct_id: str
    title: str
    status: str
    tone: str
    facts: tuple[str, ...]
    about: str
    sponsor: str


@dataclass(frozen=True, slots=True)
class Found:
    """A search's answer: what was asked, how many studies, which part is shown, and what else."""

    asked: str
    total: int
    offset: int
    studies: Sequence[Study]
    facets: tuple[Facet, ...]
    orders: tuple[Choice, ...]
    before: str = ""
    after: str = ""
    notes: tuple[str, ...] = ()
    fault: Problem | None = None


def facet(
    piece: str, counts: Mapping[str, int], chosen: str, hrefs: Mapping[str, str], say: Language
) -> Facet:
    """Return a facet for the page; ``hrefs`` say where each value leads.

    The most frequent values, and the one chosen.
    """
    message, kind = _FACETS[piece]
    ranked = sorted(counts, key=lambda value: (value != chosen, -counts[value], value))
    values = tuple(
        Choice(_told(kind, value, say), hrefs[value], value == chosen, counts[value])
        for value in ranked[:_MOST_VALUES]
    )
    return Facet(say(message), values, piece in _OPEN, chosen=bool(chosen), told=bool(kind))


def _told(kind: str, value: str, say: Language) -> str:
    if kind == "results":
        return say("posted") if value == "true" else say("none posted")
    return word(say, kind, value) if kind else value


def search_page(found: Found, links: Links, language: str) -> str:
    """Return the page of an answer."""
    say = Language(language)
    return fill_in(
        "search.html",
        say=say,
        links=links,
        own=_own(language),
        asked=found.asked,
        total=found.total,
        first=found.offset + 1,
        last=found.offset + len(found.studies),
        hits=[_hit(study, say) for study in found.studies],
        facets=found.facets,
        orders=found.orders,
        before=found.before,
        after=found.after,
        notes=found.notes,
        fault=found.fault,
    )


def _hit(study: Study, say: Language) -> Hit:
    status = module(study, "status").get("overallStatus")
    start = day(say, partial_date(module(study, "status").get("startDateStruct")))
    people = get(study, "protocolSection.designModule.enrollmentInfo.count")
    phases = texts(module(study, "design").get("phases"))
    facts = (
        *words(say, "phase", [each for each in phases if each != "NA"]),
        say("{n} participants", n=f"{people:,}") if isinstance(people, int) else "",
        say("start {day}", day=start) if start else "",
        say("results posted") if study.get("hasResults") else "",
    )
    names = [*conditions(study)[:4], *(str(each.get("name", "")) for each in interventions(study))]
    return Hit(
        nct_id=nct_id(study) or "",
        title=title(study),
        status=word(say, "status", status),
        tone=tone(status),
        facts=tuple(each for each in facts if each),
        about=" · ".join(dict.fromkeys(name for name in names[:8] if name)),
        sponsor=str(get(study, "protocolSection.sponsorCollaboratorsModule.leadSponsor.name", "")),
    )


def changes_page(
    number: str, before: int, after: int, changes: Sequence[Change], links: Links, language: str
) -> str:
    """Return the page of what changed between two versions of a record."""
    say = Language(language)
    shown = [
        {"field": field_name(each.path, say), "inside": each.inside, "path": each.path,
         "kind": each.kind, "before": _text(each.before), "after": _text(each.after)}
        for each in changes
    ]  # fmt: skip
    return fill_in(
        "changes.html", say=say, links=links, number=number, before=before,
        after=after, changes=shown,
    )  # fmt: skip


def message_page(problem: Problem, links: Links, language: str, near: Sequence[str] = ()) -> str:
    """Return the page of a problem; ``near`` are numbers of studies that may be meant."""
    say = Language(language)
    problem = say.problem(problem)
    return fill_in(
        "message.html", say=say, links=links,
        what=f"{problem.where}: {problem.what}", todo=problem.todo, near=near,
    )  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _own(language: str) -> Markup:
    return Markup("") if language == "en" else Markup(' lang="en"')
