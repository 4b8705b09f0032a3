"""Invented records: a trial, its follow-up, a sister trial, and others."""

from __future__ import annotations

from typing import Any


def trial(
    number: int,
    title: str,
    summary: str,
    *,
    drug: str = "",
    condition: str = "",
    sponsor: str = "",
    people: tuple[str, ...] = (),
    count: int | None = None,
    phase: str = "",
    org: str = "",
    pmid: str = "",
    sites: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return a record with what is given and nothing else."""
    references = [{"pmid": pmid, "type": "RESULT"}] if pmid else []
    interventions = [{"type": "DRUG", "name": drug}] if drug else []
    identification: dict[str, Any] = {"nctId": f"NCT{number:08d}", "briefTitle": title}
    if org:
        identification["orgStudyIdInfo"] = {"id": org}
    return {
        "protocolSection": {
            "identificationModule": identification
            | ({"orgStudyIdInfo": {"id": org}} if org else {}),
            "descriptionModule": {"briefSummary": summary},
            "conditionsModule": {"conditions": [condition] if condition else []},
            "armsInterventionsModule": {"interventions": interventions},
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": sponsor}} if sponsor else {},
            "contactsLocationsModule": {
                "overallOfficials": [{"name": name} for name in people],
                "locations": [{"facility": site} for site in sites],
            },
            "designModule": {
                "phases": [phase] if phase else [],
                **({"enrollmentInfo": {"count": count}} if count else {}),
            },
            "referencesModule": {"references": references},
        }
    }


PARENT = trial(
    100, "Balmazole for sore hands after surgery", "Balmazole or placebo for sore hands.",
    drug="Balmazole", condition="Sore hand", sponsor="City hospital", people=("Ann Nurse, MD",),
    count=200, org="BALM-2019-7", pmid="111",
)  # fmt: skip
FOLLOW_UP = trial(
    5000, "Balmazole for sore hands: long-term follow-up", "Hands two years after surgery.",
    drug="Balmazole", condition="Sore hand", sponsor="City hospital", people=("Ann Nurse",),
    count=199,
)  # fmt: skip
SISTER = trial(
    120, "Balmazole for sore feet: dose finding", "Three doses of balmazole for sore feet.",
    drug="Balmazole", condition="Sore foot", sponsor="City hospital", phase="PHASE2", count=60,
)  # fmt: skip
STRANGER = trial(
    9000, "Singing for asthma in school", "Children with asthma sing in a choir.",
    drug="", condition="Asthma", sponsor="Choir union", count=80,
)  # fmt: skip
NAMING = trial(
    7000, "Salve at home", "Those who completed the parent study NCT00000100 may take part.",
    drug="Salve", condition="Dry skin", sponsor="Town clinic", count=30,
)  # fmt: skip
REPORTED = trial(
    8000, "Hand nursing cost", "What nursing costs.", sponsor="Town clinic", pmid="111",
)  # fmt: skip
ALL = [PARENT, FOLLOW_UP, SISTER, STRANGER, NAMING, REPORTED]
