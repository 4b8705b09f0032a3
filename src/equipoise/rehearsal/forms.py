"""What participants answer and staff enter, with a slip of the finger now and then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from equipoise.conduct import capture
from equipoise.conduct.trial import Staff
from equipoise.events.types import Value
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Distribution, Form, Visit
from equipoise.rehearsal.draw import as_known, as_recorded
from equipoise.rehearsal.person import Person
from equipoise.rehearsal.stage import Stage

SLIP_FOUND_AFTER = timedelta(hours=12)


def fill_in(stage: Stage, person: Person, study: str, visit: Visit, name: str) -> None:
    """Record form ``name`` of ``visit``; a slip is corrected half a day later."""
    form, staff, index = stage.protocol.form(name), stage.cast.of(visit.by), _index(stage, visit)
    right = answers(person, name, form, stage.world.forms.get(name, {}), index)
    slipped = person.draw.uniform(f"slip {name}", index) < stage.world.slips
    wrong = slip(form, right) if slipped else {}
    capture.record_form(stage.trial, staff, study, person.number, visit.visit, name, right | wrong)
    if wrong:
        seq = stage.trial.participant(person.number).forms[visit.visit, name].seq
        put_right = partial(
            _put_right, stage, person, study, staff, seq, {item: right[item] for item in wrong}
        )
        stage.agenda.at(stage.clock.now() + SLIP_FOUND_AFTER, put_right)


def answers(
    person: Person, name: str, form: Form, how: Mapping[str, Distribution], index: int
) -> dict[str, Value]:
    """Draw the answers to ``form`` in the order of its items; each is known to those after it.

    Items that branching hides are not answered, and count as 0 in expressions.
    """
    values: dict[str, Value] = {}
    for item in form.items:
        if item.derived or item.id not in how:
            continue
        if item.show_if and not parse(item.show_if).decide(values):
            person.known[item.id] = 0.0
            continue
        drawn = person.draw.value(how[item.id], person.known, f"answer {name} {item.id}", index)
        values[item.id] = as_recorded(item, drawn)
        person.known[item.id] = as_known(values[item.id])
    return values


def slip(form: Form, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the first whole number of the form entered wrongly: one off, within its range.

    A number on which branching depends is not taken: staff would notice at once.
    """
    deciding = {name for item in form.items if item.show_if for name in parse(item.show_if).names}
    for item in form.items:
        value = values.get(item.id)
        if item.type != "integer" or item.range is None or item.id in deciding:
            continue
        low, high = item.range
        if isinstance(value, int) and low < high:
            return {item.id: value + 1 if value < high else value - 1}
    return {}


def _put_right(
    stage: Stage, person: Person, study: str, staff: Staff, seq: int, right: dict[str, Value]
) -> None:
    capture.correct(
        stage.trial, staff, study, person.number, seq, right,
        "typing error found against the paper note",
    )  # fmt: skip


def _index(stage: Stage, visit: Visit) -> int:
    return stage.visit_index[visit.visit]
