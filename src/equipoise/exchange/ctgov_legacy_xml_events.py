"""Adverse events in ClinicalTrials.gov's public XML: the table of ``reported_events``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_markup import LINES
from equipoise.exchange.xml_map import (
    COUNT,
    TEXT,
    Each,
    Json,
    Leaf,
    Rule,
    an_object,
    at,
    objects,
    put_text,
    read_all,
    said,
    text_at,
    written,
)

EVENT = say.group("E", "EG")


@dataclass(frozen=True, slots=True)
class Totals:
    """How many had any event of a kind: a total among the events in the XML, the group's own."""

    title: str
    counted: str

    def read(self, element: Element, into: Json) -> None:
        """Add the totals to the groups read before."""
        for event in element.findall("*/category_list/category/event_list/event"):
            if text_at(event, "sub_title") == self.title:
                for counts in event.findall("counts"):
                    self._read(read_all(COUNTS, counts), into)

    def _read(self, counts: Json, into: Json) -> None:
        for each in into.get("eventGroups", []):
            if each.get("id") == counts.get("groupId"):
                for ours, theirs in (("NumAffected", "numAffected"), ("NumAtRisk", "numAtRisk")):
                    if theirs in counts:
                        each[self.counted + ours] = counts[theirs]

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the totals of the groups as an event."""
        groups = [an_object(each, "eventGroups") for each in objects(part.get("eventGroups"), "")]
        totals = [
            {
                "groupId": each.get("id"),
                "numAffected": each.get(f"{self.counted}NumAffected"),
                "numAtRisk": each.get(f"{self.counted}NumAtRisk"),
            }
            for each in groups
        ]
        if any(each["numAffected"] is not None for each in totals):
            event = written("event", EVENT_TABLE, {"term": self.title, "stats": totals})
            _category(element, "Total").append(event)


COUNTS: tuple[Rule, ...] = (
    Leaf("@group_id", "groupId", EVENT),
    Leaf("@events", "numEvents", COUNT),
    Leaf("@subjects_affected", "numAffected", COUNT),
    Leaf("@subjects_at_risk", "numAtRisk", COUNT),
)
EVENT_TABLE: tuple[Rule, ...] = (
    Leaf("sub_title", "term"),
    Leaf("sub_title@vocab", "sourceVocabulary"),
    Leaf("assessment", "assessmentType", say.ASSESSMENT),
    Leaf("description", "notes", LINES),
    Each("counts", "stats", COUNTS),
)
DEFAULTS = (
    ("default_vocab", "sourceVocabulary", TEXT),
    ("default_assessment", "assessmentType", say.ASSESSMENT),
)


def _category(element: Element, title: str) -> Element:
    """Return the list of events of the last category, a new one where its title is another."""
    categories = at(element, "category_list")
    if not len(categories) or text_at(categories[-1], "title") != title:
        put_text(SubElement(categories, "category"), "title", title)
    return at(categories[-1], "event_list")


@dataclass(frozen=True, slots=True)
class Events:
    """Adverse events by organ system; what most share is said once in the XML."""

    element: str
    field: str
    totals: tuple[Totals, ...]
    threshold: Leaf | None = None

    def read(self, element: Element, into: Json) -> None:
        """Read the events, each with what is said for all."""
        found = element.find(self.element)
        if found is None:
            return
        if self.threshold:
            self.threshold.read(found, into)
        shared = {
            field: codec.read(text)
            for name, field, codec in DEFAULTS
            if (text := text_at(found, name))
        }
        titles = {each.title for each in self.totals}
        events = [
            event | {key: value for key, value in shared.items() if key not in event}
            for event in _events(found)
            if event.get("term") not in titles
        ]
        if events:
            into[self.field] = events

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the events, and once what most of them share."""
        made = Element(self.element)
        if self.threshold:
            self.threshold.write(part, made)
        events = [an_object(each, self.field) for each in objects(part.get(self.field), self.field)]
        shared = {field: _shared(events, field) for _, field, _ in DEFAULTS}
        for name, field, codec in DEFAULTS:
            text = said(codec, shared[field], field)
            if text is not None:
                put_text(made, name, text)
        for total in self.totals:
            total.write(part, made)
        for event in events:
            own = {key: value for key, value in event.items() if value != shared.get(key, made)}
            system = said(TEXT, event.get("organSystem"), "organSystem") or ""
            _category(made, system).append(written("event", EVENT_TABLE, own))
        if len(made):
            element.append(made)


def _events(element: Element) -> Iterator[Json]:
    for category in element.findall("category_list/category"):
        system = text_at(category, "title")
        for event in category.findall("event_list/event"):
            read = read_all(EVENT_TABLE, event)
            yield read | ({"organSystem": system} if system else {})


def _shared(events: list[Mapping[str, Any]], field: str) -> Any:
    """Return what most events say, nothing if one says nothing (it would be given it)."""
    said_here = [each.get(field) for each in events]
    if not said_here or not all(isinstance(each, str) for each in said_here):
        return None
    return Counter(said_here).most_common(1)[0][0]


SERIOUS = (
    Totals("Total, all-cause mortality", "deaths"),
    Totals("Total, serious adverse events", "serious"),
)
OTHER = (Totals("Total, other adverse events", "other"),)


@dataclass(frozen=True, slots=True)
class TotalsOfGroups:
    """All totals, which go to the groups; they are written with their events."""

    totals: tuple[Totals, ...]

    def read(self, element: Element, into: Json) -> None:
        """Read the totals into the groups."""
        for each in self.totals:
            each.read(element, into)

    def write(self, _part: Mapping[str, Any], _element: Element, /) -> None:
        """Write nothing."""


EVENTS_TABLE: tuple[Rule, ...] = (
    Leaf("time_frame", "timeFrame"),
    Leaf("desc", "description", LINES),
    Each(
        "group_list/group",
        "eventGroups",
        (
            Leaf("@group_id", "id", EVENT),
            Leaf("title", "title"),
            Leaf("description", "description", LINES),
        ),
    ),
    TotalsOfGroups((*SERIOUS, *OTHER)),
    Events("serious_events", "seriousEvents", SERIOUS),
    Events("other_events", "otherEvents", OTHER, Leaf("frequency_threshold", "frequencyThreshold")),
)
