"""What changed between two versions of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from equipoise.registry.record import Study


@dataclass(frozen=True, slots=True)
class Change:
    """A part of a record that was added, removed or changed; ``path`` is dotted."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


def differences(before: Study, after: Study) -> list[Change]:
    """Return what changed, in the order of the later version; equal records give an empty list.

    Elements of a list are matched as a whole, so that one put in front of the others is one
    addition. An element that stands where another stood is compared with it.
    """
    return list(_compare("", before, after))


def _compare(path: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*after, *(name for name in before if name not in after)]
        for name in names:
            here = f"{path}.{name}".removeprefix(".")
            if name not in before:
                yield Change(here, "added", after=after[name])
            elif name not in after:
                yield Change(here, "removed", before=before[name])
            else:
                yield from _compare(here, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after)
    elif before != after or type(before) is not type(after):
        yield Change(path, "changed", before, after)


def _lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, _keys(before), _keys(after), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        paired = min(i2 - i1, j2 - j1)
        for k in range(paired):
            yield from _compare(f"{path}.{j1 + k}", before[i1 + k], after[j1 + k])
        for i in range(i1 + paired, i2):
            yield Change(f"{path}.{i}", "removed", before=before[i])
        for j in range(j1 + paired, j2):
            yield Change(f"{path}.{j}", "added", after=after[j])


def _keys(elements: list[Any]) -> list[str]:
    return [repr(each) for each in elements]
