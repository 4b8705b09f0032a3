"""The parameters of a search, as the registry's API names them, as one query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from equipoise.errors import InputError
from equipoise.registry.search import plan
from equipoise.registry.search.fields import enums, parameters, place
from equipoise.registry.search.index import Query, sort_by
from equipoise.registry.search.meaning import meaning
from equipoise.registry.search.plan import Plan
from equipoise.registry.search.synonyms import Synonyms
from equipoise.registry.search.words import words

KM_PER_MILE = 1.609344

QUERIES = tuple(f"query.{name}" for name in parameters())
FILTERS = tuple(
    f"{when}.{what}"
    for when in ("filter", "postFilter")
    for what in ("overallStatus", "geo", "ids", "advanced", "synonyms")
)

_DISTANCE = re.compile(
    r"distance\(\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*(km|mi)?\s*\)"
)
_NUMBER = re.compile(r"NCT0*([1-9]\d{0,7})", re.IGNORECASE)

# What each option of `aggFilters` means: a piece, and the values that it asks for.
_RECRUITS = {
    "rec": "RECRUITING", "not": "NOT_YET_RECRUITING", "act": "ACTIVE_NOT_RECRUITING",
    "com": "COMPLETED", "ter": "TERMINATED", "enr": "ENROLLING_BY_INVITATION", "sus": "SUSPENDED",
    "wit": "WITHDRAWN", "unk": "UNKNOWN", "ava": "AVAILABLE", "nla": "NO_LONGER_AVAILABLE",
    "tna": "TEMPORARILY_NOT_AVAILABLE", "afm": "APPROVED_FOR_MARKETING",
}  # fmt: skip
AGGREGATES: dict[str, tuple[str, dict[str, str]]] = {
    "status": ("OverallStatus", _RECRUITS),
    "results": ("HasResults", {"with": "true", "without": "false"}),
    "sex": ("Sex", {"f": "FEMALE", "m": "MALE", "all": "ALL"}),
    "healthy": ("HealthyVolunteers", {"y": "true", "n": "false"}),
    "ages": ("StdAge", {"child": "CHILD", "adult": "ADULT", "older": "OLDER_ADULT"}),
    "phase": ("Phase", {"0": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3",
                        "4": "PHASE4", "na": "NA"}),
    "studyType": ("StudyType", {"int": "INTERVENTIONAL", "obs": "OBSERVATIONAL",
                                "exp": "EXPANDED_ACCESS"}),
    "funderType": ("LeadSponsorClass", {"nih": "NIH", "fed": "FED", "industry": "INDUSTRY"}),
    "docs": ("", {"prot": "LargeDocHasProtocol", "sap": "LargeDocHasSAP",
                  "icf": "LargeDocHasICF"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, what its reader should know, and the places it looks into."""

    query: Query
    notes: tuple[str, ...]
    places: tuple[str, ...]


def ask(given: Mapping[str, str], synonyms: Synonyms, *, offset: int = 0, size: int = 10) -> Asked:
    """Return the query that the API's parameters ask (``query.cond``, ``filter.ids``, ``sort``, …).

    Blank ones ask nothing. Raises :class:`InputError` naming the parameter that is at fault, and
    the character of a broken query.
    """
    wanted: list[Plan] = []
    notes: list[str] = []
    places: list[str] = []
    for name, area in parameters().items():
        text = given.get(f"query.{name}", "")
        if text.strip():
            found = _meaning(f"query.{name}", text, area, synonyms)
            wanted.append(found[0])
            notes += found[1]
            places.append(area)
    filters = []
    for name in FILTERS:
        text = given.get(name, "")
        if text.strip():
            filters.append(_filter(name, text, synonyms))
    if given.get("aggFilters", "").strip():
        filters.append(_aggregates(given["aggFilters"]))
    wanted += [plan.Prefer(each, 0) for each in filters]
    sorts = tuple(sort_by(each) for each in split(given.get("sort", "")))
    if len(sorts) > 2:
        raise InputError("sort", f"has {len(sorts)} fields", "Give two at most.")
    where = wanted[0] if len(wanted) == 1 else plan.Every(tuple(wanted))
    made = Query(where if wanted else plan.Everything(), sorts, offset, size)
    return Asked(made, tuple(dict.fromkeys(notes)), tuple(places))


def split(text: str) -> list[str]:
    """Return the items of a comma- or pipe-separated list, the empty ones left out."""
    return [each.strip() for each in re.split(r"[,|]", text) if each.strip()]


def number(text: str) -> str:
    """Return a registration number in full (``nct841061`` is ``NCT00841061``).

    Raises :class:`InputError` for what is none.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise InputError(
            text.strip()[:40] or "number", "is no registration number", "Write NCT00841061."
        )
    return f"NCT{int(found[1]):08d}"


def whole_value(piece: str, value: str) -> plan.Phrase:
    """Return the plan of records in which a value of ``piece`` is ``value``."""
    return plan.Phrase(place(piece), tuple(words(value)), first=True, last=True)


def _meaning(name: str, text: str, area: str, synonyms: Synonyms) -> tuple[Plan, tuple[str, ...]]:
    try:
        found = meaning(text, area, synonyms)
    except InputError as error:
        problem = error.problem
        where = problem.where.replace("query", name, 1)
        raise InputError(where, problem.what, problem.todo) from None
    return found.plan, found.notes


def _filter(name: str, text: str, synonyms: Synonyms) -> Plan:
    kind = name.rpartition(".")[2]
    if kind == "overallStatus":
        return plan.Any(tuple(_status(name, each) for each in split(text)))
    if kind == "geo":
        return _near(name, text)
    if kind == "ids":
        return plan.Ids(frozenset(number(each) for each in split(text)))
    if kind == "advanced":
        return _meaning(name, text, "BasicSearch", synonyms)[0]
    raise InputError(name, "is not supported", "Name the synonyms in the query, joined by OR.")


def _status(name: str, value: str) -> Plan:
    if value not in enums()["Status"]:
        raise InputError(name, f"knows no '{value}'", f"Use {_listed(enums()['Status'])}.")
    return whole_value("OverallStatus", value)


def _near(name: str, text: str) -> Plan:
    found = _DISTANCE.fullmatch(text.strip())
    if found is None or not (abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180):
        raise InputError(
            name, f"cannot be read: '{text[:60]}'", "Write distance(39.0036,-77.1013,50mi)."
        )
    unit_km = 1.0 if found[4] == "km" else KM_PER_MILE
    return plan.Near(float(found[1]), float(found[2]), float(found[3]) * unit_km)


def _aggregates(text: str) -> Plan:
    parts: list[Plan] = []
    for each in split(text):
        name, _, options = each.partition(":")
        if name not in AGGREGATES or not options.split():
            raise InputError(
                "aggFilters", f"knows no '{each}'",
                f"Write status:rec, with one of {_listed(AGGREGATES)} before the colon.",
            )  # fmt: skip
        piece, known = AGGREGATES[name]
        for option in options.split():
            if option not in known:
                raise InputError(
                    "aggFilters", f"knows no '{option}' of {name}", f"Use {_listed(known)}."
                )
        chosen = [known[option] for option in options.split()]
        parts.append(plan.Any(tuple(
            whole_value(piece, value) if piece else whole_value(value, "true") for value in chosen
        )))  # fmt: skip
    return plan.Every(tuple(parts))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
