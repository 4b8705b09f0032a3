"""Participant flow and adverse events in the registry's upload files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_markup import TYPED
from equipoise.exchange.ctgov_upload_xml_measures import Groups
from equipoise.exchange.ctgov_upload_xml_rules import Listed
from equipoise.exchange.xml_map import (
    COUNT,
    TEXT,
    Always,
    Each,
    Json,
    Leaf,
    Rule,
    an_object,
    objects,
    put_text,
    read_all,
    said,
    text_at,
    written,
)

REASONS = frozenset(
    {
        "Adverse Event",
        "Death",
        "Lack of Efficacy",
        "Lost to Follow-up",
        "Physician Decision",
        "Pregnancy",
        "Protocol Violation",
        "Withdrawal by Subject",
    }
)
ACHIEVEMENT: tuple[Rule, ...] = (
    Leaf("reportingGroupId", "groupId", required=True),
    Leaf("comment", "comment", TYPED),
    Leaf("subjectsAchieve", "numSubjects"),
    Leaf("unitsAchieve", "numUnits"),
)
MILESTONE: tuple[Rule, ...] = (
    Leaf("comment", "comment", TYPED),
    Always("milestoneAchievements"),
    Each("milestoneAchievements/milestoneAchievement", "achievements", ACHIEVEMENT),
)
DROPPED: tuple[Rule, ...] = (
    Always("dropWithdrawReasonDetails"),
    Each(
        "dropWithdrawReasonDetails/reasonDetail",
        "reasons",
        (
            Leaf("reportingGroupId", "groupId", required=True),
            Leaf("subjectsAffected", "numSubjects"),
        ),
    ),
    Listed("", "otherReasonName", "type", REASONS, "", part="own"),
    Listed("reasonType", "otherReasonName", "type", REASONS, "Other", part="listed"),
)
LEFT = Each("dropWithdrawReasons/dropWithdrawReason", "dropWithdraws", DROPPED)
STARTED, COMPLETED, NOT_COMPLETED = "STARTED", "COMPLETED", "NOT COMPLETED"


@dataclass(frozen=True, slots=True)
class Milestones:
    """Milestones of a period, and why participants left: start and end have their own elements.

    How many did not complete is left out of the upload: the registry subtracts, and so do we.
    """

    def read(self, element: Element, into: Json) -> None:
        """Read the milestones in the order in which they are reached."""
        first = _milestone(element.find("startedMilestone"), STARTED)
        last = _milestone(element.find("completedMilestone"), COMPLETED)
        between = [
            {"type": text_at(each, "titleOther") or ""} | read_all(MILESTONE, each)
            for each in element.findall("milestones/milestone")
        ]
        found = [each for each in (first, *between, last) if "achievements" in each]
        if "achievements" in first and "achievements" in last:
            found.append(_not_completed(first, last))
        if found:
            into["milestones"] = found
        LEFT.read(element, into)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the milestones."""
        given = [an_object(each, "milestones") for each in objects(part.get("milestones"), "")]
        by_type = {said(TEXT, each.get("type"), "milestones"): each for each in given}
        element.append(written("completedMilestone", MILESTONE, by_type.get(COMPLETED, {})))
        put_text(element, "dropWithdrawReasons", "")
        LEFT.write(part, element)
        put_text(element, "milestones", "")
        others = [
            each for each in given if each.get("type") not in (STARTED, COMPLETED, NOT_COMPLETED)
        ]
        table = (*MILESTONE, Leaf("titleOther", "type"))
        Each("milestones/milestone", "all", table).write({"all": others}, element)
        element.append(written("startedMilestone", MILESTONE, by_type.get(STARTED, {})))


def _milestone(element: Element | None, kind: str) -> Json:
    return {"type": kind} | (read_all(MILESTONE, element) if element is not None else {})


def _not_completed(first: Json, last: Json) -> Json:
    ended = {each.get("groupId"): each.get("numSubjects") for each in last["achievements"]}
    left = []
    for each in first["achievements"]:
        group = each.get("groupId")
        numbers = (str(each.get("numSubjects")), str(ended.get(group)))
        if all(number.isdecimal() and len(number) < 12 for number in numbers):
            left.append({"groupId": group, "numSubjects": str(int(numbers[0]) - int(numbers[1]))})
    return {"type": NOT_COMPLETED, "achievements": left}


FLOW: tuple[Rule, ...] = (
    Groups("participantFlowGroups", "flowGroup"),
    Always("periods"),
    Each(
        "periods/period",
        "periods",
        (
            Milestones(),
            Leaf("title", "title"),
        ),
    ),
    Leaf("preAssignmentDescription", "preAssignmentDetails", TYPED),
    Leaf("recruitmentDetails", "recruitmentDetails", TYPED),
    Leaf("typeUnitsAnalyzed", "typeUnitsAnalyzed"),
)

EVENT: tuple[Rule, ...] = (
    Always("adverseEventStats"),
    Each(
        "adverseEventStats/eventStats",
        "stats",
        (
            Leaf("reportingGroupId", "groupId", required=True),
            Leaf("numEvents", "numEvents", COUNT),
            Leaf("numSubjectsAffected", "numAffected", COUNT),
            Leaf("numSubjects", "numAtRisk", COUNT),
        ),
    ),
    Leaf("assessmentType", "assessmentType", say.ASSESSMENT),
    Leaf("notes", "notes", TYPED),
    Leaf("organSystemName", "organSystem"),
    Leaf("sourceVocabulary", "sourceVocabulary"),
    Leaf("term", "term"),
)


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one kind; a file may say once for all how they were found and named."""

    element: str
    each: str
    field: str

    def read(self, element: Element, into: Json) -> None:
        """Read the events, each with what is said for all."""
        shared = read_all((EVENT[2], EVENT[5]), element)
        found = [shared | read_all(EVENT, each) for each in element.iterfind(self._path())]
        if found:
            into[self.field] = found

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the events, each with all that is said of it."""
        put_text(element, self.element, "")
        Each(self._path(), self.field, EVENT).write(part, element)

    def _path(self) -> str:
        return f"{self.element}/{self.each}"


EVENTS: tuple[Rule, ...] = (
    Leaf("allCauseMortComment", "allCauseMortalityComment", TYPED),
    Leaf("frequencyReportingThreshold", "frequencyThreshold"),
    Events("frequentAdverseEvents", "frequentEvent", "otherEvents"),
    Always("interventionGroups"),
    Each(
        "interventionGroups/interventionGroup",
        "eventGroups",
        (
            Leaf("@id", "id"),
            Leaf("description", "description", TYPED),
            Leaf("numDeaths", "deathsNumAffected", COUNT),
            Leaf("numSubjectsFrequentEvents", "otherNumAffected", COUNT),
            Leaf("numSubjectsSeriousEvents", "seriousNumAffected", COUNT),
            Leaf("partAtRiskAllCauseMort", "deathsNumAtRisk", COUNT),
            Leaf("partAtRiskFrequentEvents", "otherNumAtRisk", COUNT),
            Leaf("partAtRiskSeriousEvents", "seriousNumAtRisk", COUNT),
            Leaf("title", "title"),
        ),
    ),
    Leaf("notes", "description", TYPED),
    Events("seriousAdverseEvents", "seriousEvent", "seriousEvents"),
    Leaf("timeFrame", "timeFrame"),
)
