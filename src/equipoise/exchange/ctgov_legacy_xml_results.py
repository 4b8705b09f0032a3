"""The results in ClinicalTrials.gov's public XML: the table of ``clinical_results``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_dates import SLASHED
from equipoise.exchange.ctgov_legacy_xml_events import EVENTS_TABLE
from equipoise.exchange.ctgov_markup import LINES
from equipoise.exchange.xml_map import (
    TEXT,
    Always,
    Codec,
    Each,
    Inside,
    Json,
    Leaf,
    Rule,
    flag,
    put_text,
    read_all,
    said,
    text_at,
    written,
)

FLOW, BASE, OUTCOME = (
    say.group(letter, prefix) for letter, prefix in (("P", "FG"), ("B", "BG"), ("O", "OG"))
)

EMPLOYED = flag(
    {
        "All Principal Investigators ARE employed by the organization sponsoring the study.": True,
        "Principal Investigators are NOT employed by the organization sponsoring the study.": False,
    }
)
NO_AGREEMENT = (
    "There is NOT an agreement between Principal Investigators and the Sponsor (or its agents) "
    "that restricts the PI's rights to discuss or publish trial results after the trial is "
    "completed. "
)
EMBARGO = (
    "The only disclosure restriction on the PI is that the sponsor can review results "
    "communications prior to public release and can embargo communications regarding trial "
    "results for a period that is {}. The sponsor cannot require changes to the communication "
    "and cannot extend the embargo."
)
RESTRICTIONS = {
    "LTE60": EMBARGO.format("less than or equal to 60 days"),
    "GT60": EMBARGO.format("more than 60 days but less than or equal to 180 days"),
}


def _groups(ids: Codec) -> Each:
    return Each(
        "group_list/group",
        "groups",
        (
            Leaf("@group_id", "id", ids),
            Leaf("title", "title"),
            Leaf("description", "description", LINES),
        ),
    )


def _analyzed(ids: Codec, scope: str) -> Each:
    return Each(
        "analyzed_list/analyzed",
        "denoms",
        (
            Leaf("units", "units"),
            Always("scope", scope),
            Each(
                "count_list/count",
                "counts",
                (Leaf("@group_id", "groupId", ids), Leaf("@value", "value")),
            ),
        ),
    )


def _classes(ids: Codec) -> Each:
    measurements = Each(
        "measurement_list/measurement",
        "measurements",
        (
            Leaf("@group_id", "groupId", ids),
            Leaf("@value", "value"),
            Leaf("@spread", "spread"),
            Leaf("@lower_limit", "lowerLimit"),
            Leaf("@upper_limit", "upperLimit"),
            Leaf("", "comment", LINES),
        ),
    )
    categories = Each(
        "category_list/category", "categories", (Leaf("title", "title"), measurements)
    )
    return Each(
        "class_list/class",
        "classes",
        (Leaf("title", "title"), _analyzed(ids, "Class"), categories),
    )


def _achieved(element: str, field: str, inside: str) -> Each:
    return Each(
        element,
        field,
        (
            Leaf("title", "type"),
            Each(
                "participants_list/participants",
                inside,
                (
                    Leaf("@group_id", "groupId", FLOW),
                    Leaf("@count", "numSubjects"),
                    Leaf("", "comment", LINES),
                ),
            ),
        ),
    )


FLOW_TABLE: tuple[Rule, ...] = (
    Leaf("recruitment_details", "recruitmentDetails", LINES),
    Leaf("pre_assignment_details", "preAssignmentDetails", LINES),
    _groups(FLOW),
    Each(
        "period_list/period",
        "periods",
        (
            Leaf("title", "title"),
            _achieved("milestone_list/milestone", "milestones", "achievements"),
            _achieved("drop_withdraw_reason_list/drop_withdraw_reason", "dropWithdraws", "reasons"),
        ),
    ),
)

BASELINE_TABLE: tuple[Rule, ...] = (
    Leaf("population", "populationDescription", LINES),
    _groups(BASE),
    _analyzed(BASE, "Overall"),
    Each(
        "measure_list/measure",
        "measures",
        (
            Leaf("title", "title"),
            Leaf("description", "description", LINES),
            Leaf("population", "populationDescription", LINES),
            Leaf("units", "unitOfMeasure"),
            Leaf("param", "paramType", say.PARAMETER),
            Leaf("dispersion", "dispersionType", say.BASELINE_DISPERSION),
            Leaf("units_analyzed", "denomUnitsSelected"),
            _analyzed(BASE, "Measure"),
            _classes(BASE),
        ),
    ),
)

ANALYSIS: tuple[Rule, ...] = (
    Each("group_id_list/group_id", "groupIds", OUTCOME),
    Leaf("groups_desc", "groupDescription", LINES),
    Leaf("non_inferiority_type", "nonInferiorityType", say.TEST_TYPE),
    Leaf("non_inferiority_desc", "nonInferiorityComment", LINES),
    Leaf("p_value", "pValue"),
    Leaf("p_value_desc", "pValueComment", LINES),
    Leaf("method", "statisticalMethod"),
    Leaf("method_desc", "statisticalComment", LINES),
    Leaf("param_type", "paramType"),
    Leaf("param_value", "paramValue"),
    Leaf("dispersion_type", "dispersionType", say.ESTIMATE_DISPERSION),
    Leaf("dispersion_value", "dispersionValue"),
    Leaf("ci_percent", "ciPctValue"),
    Leaf("ci_n_sides", "ciNumSides", say.SIDES),
    Leaf("ci_lower_limit", "ciLowerLimit"),
    Leaf("ci_upper_limit", "ciUpperLimit"),
    Leaf("ci_upper_limit_na_comment", "ciUpperLimitComment", LINES),
    Leaf("estimate_desc", "estimateComment", LINES),
    Leaf("other_analysis_desc", "otherAnalysisDescription", LINES),
)

MEASURE: tuple[Rule, ...] = (
    Leaf("title", "title"),
    Leaf("description", "description", LINES),
    Leaf("population", "populationDescription", LINES),
    Leaf("units", "unitOfMeasure"),
    Leaf("param", "paramType", say.PARAMETER),
    Leaf("dispersion", "dispersionType", say.OUTCOME_DISPERSION),
    Leaf("units_analyzed", "denomUnitsSelected"),
    _analyzed(OUTCOME, "Measure"),
    _classes(OUTCOME),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured; the XML has it only where it is posted, and repeats the outcome in it."""

    def read(self, element: Element, into: Json) -> None:
        """Read what was measured, and whether it is posted."""
        found = element.find("measure")
        into["reportingStatus"] = "NOT_POSTED" if found is None else "POSTED"
        if found is not None:
            into.update(read_all(MEASURE, found) | into)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write what was measured, if it is posted."""
        if part.get("reportingStatus") != "NOT_POSTED":
            element.append(written("measure", MEASURE, part))


OUTCOME_TABLE: tuple[Rule, ...] = (
    Leaf("type", "type", say.OUTCOME_TYPE),
    Leaf("title", "title"),
    Leaf("description", "description", LINES),
    Leaf("time_frame", "timeFrame"),
    Leaf("posting_date", "anticipatedPostingDate", SLASHED),
    Leaf("population", "populationDescription", LINES),
    _groups(OUTCOME),
    Measure(),
    Each("analysis_list/analysis", "analyses", ANALYSIS),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What binds investigators not to publish: fixed sentences, or the sponsor's own words."""

    def read(self, element: Element, into: Json) -> None:
        """Read the sentence."""
        text = text_at(element, "restrictive_agreement")
        if text is None:
            return
        if text.strip() == NO_AGREEMENT.strip():
            into["restrictiveAgreement"] = False
            return
        kind = next((kind for kind, said_so in RESTRICTIONS.items() if said_so == text), "OTHER")
        into["restrictionType"] = kind
        into["restrictiveAgreement"] = True
        if kind == "OTHER":
            into["otherDetails"] = LINES.read(text)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the sentence."""
        text = RESTRICTIONS.get(said(TEXT, part.get("restrictionType"), "restrictionType") or "")
        if part.get("restrictiveAgreement") is False:
            text = NO_AGREEMENT
        elif text is None:
            text = said(LINES, part.get("otherDetails"), "otherDetails")
        if text is not None:
            put_text(element, "restrictive_agreement", text)


MORE = "moreInfoModule"
RESULTS = Inside(
    "clinical_results",
    "resultsSection",
    (
        Inside("participant_flow", "participantFlowModule", FLOW_TABLE),
        Inside("baseline", "baselineCharacteristicsModule", BASELINE_TABLE),
        Each("outcome_list/outcome", "outcomeMeasuresModule.outcomeMeasures", OUTCOME_TABLE),
        Inside("reported_events", "adverseEventsModule", EVENTS_TABLE),
        Inside(
            "certain_agreements",
            f"{MORE}.certainAgreement",
            (Leaf("pi_employee", "piSponsorEmployee", EMPLOYED), Agreement()),
        ),
        Leaf("limitations_and_caveats", f"{MORE}.limitationsAndCaveats.description", LINES),
        Inside(
            "point_of_contact",
            f"{MORE}.pointOfContact",
            (
                Leaf("name_or_title", "title"),
                Leaf("organization", "organization"),
                Leaf("phone", "phone"),
                Leaf("email", "email"),
            ),
        ),
    ),
)
