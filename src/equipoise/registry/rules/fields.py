"""Rules about single fields: whether a field is there, how long it is, which values it may have.

They stand in ``fields.tsv``, a line for each field of the API's metadata and OpenAPI description
(version 2.0.5). How bad it is that a *needed* field is *absent* follows 3,310 public records: an
error where all have it, a note where more than 5 % do not. Lengths in results are out of date in
the metadata, so breaking them is a warning.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Any

from equipoise.registry.record import Study, get, module, partial_date
from equipoise.registry.rules.rule import NEW_FROM, Finding, Look, Rule, Severity, is_new

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


Place = tuple[str, Any]
"""Where a field is or should be, as a path with the places in lists, and its value or None."""


@dataclass(slots=True)
class _Branch:
    """A name in the paths of fields: which field ends here, which go on, and all that pass."""

    field: str | None = None
    inner: dict[str, _Branch] = dataclasses.field(default_factory=dict)
    passing: list[str] = dataclasses.field(default_factory=list)


def _tree(paths: Iterable[str]) -> _Branch:
    root = _Branch()
    for path in paths:
        root.passing.append(path)
        branch = root
        for name in path.split("."):
            branch = branch.inner.setdefault(name, _Branch())
            branch.passing.append(path)
        branch.field = path
    return root


def places(study: Study, *paths: str) -> dict[str, list[Place]]:
    """Return, for each path, its field in every element of the lists on its way; None if missing.

    A missing object on the way gives one None, at the first name that is not there. The record is
    gone through once, however many paths there are.
    """
    return _places(study, _tree(paths))


def _places(study: Study, tree: _Branch) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {path: [] for path in tree.passing}
    _walk(study, tree, "", found)
    return found


def _walk(value: Any, branch: _Branch, where: str, found: dict[str, list[Place]]) -> None:
    if isinstance(value, list) and value:
        for place, each in enumerate(value):
            _walk(each, branch, f"{where}.{place}", found)
        return
    if branch.field is not None:
        found[branch.field].append((where, value))
    if branch.inner and isinstance(value, (dict, Mapping)):  # the first is seen sooner
        prefix = f"{where}." if where else ""
        for name, next_ in branch.inner.items():
            inside = value.get(name)
            if inside is None:
                for path in next_.passing:
                    found[path].append((prefix + name, None))
            elif next_.inner or isinstance(inside, list):
                _walk(inside, next_, prefix + name, found)
            else:
                found[next_.passing[0]].append((prefix + name, inside))


_Judge = Callable[[Study, Iterable[Place]], Iterator[Look]]


def _is_there(depth: int, needed: str, study: Study, found: Iterable[Place]) -> Iterator[Look]:
    if not _NEEDED_IN[needed](study):
        return
    for where, value in found:
        if value is not None:
            yield where, value not in ("", [])
            continue
        named = [part for part in where.split(".") if not part.isdigit()]
        if len(named) == depth or _required_parent(named):
            yield where, False


def _required_parent(named: Sequence[str]) -> bool:
    """Return whether what is missing is a module or section, and not one of a list's elements."""
    return len(named) <= 2 or named[-1].endswith(("Module", "Info", "Struct", "Sponsor", "Party"))


def _is_short(longest: int, _: Study, found: Iterable[Place]) -> Iterator[Look]:
    for where, value in found:
        if isinstance(value, str):
            yield where, len(value) <= longest


def _is_allowed(allowed: frozenset[str], _: Study, found: Iterable[Place]) -> Iterator[Look]:
    for where, value in found:
        if isinstance(value, str):
            yield where, value in allowed


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a rule asks of the places of a field."""

    path: str
    judge: _Judge

    def __call__(self, study: Study) -> Iterator[Look]:
        return self.judge(study, places(study, self.path)[self.path])


@cache
def _asked() -> tuple[tuple[tuple[Rule, _Asked], ...], _Branch]:
    """Return every rule with what it asks, and the fields of all."""
    file = resources.files("equipoise.registry.rules") / "fields.tsv"
    lines = csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    ours = tuple(each for line in lines for each in _rules(line))
    return ours, _tree(dict.fromkeys(asked.path for _, asked in ours))


def rules() -> tuple[Rule, ...]:
    """Return the rules of every field."""
    return tuple(rule for rule, _ in _asked()[0])


def findings(study: Study) -> list[Finding]:
    """Return what does not hold of single fields, in the order of :func:`rules`."""
    ours, tree = _asked()
    found = _places(study, tree)
    return [
        Finding(rule, rule.severity_in(study), where)
        for rule, asked in ours
        for where, holds in asked.judge(study, found[asked.path])
        if not holds
    ]


def _rules(line: Mapping[str, str]) -> Iterator[tuple[Rule, _Asked]]:
    path = line["path"]
    names = path.split(".")
    field = ".".join(names[-2:]) if names[-1] in _GENERAL else names[-1]
    if line["needed"]:
        severity: Severity = line["absent"]  # type: ignore[assignment]
        asked = _Asked(path, partial(_is_there, len(names), line["needed"]))
        yield Rule(
            f"needed: {path}", severity, "`{field}` is missing", "Add it.", _SOURCE, asked,
            fields={"field": field},
        ), asked  # fmt: skip
    if line["max_chars"]:
        asked = _Asked(path, partial(_is_short, int(line["max_chars"])))
        yield Rule(
            f"length: {path}", "warning" if path.startswith("resultsSection") else "error",
            "`{field}` is longer than {longest} characters", "Shorten it.", _SOURCE, asked,
            older="warning", fields={"field": field, "longest": line["max_chars"]},
        ), asked  # fmt: skip
    if line["allowed"]:
        allowed = line["allowed"].split("|")
        asked = _Asked(path, partial(_is_allowed, frozenset(allowed)))
        yield Rule(
            f"value: {path}", "error", "`{field}` has a value that does not exist",
            "Use one of: {allowed}.", _SOURCE, asked,
            fields={"field": field, "allowed": ", ".join(allowed)},
        ), asked  # fmt: skip
