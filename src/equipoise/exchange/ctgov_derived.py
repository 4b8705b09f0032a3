"""What the API derives from a record: each arm's interventions, the ages that may take part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equipoise.exchange.ctgov_words import INTERVENTION_TYPE
from equipoise.exchange.xml_map import Json, get

DAYS = {
    "Year": 365.25,
    "Month": 365.25 / 12,
    "Week": 7,
    "Day": 1,
    "Hour": 1 / 24,
    "Minute": 1 / 1440,
}
STANDARD_AGES = {"CHILD": (0, 18), "ADULT": (18, 65), "OLDER_ADULT": (65, 1000)}
"""In years, from and up to but not including (definitions of the API's ``stdAges``)."""


def derive(study: Json) -> None:
    """Add to a study just read what the API derives from the rest of it."""
    arms = get(study, "protocolSection.armsInterventionsModule")
    if isinstance(arms, dict):
        for arm in arms.get("armGroups", []):
            names = _interventions(arm.get("label"), arms.get("interventions", []))
            if names:
                arm["interventionNames"] = names
    eligibility = get(study, "protocolSection.eligibilityModule")
    if isinstance(eligibility, dict):
        ages = standard_ages(eligibility)
        if ages:
            eligibility["stdAges"] = ages


def _interventions(label: Any, interventions: list[Mapping[str, Any]]) -> list[str]:
    named = [each for each in interventions if label in each.get("armGroupLabels", ())]
    names = [
        f"{INTERVENTION_TYPE.write(each['type'])}: {each['name']}"
        for each in named
        if "name" in each and "type" in each
    ]
    return list(dict.fromkeys(names))


def standard_ages(eligibility: Mapping[str, Any]) -> list[str]:
    """Return the API's age groups between the limits of age; none if a limit cannot be read."""
    least = _years(eligibility.get("minimumAge"), 0)
    most = _years(eligibility.get("maximumAge"), 999)
    if least is None or most is None:
        return []
    return [name for name, (start, end) in STANDARD_AGES.items() if least < end and most >= start]


def _years(limit: Any, unlimited: float) -> float | None:
    if limit is None:
        return unlimited
    number, _, unit = str(limit).partition(" ")
    days = DAYS.get(unit.removesuffix("s"))
    if days is None or not number.isdecimal() or len(number) > 9:
        return None
    return int(number) * days / DAYS["Year"]
