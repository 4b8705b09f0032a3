"""FHIR's data types, made of a registry record's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from equipoise.exchange.fhir_codes import ELEMENTS, SYSTEMS

Study = Mapping[str, Any]
Json = dict[str, Any]

ELEMENT = "https://clinicaltrials.gov/data-api/about-api/study-data-structure#"
REGISTRY = "https://clinicaltrials.gov/api/v2/studies/enums"
MESH = "http://id.nlm.nih.gov/mesh"

_AGE = re.compile(r"(\d+(?:\.\d+)?) (year|month|week|day|hour|minute)s?", re.IGNORECASE)
_UCUM = {"year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h", "minute": "min"}
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def coding(system: str, code: str) -> Json:
    """Return a code of one of HL7's systems."""
    return {"system": SYSTEMS[system], "code": code}


def hl7(system: str, code: str) -> Json:
    """Return a concept of one of HL7's systems."""
    return {"coding": [coding(system, code)]}


def own(element: str, value: Any) -> Json:
    """Return the registry's own value of a data element as a concept."""
    words = "Not applicable" if value == "NA" else str(value).replace("_", " ").capitalize()
    return {
        "coding": [{"system": f"{REGISTRY}#{element}", "code": str(value)}],
        "text": words,
    }


def concept(system: str, value: Any, codes: Mapping[str, str]) -> Json:
    """Return HL7's code of a registry value where there is one, beside the registry's own."""
    concept = own(ELEMENTS[system], value)
    if value in codes:
        concept["coding"].insert(0, coding(system, codes[value]))
    return concept


def extensions(**elements: Any) -> list[Json]:
    """Return extensions of the data elements that have a value."""
    return [
        {"url": ELEMENT + name, _type(each): each}
        for name, value in elements.items()
        for each in (value if isinstance(value, list) else [value])
        if each is not None and each != ""
    ]


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "valueBoolean"
    return "valueInteger" if isinstance(value, int) else "valueString"


def age(text: Any) -> Json | None:
    """Return an age (``18 Years``) as a quantity; None for anything else."""
    found = _AGE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    unit, value = found[2].lower(), float(found[1])
    return {
        "value": int(value) if value.is_integer() else value,
        "unit": unit, "system": "http://unitsofmeasure.org", "code": _UCUM[unit],
    }  # fmt: skip


def date(struct: Any) -> str | None:
    """Return the date of a ``…DateStruct`` of the record, to the day, the month or the year."""
    text = struct.get("date") if isinstance(struct, Mapping) else None
    return text if isinstance(text, str) and _DATE.fullmatch(text) else None


def named(intervention: Study) -> str:
    """Return how a group of the record names an intervention: ``Drug: Zinc``."""
    kind = str(intervention.get("type") or "").replace("_", " ").title()
    return f"{kind}: {intervention.get('name', '')}"


def module(study: Study, name: str) -> Study:
    """Return a module of the record's protocol section, empty where there is none."""
    found = (study.get("protocolSection") or {}).get(f"{name}Module")
    return found if isinstance(found, Mapping) else {}


def given(**fields: Any) -> Json:
    """Return the fields that have a value: FHIR knows no empty ones."""
    return {k: v for k, v in fields.items() if v is not None and v not in ("", [], {})}
