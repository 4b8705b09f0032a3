"""The words that ClinicalTrials.gov's XML files use for the enumerations of its API v2.

Each table is XML to API. The files write the same word in several ways; the other spellings that
real files hold stand in the ``also`` of :func:`equipoise.exchange.xml_map.words`.
"""

from __future__ import annotations

from equipoise.exchange.xml_map import Codec, words


def _same(*spellings: str) -> dict[str, str]:
    """Return the words whose API spelling is theirs in capitals (``Case-Only``: CASE_ONLY)."""
    return {
        each: "".join(sign if sign.isalnum() else "_" for sign in each.upper())
        for each in spellings
    }


STATUS = words(
    {
        "Active, not recruiting": "ACTIVE_NOT_RECRUITING",
        "Unknown status": "UNKNOWN",
        **_same(
            "Completed",
            "Enrolling by invitation",
            "Not yet recruiting",
            "Recruiting",
            "Suspended",
            "Terminated",
            "Withdrawn",
            "Available",
            "No longer available",
            "Temporarily not available",
            "Approved for marketing",
            "Withheld",
        ),
    }
)
STUDY_TYPE = words(_same("Interventional", "Observational", "Expanded Access"))
PHASES = {
    "N/A": ["NA"],
    "Early Phase 1": ["EARLY_PHASE1"],
    "Phase 1": ["PHASE1"],
    "Phase 1/Phase 2": ["PHASE1", "PHASE2"],
    "Phase 2": ["PHASE2"],
    "Phase 2/Phase 3": ["PHASE2", "PHASE3"],
    "Phase 3": ["PHASE3"],
    "Phase 4": ["PHASE4"],
}
_PHASE_ONCE = {"Phase 0": ["EARLY_PHASE1"]}
PHASE = Codec(
    lambda word: {**_PHASE_ONCE, **PHASES}.get(word, [word]),
    lambda value: next((word for word, them in PHASES.items() if them == value), value[0]),
)
ALLOCATION = words(
    {"N/A": "NA", "Randomized": "RANDOMIZED", "Non-Randomized": "NON_RANDOMIZED"},
    {"Non-randomized": "NON_RANDOMIZED"},
)
INTERVENTION_MODEL = words(
    {
        f"{word} Assignment": word.upper().replace(" ", "_")
        for word in ("Single Group", "Parallel", "Crossover", "Factorial", "Sequential")
    }
)
PURPOSE = words(
    {
        "Educational/Counseling/Training": "ECT",
        **_same(
            "Treatment",
            "Prevention",
            "Diagnostic",
            "Supportive Care",
            "Screening",
            "Health Services Research",
            "Basic Science",
            "Device Feasibility",
            "Other",
        ),
    }
)
OBSERVATIONAL_MODEL = words(
    _same(
        "Cohort",
        "Case-Control",
        "Case-Only",
        "Case-Crossover",
        "Ecologic or Community",
        "Family-Based",
        "Defined Population",
        "Natural History",
        "Other",
    ),
    {"Case Control": "CASE_CONTROL"},
)
TIME_PERSPECTIVE = words(_same("Retrospective", "Prospective", "Cross-Sectional", "Other"))
MASKING = {
    "None (Open Label)": "NONE",
    **_same("Single", "Double", "Triple", "Quadruple"),
}
MASKED = _same("Participant", "Care Provider", "Investigator", "Outcomes Assessor")
RETENTION = words(_same("None Retained", "Samples With DNA", "Samples Without DNA"))
ARM_TYPE = words(
    _same(
        "Experimental",
        "Active Comparator",
        "Placebo Comparator",
        "Sham Comparator",
        "No Intervention",
        "Other",
    )
)
INTERVENTION_TYPES = (
    "Behavioral",
    "Biological",
    "Combination Product",
    "Device",
    "Diagnostic Test",
    "Dietary Supplement",
    "Drug",
    "Genetic",
    "Procedure",
    "Radiation",
    "Other",
)
INTERVENTION_TYPE = words(
    _same(*INTERVENTION_TYPES),
    {"Biological/Vaccine": "BIOLOGICAL", "Procedure/Surgery": "PROCEDURE"},
)
SAMPLING = words(_same("Probability Sample", "Non-Probability Sample"))
SEX = words(_same("All", "Female", "Male"), {"Both": "ALL"})
ROLE = words(_same("Principal Investigator", "Sub-Investigator", "Study Chair", "Study Director"))
RESPONSIBLE = words(_same("Sponsor", "Principal Investigator", "Sponsor-Investigator"))
SHARING = words(_same("Yes", "No", "Undecided"))
DATE_TYPE = words({"Actual": "ACTUAL", "Anticipated": "ESTIMATED"})
POSTED_TYPE = words({"Actual": "ACTUAL", "Estimate": "ESTIMATED"})
PARAMETER = words(
    _same(
        "Geometric Mean",
        "Geometric Least Squares Mean",
        "Least Squares Mean",
        "Log Mean",
        "Mean",
        "Median",
        "Number",
        "Count of Participants",
        "Count of Units",
    )
)
DISPERSIONS = {
    "Standard Deviation": "STANDARD_DEVIATION",
    "Standard Error": "STANDARD_ERROR",
    "Inter-Quartile Range": "INTER_QUARTILE_RANGE",
    "Full Range": "FULL_RANGE",
    "Geometric Coefficient of Variation": "GEOMETRIC_COEFFICIENT",
}
BASELINE_DISPERSION = words(DISPERSIONS)
OUTCOME_DISPERSION = Codec(
    str, lambda value: {name: word for word, name in DISPERSIONS.items()}.get(value, value)
)
"""In outcomes the API has the words of the XML; it may also have its own."""
OUTCOME_TYPE = words(_same("Primary", "Secondary", "Other Pre-specified", "Post-Hoc"))
ASSESSMENT = words(
    _same("Non-systematic Assessment", "Systematic Assessment"),
    {"Non-Systematic Assessment": "NON_SYSTEMATIC_ASSESSMENT"},
)
TEST_TYPE = words(
    {
        "Superiority or Other (legacy)": "SUPERIORITY_OR_OTHER_LEGACY",
        "Non-Inferiority or Equivalence (legacy)": "NON_INFERIORITY_OR_EQUIVALENCE_LEGACY",
        **_same(
            "Superiority",
            "Non-Inferiority",
            "Equivalence",
            "Other",
            "Non-Inferiority or Equivalence",
            "Superiority or Other",
        ),
    }
)
SIDES = words({"1-Sided": "ONE_SIDED", "2-Sided": "TWO_SIDED"})
ESTIMATE_DISPERSION = words(
    {
        "Standard Deviation": "STANDARD_DEVIATION",
        "Standard Error of the Mean": "STANDARD_ERROR_OF_MEAN",
    }
)


def group(letter: str, prefix: str) -> Codec:
    """Return the codec of a group's number: ``O1`` in the file, ``OG000`` in the API."""

    def read(text: str) -> str:
        number = text.removeprefix(letter)
        return f"{prefix}{int(number) - 1:03d}" if _counts(number) else text

    def write(value: str) -> str:
        number = value.removeprefix(prefix)
        known = value.startswith(prefix) and number.isascii() and number.isdecimal()
        return f"{letter}{int(number[:9]) + 1}" if known else value

    return Codec(read, write)


def _counts(number: str) -> bool:
    return number.isascii() and number.isdecimal() and 0 < len(number) < 9 and int(number) > 0
