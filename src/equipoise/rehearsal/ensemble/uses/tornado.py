"""Which assumption moves the power most: one at a time, in the same people.

All worlds have the same random numbers, so the Monte Carlo error of a difference is that of the
difference within trials, which is smaller than that of two powers apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble.plan import usable
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

RANGE = 0.2


@dataclass(frozen=True)
class Change:
    """A changed value: the change of the power by it, with its paired Monte Carlo error."""

    value: float
    power: float
    change: float
    error: float


@dataclass(frozen=True)
class Bar:
    """An assumption with its value and the powers at both ends; None where it cannot be there."""

    path: str
    value: float
    low: Change | None
    high: Change | None

    @property
    def width(self) -> float:
        """The greatest change of the power."""
        return max((abs(c.change) for c in (self.low, self.high) if c), default=0.0)


@dataclass(frozen=True)
class Tornado:
    """The power as planned, and the bars, the widest first."""

    power: Share
    bars: tuple[Bar, ...]


def numbers(asked: Question) -> dict[str, float]:
    """Return all plain numbers under ``rehearsal`` by dotted path, as the scenario has them."""
    found: dict[str, float] = {}
    for study in usable(asked.loaded).lineage():
        if study.rehearsal is not None:
            found |= dict(_walk(study.rehearsal.model_dump(exclude_none=True), ""))
            scenario = study.scenarios.get(asked.scenario)
            for path, value in (scenario.set if scenario else {}).items():
                plain = isinstance(value, int | float) and not isinstance(value, bool)
                found.pop(path, None)
                if plain:
                    found[path] = float(value)
    return {path: value for path, value in (found | dict(asked.changes)).items()
            if not path.startswith(("allocation_annex", "participants"))}  # fmt: skip


def _walk(data: Any, above: str) -> Iterator[tuple[str, float]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _walk(value, f"{above}.{key}".lstrip("."))
    elif isinstance(data, list | tuple):
        for place, value in enumerate(data):
            yield from _walk(value, f"{above}.{place}")
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield above, float(data)


def tornado(
    asked: Question, ranges: Mapping[str, tuple[float, float] | None], *, trials: int
) -> Tornado:
    """Return the change of the power by each path of ``ranges``, or by all numbers if it is empty.

    A range of None is 20 % to both sides. A number that is 0 has no 20 % and is left out unless
    its range is given. Raises :class:`InputError` for a path that is no plain number and has no
    range.
    """
    known = numbers(asked)
    if not ranges:
        ranges = {path: None for path, value in known.items() if value}
    base = asked.successes(asked.rows(0, trials))
    bars = [_bar(asked, path, known.get(path), between, base, given=between is not None)
            for path, between in ranges.items()]  # fmt: skip
    bars.sort(key=lambda bar: -bar.width)
    return Tornado(Share(int(base.sum()), trials), tuple(bars))


def _bar(
    asked: Question, path: str, value: float | None, between: tuple[float, float] | None,
    base: NDArray[np.bool_], *, given: bool,
) -> Bar:  # fmt: skip
    if between is None:
        if not value:
            raise InputError(f"'{path}'", "is no plain number other than 0, so it has no 20 %",
                             f"Give its range: --vary {path}=LOW,HIGH")  # fmt: skip
        between = value - RANGE * abs(value), value + RANGE * abs(value)
    ends = [_change(asked, path, end, base, given=given) for end in between]
    return Bar(path, math.nan if value is None else value, ends[0], ends[1])


def _change(
    asked: Question, path: str, value: float, base: Sequence[bool] | NDArray[np.bool_], *,
    given: bool,
) -> Change | None:  # fmt: skip
    other = replace(asked, changes={**asked.changes, path: value})
    try:
        found = asked.successes(other.rows(0, len(base)))
    except InputError:
        if given:  # asked for in so many words
            raise
        return None  # a share of 0.9 has no 20 % more
    change = found.astype(np.float64) - np.asarray(base, np.float64)
    error = float(change.std(ddof=1) / np.sqrt(len(change))) if len(change) > 1 else math.nan
    return Change(value, float(found.mean()), float(change.mean()), error)
