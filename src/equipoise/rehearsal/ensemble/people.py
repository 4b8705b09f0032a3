"""Who people are, as loops: covariates, what is entered at screening, and how it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from equipoise.errors import InputError
from equipoise.protocol.derive import sources
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Criterion, Form, Item, Protocol
from equipoise.rehearsal.ensemble.draws import Drawn, Loops, known, recorded
from equipoise.rehearsal.ensemble.exact import ALWAYS, Fact, Judge, entered
from equipoise.rehearsal.ensemble.expressions import Column, as_number
from equipoise.rehearsal.ensemble.scores import derived
from equipoise.rehearsal.model import World


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
            found.names[name] = known(item, entry, may_miss=drawn.missing is not None)
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
    criteria = criteria_to_judge(protocol, study)
    reading = criteria_names(criteria)
    for form in {id(form): form for _, form, item in items.values()}.values():
        wanted = {item.id for item in form.items if item.id in reading}
        facts |= derived(judge, form, people.facts, wanted)
    holds = []
    for criterion in criteria:
        if criterion.rule is not None:
            fact = judge.fact(criterion.rule, facts)
            holds.append(fact.true if criterion.kind == "inclusion" else fact.false)
    eligible = loops.store(Column(f"({' & '.join(holds or [ALWAYS])})", "boolean"))
    doubt = loops.store(Column(f"({' | '.join(judge.doubts or ['False'])})", "boolean"))
    return eligible, doubt


def criteria_to_judge(protocol: Protocol, study: Protocol) -> list[Criterion]:
    """Return the criteria of a study that those who are in it already need not have met."""
    met = set[tuple[str, str | None]]()
    if study.extends is not None:
        met = {(each.kind, each.rule) for each in protocol.root.eligibility}
    return [each for each in study.eligibility if each.rule and (each.kind, each.rule) not in met]


def criteria_names(criteria: list[Criterion]) -> set[str]:
    """Return the items that criteria read."""
    return {name for each in criteria if each.rule for name in parse(each.rule).names}


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
    for name in criteria_names(criteria_to_judge(protocol, study)):
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
