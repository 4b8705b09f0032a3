"""What the registry's codes mean, as English messages: ``PLACEBO_COMPARATOR`` and its like.

The lists are those of the ClinicalTrials.gov API, version 2; a code that is in none of them is
shown as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date

from equipoise.language import Language
from equipoise.registry.record import PartialDate

WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
        "COMPLETED": "Completed",
        "ENROLLING_BY_INVITATION": "Enrolling by invitation",
        "NOT_YET_RECRUITING": "Not yet recruiting",
        "RECRUITING": "Recruiting",
        "SUSPENDED": "Suspended",
        "TERMINATED": "Terminated",
        "WITHDRAWN": "Withdrawn",
        "AVAILABLE": "Available",
        "NO_LONGER_AVAILABLE": "No longer available",
        "TEMPORARILY_NOT_AVAILABLE": "Temporarily not available",
        "APPROVED_FOR_MARKETING": "Approved for marketing",
        "WITHHELD": "Withheld",
        "UNKNOWN": "Unknown status",
    },
    "study type": {
        "INTERVENTIONAL": "Interventional",
        "OBSERVATIONAL": "Observational",
        "EXPANDED_ACCESS": "Expanded access",
    },
    "phase": {
        "NA": "Not applicable",
        "EARLY_PHASE1": "Early phase 1",
        "PHASE1": "Phase 1",
        "PHASE2": "Phase 2",
        "PHASE3": "Phase 3",
        "PHASE4": "Phase 4",
    },
    "sex": {"ALL": "All", "FEMALE": "Female", "MALE": "Male"},
    "age group": {"CHILD": "Children", "ADULT": "Adults", "OLDER_ADULT": "Older adults"},
    "allocation": {
        "RANDOMIZED": "Randomized",
        "NON_RANDOMIZED": "Not randomized",
        "NA": "Not applicable",
    },
    "model": {
        "SINGLE_GROUP": "Single group",
        "PARALLEL": "Parallel",
        "CROSSOVER": "Crossover",
        "FACTORIAL": "Factorial",
        "SEQUENTIAL": "Sequential",
    },
    "observational model": {
        "COHORT": "Cohort",
        "CASE_CONTROL": "Case-control",
        "CASE_ONLY": "Cases only",
        "CASE_CROSSOVER": "Case-crossover",
        "ECOLOGIC_OR_COMMUNITY": "Ecologic or community",
        "FAMILY_BASED": "Family-based",
        "DEFINED_POPULATION": "Defined population",
        "NATURAL_HISTORY": "Natural history",
        "OTHER": "Other",
    },
    "time perspective": {
        "RETROSPECTIVE": "Retrospective",
        "PROSPECTIVE": "Prospective",
        "CROSS_SECTIONAL": "Cross-sectional",
        "OTHER": "Other",
    },
    "purpose": {
        "TREATMENT": "Treatment",
        "PREVENTION": "Prevention",
        "DIAGNOSTIC": "Diagnosis",
        "ECT": "Educational, counselling or training",
        "SUPPORTIVE_CARE": "Supportive care",
        "SCREENING": "Screening",
        "HEALTH_SERVICES_RESEARCH": "Health services research",
        "BASIC_SCIENCE": "Basic science",
        "DEVICE_FEASIBILITY": "Device feasibility",
        "OTHER": "Other",
    },
    "masking": {
        "NONE": "None (open label)",
        "SINGLE": "Single",
        "DOUBLE": "Double",
        "TRIPLE": "Triple",
        "QUADRUPLE": "Quadruple",
    },
    "masked": {
        "PARTICIPANT": "Participants",
        "CARE_PROVIDER": "Caregivers",
        "INVESTIGATOR": "Investigators",
        "OUTCOMES_ASSESSOR": "Outcome assessors",
    },
    "arm": {
        "EXPERIMENTAL": "Experimental",
        "ACTIVE_COMPARATOR": "Active comparator",
        "PLACEBO_COMPARATOR": "Placebo comparator",
        "SHAM_COMPARATOR": "Sham comparator",
        "NO_INTERVENTION": "No intervention",
        "OTHER": "Other",
    },
    "intervention": {
        "BEHAVIORAL": "Behavioral",
        "BIOLOGICAL": "Biological",
        "COMBINATION_PRODUCT": "Combination product",
        "DEVICE": "Device",
        "DIAGNOSTIC_TEST": "Diagnostic test",
        "DIETARY_SUPPLEMENT": "Dietary supplement",
        "DRUG": "Drug",
        "GENETIC": "Genetic",
        "PROCEDURE": "Procedure",
        "RADIATION": "Radiation",
        "OTHER": "Other",
    },
    "sampling": {
        "PROBABILITY_SAMPLE": "Probability sample",
        "NON_PROBABILITY_SAMPLE": "Non-probability sample",
    },
    "sharing": {"YES": "Yes", "NO": "No", "UNDECIDED": "Undecided"},
    "shared": {
        "STUDY_PROTOCOL": "Study protocol",
        "SAP": "Statistical analysis plan",
        "ICF": "Informed consent form",
        "CSR": "Clinical study report",
        "ANALYTIC_CODE": "Analytic code",
    },
    "agency": {
        "NIH": "NIH",
        "FED": "Federal agency",
        "OTHER_GOV": "Other government agency",
        "INDIV": "Individual",
        "INDUSTRY": "Industry",
        "NETWORK": "Network",
        "AMBIG": "Ambiguous",
        "OTHER": "Other",
        "UNKNOWN": "Unknown",
    },
    "role": {
        "STUDY_CHAIR": "Study chair",
        "STUDY_DIRECTOR": "Study director",
        "PRINCIPAL_INVESTIGATOR": "Principal investigator",
        "SUB_INVESTIGATOR": "Sub-investigator",
        "SPONSOR": "Sponsor",
        "SPONSOR_INVESTIGATOR": "Sponsor-investigator",
        "CONTACT": "Contact",
    },
    "reference": {
        "BACKGROUND": "Background",
        "RESULT": "Results of this study",
        "DERIVED": "Found by its registration number",
    },
    "outcome": {
        "PRIMARY": "Primary",
        "SECONDARY": "Secondary",
        "OTHER_PRE_SPECIFIED": "Other, prespecified",
        "POST_HOC": "Post hoc",
    },
    "parameter": {
        "GEOMETRIC_MEAN": "Geometric mean",
        "GEOMETRIC_LEAST_SQUARES_MEAN": "Geometric least squares mean",
        "LEAST_SQUARES_MEAN": "Least squares mean",
        "LOG_MEAN": "Log mean",
        "MEAN": "Mean",
        "MEDIAN": "Median",
        "NUMBER": "Number",
        "COUNT_OF_PARTICIPANTS": "Number of participants",
        "COUNT_OF_UNITS": "Number of units",
    },
    "dispersion": {
        "STANDARD_DEVIATION": "standard deviation",
        "STANDARD_ERROR": "standard error",
        "STANDARD_ERROR_OF_MEAN": "standard error of the mean",
        "INTER_QUARTILE_RANGE": "interquartile range",
        "FULL_RANGE": "range",
        "80%_CONFIDENCE_INTERVAL": "80% confidence interval",
        "90%_CONFIDENCE_INTERVAL": "90% confidence interval",
        "95%_CONFIDENCE_INTERVAL": "95% confidence interval",
        "97.5%_CONFIDENCE_INTERVAL": "97.5% confidence interval",
        "99%_CONFIDENCE_INTERVAL": "99% confidence interval",
        "GEOMETRIC_COEFFICIENT_OF_VARIATION": "geometric coefficient of variation",
    },
    "hypothesis": {
        "SUPERIORITY": "Superiority",
        "NON_INFERIORITY": "Non-inferiority",
        "EQUIVALENCE": "Equivalence",
        "OTHER": "Other",
        "NON_INFERIORITY_OR_EQUIVALENCE": "Non-inferiority or equivalence",
        "SUPERIORITY_OR_OTHER": "Superiority or other",
        "NON_INFERIORITY_OR_EQUIVALENCE_LEGACY": "Non-inferiority or equivalence",
        "SUPERIORITY_OR_OTHER_LEGACY": "Superiority or other",
    },
    "date": {"ACTUAL": "actual", "ESTIMATED": "estimated"},
    "milestone": {
        "STARTED": "Started",
        "COMPLETED": "Completed",
        "NOT COMPLETED": "Not completed",
    },
    "reason": {
        "Adverse Event": "Adverse event",
        "Death": "Death",
        "Lack of Efficacy": "Lack of efficacy",
        "Lost to Follow-up": "Lost to follow-up",
        "Physician Decision": "Physician decision",
        "Pregnancy": "Pregnancy",
        "Protocol Violation": "Protocol violation",
        "Withdrawal by Subject": "Withdrawal by the participant",
    },
    "unposted": {
        "RELEASE": "submitted to the registry's reviewers",
        "RESET": "returned by the reviewers",
        "UNRELEASE": "withdrawn by the sponsor",
    },
    "time": {
        "Year": "{n} years", "Years": "{n} years", "Month": "{n} months", "Months": "{n} months",
        "Week": "{n} weeks", "Weeks": "{n} weeks", "Day": "{n} days", "Days": "{n} days",
        "Hour": "{n} hours", "Hours": "{n} hours", "Minute": "{n} minutes",
        "Minutes": "{n} minutes",
    },
}  # fmt: skip
"""Kind of code -> code -> English message."""


def word(say: Language, kind: str, code: Any) -> str:
    """Return what a code means, the code itself where nothing says so."""
    text = "" if code is None else str(code)
    known = WORDS[kind]
    message = known.get(text) or known.get(text.upper().replace("-", "_").replace(" ", "_"))
    return say(message) if message else text


def words(say: Language, kind: str, codes: Any) -> list[str]:
    """Return what the codes of a list mean."""
    return [word(say, kind, code) for code in codes] if isinstance(codes, list) else []


def duration(say: Language, text: Any) -> str:
    """Return an age or a duration of the registry (``18 Years``) in words."""
    number, _, unit = str(text or "").partition(" ")
    message = WORDS["time"].get(unit)
    return say(message, n=number) if message and number.isdigit() else str(text or "")


def day(say: Language, found: PartialDate | None) -> str:
    """Return a date in words, to the month or to the day as it is known; empty where none is."""
    if found is None:
        return ""
    return _day(say.code, found.first, to_the_day=found.first == found.last)


@cache
def _day(code: str, first: date, *, to_the_day: bool) -> str:
    if code == "zh":
        return format_date(first, "y年M月d日" if to_the_day else "y年M月", locale="zh")
    return format_date(first, "d MMMM y" if to_the_day else "MMMM y", locale="en")


def comma(say: Language) -> str:
    """Return what stands between the items of a list in a sentence."""
    return "、" if say.code == "zh" else ", "


def colon(say: Language) -> str:
    """Return what stands between a name and its value."""
    return "：" if say.code == "zh" else ": "
