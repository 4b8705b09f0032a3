"""The life of a person up to the start of the pump, as loops: only what is read is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from equipoise.infusion.drug import PARAMETERS
from equipoise.infusion.drugs import drug
from equipoise.protocol.parts import Form, Protocol, Visit
from equipoise.rehearsal.ensemble.draws import Loops
from equipoise.rehearsal.ensemble.exact import UNKNOWN, Judge
from equipoise.rehearsal.ensemble.expressions import Column, constant, number_source
from equipoise.rehearsal.ensemble.people import Known, covariates, names_in, screening_items
from equipoise.rehearsal.ensemble.scores import derived
from equipoise.rehearsal.model import World
from equipoise.rehearsal.recruitment import FIRST_PUMP_H, PUMPS_H

SECOND_US, DAY_S = 1e6, 86400.0
AFTER_START_S = 600.0
ON_WARD_S = 14 * DAY_S


@dataclass
class Look:
    """An assessment on the ward.

    ``planned`` is the second of the local clock from the day of surgery on; rows for the ``second``
    after the pump's start and the ``pain`` then are filled when these are known.
    """

    visit: Visit
    planned: Column
    missed: Column
    second: Column = field(default_factory=lambda: constant(0.0))
    pain: Column = field(default_factory=lambda: constant(0.0))


@dataclass
class Before:
    """What is known when the pump starts. Columns are rows, or the same for everybody."""

    people: Known
    effects: dict[str, Column] = field(default_factory=dict)
    start_s: Column = field(default_factory=lambda: constant(0.0))
    day: Column | None = None
    body: dict[str, Column] = field(default_factory=dict)
    spread: dict[str, dict[str, Column]] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    adverse_events: list[Column] = field(default_factory=list)
    eligible: dict[str, tuple[Column, Column]] = field(default_factory=dict)
    baseline: dict[str, Column] = field(default_factory=dict)
    baseline_doubts: dict[str, tuple[Form, Column]] = field(default_factory=dict)


def at_screening(loops: Loops, protocol: Protocol, start: Before, wanted: set[str]) -> None:
    """Write what is known of the ``wanted`` items of the screening, derived ones as well."""
    items = screening_items(protocol)
    for form in {id(form): form for _, form, _ in items.values()}.values():
        judge = Judge(lambda source: loops.store(Column(source, "number")).source)
        names = {item.id for item in form.items if item.id in wanted}
        facts = derived(judge, form, start.people.facts, names)
        for name in sorted(names):
            fact = facts.get(name, UNKNOWN)
            source = f"({fact.low} if {fact.settled} else nan)"
            start.baseline[name] = loops.store(Column(source, "number"))
            if judge.doubts and items[name][2].derived:
                doubt = Column(f"({' | '.join(judge.doubts)})", "boolean")
                start.baseline_doubts[name] = form, loops.store(doubt)


def before(
    loops: Loops, world: World, protocol: Protocol, needed: set[str], drugs: list[str]
) -> Before:
    """Write the loops up to the start of the pump.

    The caller fills the rows of ``effects`` beforehand. ``needed`` are further names that later
    stretches read.
    """
    pain, demand = world.pain, world.demand
    numbers = {
        "start": pain.start, "fading_h": pain.fading_h, "noise_sd": pain.noise_sd,
        "noise_time_h": pain.noise_time_h, "relief": pain.relief, "ce50_ng_ml": pain.ce50_ng_ml,
        "rebound": pain.rebound, "rebound_h": pain.rebound_h, "per_h": demand.per_h,
        "demand_fading_h": demand.fading_h,
    }  # fmt: skip
    reading = set(needed).union(*(names_in(each) for each in numbers.values()))
    for event in world.adverse_events:
        reading |= names_in(event.chance)
    for attrition in world.attrition.values():
        reading |= names_in(attrition.visit_missed)
    found = Before(covariates(loops, world, protocol, reading))
    found.effects = {channel: loops.given() for channel in world.felt(set())}
    found.people.names |= found.effects
    names = found.people.names
    for name, expression in numbers.items():
        column = number_source(expression, names)
        found.body[name] = loops.store(column) if isinstance(expression, str) else column
    for name in drugs:
        spread = drug(name).variability
        found.spread[name] = {
            parameter: loops.store(
                Column(
                    f"exp({spread[parameter].sd_log!r} * {loops.normal(f'pk {name}', i).source})",
                    "number",
                )
            )
            for i, parameter in enumerate(PARAMETERS)
            if parameter in spread
        }
    hour = f"({FIRST_PUMP_H!r} + {PUMPS_H!r} * {loops.uniform('surgery ends').source})"
    found.start_s = loops.store(Column(f"floor(microseconds({hour}) / {SECOND_US!r})", "number"))
    for place, visit in enumerate(protocol.root.schedule):
        if visit.phase == "treatment":
            found.looks.append(_look(loops, world, protocol, visit, place, names, found.start_s))
    for index, event in enumerate(world.adverse_events):
        chance = number_source(event.chance, names).source
        drawn = loops.uniform("adverse event", index).source
        found.adverse_events.append(loops.store(Column(f"({drawn} < {chance})", "boolean")))
    return found


def missed(loops: Loops, world: World, protocol: Protocol, study: Protocol, visit: Visit,
           names: Mapping[str, Column]) -> Column:  # fmt: skip
    """Return whether the visit of ``study`` is missed."""
    attrition = world.attrition.get(study.study)
    chance = attrition.visit_missed if attrition else 0.0
    if chance == 0.0:
        return Column("False", "boolean")
    index = [each.visit for each in protocol.visits()].index(visit.visit)
    drawn = loops.uniform("visit missed", index).source
    return loops.store(Column(f"({drawn} < {number_source(chance, names).source})", "boolean"))


def _look(loops: Loops, world: World, protocol: Protocol, visit: Visit, place: int,
          names: Mapping[str, Column], start_s: Column) -> Look:  # fmt: skip
    """Plan a ward visit; its second is that of the local clock, from the day of surgery."""
    assert visit.day is not None  # a treatment visit has its day and hour
    assert visit.at is not None
    jitter = f"({loops.uniform(f'time of visit {visit.visit}', place).source} - 0.5)"
    planned = visit.day * DAY_S * SECOND_US
    clock = f"microseconds({visit.at.hour + visit.at.minute / 60!r})"
    away = f"microseconds({jitter} * {float(visit.window_h or 0)!r})"
    second = f"floor(({planned!r} + {clock} + {away}) / {SECOND_US!r})"
    second = f"greatest({second}, {start_s.source} + {AFTER_START_S!r})"
    gone = missed(loops, world, protocol, protocol.root, visit, names)
    return Look(visit, loops.store(Column(second, "number")), gone)
