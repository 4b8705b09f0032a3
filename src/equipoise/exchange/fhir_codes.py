"""HL7's codes of FHIR R5 (5.0.0) for the enumerations of a registry record.

Only values that mean the same are mapped; any other keeps the registry's own code alone.
"""

from __future__ import annotations

SYSTEMS = {
    "title": "http://hl7.org/fhir/title-type",
    "purpose": "http://hl7.org/fhir/research-study-prim-purp-type",
    "phase": "http://hl7.org/fhir/research-study-phase",
    "design": "http://hl7.org/fhir/study-design",
    "status": "http://hl7.org/fhir/research-study-status",
    "party": "http://hl7.org/fhir/research-study-party-role",
    "organization": "http://hl7.org/fhir/research-study-party-organization-type",
    "arm": "http://hl7.org/fhir/research-study-arm-type",
    "level": "http://hl7.org/fhir/research-study-objective-type",
}
ELEMENTS = {
    "purpose": "DesignPrimaryPurpose",
    "phase": "Phase",
    "status": "OverallStatus",
    "party": "OverallOfficialRole",
    "organization": "LeadSponsorClass",
    "arm": "ArmGroupType",
}
"""The registry's data element behind each of HL7's code systems."""
PURPOSE = {
    "TREATMENT": "treatment",
    "PREVENTION": "prevention",
    "DIAGNOSTIC": "diagnostic",
    "SUPPORTIVE_CARE": "supportive-care",
    "SCREENING": "screening",
    "HEALTH_SERVICES_RESEARCH": "health-services-research",
    "BASIC_SCIENCE": "basic-science",
    "DEVICE_FEASIBILITY": "device-feasibility",
}
PHASE = {
    "NA": "n-a",
    "EARLY_PHASE1": "early-phase-1",
    "PHASE1": "phase-1",
    "PHASE1/PHASE2": "phase-1-phase-2",
    "PHASE2": "phase-2",
    "PHASE2/PHASE3": "phase-2-phase-3",
    "PHASE3": "phase-3",
    "PHASE4": "phase-4",
}
STATUS = {
    "NOT_YET_RECRUITING": "not-yet-recruiting",
    "RECRUITING": "recruiting",
    "ENROLLING_BY_INVITATION": "enrolling-by-invitation",
    "ACTIVE_NOT_RECRUITING": "active-but-not-recruiting",
    "COMPLETED": "completed",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
}
PARTY = {
    "PRINCIPAL_INVESTIGATOR": "primary-investigator",
    "SPONSOR_INVESTIGATOR": "sponsor-investigator",
    "STUDY_CHAIR": "study-chair",
    "STUDY_DIRECTOR": "study-director",
    "SUB_INVESTIGATOR": "sub-investigator",
    "CONTACT": "general-contact",
}
ORGANIZATION = {
    "NIH": "nih",
    "FED": "government",
    "OTHER_GOV": "government",
    "INDUSTRY": "industry",
}
ARM_TYPE = {
    "EXPERIMENTAL": "experimental",
    "ACTIVE_COMPARATOR": "active-comparator",
    "PLACEBO_COMPARATOR": "placebo-comparator",
    "SHAM_COMPARATOR": "sham-comparator",
    "NO_INTERVENTION": "no-intervention",
    "OTHER": "other-arm-type",
}
LEVELS = {"primary": "primary", "secondary": "secondary", "other": "exploratory"}
DESIGN = {
    ("StudyType", "INTERVENTIONAL"): "SEVCO:01001",
    ("StudyType", "OBSERVATIONAL"): "SEVCO:01002",
    ("StudyType", "EXPANDED_ACCESS"): "SEVCO:01038",
    ("DesignAllocation", "RANDOMIZED"): "SEVCO:01003",
    ("DesignAllocation", "NON_RANDOMIZED"): "SEVCO:01005",
    ("DesignInterventionModel", "PARALLEL"): "SEVCO:01011",
    ("DesignInterventionModel", "CROSSOVER"): "SEVCO:01012",
    ("DesignObservationalModel", "CASE_CONTROL"): "SEVCO:01013",
    ("DesignObservationalModel", "ECOLOGIC_OR_COMMUNITY"): "SEVCO:01044",
    ("DesignObservationalModel", "FAMILY_BASED"): "SEVCO:01020",
    ("DesignTimePerspective", "CROSS_SECTIONAL"): "SEVCO:01027",
    ("DesignWhoMasked", "PARTICIPANT"): "SEVCO:01060",
    ("DesignWhoMasked", "CARE_PROVIDER"): "SEVCO:01061",
    ("DesignWhoMasked", "OUTCOMES_ASSESSOR"): "SEVCO:01062",
}
"""Codes of the Scientific Evidence Code System in the R5 value set ``study-design``."""
