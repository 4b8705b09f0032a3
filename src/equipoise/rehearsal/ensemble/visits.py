"""What is asked and answered from visit to visit, and who leaves, as loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from equipoise.errors import InputError
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Distribution, Form, Item, Protocol, Visit
from equipoise.rehearsal.ensemble.draws import Loops, known, recorded
from equipoise.rehearsal.ensemble.exact import ALWAYS, Fact, Judge, entered
from equipoise.rehearsal.ensemble.expressions import Column, as_number, constant, number_source
from equipoise.rehearsal.ensemble.lives import Before, missed
from equipoise.rehearsal.ensemble.people import behind, names_in
from equipoise.rehearsal.ensemble.scores import derived
from equipoise.rehearsal.model import World

MIN_PER_H = 60.0

Key = tuple[str, str, str]
"""An answer: visit, form, item."""


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


@dataclass(frozen=True)
class _Origin:
    """The study and visit of an answer, and whether somebody missed it, as source."""

    study: str
    visit: str
    missed: str = "False"

    def sure(self, study: str) -> bool:
        """Return whether all who come to a later visit of ``study`` were there."""
        return self.missed == "False" and self.study == study


class Visits:
    """Writes the loops of what happens from visit to visit, in order of time."""

    def __init__(
        self, loops: Loops, world: World, protocol: Protocol, start: Before, wanted: set[Key],
        reading: set[str],
    ) -> None:  # fmt: skip
        """Go on from ``start``; ``wanted`` answers are kept, ``reading`` names are remembered."""
        self._loops = loops
        self._world = world
        self._protocol = protocol
        self._start = start
        self._wanted = wanted
        self._reading = reading
        self._names = dict(start.people.names)
        self._unsure: dict[str, _Origin] = {}
        self.found = After()

    def write(self) -> After:
        """Write everything: the ward's visits, then the calls of each study."""
        for look in self._start.looks:
            attended = self._loops.store(Column(f"(not {look.missed.source})", "boolean"))
            hours = self._loops.store(
                Column(f"({look.second.source} / 60.0 / {MIN_PER_H!r})", "number")
            )
            origin = _Origin(self._protocol.root.study, look.visit.visit, look.missed.source)
            self._meet(look.visit, attended, {"hours": hours, "pain": look.pain}, origin)
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
            lost, leaves, there = self._attrition(study, index, lost, there)
            if extends:
                declined = self._truth(f"({declined} | ({leaves} & (not {asked})))").source
                withdrawn = self._truth(f"({withdrawn} | ({leaves} & {asked}))").source
                asked = self._truth(f"({asked} | {there})").source
            else:
                withdrawn = self._truth(f"({withdrawn} | {leaves})").source
            origin = _Origin(study.study, visit.visit)
            attrition = self._world.attrition.get(study.study)
            if attrition is not None:
                for chance in (attrition.lost, attrition.withdraws, attrition.visit_missed):
                    self._check(names_in(chance), origin)
            gone = missed(self._loops, self._world, self._protocol, study, visit, self._names)
            origin = replace(origin, missed=gone.source)
            attended = self._truth(f"({there} & {eligible} & (not {gone.source}))")
            self._meet(visit, attended, {"pain": constant(0.0)}, origin)
        found = self.found
        found.lost[study.study] = self._truth(lost)
        found.declined[study.study] = self._truth(declined)
        found.withdrawn[study.study] = self._truth(withdrawn)
        if extends:
            found.enrolled[study.study] = self._truth(f"({asked} & {eligible})")

    def _attrition(
        self, study: Protocol, index: int, lost: str, there: str
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

    def _meet(
        self, visit: Visit, attended: Column, moment: dict[str, Column], origin: _Origin
    ) -> None:
        self.found.attended[visit.visit] = attended
        self._names.pop("hours", None)  # of the visit before
        self._names |= moment
        index = [each.visit for each in self._protocol.visits()].index(visit.visit)
        for name in visit.forms:
            self._fill_in(visit, self._protocol.form(name), name, index, attended, origin)

    def _fill_in(
        self, visit: Visit, form: Form, name: str, index: int, attended: Column, origin: _Origin
    ) -> None:
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
            self._check(names_in(how[item.id]) - set(entries), origin)
            entry, value = self._answer(name, item, how[item.id], index, names, judge, facts)
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
                self._remember(item_id, names[item_id], attended, origin)

    def _check(self, names: set[str], reader: _Origin) -> None:
        """Raise InputError when a visit reads what somebody who is there may never have said."""
        for name in sorted(names & set(self._unsure)):
            origin = self._unsure[name]
            if origin.visit != reader.visit and not origin.sure(reader.study):
                raise InputError(
                    f"visit '{reader.visit}' of {reader.study}",
                    f"reads `{name}`, which those who missed visit '{origin.visit}' never told",
                    "Make it a covariate too, or let the visit not be missed.",
                )

    def _remember(self, name: str, new: Column, attended: Column, origin: _Origin) -> None:
        """Let later visits know an answer."""
        old, before = self._names.get(name), self._unsure.get(name)
        known = old is not None and (old.kind, old.codes) == (new.kind, new.codes)
        if (not known or before is not None) and (before is None or before.missed != "False"):
            self._unsure[name] = origin
        self._names[name] = self._latest(name, new, attended)

    def _answer(
        self, name: str, item: Item, how: Distribution, index: int,
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
        return entry, known(item, entry, may_miss=may_miss)

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
