"""Groups, denominators and rows of measures: by group in an upload, by category in the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from equipoise.exchange.ctgov_markup import TYPED
from equipoise.exchange.xml_map import (
    TEXT,
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

PARTICIPANTS = "Participants"
COUNTED = (("subjectsAnalyzed", True), ("numUnitsAnalyzed", False))
"""How many were analysed: participants, or units of another kind."""


def _table(part: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    return [an_object(each, field) for each in objects(part.get(field), field)]


def _key(part: Mapping[str, Any], field: str = "groupId") -> str:
    return said(TEXT, part.get(field), field) or ""


def _counts(part: Mapping[str, Any], *, participants: bool) -> dict[str, Any]:
    """Return how many were analysed in each group."""
    for denominator in _table(part, "denoms"):
        if (denominator.get("units") == PARTICIPANTS) == participants:
            return {_key(each): each.get("value") for each in _table(denominator, "counts")}
    return {}


def _denoms(counted: Mapping[bool, list[Json]], units: str | None) -> list[Json]:
    """Return the API's denominators of counts of participants (True) and of units (False)."""
    found = ((PARTICIPANTS, counted[True]), (units or "Units", counted[False]))
    return [{"units": name, "counts": counts} for name, counts in found if counts]


GROUP: tuple[Rule, ...] = (
    Leaf("@id", "id"),
    Leaf("description", "description", TYPED),
    Leaf("numUnitsAnalyzed", "numUnitsAnalyzed"),
    Leaf("subjectsAnalyzed", "subjectsAnalyzed"),
    Leaf("title", "title"),
)


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a table, each with how many were analysed in it.

    ``total`` is the element of the group of all groups, if the schema sets it apart; it comes after
    ``before_total``.
    """

    element: str
    each: str
    total: str = ""
    before_total: Leaf | None = None

    def read(self, element: Element, into: Json) -> None:
        """Read the groups; the total comes last."""
        found = element.findall(f"{self.element}/{self.each}")
        if self.total:
            found += element.findall(self.total)
        groups = [read_all(GROUP, each) for each in found]
        if groups:
            into["groups"] = [
                {key: value for key, value in each.items() if key not in dict(COUNTED)}
                for each in groups
            ]
        if self.before_total:
            self.before_total.read(element, into)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the groups."""
        at(element, self.element)
        counts = {name: _counts(part, participants=whose) for name, whose in COUNTED}
        groups = [
            dict(group) | {name: found.get(_key(group, "id")) for name, found in counts.items()}
            for group in _table(part, "groups")
        ]
        last = groups.pop() if self.total and _is_total(groups) else None
        for group in groups:
            at(element, self.element).append(written(self.each, GROUP, group))
        if self.before_total:
            self.before_total.write(part, element)
        if last is not None:
            element.append(written(self.total, GROUP, last))


def _is_total(groups: list[dict[str, Any]]) -> bool:
    return len(groups) > 1 and groups[-1].get("title") == "Total"


@dataclass(frozen=True, slots=True)
class Denominators:
    """How many were analysed in each group, which the upload keeps with the groups."""

    def read(self, element: Element, into: Json) -> None:
        """Gather the counts of the groups."""
        counted: dict[bool, list[Json]] = {True: [], False: []}
        groups = [each for each in element.iter() if "id" in each.attrib]
        groups.sort(key=lambda each: each.tag.startswith("total"))
        for group in groups:
            for name, whose in COUNTED:
                value = text_at(group, name)
                if value is not None:
                    counted[whose].append({"groupId": group.attrib["id"], "value": value})
        denoms = _denoms(counted, text_at(element, "typeUnitsAnalyzed"))
        if denoms:
            into["denoms"] = denoms

    def write(self, _part: Mapping[str, Any], _element: Element, /) -> None:
        """Write nothing: the groups have the counts."""


ENTRY: tuple[Rule, ...] = (
    Leaf("dispersionLowerLimit", "lowerLimit"),
    Leaf("dispersionSpread", "spread"),
    Leaf("dispersionUpperLimit", "upperLimit"),
    Leaf("naComment", "comment", TYPED),
    Leaf("parameterValue", "value"),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a measure: a class of the API, its measurements told group by group.

    A group has an entry for each category, an empty one where the API has no measurement.
    """

    def read(self, element: Element, into: Json) -> None:
        """Read the rows."""
        units = text_at(element, "typeUnitsAnalyzed")
        rows = [_read_row(each, units) for each in element.findall("measureRows/measureRow")]
        if rows:
            into["classes"] = rows

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the rows."""
        for row in _table(part, "classes"):
            at(element, "measureRows").append(_written_row(row))


def _read_row(row: Element, units: str | None) -> Json:
    categories: dict[tuple[str, int], Json] = {}
    counted: dict[bool, list[Json]] = {True: [], False: []}
    for value in row.findall("reportedValues/reportedValue"):
        group = text_at(value, "reportingGroupId") or ""
        for name, whose in COUNTED:
            count = text_at(value, name)
            if count is not None:
                counted[whose].append({"groupId": group, "value": count})
        seen: dict[str, int] = {}
        for entry in value.findall("reportedEntries/reportedEntry"):
            title = text_at(entry, "catName") or ""
            seen[title] = seen.get(title, 0) + 1
            category = categories.setdefault(
                (title, seen[title]), {"title": title} if title else {}
            )
            measured = read_all(ENTRY, entry)
            if measured:
                category.setdefault("measurements", []).append({"groupId": group} | measured)
    found = {
        "title": text_at(row, "title"),
        "denoms": _denoms(counted, units),
        "categories": list(categories.values()),
    }
    return {key: value for key, value in found.items() if value}


def _written_row(row: Mapping[str, Any]) -> Element:
    made = Element("measureRow")
    values = SubElement(made, "reportedValues")
    categories = _table(row, "categories")
    counts = {name: _counts(row, participants=whose) for name, whose in COUNTED}
    measured: list[dict[str, Any]] = [
        {_key(each): each for each in _table(category, "measurements")} for category in categories
    ]
    told = dict.fromkeys(group for each in (*counts.values(), *measured) for group in each)
    for group in told:
        value = SubElement(values, "reportedValue")
        put_text(value, "reportingGroupId", group)
        units = said(TEXT, counts["numUnitsAnalyzed"].get(group), "denoms")
        if units is not None:
            put_text(value, "numUnitsAnalyzed", units)
        entries = SubElement(value, "reportedEntries")
        for category, found in zip(categories, measured, strict=True):
            entry = SubElement(entries, "reportedEntry")
            Leaf("catName", "title").write(category, entry)
            for rule in ENTRY:
                rule.write(found.get(group, {}), entry)
        subjects = said(TEXT, counts["subjectsAnalyzed"].get(group), "denoms")
        if subjects is not None:
            put_text(value, "subjectsAnalyzed", subjects)
    Leaf("title", "title").write(row, made)
    return made
