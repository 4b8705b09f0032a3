"""Records to search: invented ones always, real ones where they are at hand."""

from __future__ import annotations

import copy
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.registry.sample import put, record

REAL = Path(__file__).resolve().parents[3] / "../shared/data/registry/records"
Record = dict[str, Any]


def _named(number: int, title: str, **changes: Any) -> Record:
    study = record(results=number % 2 == 0)
    put(study, "protocolSection.identificationModule.nctId", f"NCT0000{number:04d}")
    put(study, "protocolSection.identificationModule.briefTitle", title)
    study["protocolSection"].pop("contactsLocationsModule", None)
    for path, value in changes.items():
        place, key = _PATHS[path]
        study["protocolSection"].setdefault(place, {})[key] = copy.deepcopy(value)
    return study


_PATHS = {
    "conditions": ("conditionsModule", "conditions"),
    "keywords": ("conditionsModule", "keywords"),
    "status": ("statusModule", "overallStatus"),
    "start": ("statusModule", "startDateStruct"),
    "eligibility": ("eligibilityModule", "minimumAge"),
    "locations": ("contactsLocationsModule", "locations"),
    "phases": ("designModule", "phases"),
    "aliases": ("identificationModule", "nctIdAliases"),
}

BONN = {"facility": "Clinic", "city": "Bonn", "country": "Germany", "status": "RECRUITING",
        "geoPoint": {"lat": 50.73438, "lon": 7.09549}}  # fmt: skip
COLOGNE = {"facility": "Hospital", "city": "Cologne", "country": "Germany", "status": "COMPLETED",
           "geoPoint": {"lat": 50.93333, "lon": 6.95}}  # fmt: skip
LEIPZIG = {"city": "Leipzig", "country": "Germany", "status": "RECRUITING",
           "geoPoint": {"lat": 51.33962, "lon": 12.37129}}  # fmt: skip
SUVA = {"city": "Suva", "country": "Fiji", "geoPoint": {"lat": -18.14161, "lon": 178.44149}}


@cache
def invented() -> tuple[Record, ...]:
    """Return records in which each part of the language finds something and misses something."""
    heart = _named(
        1, "Balm for heart attack", conditions=["Heart Attack", "Pain"], locations=[BONN, COLOGNE],
        start={"date": "2022-03"}, aliases=["NCT00009901"],
    )  # fmt: skip
    heart["derivedSection"] = {
        "conditionBrowseModule": {
            "browseLeaves": [
                {"name": "Myocardial Infarction", "asFound": "Heart Attack"},
                {"name": "Food", "asFound": "Balm for"},
            ]
        }
    }
    return (
        heart,
        _named(2, "Salve for myocardial infarction", conditions=["Myocardial infarction"],
               locations=[COLOGNE, LEIPZIG], status="RECRUITING", start={"date": "2022-12-31"}),
        _named(3, "Heart and lung disease", conditions=["Lung Diseases"], locations=[SUVA],
               eligibility="6 Months", phases=["PHASE2", "PHASE3"]),
        _named(4, "Attack of panic: the heart", conditions=[], eligibility="1 Year",
               status="NOT_YET_RECRUITING", start={"date": "2023-01-01"}),
        _named(5, "Tumour-free survival, COVID-19 & Alzheimer's", conditions=["COVID-19"],
               keywords=["covid19", "HFpEF"], phases=["EARLY_PHASE1"], locations=[BONN]),
        _named(6, "心脏病 anaesthesia café", conditions=["hfpef"], eligibility="12 Months"),
    )  # fmt: skip


@cache
def real(every: int = 11) -> tuple[Record, ...]:
    """Return one in ``every`` of the real records, empty where they are not at hand."""
    path = REAL / "ctgov_v2_studies.ndjson.gz"
    if not path.exists():
        return ()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(
            json.loads(line)
            for place, line in enumerate(lines)
            if place % every == 0 and len(line) < 200_000
        )
