"""Reading a registry record: a ClinicalTrials.gov API v2 study as plain JSON.

A record is the object that the API gives, with every field, in its order; nothing stands in for a
field that is not there. Here is what many readers of a record ask of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

Study = Mapping[str, Any]
"""A record."""


def get(study: Study, path: str, default: Any = None) -> Any:
    """Return the value at a dotted ``path`` (``protocolSection.statusModule.overallStatus``).

    A number in the path is a place in a list. ``default`` where anything on the way is missing.
    """
    place: Any = study
    for name in path.split("."):
        if isinstance(place, Mapping):
            place = place.get(name)
        elif isinstance(place, list) and name.isdigit() and int(name) < len(place):
            place = place[int(name)]
        else:
            return default
        if place is None:
            return default
    return place


def module(study: Study, name: str) -> Mapping[str, Any]:
    """Return a module of the protocol section by its short name (``status``), empty if missing."""
    found = get(study, f"protocolSection.{name}Module")
    return found if isinstance(found, Mapping) else {}


def nct_id(study: Study) -> str | None:
    """Return the registration number."""
    found = get(study, "protocolSection.identificationModule.nctId")
    return found if isinstance(found, str) else None


def title(study: Study) -> str:
    """Return the brief title, the official one where there is none, or the number."""
    identification = module(study, "identification")
    return str(
        identification.get("briefTitle") or identification.get("officialTitle") or nct_id(study)
    )


def conditions(study: Study) -> list[str]:
    """Return the conditions as registered."""
    return _texts(module(study, "conditions").get("conditions"))


def keywords(study: Study) -> list[str]:
    """Return the keywords as registered."""
    return _texts(module(study, "conditions").get("keywords"))


def interventions(study: Study) -> list[Mapping[str, Any]]:
    """Return the interventions."""
    return _objects(module(study, "armsInterventions").get("interventions"))


def arms(study: Study) -> list[Mapping[str, Any]]:
    """Return the arm groups."""
    return _objects(module(study, "armsInterventions").get("armGroups"))


def mesh(study: Study, kind: Literal["condition", "intervention"]) -> list[str]:
    """Return the MeSH terms that the registry derived, the study's own before their ancestors."""
    browse = get(study, f"derivedSection.{kind}BrowseModule", {})
    both = [*_objects(browse.get("meshes")), *_objects(browse.get("ancestors"))]
    return [str(each["term"]) for each in both if each.get("term")]


def references(study: Study) -> list[Mapping[str, Any]]:
    """Return the publications."""
    return _objects(module(study, "references").get("references"))


def locations(study: Study) -> list[Mapping[str, Any]]:
    """Return the sites."""
    return _objects(module(study, "contactsLocations").get("locations"))


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the day or to the month; ``actual`` None where the record does not say."""

    text: str
    first: date
    last: date
    actual: bool | None = None

    def surely_before(self, other: PartialDate) -> bool:
        """Return whether no reading of the two dates has this one on or after the other."""
        return self.last < other.first

    def surely_after(self, other: PartialDate) -> bool:
        """Return whether no reading of the two dates has this one on or before the other."""
        return self.first > other.last


def partial_date(given: Any) -> PartialDate | None:
    """Return a date of a record: ``2023-01``, ``2023-01-30`` or a ``…DateStruct``; None if none."""
    actual = None
    if isinstance(given, Mapping):
        kind = given.get("type")
        actual = {"ACTUAL": True, "ESTIMATED": False}.get(kind) if isinstance(kind, str) else None
        given = given.get("date")
    if not isinstance(given, str):
        return None
    try:
        if len(given) == len("2023-01"):
            first = date.fromisoformat(f"{given}-01")
            following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
            return PartialDate(given, first, following - timedelta(days=1), actual)
        day = date.fromisoformat(given[:10])
    except ValueError:
        return None
    return PartialDate(given, day, day, actual)


def texts(value: Any) -> Iterator[str]:
    """Yield every text inside a part of a record, depth first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value if each is not None] if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
