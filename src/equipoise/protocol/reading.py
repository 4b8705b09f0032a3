"""From plain data to a protocol, with every mistake at once.

The model refuses a protocol as a whole. So that one bad part does not hide what is wrong with the
others, the parts that cannot be read are taken out, one by one, until a protocol is left: the
*salvage*, good for looking for further mistakes and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from equipoise.protocol.parts import Protocol
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.wording import fields, inside, worded

ROUNDS_MAX = 200
_STAND_INS: dict[str, Any] = {
    "study": "UNKNOWN",
    "version": 1,
    "effective_on": "2000-01-01",
    "title": "?",
    "consent_version": "?",
    "eligibility": [],
}


@dataclass(frozen=True)
class Reading:
    """What could be read: the ``protocol``, or else the ``salvage``, and the mistakes."""

    protocol: Protocol | None
    salvage: Protocol | None
    findings: tuple[Finding, ...] = ()
    broken: frozenset[str] = frozenset()
    """Names in the parts that could not be read; further checks take them for known."""


def read_protocol(data: Any) -> Reading:
    """Read a protocol from the plain data of its file."""
    if not isinstance(data, dict):
        what = "the file is empty" if data is None else "the file is not a protocol"
        todo = "Write `study: …`, `version: 1` and so on; see a shipped study."
        return Reading(None, None, (Finding((), what, todo),))
    findings: list[Finding] = []
    gone: set[Path] = set()
    if "parent" in data:
        findings.append(_finding({"type": "extra_forbidden", "input": None}, ("parent",)))
        gone.add(("parent",))
    stand_ins: dict[str, Any] = {}
    for _ in range(ROUNDS_MAX):
        origin: dict[Path, Path] = {}
        clean = _without(data, gone, (), (), origin) | stand_ins
        try:
            protocol = Protocol.model_validate(clean)
        except ValidationError as error:
            fresh = _refused(error, clean, origin)
        else:
            broken = frozenset(name for path in gone for name in _names(data, path))
            whole = protocol if not findings else None
            return Reading(whole, protocol, tuple(findings), broken)
        for finding, path in fresh:
            if not any(path == each[: len(path)] for each in gone):  # else: for want of that part
                findings.append(finding)
            gone.add(_removable(path))
            if len(path) == 1 and path[0] in _STAND_INS:
                stand_ins[str(path[0])] = _STAND_INS[str(path[0])]
    return Reading(None, None, tuple(findings))


def _refused(
    error: ValidationError, clean: Any, origin: dict[Path, Path]
) -> list[tuple[Finding, Path]]:
    """Return one finding for each path that the model refuses, with the path."""
    found: dict[Path, Finding] = {}
    for each in error.errors(include_url=False):
        here, rest = _follow(clean, each["loc"])
        path = origin.get(here, here)
        if each["type"] == "missing" and rest:
            path = (*path, rest[0])
        if path not in found:
            choice = len(rest) > 0 and each["type"] != "missing" and rest[0] != "[key]"
            found[path] = _choice(path) if choice else _finding(dict(each), path)
    return [(finding, path) for path, finding in found.items()]


def _follow(data: Any, location: tuple[str | int, ...]) -> tuple[Path, tuple[str | int, ...]]:
    """Split a location into what is in the data and the rest, such as the branch of a union."""
    for length, step in enumerate(location):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return location[:length], location[length:]
    return location, ()


def _finding(error: dict[str, Any], path: Path) -> Finding:
    around: Any = Protocol
    annotation: Any = Protocol
    for step in path:
        around, (annotation, _) = annotation, inside(annotation, step)
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the protocol")
    what, todo = worded(error, name, annotation, fields(around))
    return Finding(path, what, todo)


def _choice(path: Path) -> Finding:
    return Finding(path, "this is neither a number nor an expression", "Write one of them.")


def _removable(path: Path) -> Path:
    """Return the smallest part around ``path`` that the model can do without."""
    annotation: Any = Protocol
    found = path[:1]
    for length, step in enumerate(path, 1):
        annotation, optional = inside(annotation, step)
        if optional or (annotation is Any and length == len(path)):  # Any: a field too many
            found = path[:length]
    return found


def _without(data: Any, gone: set[Path], path: Path, here: Path, origin: dict[Path, Path]) -> Any:
    """Return a copy without the paths in ``gone``; ``origin`` gets where each path was before."""
    origin[here] = path
    if isinstance(data, dict):
        return {
            key: _without(value, gone, (*path, key), (*here, key), origin)
            for key, value in data.items()
            if (*path, key) not in gone
        }
    if isinstance(data, list):
        kept = [place for place in range(len(data)) if (*path, place) not in gone]
        return [
            _without(data[place], gone, (*path, place), (*here, now), origin)
            for now, place in enumerate(kept)
        ]
    return data


def _names(data: Any, path: Path) -> Iterator[str]:
    """Iterate over all names that the part at ``path`` brought with it."""
    here, rest = _follow(data, path)
    for step in here:
        data = data[step]
    if isinstance(path[-1], str):
        yield path[-1]
    if not rest:
        yield from _declared(data)


def _declared(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if key in {"id", "visit", "name", "drug"} and isinstance(value, str):
                yield value
            yield from _declared(value)
    elif isinstance(data, list):
        for value in data:
            yield from _declared(value)
