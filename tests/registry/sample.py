"""An invented record without mistakes, and what is put wrong in it."""

from __future__ import annotations

import copy
from typing import Any

PROTOCOL: dict[str, Any] = {
    "identificationModule": {
        "nctId": "NCT00000001",
        "orgStudyIdInfo": {"id": "BALM-1"},
        "briefTitle": "Balm after hand surgery",
        "officialTitle": "Balm against salve after hand surgery: a randomized trial",
    },
    "statusModule": {
        "statusVerifiedDate": "2024-01",
        "overallStatus": "COMPLETED",
        "startDateStruct": {"date": "2020-03-01", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2021-02-01", "type": "ACTUAL"},
        "completionDateStruct": {"date": "2021-03", "type": "ACTUAL"},
        "studyFirstSubmitDate": "2020-02-01",
        "lastUpdatePostDateStruct": {"date": "2024-02-01", "type": "ACTUAL"},
    },
    "sponsorCollaboratorsModule": {
        "responsibleParty": {
            "type": "PRINCIPAL_INVESTIGATOR",
            "investigatorFullName": "A. Nurse",
            "investigatorTitle": "Professor",
            "investigatorAffiliation": "City hospital",
        },
        "leadSponsor": {"name": "City hospital", "class": "OTHER"},
    },
    "oversightModule": {"isFdaRegulatedDrug": True, "isFdaRegulatedDevice": False},
    "descriptionModule": {"briefSummary": "Does balm help?"},
    "conditionsModule": {"conditions": ["Sore hand"]},
    "designModule": {
        "studyType": "INTERVENTIONAL",
        "phases": ["PHASE4"],
        "designInfo": {
            "allocation": "RANDOMIZED",
            "interventionModel": "PARALLEL",
            "primaryPurpose": "TREATMENT",
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]},
        },
        "enrollmentInfo": {"count": 20, "type": "ACTUAL"},
    },
    "armsInterventionsModule": {
        "armGroups": [
            {
                "label": "Balm",
                "type": "EXPERIMENTAL",
                "description": "Balm, daily",
                "interventionNames": ["Drug: Balm"],
            },
            {
                "label": "Salve",
                "type": "PLACEBO_COMPARATOR",
                "description": "Salve, daily",
                "interventionNames": ["Drug: Salve"],
            },
        ],
        "interventions": [
            {"type": "DRUG", "name": "Balm", "description": "A balm", "armGroupLabels": ["Balm"]},
            {"type": "DRUG", "name": "Salve", "description": "Water", "armGroupLabels": ["Salve"]},
        ],
    },
    "outcomesModule": {
        "primaryOutcomes": [{"measure": "Soreness, 0 to 10", "timeFrame": "24 h after surgery"}]
    },
    "eligibilityModule": {
        "eligibilityCriteria": "Inclusion Criteria:\n\n* Sore\n\nExclusion Criteria:\n\n* Burn",
        "healthyVolunteers": False,
        "sex": "ALL",
        "minimumAge": "18 Years",
        "maximumAge": "80 Years",
    },
    "contactsLocationsModule": {
        "centralContacts": [{"name": "A. Nurse", "email": "nurse@example.org"}],
        "overallOfficials": [{"name": "A. Nurse", "role": "PRINCIPAL_INVESTIGATOR"}],
        "locations": [{"facility": "Ward 1", "city": "Boston", "country": "United States"}],
    },
}


def _groups(prefix: str, *titles: str) -> list[dict[str, str]]:
    return [
        {"id": f"{prefix}00{k}", "title": title, "description": f"{title}, daily"}
        for k, title in enumerate(titles)
    ]


def _counts(prefix: str, *values: int) -> list[dict[str, str]]:
    return [{"groupId": f"{prefix}00{k}", "value": str(v)} for k, v in enumerate(values)]


def _achieved(*values: int) -> list[dict[str, str]]:
    return [{"groupId": f"FG00{k}", "numSubjects": str(v)} for k, v in enumerate(values)]


def _affected(*values: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {"groupId": f"EG00{k}", "numEvents": n, "numAffected": n, "numAtRisk": m}
        for k, (n, m) in enumerate(values)
    ]


RESULTS: dict[str, Any] = {
    "participantFlowModule": {
        "groups": _groups("FG", "Balm", "Salve"),
        "periods": [
            {
                "title": "Overall Study",
                "milestones": [
                    {"type": "STARTED", "achievements": _achieved(10, 10)},
                    {"type": "COMPLETED", "achievements": _achieved(9, 10)},
                    {"type": "NOT COMPLETED", "achievements": _achieved(1, 0)},
                ],
                "dropWithdraws": [{"type": "Lost to Follow-up", "reasons": _achieved(1, 0)}],
            }
        ],
    },
    "baselineCharacteristicsModule": {
        "groups": _groups("BG", "Balm", "Salve", "Total"),
        "denoms": [{"units": "Participants", "counts": _counts("BG", 10, 10, 20)}],
        "measures": [
            {
                "title": "Age, Continuous",
                "paramType": "MEAN",
                "dispersionType": "STANDARD_DEVIATION",
                "unitOfMeasure": "years",
                "classes": [
                    {
                        "categories": [
                            {"measurements": [{"groupId": "BG000", "value": "40", "spread": "9"}]}
                        ]
                    }
                ],
            },
            {
                "title": "Sex: Female, Male",
                "paramType": "COUNT_OF_PARTICIPANTS",
                "unitOfMeasure": "Participants",
                "classes": [{"categories": [{"measurements": _counts("BG", 5, 6, 11)}]}],
            },
        ],
    },
    "outcomeMeasuresModule": {
        "outcomeMeasures": [
            {
                "type": "PRIMARY",
                "title": "Soreness, 0 to 10",
                "description": "Rated by the participant",
                "populationDescription": "Everybody with a rating",
                "reportingStatus": "POSTED",
                "paramType": "MEAN",
                "dispersionType": "Standard Deviation",
                "unitOfMeasure": "points",
                "timeFrame": "24 h after surgery",
                "groups": _groups("OG", "Balm", "Salve"),
                "denoms": [{"units": "Participants", "counts": _counts("OG", 9, 10)}],
                "classes": [
                    {
                        "categories": [
                            {
                                "measurements": [
                                    {
                                        "groupId": "OG000",
                                        "value": "3",
                                        "spread": "1.5",
                                        "lowerLimit": "2",
                                        "upperLimit": "4",
                                    }
                                ]
                            }
                        ]
                    }
                ],
                "analyses": [
                    {
                        "groupIds": ["OG000", "OG001"],
                        "pValue": "<0.01",
                        "paramType": "Mean Difference (Final Values)",
                        "paramValue": "-1",
                        "ciPctValue": "95",
                        "ciLowerLimit": "-2",
                        "ciUpperLimit": "-0.2",
                    }
                ],
            },
            {
                "type": "SECONDARY",
                "title": "Number of participants sleeping well",
                "populationDescription": "Everybody",
                "paramType": "COUNT_OF_PARTICIPANTS",
                "unitOfMeasure": "Participants",
                "timeFrame": "The first night",
                "groups": _groups("OG", "Balm", "Salve"),
                "denoms": [{"units": "Participants", "counts": _counts("OG", 9, 10)}],
                "classes": [{"categories": [{"measurements": _counts("OG", 5, 6)}]}],
            },
        ]
    },
    "adverseEventsModule": {
        "frequencyThreshold": "5",
        "timeFrame": "A week",
        "eventGroups": [
            {
                "id": f"EG00{k}",
                "title": title,
                "description": f"{title}, daily",
                "deathsNumAffected": 0,
                "deathsNumAtRisk": 10,
                "seriousNumAffected": 1,
                "seriousNumAtRisk": 10,
                "otherNumAffected": 3,
                "otherNumAtRisk": 10,
            }
            for k, title in enumerate(("Balm", "Salve"))
        ],
        "seriousEvents": [
            {
                "term": "Burn",
                "organSystem": "Injury",
                "assessmentType": "SYSTEMATIC_ASSESSMENT",
                "stats": _affected((1, 10), (0, 10)),
            }
        ],
        "otherEvents": [
            {
                "term": "Itch",
                "organSystem": "Skin",
                "assessmentType": "SYSTEMATIC_ASSESSMENT",
                "stats": _affected((3, 10), (2, 10)),
            }
        ],
    },
    "moreInfoModule": {
        "certainAgreement": {"piSponsorEmployee": True},
        "pointOfContact": {
            "title": "A. Nurse",
            "organization": "City hospital",
            "email": "nurse@example.org",
            "phone": "1",
        },
    },
}


def record(*, results: bool = True) -> dict[str, Any]:
    """Return the record, as a copy to change."""
    study: dict[str, Any] = {"protocolSection": copy.deepcopy(PROTOCOL), "hasResults": results}
    if results:
        study["resultsSection"] = copy.deepcopy(RESULTS)
    return study


DELETE = object()


def put(study: dict[str, Any], path: str, value: Any) -> None:
    """Put ``value`` at a dotted path, or take away what is there with :data:`DELETE`."""
    *way, last = path.split(".")
    place: Any = study
    for name in way:
        place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
    key: Any = int(last) if last.isdigit() else last
    if value is DELETE:
        del place[key]
    else:
        place[key] = value
