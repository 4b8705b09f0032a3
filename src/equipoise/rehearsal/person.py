"""Who a virtual person is: covariates, and what the expressions of a rehearsal know of them."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.chance import Chance
from equipoise.events.types import Value
from equipoise.protocol.parts import Item, Protocol
from equipoise.rehearsal.draw import Draw, as_known, as_recorded
from equipoise.rehearsal.model import World


@dataclass(frozen=True, slots=True)
class Person:
    """Virtual person ``n``, from 1, under the ``number`` of the screening list.

    ``screening`` are the answers to the screening forms. ``known`` holds what expressions may
    use: covariates from the beginning, later what the bag does, the moment, and the last answers.
    """

    n: int
    number: str
    draw: Draw
    screening: dict[str, Value]
    known: dict[str, float | str | bool]


def draw_person(protocol: Protocol, world: World, chance: Chance, n: int) -> Person:
    """Draw the covariates of person ``n``; items of screening forms as they will be recorded."""
    person = Person(n, f"P{n:04d}", Draw(chance, n), {}, {})
    items = _screening_items(protocol.root)
    for name, how in world.covariates.items():
        drawn = person.draw.value(how, person.known, f"covariate {name}")
        if name in items:
            person.screening[name] = as_recorded(items[name], drawn)
            person.known[name] = as_known(person.screening[name])
        else:
            person.known[name] = 0.0 if drawn is None else drawn
    return person


def _screening_items(protocol: Protocol) -> dict[str, Item]:
    return {
        item.id: item
        for visit in protocol.schedule
        if visit.phase == "screening"
        for form in visit.forms
        for item in protocol.form(form).items
    }
