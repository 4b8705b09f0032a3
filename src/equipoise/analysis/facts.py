"""What an analysis reads: facts and answers as arrays, of one trial or of a whole ensemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.reference_set import Design
from equipoise.errors import InputError
from equipoise.protocol.arrays import Codes, Column, Numbers, codes, numbers
from equipoise.protocol.expression import Bounds, Exact, OneOf, parse
from equipoise.protocol.facts import DEVIATION, FACTS, VISIT_H
from equipoise.protocol.parts import MONTH_H, Item, Protocol, Visit
from equipoise.protocol.study import KINDS
from equipoise.views.dataset import Dataset

Found = TypeVar("Found")
Place = tuple[str, str, str]
"""Visit, form, item."""


@dataclass(frozen=True, eq=False)
class Facts:
    """Randomized participants as arrays of one shape: (n,), or (trials, n) for an ensemble.

    ``arm`` is the place in ``arms`` of the arm allocated, ``arm_treated`` that of the kit given
    where it can differ. ``facts`` are those of :data:`equipoise.protocol.facts.FACTS`, true 1 and
    false 0. ``answers`` are numbers, true 1 and false 0, a choice as the place of its code among
    the item's; NaN is unknown, and so is what is absent. Columns that are known in part may be
    given as :class:`Numbers` with bounds or :class:`Codes`. ``visit_h`` are the hours from the
    start of treatment to a visit, ``stratum`` the stratum of randomization, by its place in
    ``strata``, ``slot`` the place in the stratum's list (as they stand, where it is not given) and
    ``design`` how the list was made, where it is known. ``numbers`` are the participants' numbers
    when it is one trial.
    """

    arms: tuple[str, ...]
    arm: NDArray[np.integer]
    facts: Mapping[str, ArrayLike]
    answers: Mapping[Place, ArrayLike | Column]
    arm_treated: NDArray[np.integer] | None = None
    stratum: NDArray[np.integer] | None = None
    strata: tuple[str, ...] = ()
    slot: NDArray[np.integer] | None = None
    design: Design | None = None
    visit_h: Mapping[str, ArrayLike] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    _once: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        """Return what ``make`` returned the first time: what several endpoints ask for alike."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of every array: (n,) or (trials, n)."""
        return self.arm.shape

    def columns(
        self, protocol: Protocol, visit: str, form: str, asked: Container[str] | None = None
    ) -> dict[str, Column]:
        """Return the columns of a form at a visit, by item: all, or those ``asked`` for."""
        return {
            item.id: _column(item, given)
            for item in protocol.form(form).items
            if (asked is None or item.id in asked)
            and (given := self.answers.get((visit, form, item.id))) is not None
        }

    def baseline(
        self, protocol: Protocol, asked: Container[str] | None = None
    ) -> dict[str, Column]:
        """Return the columns of the screening items, by item: all, or those ``asked`` for."""
        return {
            name: column
            for visit in protocol.root.schedule
            if visit.phase == "screening"
            for form in visit.forms
            for name, column in self.columns(protocol, visit.visit, form, asked).items()
        }

    def about(self, protocol: Protocol, rule: str, visit: str | None = None) -> dict[str, Column]:
        """Return what ``rule`` asks: screening items, facts and, of a visit, its hour.

        A kind of deviation that nobody has is 0, any other name without a value is unknown.
        """
        names = parse(rule).names
        found = self.baseline(protocol, names) if names - set(FACTS) else {}
        found |= {name: numbers(self.facts[name]) for name in names & set(self.facts)}
        for name in names - set(found):
            if name.startswith(DEVIATION):
                found[name] = numbers(0.0)
        if visit is not None and visit in self.visit_h:
            found[VISIT_H] = numbers(self.visit_h[visit])
        return found


def _column(item: Item, given: ArrayLike | Column) -> Column:
    if isinstance(given, Numbers | Codes):
        return given
    if KINDS[item.type] == "text":
        return codes(tuple(item.codes or ()), given)
    values = np.asarray(given, dtype=np.float64)
    # a float32 stands for the decimal of the declared precision that is nearest
    return numbers(values if item.precision is None else np.round(values, item.precision))


# --- one trial ------------------------------------------------------------------------------


def of_dataset(protocol: Protocol, data: Dataset) -> Facts:
    """Return the facts of one trial, participants in the order in which they were randomized.

    Raises :class:`InputError` when a participant is there twice.
    """
    people = data.participants
    if "randomized_at" in people.columns:
        people = people.sort("randomized_at", maintain_order=True)
    who = tuple(people["participant"].to_list())
    twice = [number for number, times in Counter(who).items() if times > 1]
    if twice:
        raise InputError(
            "dataset", f"{twice[0]} has more than one row", "Give each participant one row."
        )
    arms = tuple(protocol.root.arms)
    facts: dict[str, ArrayLike] = {"randomized": np.ones(len(who))}
    for name in people.columns:
        if name in FACTS or name.startswith(DEVIATION):
            facts[name] = _floats(people[name].to_list())
    strata = people["stratum"].to_list() if "stratum" in people.columns else []
    names = sorted({str(each) for each in strata})
    return Facts(
        arms=arms,
        arm=_places(arms, people["arm"].to_list()),
        facts=facts,
        answers=_answers(protocol, data, who),
        arm_treated=(
            _places(arms, people["arm_treated"].to_list())
            if "arm_treated" in people.columns
            else None
        ),
        stratum=np.array([names.index(str(each)) for each in strata]) if strata else None,
        strata=tuple(names),
        slot=np.array(people["slot"].to_list()) if "slot" in people.columns else None,
        visit_h=_visit_hours(protocol, data, people, who),
        numbers=who,
    )


def _floats(values: list[object]) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else float(v) for v in values])  # type: ignore[arg-type]


def _places(arms: tuple[str, ...], given: list[str | None]) -> NDArray[np.integer]:
    return np.array([arms.index(arm) if arm in arms else -1 for arm in given], dtype=np.int64)


def _answers(protocol: Protocol, data: Dataset, who: tuple[str, ...]) -> dict[Place, Column]:
    forms = dict.fromkeys((visit, form) for _, visit, form in data.answers)
    found: dict[Place, Column] = {}
    for visit, form in forms:
        rows = [data.answers.get((number, visit, form), {}) for number in who]
        for item in protocol.form(form).items:
            found[visit, form, item.id] = _known(item, [row.get(item.id) for row in rows])
    return found


def _known(item: Item, values: list[Exact]) -> Column:
    if KINDS[item.type] == "text":
        each = [_words(value) for value in values]
        words = tuple(sorted(frozenset().union(*each)))
        possible = np.array([[word in known for word in words] for known in each], dtype=np.bool_)
        return Codes(words, possible.reshape(len(values), len(words)))
    low = [_end(value, upper=False) for value in values]
    if not any(isinstance(value, Bounds) for value in values):
        return numbers(low)
    return numbers(low, [_end(value, upper=True) for value in values])


def _words(value: Exact) -> frozenset[str]:
    if isinstance(value, OneOf):
        return value.codes
    return frozenset() if value is None else frozenset({str(value)})


def _end(value: Exact, *, upper: bool) -> float:
    if value is None:
        return np.nan
    if isinstance(value, Bounds):
        return float(value.high if upper else value.low)
    return float(value)  # type: ignore[arg-type]


def _visit_hours(
    protocol: Protocol, data: Dataset, people: pl.DataFrame, who: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Return the hours to each visit: as recorded, or else as planned."""
    if "pump_started_at" not in people.columns:
        return {}
    started = dict(zip(who, people["pump_started_at"].to_list(), strict=True))
    seen: dict[tuple[str, str], datetime] = {}
    if data.values.height:
        rows = data.values.select("participant", "visit", "at").unique().iter_rows()
        for number, visit, at in rows:
            seen[number, visit] = min(at, seen.get((number, visit), at))
    return {
        visit.visit: np.array(
            [_hours(protocol, visit, started[w], seen.get((w, visit.visit))) for w in who]
        )
        for visit in protocol.visits()
    }


def _hours(
    protocol: Protocol, visit: Visit, started: datetime | None, seen: datetime | None
) -> float:
    if started is None:
        return np.nan
    if seen is not None:
        return (seen - started).total_seconds() / 3600
    if visit.month is not None:
        return visit.month * MONTH_H
    if visit.day is None or visit.at is None or protocol.root.site is None:
        return np.nan
    local = started.astimezone(ZoneInfo(protocol.root.site.zone))
    planned = datetime.combine(local.date() + timedelta(days=visit.day), visit.at, local.tzinfo)
    return (planned - started).total_seconds() / 3600
