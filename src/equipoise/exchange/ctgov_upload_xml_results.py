"""Results in the registry's upload files: the table of ``result`` (``RRSUploadSchema.xsd``).

Words of lists are those that the API shows. The registry gives its lists of accepted spellings only
to those who have an account there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_markup import TYPED
from equipoise.exchange.ctgov_upload_xml_measures import Denominators, Groups, Rows
from equipoise.exchange.ctgov_upload_xml_rules import YES_NO, Listed
from equipoise.exchange.xml_map import (
    COUNT,
    TEXT,
    Always,
    Codec,
    Each,
    Inside,
    Json,
    Leaf,
    Rule,
    an_object,
    objects,
    put_text,
    read_all,
    said,
    text_at,
    words,
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
BASELINE_MEASURES = frozenset(
    {
        "Age Continuous",
        "Age, Continuous",
        "Age, Categorical",
        "Age, Customized",
        "Sex: Female, Male",
        "Sex/Gender, Customized",
        "Race (NIH/OMB)",
        "Ethnicity (NIH/OMB)",
        "Race/Ethnicity, Customized",
        "Race and Ethnicity Not Collected",
        "Region of Enrollment",
    }
)
METHODS = frozenset(
    {
        "ANCOVA",
        "ANOVA",
        "Chi-squared",
        "Chi-squared, Corrected",
        "Cochran-Mantel-Haenszel",
        "Fisher Exact",
        "Kruskal-Wallis",
        "Log Rank",
        "Mantel Haenszel",
        "McNemar",
        "Mixed Models Analysis",
        "Regression, Cox",
        "Regression, Linear",
        "Regression, Logistic",
        "Sign Test",
        "t-test, 1 sided",
        "t-test, 2 sided",
        "Wilcoxon (Mann-Whitney)",
    }
)
ESTIMATES = frozenset(
    {
        "Cox Proportional Hazard",
        "Hazard Ratio (HR)",
        "Hazard Ratio, Log",
        "Mean Difference (Final Values)",
        "Mean Difference (Net)",
        "Median Difference (Final Values)",
        "Median Difference (Net)",
        "Odds Ratio (OR)",
        "Odds Ratio, Log",
        "Risk Difference (RD)",
        "Risk Ratio (RR)",
        "Risk Ratio, Log",
        "Slope",
    }
)
RESTRICTION = words({"LTE60": "LTE60", "GT60": "GT60", "Other": "OTHER"})
INTERVAL = "Confidence Interval"


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How spread is told; of a confidence interval the upload has the level by itself."""

    codec: Codec

    def read(self, element: Element, into: Json) -> None:
        """Read level and kind."""
        kind, level = text_at(element, "dispersionType"), text_at(element, "ciPctLevel")
        if kind == INTERVAL and level:
            into["dispersionType"] = f"{level}% {INTERVAL}"
        elif kind:
            into["dispersionType"] = self.codec.read(kind)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write level and kind."""
        text = said(self.codec, part.get("dispersionType"), "dispersionType")
        level, _, kind = (text or "").partition("% ")
        if kind == INTERVAL:
            put_text(element, "ciPctLevel", level)
            put_text(element, "dispersionType", INTERVAL)
        elif text is not None:
            put_text(element, "dispersionType", text)


@dataclass(frozen=True, slots=True)
class SelectedUnit:
    """Which denominator a measure uses: participants, or the units that its group counts."""

    def read(self, element: Element, into: Json) -> None:
        """Read which it is."""
        choice = text_at(element, "selectedUnitOfAnalysis")
        units = text_at(element, "typeUnitsAnalyzed")
        if choice:
            into["denomUnitsSelected"] = units if choice == "Units" and units else choice

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write which it is."""
        text = said(TEXT, part.get("denomUnitsSelected"), "denomUnitsSelected")
        if text is not None:
            choice = text if text == "Participants" else "Units"
            put_text(element, "selectedUnitOfAnalysis", choice)


@dataclass(frozen=True, slots=True)
class Posting:
    """The month in which results are expected, in two elements."""

    def read(self, element: Element, into: Json) -> None:
        """Read month and year."""
        month = text_at(element, "anticipatedResultPostingDate/month")
        year = text_at(element, "anticipatedResultPostingDate/year")
        if month and year:
            into["anticipatedPostingDate"] = f"{year}-{month:0>2}"

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write month and year."""
        text = said(TEXT, part.get("anticipatedPostingDate"), "anticipatedPostingDate")
        year, _, month = (text or "").partition("-")
        if month:
            put_text(element, "anticipatedResultPostingDate/month", month[:2])
            put_text(element, "anticipatedResultPostingDate/year", year)


@dataclass(frozen=True, slots=True)
class Reported:
    """Whether an outcome is posted, which the upload tells by its rows and groups alone."""

    def read(self, element: Element, into: Json) -> None:
        """See whether there are any."""
        paths = ("measureRows/measureRow", "outcomeReportingGroups/outcomeReportingGroup")
        there = any(element.find(path) is not None for path in paths)
        into["reportingStatus"] = "POSTED" if there else "NOT_POSTED"

    def write(self, _part: Mapping[str, Any], _element: Element, /) -> None:
        """Write nothing."""


def _measure(dispersion: Codec) -> tuple[Rule, ...]:
    return (
        Leaf("calculatePct", "calculatePct", YES_NO),
        Dispersion(dispersion),
        Always("measureRows"),
        Rows(),
        Leaf("measureDescription", "description", TYPED),
        Leaf("parameterType", "paramType", say.PARAMETER),
        Leaf("populationAnalysisDescription", "populationDescription", TYPED),
        SelectedUnit(),
        Leaf("timeFrame", "timeFrame"),
    )


BASELINE: tuple[Rule, ...] = (
    Always("baselineMeasures"),
    Each(
        "baselineMeasures/baselineMeasure",
        "measures",
        (
            *_measure(say.BASELINE_DISPERSION),
            Listed(
                "title",
                "otherTitle",
                "title",
                BASELINE_MEASURES,
                "Study-Specific Measure",
                part="listed",
            ),
            Leaf("unitOfMeasure", "unitOfMeasure"),
            Listed("title", "otherTitle", "title", BASELINE_MEASURES, "", part="own"),
        ),
    ),
    Groups(
        "baselineReportingGroups",
        "baselineReportingGroup",
        total="totalBaselineReportingGroup",
        before_total=Leaf("populationAnalysisDescription", "populationDescription", TYPED),
    ),
    Denominators(),
)

ANALYSIS: tuple[Rule, ...] = (
    Always("outcomeReportingGroups"),
    Each("outcomeReportingGroups/outcomeReportingGroupId", "groupIds"),
    Leaf("ciLowerLimit", "ciLowerLimit"),
    Leaf("ciNumSides", "ciNumSides", say.SIDES),
    Leaf("ciPctValue", "ciPctValue"),
    Leaf("ciUpperLimit", "ciUpperLimit"),
    Leaf("ciUpperLimitNaComment", "ciUpperLimitComment", TYPED),
    Leaf("dispersionType", "dispersionType", say.ESTIMATE_DISPERSION),
    Leaf("dispersionValue", "dispersionValue"),
    Leaf("estimateComment", "estimateComment", TYPED),
    Leaf("groupDescription", "groupDescription", TYPED),
    Leaf("nonInferiorityTestComment", "nonInferiorityComment", TYPED),
    Leaf("otherAnalysis", "otherAnalysisDescription", TYPED),
    Listed("", "otherMethodName", "statisticalMethod", METHODS, "", part="own"),
    Listed("", "otherTypeName", "paramType", ESTIMATES, "", part="own"),
    Listed("parameterType", "otherTypeName", "paramType", ESTIMATES, "Other", part="listed"),
    Leaf("parameterValue", "paramValue"),
    Leaf("pValue", "pValue"),
    Leaf("pValueComment", "pValueComment", TYPED),
    Listed(
        "statisticalMethod", "otherMethodName", "statisticalMethod", METHODS, "Other", part="listed"
    ),
    Leaf("statisticalTestComment", "statisticalComment", TYPED),
    Leaf("statisticalTestType", "nonInferiorityType", say.TEST_TYPE),
)

OUTCOME: tuple[Rule, ...] = (
    *_measure(say.OUTCOME_DISPERSION),
    Leaf("title", "title"),
    Leaf("unitOfMeasure", "unitOfMeasure"),
    Posting(),
    Leaf("measureType", "type", say.OUTCOME_TYPE, required=True),
    Always("outcomeMeasureAnalyses"),
    Each("outcomeMeasureAnalyses/measureAnalysis", "analyses", ANALYSIS),
    Groups("outcomeReportingGroups", "outcomeReportingGroup"),
    Leaf("typeUnitsAnalyzed", "typeUnitsAnalyzed"),
    Denominators(),
    Reported(),
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
        by_type = {str(each.get("type")): each for each in given}
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

MORE = "moreInfoModule"
RESULTS = Inside(
    "result",
    "resultsSection",
    (
        Inside(
            "baseline",
            "baselineCharacteristicsModule",
            BASELINE,
            when="baselineCharacteristicsModule",
        ),
        Inside(
            "certainAgreement",
            f"{MORE}.certainAgreement",
            (
                Leaf("otherDetails", "otherDetails", TYPED),
                Leaf("piSponsorEmployee", "piSponsorEmployee", YES_NO),
                Leaf("restrictionType", "restrictionType", RESTRICTION),
                Leaf("restrictiveAgreement", "restrictiveAgreement", YES_NO),
            ),
        ),
        Leaf(
            "limitationsAndCaveats/description", f"{MORE}.limitationsAndCaveats.description", TYPED
        ),
        Always("outcomeMeasures"),
        Each("outcomeMeasures/outcomeMeasure", "outcomeMeasuresModule.outcomeMeasures", OUTCOME),
        Inside("participantFlow", "participantFlowModule", FLOW, when="participantFlowModule"),
        Inside(
            "pointOfContact",
            f"{MORE}.pointOfContact",
            (
                Leaf("email", "email"),
                Leaf("organizationName", "organization"),
                Leaf("phoneExtension", "phoneExt"),
                Leaf("phoneNumber", "phone"),
                Leaf("title", "title"),
            ),
        ),
        Inside("reportedEvents", "adverseEventsModule", EVENTS, when="adverseEventsModule"),
    ),
    when="resultsSection",
)

REFERRING = frozenset({"reportingGroupId", "outcomeReportingGroupId"})


def _scopes(result: Element) -> Iterator[tuple[Element, str, str]]:
    """Yield the parts with groups of their own: element, the API's prefix, the name in the file."""
    for name, prefix in (
        ("participantFlow", "FG"),
        ("baseline", "BG"),
        ("reportedEvents", "EG"),
    ):
        for found in result.findall(name):
            yield found, prefix, ""
    for number, found in enumerate(result.findall("outcomeMeasures/outcomeMeasure"), start=1):
        yield found, "OG", f"Outcome.{number}."


def share_ids(result: Element) -> None:
    """Make identifiers unique in the file: the API numbers the groups of each outcome anew."""
    for scope, _, name in _scopes(result):
        for element in scope.iter() if name else ():
            if "id" in element.attrib:
                element.set("id", name + element.attrib["id"])
            elif element.tag in REFERRING and element.text:
                element.text = name + element.text


def name_groups(record: Element) -> None:
    """Give the groups of a file the API's names (``OG000``), in their order."""
    for result in record.findall("result"):
        for scope, prefix, _ in _scopes(result):
            groups = [each for each in scope.iter() if "id" in each.attrib]
            groups.sort(key=lambda each: each.tag == "totalBaselineReportingGroup")
            names = {each.attrib["id"]: f"{prefix}{at:03d}" for at, each in enumerate(groups)}
            for element in scope.iter():
                if "id" in element.attrib:
                    element.set("id", names[element.attrib["id"]])
                elif element.tag in REFERRING and element.text:
                    element.text = names.get(element.text.strip(), element.text)
