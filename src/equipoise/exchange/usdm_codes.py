"""CDISC's codes for the enumerations of a registry record.

Code and preferred term of each value, from the NCI Thesaurus subsets that CDISC publishes as
controlled terminology: SDTM, Protocol and DDF packages of 2026-03-27 (extensible codelists C66735,
C66736, C66737, C99076, C99078, C127259 to C127261, C174222, C188724, C207416, C215480 and the
fixed ones C66732, C66797, C99077, C188725, C188726, C207419). A value for which the codelist has no
term keeps the registry's own code and code system: nothing is bent to the nearest term.
"""

from __future__ import annotations

from typing import NamedTuple

CDISC = "http://www.cdisc.org"
CDISC_VERSION = "2026-03-27"
REGISTRY = "https://clinicaltrials.gov/api/v2/studies/enums"
REGISTRY_VERSION = "2"
MESH = "http://id.nlm.nih.gov/mesh"


class Term(NamedTuple):
    """A code and what it stands for."""

    code: str
    decode: str


UNKNOWN = Term("C17998", "Unknown")
OTHER = Term("C17649", "Other")

STUDY_TYPE = {
    "INTERVENTIONAL": Term("C98388", "Interventional Study"),
    "OBSERVATIONAL": Term("C16084", "Observational Study"),
}
PHASE = {
    ("NA",): Term("C48660", "Not Applicable"),
    ("EARLY_PHASE1",): Term("C54721", "Early Phase 1 Trial"),
    ("PHASE1",): Term("C15600", "Phase I Trial"),
    ("PHASE1", "PHASE2"): Term("C15693", "Phase I/II Trial"),
    ("PHASE2",): Term("C15601", "Phase II Trial"),
    ("PHASE2", "PHASE3"): Term("C15694", "Phase II/III Trial"),
    ("PHASE3",): Term("C15602", "Phase III Trial"),
    ("PHASE4",): Term("C15603", "Phase IV Trial"),
}
PURPOSE = {
    "TREATMENT": Term("C49656", "Treatment Study"),
    "PREVENTION": Term("C49657", "Prevention Study"),
    "DIAGNOSTIC": Term("C49653", "Diagnosis Study"),
    "SUPPORTIVE_CARE": Term("C71486", "Supportive Care Study"),
    "SCREENING": Term("C71485", "Screening Study"),
    "HEALTH_SERVICES_RESEARCH": Term("C15245", "Health Services Research"),
    "BASIC_SCIENCE": Term("C15714", "Basic Research"),
    "DEVICE_FEASIBILITY": Term("C139174", "Device Feasibility Study"),
    "OTHER": OTHER,
}
MODEL = {
    "SINGLE_GROUP": Term("C82640", "Single Group Study"),
    "PARALLEL": Term("C82639", "Parallel Study"),
    "CROSSOVER": Term("C82637", "Crossover Study"),
    "FACTORIAL": Term("C82638", "Factorial Study"),
    "SEQUENTIAL": Term("C142568", "Group Sequential Design"),
}
OBSERVATIONAL_MODEL = {
    "COHORT": Term("C15208", "Cohort Study"),
    "CASE_CONTROL": Term("C15197", "Case-Control Study"),
    "CASE_ONLY": Term("C15362", "Case Study"),
    "CASE_CROSSOVER": Term("C127779", "Observational Case-Crossover Study"),
    "ECOLOGIC_OR_COMMUNITY": Term("C127780", "Ecologic or Community Based Study"),
    "FAMILY_BASED": Term("C15407", "Family Study"),
    "OTHER": OTHER,
}
TIME_PERSPECTIVE = {
    "PROSPECTIVE": Term("C15273", "Longitudinal Study"),
    "RETROSPECTIVE": Term("C53312", "Retrospective Study"),
    "CROSS_SECTIONAL": Term("C53310", "Cross-Sectional Study"),
    "OTHER": OTHER,
}
SAMPLING = {
    "PROBABILITY_SAMPLE": Term("C71517", "Equal Probability Sampling Method"),
    "NON_PROBABILITY_SAMPLE": Term("C127781", "Non-Probability Sampling Method"),
}
# Masking of three or four parties has no term; the registry's code stands for it.
BLINDING = {
    "NONE": Term("C49659", "Open Label Study"),
    "SINGLE": Term("C28233", "Single Blind Study"),
    "DOUBLE": Term("C15228", "Double Blind Study"),
}
MASKED_ROLE = {
    "PARTICIPANT": Term("C41189", "Study Subject"),
    "CARE_PROVIDER": Term("C17445", "Caregiver"),
    "INVESTIGATOR": Term("C25936", "Investigator"),
    "OUTCOMES_ASSESSOR": Term("C207599", "Outcomes Assessor"),
}
# An allocation that is not randomized, or does not apply, has no term either.
ALLOCATION = {"RANDOMIZED": Term("C46079", "Randomized Controlled Clinical Trial")}
ARM_TYPE = {
    "EXPERIMENTAL": Term("C174266", "Investigational Arm"),
    "ACTIVE_COMPARATOR": Term("C174267", "Active Comparator Arm"),
    "PLACEBO_COMPARATOR": Term("C174268", "Placebo Control Arm"),
    "SHAM_COMPARATOR": Term("C174269", "Sham Comparator Arm"),
    "NO_INTERVENTION": Term("C174270", "No Intervention Arm"),
    "OTHER": OTHER,
}
INTERVENTION_TYPE = {
    "DRUG": Term("C1909", "Pharmacologic Substance"),
    "BIOLOGICAL": Term("C307", "Biological Agent"),
    "DEVICE": Term("C16830", "Medical Device"),
    "PROCEDURE": Term("C98769", "Physical Medical Procedure"),
    "RADIATION": Term("C15313", "Radiation Therapy"),
    "BEHAVIORAL": Term("C15184", "Behavioral Intervention"),
    "GENETIC": Term("C15238", "Gene Therapy"),
    "DIETARY_SUPPLEMENT": Term("C1505", "Dietary Supplement"),
    "COMBINATION_PRODUCT": Term("C54696", "Combination Product"),
    "DIAGNOSTIC_TEST": Term("C18020", "Diagnostic Procedure"),
    "OTHER": OTHER,
}
SEX = {"FEMALE": Term("C16576", "Female"), "MALE": Term("C20197", "Male")}
AGE_UNIT = {
    "year": Term("C29848", "Year"),
    "month": Term("C29846", "Month"),
    "week": Term("C29844", "Week"),
    "day": Term("C25301", "Day"),
    "hour": Term("C25529", "Hour"),
    "minute": Term("C48154", "Minute"),
}
ORGANIZATION = {
    "NIH": Term("C199144", "Governmental Agency or Group"),
    "FED": Term("C199144", "Governmental Agency or Group"),
    "OTHER_GOV": Term("C199144", "Governmental Agency or Group"),
}
OFFICIAL = {"PRINCIPAL_INVESTIGATOR": Term("C19924", "Principal Investigator")}

STUDY_REGISTRY = Term("C93453", "Study Registry")
SPONSOR = Term("C70793", "Clinical Study Sponsor")
BRIEF_TITLE = Term("C207615", "Brief Study Title")
OFFICIAL_TITLE = Term("C207616", "Official Study Title")
ACRONYM = Term("C207646", "Study Acronym")
INCLUSION = Term("C25532", "Inclusion Criteria")
EXCLUSION = Term("C25370", "Exclusion Criteria")
LEVELS = {
    "primary": (
        Term("C85826", "Trial Primary Objective"),
        Term("C94496", "Primary Endpoint"),
    ),
    "secondary": (
        Term("C85827", "Trial Secondary Objective"),
        Term("C139173", "Secondary Endpoint"),
    ),
    "other": (
        Term("C163559", "Trial Exploratory Objective"),
        Term("C170559", "Exploratory Endpoint"),
    ),
}
