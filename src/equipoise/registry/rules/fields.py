"""Rules about single fields: whether a field is there, how long it is, which values it may have.

They stand in ``fields.tsv``, a line for each field of the API's metadata and OpenAPI description
(version 2.0.5). How bad it is that a *needed* field is *absent* follows 3,310 public records: an
error where all have it, a note where more than 5 % do not. Lengths in results are out of date in
the metadata, so breaking them is a warning.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib import resources
from typing import Any

from equipoise.registry.record import Study, get, module, partial_date
from equipoise.registry.rules.rule import NEW_FROM, Look, Rule, Severity, is_new

_SOURCE = "ClinicalTrials.gov, study data structure"


def _kind(study: Study) -> str:
    return str(module(study, "design").get("studyType"))


def _since_2017(study: Study) -> bool:
    end = partial_date(get(study, "protocolSection.statusModule.primaryCompletionDateStruct"))
    return bool(end and end.first >= NEW_FROM)


_NEEDED_IN: Mapping[str, Callable[[Study], bool]] = {
    "all": lambda study: _kind(study) != "EXPANDED_ACCESS",
    "new": lambda study: is_new(study) and _kind(study) != "EXPANDED_ACCESS",
    "trial": lambda study: _kind(study) == "INTERVENTIONAL",
    "new trial": lambda study: is_new(study) and _kind(study) == "INTERVENTIONAL",
    "observational": lambda study: _kind(study) == "OBSERVATIONAL",
    "investigator": lambda study: (
        "INVESTIGATOR"
        in str(get(study, "protocolSection.sponsorCollaboratorsModule.responsibleParty.type"))
    ),
    "results": lambda study: "resultsSection" in study,
    "results from 2017": lambda study: "resultsSection" in study and _since_2017(study),
}


# Names that say little without the one before.
_GENERAL = frozenset({"date", "id", "name", "type", "title", "label", "description", "comment"})


def places(value: Any, names: tuple[str, ...], where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the value of a field in every element of the lists on its way; None where missing.

    A missing object on the way yields one None, at the first name that is not there.
    """
    if isinstance(value, list) and (value or names):
        for place, each in enumerate(value):
            yield from places(each, names, f"{where}.{place}")
    elif not names:
        yield where.removeprefix("."), value
    elif isinstance(value, Mapping):
        name, *rest = names
        here = f"{where}.{name}"
        if value.get(name) is None:
            yield here.removeprefix("."), None
        else:
            yield from places(value[name], tuple(rest), here)


def _is_there(names: tuple[str, ...], needed: str, study: Study) -> Iterator[Look]:
    if not _NEEDED_IN[needed](study):
        return
    depth = len(names) - 1
    for where, value in places(study, names):
        named = [part for part in where.split(".") if not part.isdigit()]
        if value is not None or len(named) > depth or _required_parent(tuple(named)):
            yield where, value is not None and value not in ("", [])


def _required_parent(named: tuple[str, ...]) -> bool:
    """Return whether what is missing is a module or section, and not one of a list's elements."""
    return len(named) <= 2 or named[-1].endswith(("Module", "Info", "Struct", "Sponsor", "Party"))


def _is_short(names: tuple[str, ...], longest: int, study: Study) -> Iterator[Look]:
    for where, value in places(study, names):
        if isinstance(value, str):
            yield where, len(value) <= longest


def _is_allowed(names: tuple[str, ...], allowed: frozenset[str], study: Study) -> Iterator[Look]:
    for where, value in places(study, names):
        if isinstance(value, str):
            yield where, value in allowed


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of every field."""
    file = resources.files("equipoise.registry.rules") / "fields.tsv"
    lines = csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    return tuple(rule for line in lines for rule in _rules(line))


def _rules(line: Mapping[str, str]) -> Iterator[Rule]:
    path = line["path"]
    names = tuple(path.split("."))
    field = ".".join(names[-2:]) if names[-1] in _GENERAL else names[-1]
    in_results = path.startswith("resultsSection")
    if line["needed"]:
        severity: Severity = line["absent"]  # type: ignore[assignment]
        yield Rule(
            f"needed: {path}", severity, "`{field}` is missing", "Add it.", _SOURCE,
            partial(_is_there, names, line["needed"]), fields={"field": field},
        )  # fmt: skip
    if line["max_chars"]:
        longest = int(line["max_chars"])
        yield Rule(
            f"length: {path}", "warning" if in_results else "error",
            "`{field}` is longer than {longest} characters", "Shorten it.", _SOURCE,
            partial(_is_short, names, longest), older="warning",
            fields={"field": field, "longest": str(longest)},
        )  # fmt: skip
    if line["allowed"]:
        allowed = line["allowed"].split("|")
        yield Rule(
            f"value: {path}", "error", "`{field}` has a value that does not exist",
            "Use one of: {allowed}.", _SOURCE, partial(_is_allowed, names, frozenset(allowed)),
            fields={"field": field, "allowed": ", ".join(allowed)},
        )  # fmt: skip
