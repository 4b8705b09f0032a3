"""The life of a person as loops: who they are, what the ward does, what they answer, who leaves.

A protocol becomes two stretches of loops around the pump: *before* it what decides how the pump is
used, *after* it what is asked in the visits. Only what something planned reads is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS
from equipoise.infusion.drugs import drug
from equipoise.protocol.derive import sources
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Distribution, Form, Item, Protocol, Visit
from equipoise.rehearsal.ensemble.draws import Drawn, Loops, known, recorded
from equipoise.rehearsal.ensemble.exact import ALWAYS, Fact, Judge, entered
from equipoise.rehearsal.ensemble.expressions import Column, as_number, constant, number_source
from equipoise.rehearsal.ensemble.scores import derived
from equipoise.rehearsal.model import World
from equipoise.rehearsal.recruitment import FIRST_PUMP_H, PUMPS_H
from equipoise.rehearsal.visits import CALLS_H, FIRST_CALL_H

SECOND_US, HOUR_US, DAY_S = 1e6, 3.6e9, 86400.0
AFTER_START_S = 600.0
ON_WARD_S = 14 * DAY_S
MIN_PER_H = 60.0

Key = tuple[str, str, str]
"""An answer: visit, form, item."""


def expressions(how: Any) -> Iterator[str]:
    """Iterate over the expressions of a distribution, or of a number."""
    if isinstance(how, str):
        yield how
    elif isinstance(how, Mapping):
        for given in how.values():
            if isinstance(given, Mapping):
                yield from expressions(list(given.values()) if "choice" in how else given)
            else:
                yield from expressions(given)
    elif isinstance(how, list | tuple):
        for each in how:
            yield from expressions(each)


def names_in(how: Any) -> set[str]:
    """Return the names that a distribution or a number reads."""
    return {name for text in expressions(how) for name in parse(text).names}


# --- who they are ---------------------------------------------------------------------------


def screening_items(protocol: Protocol) -> dict[str, tuple[str, Form, Item]]:
    """Return the items of the screening visits: the visit, the form and the item, by id."""
    return {
        item.id: (visit.visit, protocol.form(form), item)
        for visit in protocol.root.schedule
        if visit.phase == "screening"
        for form in visit.forms
        for item in protocol.form(form).items
    }


def behind(form: Form, name: str) -> set[str]:
    """Return the entered items that ``name`` of ``form`` comes from, itself when it is entered."""
    item = next(item for item in form.items if item.id == name)
    return set(sources(form, name)) if item.derived else {name}


@dataclass
class Known:
    """What expressions may read of a person, and what was entered of it."""

    names: dict[str, Column] = field(default_factory=dict)
    entries: dict[str, Column] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)


def covariates(loops: Loops, world: World, protocol: Protocol, needed: set[str]) -> Known:
    """Draw the ``needed`` covariates, and those that these are drawn from, in their order."""
    wanted = set(needed)
    for name in reversed(world.covariates):
        if name in wanted:
            wanted |= names_in(world.covariates[name])
    items = screening_items(protocol)
    found = Known()
    for name, how in world.covariates.items():
        if name not in wanted:
            continue
        drawn = loops.value(how, found.names, f"covariate {name}")
        if name not in items:
            found.names[name] = _hidden(loops, drawn)
            continue
        item = items[name][2]
        entry = recorded(loops, item, drawn)
        if entry is not None:
            found.entries[name] = entry
            found.names[name] = known(loops, item, entry, drawn)
            found.facts[name] = entered(item, entry.source, may_miss=drawn.missing is not None)
    return found


def _hidden(loops: Loops, drawn: Drawn) -> Column:
    if drawn.missing is None:
        return drawn.column
    column = drawn.column
    if column.kind == "text":
        none = float(len(column.codes))
        source = f"({none} if {drawn.missing.source} else {column.source})"
        return loops.store(Column(source, "text", (*column.codes, None)))
    source = f"(0.0 if {drawn.missing.source} else {as_number(column, '')})"
    return loops.store(Column(source, "number"))


# --- judging --------------------------------------------------------------------------------


def verdict(
    loops: Loops, protocol: Protocol, study: Protocol, people: Known
) -> tuple[Column, Column]:
    """Return who is eligible for ``study`` by what was entered at screening, and the doubts."""
    judge = Judge(lambda source: loops.store(Column(source, "number")).source)
    facts: dict[str, Fact] = {}
    items = screening_items(protocol)
    reading = criteria_names(study)
    for form in {id(form): form for _, form, item in items.values()}.values():
        wanted = {item.id for item in form.items if item.id in reading}
        facts |= derived(judge, form, people.facts, wanted)
    holds = []
    for criterion in study.eligibility:
        if criterion.rule is not None:
            fact = judge.fact(criterion.rule, facts)
            holds.append(fact.true if criterion.kind == "inclusion" else fact.false)
    eligible = loops.store(Column(f"({' & '.join(holds or [ALWAYS])})", "boolean"))
    doubt = loops.store(Column(f"({' | '.join(judge.doubts or ['False'])})", "boolean"))
    return eligible, doubt


def criteria_names(study: Protocol) -> set[str]:
    """Return the items that the criteria of a study read."""
    return {name for each in study.eligibility if each.rule for name in parse(each.rule).names}


def criteria_sources(protocol: Protocol, study: Protocol) -> set[str]:
    """Return the entered items of the screening that decide on ``study``.

    Raises InputError when a criterion reads what is entered later.
    """
    items, found = screening_items(protocol), set[str]()
    later = {
        item.id
        for visit in protocol.visits()
        if visit.phase != "screening"
        for form in visit.forms
        for item in protocol.form(form).items
    }
    for name in criteria_names(study):
        if name not in items:
            raise InputError(
                f"eligibility of {study.study}",
                f"`{name}` is not an item of the screening, so an ensemble cannot judge it",
                "Judge what is known at screening.",
            )
        found |= behind(items[name][1], name)
    if found & later:
        raise InputError(
            f"eligibility of {study.study}",
            f"`{min(found & later)}` is entered again later, so an ensemble cannot judge it",
            "Give the later item an id of its own.",
        )
    return found


# --- before the pump ------------------------------------------------------------------------


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


# --- after the pump -------------------------------------------------------------------------


@dataclass
class After:
    """What was answered, and who left. Rows; answers not-a-number where there is none."""

    answers: dict[Key, Column] = field(default_factory=dict)
    doubts: dict[tuple[str, str], Column] = field(default_factory=dict)
    entries: dict[tuple[str, str], dict[str, Column]] = field(default_factory=dict)
    attended: dict[str, Column] = field(default_factory=dict)
    lost: dict[str, Column] = field(default_factory=dict)
    declined: dict[str, Column] = field(default_factory=dict)
    withdrawn: dict[str, Column] = field(default_factory=dict)
    enrolled: dict[str, Column] = field(default_factory=dict)


class Visits:
    """Writes the loops of what happens from visit to visit, in order of time."""

    def __init__(self, loops: Loops, world: World, protocol: Protocol, start: Before, wanted: set[Key],
                 reading: set[str]) -> None:  # fmt: skip
        """Go on from ``start``; ``wanted`` answers are kept, ``reading`` names are remembered."""
        self._loops = loops
        self._world = world
        self._protocol = protocol
        self._start = start
        self._wanted = wanted
        self._reading = reading
        self._names = dict(start.people.names)
        self.found = After()

    def write(self) -> After:
        """Write everything: the ward's visits, then the calls of each study."""
        for look in self._start.looks:
            attended = self._loops.store(Column(f"(not {look.missed.source})", "boolean"))
            hours = self._loops.store(
                Column(f"({look.second.source} / 60.0 / {MIN_PER_H!r})", "number")
            )
            self._meet(look.visit, attended, {"hours": hours, "pain": look.pain})
        for study in self._protocol.lineage():
            self._calls(study)
        return self.found

    def _truth(self, source: str) -> Column:
        return self._loops.store(Column(source, "boolean"))

    def _calls(self, study: Protocol) -> None:
        calls = [(i, v) for i, v in enumerate(study.schedule) if v.phase == "follow-up"]
        extends = study.extends is not None
        eligible = self._start.eligible[study.study][0].source if extends else "True"
        lost, declined, withdrawn, asked = "False", "False", "False", "False"
        for index, visit in sorted(calls, key=lambda call: call[1].month or 0):
            there = f"(not ({lost} | {declined} | {withdrawn} | ({asked} & (not {eligible}))))"
            there = self._truth(there).source
            lost, leaves, there = self._attrition(study, visit, index, lost, there)
            if extends:
                declined = self._truth(f"({declined} | ({leaves} & (not {asked})))").source
                withdrawn = self._truth(f"({withdrawn} | ({leaves} & {asked}))").source
                asked = self._truth(f"({asked} | {there})").source
            else:
                withdrawn = self._truth(f"({withdrawn} | {leaves})").source
            gone = missed(self._loops, self._world, self._protocol, study, visit, self._names)
            attended = self._truth(f"({there} & {eligible} & (not {gone.source}))")
            self._meet(visit, attended, {"pain": constant(0.0)})
        found = self.found
        found.lost[study.study] = self._truth(lost)
        found.declined[study.study] = self._truth(declined)
        found.withdrawn[study.study] = self._truth(withdrawn)
        if extends:
            found.enrolled[study.study] = self._truth(f"({asked} & {eligible})")

    def _attrition(
        self, study: Protocol, visit: Visit, index: int, lost: str, there: str
    ) -> tuple[str, str, str]:
        """Return who is lost so far, who leaves at this call, and who is still there."""
        attrition = self._world.attrition.get(study.study)
        if attrition is None:
            return lost, "False", there
        chances = []
        for purpose, chance in (("lost", attrition.lost), ("withdraws", attrition.withdraws)):
            if chance == 0.0:
                chances.append("False")
                continue
            drawn = self._loops.uniform(f"{purpose} {study.study}", index).source
            below = number_source(chance, self._names).source
            chances.append(self._truth(f"({drawn} < {below})").source)
        loses, leaves = chances
        now_lost = self._truth(f"({lost} | ({there} & {loses}))").source
        leaving = self._truth(f"({there} & (not {loses}) & {leaves})").source
        staying = self._truth(f"({there} & (not {loses}) & (not {leaves}))").source
        return now_lost, leaving, staying

    # --- forms ------------------------------------------------------------------------------

    def _meet(self, visit: Visit, attended: Column, moment: dict[str, Column]) -> None:
        self.found.attended[visit.visit] = attended
        self._names.pop("hours", None)  # of the visit before
        self._names |= moment
        index = [each.visit for each in self._protocol.visits()].index(visit.visit)
        for name in visit.forms:
            self._fill_in(visit, self._protocol.form(name), name, index, attended)

    def _fill_in(self, visit: Visit, form: Form, name: str, index: int, attended: Column) -> None:
        loops, how = self._loops, self._world.forms.get(name, {})
        facts: dict[str, Fact] = {}
        judge = Judge(lambda source: loops.store(Column(source, "number")).source)
        names, entries = dict(self._names), dict[str, Column]()
        wanted = {item for v, f, item in self._wanted if (v, f) == (visit.visit, name)}
        drawn_here = set().union(*(behind(form, item) for item in wanted)) | self._reading
        drawn_here = _closed(form, how, drawn_here)
        for item in form.items:
            if item.derived or item.id not in how or item.id not in drawn_here:
                continue
            entry, value = self._answer(form, name, item, how[item.id], index, names, judge, facts)
            if entry is not None and value is not None:
                names[item.id] = value
                entries[item.id] = entry
        facts = derived(judge, form, facts, wanted, attended.source)
        for item in form.items:
            if item.id in wanted and item.id in facts:
                fact = facts[item.id]
                settled = f"({attended.source} & {fact.settled})"
                source = f"({fact.low} if {settled} else nan)"
                self.found.answers[visit.visit, name, item.id] = loops.store(
                    Column(source, "number")
                )
        if judge.doubts:
            source = f"({attended.source} & ({' | '.join(judge.doubts)}))"
            self.found.doubts[visit.visit, name] = loops.store(Column(source, "boolean"))
            self.found.entries[visit.visit, name] = entries
        for item_id in entries:
            if item_id in self._reading:
                self._names[item_id] = self._latest(item_id, names[item_id], attended)

    def _answer(
        self, form: Form, name: str, item: Item, how: Distribution, index: int,
        names: dict[str, Column], judge: Judge, facts: dict[str, Fact],
    ) -> tuple[Column | None, Column | None]:  # fmt: skip
        """Return an answer as entered and as known, and take note of its fact."""
        loops = self._loops
        shown = judge.fact(item.show_if, facts).true if item.show_if else ALWAYS
        drawn = loops.value(how, names, f"answer {name} {item.id}", index)
        entry = recorded(loops, item, drawn)
        if entry is None:
            return None, None
        may_miss = drawn.missing is not None
        if shown != ALWAYS:
            may_miss = True
            entry = loops.store(Column(f"({entry.source} if {shown} else nan)", "number"))
        facts[item.id] = entered(item, entry.source, may_miss=may_miss)
        return entry, known(loops, item, entry, None if may_miss else drawn)

    def _latest(self, name: str, new: Column, attended: Column) -> Column:
        """Return the last known value of an item: the new one where the visit took place."""
        old = self._names.get(name)
        if old is None or (old.kind, old.codes) != (new.kind, new.codes):
            return new
        first, second = (
            as_number(c, name) if c.kind == "boolean" else c.source for c in (new, old)
        )
        source = f"({first} if {attended.source} else {second})"
        row = self._loops.store(Column(source, "number"))
        if new.kind == "boolean":
            return Column(f"({row.source} != 0.0)", "boolean")
        return Column(row.source, new.kind, new.codes)


def _closed(form: Form, how: Mapping[str, Distribution], wanted: set[str]) -> set[str]:
    """Return ``wanted`` with the items of the form that these are drawn or shown by."""
    found = set(wanted)
    for item in reversed(form.items):
        if item.id in found and item.id in how:
            found |= names_in(how[item.id])
            if item.show_if:
                found |= parse(item.show_if).names
    return found


def reading(world: World, protocol: Protocol, wanted: set[Key]) -> set[str]:
    """Return the names that answers and attrition read, of ``wanted`` and of what these need."""
    found: set[str] = set()
    for attrition in world.attrition.values():
        found |= names_in(attrition.lost) | names_in(attrition.withdraws)
        found |= names_in(attrition.visit_missed)
    for _, name, item in wanted:
        form = protocol.form(name)
        for each in _closed(form, world.forms.get(name, {}), behind(form, item)):
            found |= names_in(world.forms.get(name, {}).get(each, {}))
    size = -1
    while size != len(found):
        size = len(found)
        for name, form in protocol.all_forms().items():
            how = world.forms.get(name, {})
            for each in _closed(form, how, found & set(how)):
                if each in how:
                    found |= names_in(how[each])
    return found
