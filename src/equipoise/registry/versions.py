"""What changed between two versions of a record, and what a field was in each of many."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from equipoise.language import Language
from equipoise.registry.field_names import FIELDS
from equipoise.registry.record import Study, get

# By what an element of a list is known, in this order: groups, outcomes, publications and so on.
_KNOWN_BY = (
    "label", "measure", "pmid", "id", "name", "term", "title", "facility", "citation", "type",
    "text",
)  # fmt: skip
_LONG = 60  # characters; what is longer is shown where it differs
_AROUND = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A part of a record that was added, removed, changed, or moved within its list.

    ``path`` is dotted, its numbers places in the later version (in the earlier for what was
    removed); ``inside`` names the innermost element of a list that the part belongs to.
    """

    path: str
    kind: Literal["added", "removed", "changed", "moved"]
    before: Any = None
    after: Any = None
    inside: str = ""

    def text(self, say: Language) -> str:
        """Return the change in words: ``Sex (Balm): ALL → FEMALE``."""
        name = field_name(self.path, say) + (f" ({self.inside})" if self.inside else "")
        if self.kind == "added":
            return say("{field}: added {value}", field=name, value=_shown(self.after))
        if self.kind == "removed":
            return say("{field}: removed {value}", field=name, value=_shown(self.before))
        if self.kind == "moved":
            return say("{field}: moved {value}", field=name, value=_shown(self.after))
        before, after = _where_they_differ(self.before, self.after)
        return f"{name}: {before} → {after}"


def differences(before: Study, after: Study) -> list[Change]:
    """Return what changed, in the order of the later version; equal records give an empty list.

    Elements of a list are matched as a whole, so that one put in front of the others is one
    addition and one put elsewhere is moved. Of the others, those with the same name (a group's
    label, an outcome's measure) are compared with each other, and the rest place by place.
    """
    return list(_compare("", "", before, after))


def course(versions: Iterable[tuple[str, Study]], path: str) -> list[tuple[str, Any]]:
    """Return each value that a field had, with the date of the first version that has it.

    ``versions`` are (date, record) in the order of time; a version without the field gives None.
    """
    found: list[tuple[str, Any]] = []
    for at, study in versions:
        value = get(study, path)
        if not found or found[-1][1] != value:
            found.append((at, value))
    return found


def field_name(path: str, say: Language) -> str:
    """Return a field's name for people: the registry's, else the last word of the path."""
    plain = re.sub(r"\.\d+(?=\.|$)", "", path).removeprefix("protocolSection.")
    if plain in FIELDS:
        return say(FIELDS[plain])
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain.rpartition(".")[2]).lower()
    return words.removesuffix(" module").removesuffix(" struct").capitalize()


def _compare(path: str, inside: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*after, *(name for name in before if name not in after)]
        for name in names:
            here = f"{path}.{name}".removeprefix(".")
            if name not in before:
                yield Change(here, "added", after=after[name], inside=inside)
            elif name not in after:
                yield Change(here, "removed", before=before[name], inside=inside)
            else:
                yield from _compare(here, inside, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, inside, before, after)
    elif before != after or type(before) is not type(after):
        yield Change(path, "changed", before, after, inside)


def _lists(path: str, inside: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    keys = _keys(before), _keys(after)
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    left: dict[int, int] = {}  # place in the earlier list -> which stretch of the lists it is in
    right: dict[int, int] = {}
    for stretch, (tag, i1, i2, j1, j2) in enumerate(matcher.get_opcodes(), start=1):
        if tag != "equal":
            left |= dict.fromkeys(range(i1, i2), stretch)
            right |= dict.fromkeys(range(j1, j2), stretch)
    moved = _paired(left, right, keys[0], keys[1])
    names = [_name(each) for each in before], [_name(each) for each in after]
    same = _paired(left, right, *names)
    # Elements without a name, or with a new one: the first with the first of the same stretch.
    place = _paired(left, right, [left.get(i) for i in range(len(before))],
                    [right.get(j) for j in range(len(after))])  # fmt: skip
    for j in sorted([*moved, *same, *place, *right]):
        here, now = f"{path}.{j}", after[j]
        if j in moved:
            yield Change(here, "moved", before[moved[j]], now, inside)
        elif j in right:
            yield Change(here, "added", None, now, inside)
        else:
            then = before[same[j] if j in same else place[j]]
            yield from _compare(here, _name(now) or inside, then, now)
    for i in left:
        yield Change(f"{path}.{i}", "removed", before[i], None, inside)


def _paired(
    left: dict[int, int], right: dict[int, int], before: list[Any], after: list[Any]
) -> dict[int, int]:
    """Return later place -> earlier place of what has the same mark; it is left over no longer."""
    places: dict[Any, list[int]] = {}
    for i in left:
        places.setdefault(before[i], []).append(i)
    found = {j: places[after[j]].pop(0) for j in right if after[j] and places.get(after[j])}
    for j, i in found.items():
        del left[i], right[j]
    return found


def _name(element: Any) -> str:
    if isinstance(element, Mapping):
        for key in _KNOWN_BY:
            if isinstance(element.get(key), str) and element[key]:
                return _short(element[key])
    return ""


def _keys(elements: list[Any]) -> list[str]:
    return [repr(each) for each in elements]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return _name(value) or _short(json.dumps(value, ensure_ascii=False))
    return _short(value) if isinstance(value, str) else json.dumps(value)


def _where_they_differ(before: Any, after: Any) -> tuple[str, str]:
    """Return both values, of long texts only what differs and a little around it."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return _shown(before), _shown(after)
    if max(len(before), len(after)) <= _LONG:
        return " ".join(before.split()), " ".join(after.split())
    shorter = min(len(before), len(after))
    start = next((k for k in range(shorter) if before[k] != after[k]), shorter)
    end = next((k for k in range(shorter - start) if before[-1 - k] != after[-1 - k]),
               shorter - start)  # fmt: skip
    first = max(0, start - _AROUND)

    def part(text: str) -> str:
        last = min(len(text), len(text) - end + _AROUND)
        cut = " ".join(text[first:last].split())
        return ("…" if first else "") + cut + ("…" if last < len(text) else "")

    return part(before), part(after)
