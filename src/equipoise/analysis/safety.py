"""The safety of one trial: the safety set as treated, from the start of treatment on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from equipoise.analysis.adverse_events import Reported, Table, tabulate
from equipoise.analysis.estimators.rate import Rate, poisson_rate
from equipoise.analysis.facts import of_dataset
from equipoise.analysis.populations import arms_of, members
from equipoise.protocol.estimand import Population
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset

Period = Literal["treatment", "follow-up"]
PERIODS: tuple[Period, ...] = get_args(Period)
_Time = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Incidence:
    """Events of one arm in one period: on treatment, or after it.

    ``person_h`` is all the time that people were watched; ``first_h`` only the time until each
    one's first event of the period. ``first_rate`` is people with an event by ``first_h``,
    ``rate`` all events by ``person_h``, both per hour.
    """

    period: Period
    arm: str
    people: int
    events: int
    person_h: float
    first_h: float
    first_rate: Rate
    rate: Rate


@dataclass(frozen=True, eq=False)
class Safety:
    """The safety of one trial.

    ``serious`` are the serious events in order of onset, with the day of treatment (1 is the
    day on which it began) and the arm. ``outside`` counts events that stand in no table: before
    the start of treatment, or of people who are not in the set.
    """

    set: str | None
    table: Table
    incidence: tuple[Incidence, ...]
    serious: tuple[tuple[Reported, str, int], ...]
    outside: int


def safety(protocol: Protocol, data: Dataset) -> Safety:
    """Return the safety of a trial: the safety set as treated, events from treatment on.

    The set is the protocol's first one that counts people ``as_treated``; without one, everybody
    whose treatment was started.
    """
    name, population = _safety_set(protocol)
    facts = of_dataset(protocol, data)
    inside, places = members(protocol, facts, population), arms_of(facts, population)
    arm_of = {
        number: facts.arms[place]
        for number, place, within in zip(facts.numbers, places, inside, strict=True)
        if within
    }
    started = dict(data.participants.select("participant", "pump_started_at").iter_rows())
    everything = [
        Reported(*(row[name] for name in Reported.__dataclass_fields__))
        for row in data.adverse_events.iter_rows(named=True)
    ]
    events = [
        event
        for event in everything
        if event.participant in arm_of and _since(event, started[event.participant]) >= 0
    ]
    listed = [
        (each.organ_system, each.term.en) for p in protocol.lineage() for each in p.adverse_events
    ]
    table = tabulate(arm_of, arms_in_order(protocol), events, listed)
    hours: dict[str, list[float]] = {who: [] for who in arm_of}
    for event in events:
        hours[event.participant].append(_since(event, started[event.participant]))
    return Safety(
        set=name,
        table=table,
        incidence=tuple(_incidences(table.arms, arm_of, hours, _watched(arm_of, hours, data))),
        serious=tuple(
            (event, arm_of[event.participant], _day(event, started[event.participant]))
            for event in sorted(events, key=lambda e: (e.onset, e.participant))
            if event.serious or event.fatal
        ),
        outside=len(everything) - len(events),
    )


def arms_in_order(protocol: Protocol) -> tuple[str, ...]:
    """Return the arms, the reference of the first primary comparison last."""
    arms = list(protocol.root.arms)
    primary = (e for e in protocol.root.endpoints.values() if e.role == "primary")
    reference = next((e.estimand.compare[1] for e in primary), arms[-1])
    return (*(arm for arm in arms if arm != reference), reference)


def _safety_set(protocol: Protocol) -> tuple[str | None, Population]:
    for name, population in protocol.all_populations().items():
        if population.as_treated:
            return name, population
    return None, Population.model_validate(
        {"title": {"en": "Treated", "zh": "已治疗"}, "rule": "treated", "as_treated": True}
    )


def _since(event: Reported, start: datetime | None) -> float:
    """Return the hours from the start of treatment to the event; NaN without a start."""
    if start is None or event.onset is None:
        return float("nan")
    return (event.onset - start).total_seconds() / 3600


def _day(event: Reported, start: datetime) -> int:
    return int(_since(event, start) // 24) + 1


def _incidences(
    arms: Sequence[str], arm_of: Mapping[str, str], hours: Mapping[str, list[float]], watched: _Time
) -> Iterator[Incidence]:
    """Yield each arm on treatment, then each arm after it; a moment of both is on treatment."""
    for period in PERIODS:
        for arm in arms:
            people, events, person_h, first_h = 0, 0, 0.0, 0.0
            for who in (each for each, its in arm_of.items() if its == arm):
                stop, end = watched[who]
                low, high = (0.0, stop) if period == "treatment" else (stop, end)
                within = [h - low for h in hours[who] if (h <= stop) == (period == "treatment")]
                people, events = people + bool(within), events + len(within)
                person_h += high - low
                first_h += min(within, default=high - low)
            yield Incidence(
                period, arm, people, events, person_h, first_h,
                poisson_rate(people, first_h), poisson_rate(events, person_h),
            )  # fmt: skip


def _watched(arm_of: Mapping[str, str], hours: Mapping[str, list[float]], data: Dataset) -> _Time:
    """Return when treatment stopped and when the last record is, in hours from the start.

    While the pump runs, treatment has lasted until the last record.
    """
    people = data.participants.select("participant", "pump_started_at", "pump_h")
    of = {who: (start, pump_h) for who, start, pump_h in people.iter_rows()}
    last = {who: max([of[who][1] or 0.0, *hours[who]]) for who in arm_of}
    for who, at in data.values.select("participant", "at").unique().iter_rows():
        if who in last and of[who][0] is not None:
            last[who] = max(last[who], (at - of[who][0]).total_seconds() / 3600)
    return {who: (last[who] if (stop := of[who][1]) is None else stop, last[who]) for who in arm_of}
