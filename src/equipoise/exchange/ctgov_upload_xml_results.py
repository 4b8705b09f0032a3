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
from equipoise.exchange.ctgov_upload_xml_flow import EVENTS, FLOW
from equipoise.exchange.ctgov_upload_xml_measures import Denominators, Groups, Rows
from equipoise.exchange.ctgov_upload_xml_rules import YES_NO, Listed
from equipoise.exchange.xml_map import (
    TEXT,
    Always,
    Codec,
    Each,
    Inside,
    Json,
    Leaf,
    Rule,
    put_text,
    said,
    text_at,
    words,
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
