"""Whether a world tells two arms apart in an endpoint: then what it finds is no error.

A bag acts through the effects of its drugs and through the relieving one, on latent pain and on the
answers whose distributions name what they change. An endpoint that nothing of this reaches is the
same in both arms whatever they are called: there is exactly no effect, and every rejection is an
error of type I. Where this cannot be seen the arms are taken to differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from equipoise.protocol.estimand import Endpoint
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Item, Mixture, Protocol
from equipoise.rehearsal.model import World

PAIN, EFFECT_PAIN = "pain", "effect_pain"
FROM_PAIN = frozenset({"demands", "boluses", "infused_ml", "bags"})
"""Facts that follow from pain, by the presses."""


def exchangeable(protocol: Protocol, plan: World, endpoint: Endpoint) -> bool:
    """Return whether nothing tells the compared arms apart in the endpoint."""
    reached = _reached(protocol, plan, *endpoint.estimand.compare)
    if not reached:
        return True
    leaving = [
        chance
        for attrition in plan.attrition.values()
        for chance in (attrition.withdraws, attrition.lost, attrition.visit_missed)
    ]
    rules = [protocol.all_populations()[endpoint.estimand.population].rule]
    rules += [event.rule for event in endpoint.estimand.intercurrent if event.rule]
    asked = [*leaving, *rules, endpoint.variable.expression]
    return not any(_names(each) & reached for each in asked)


def _reached(protocol: Protocol, plan: World, arm: str, reference: str) -> set[str]:
    """Return the names that may have another distribution in one arm than in the other."""
    root = protocol.root
    bags = [root.mixtures[root.arms[each].mixture] for each in (arm, reference)]
    felt = [plan.felt({component.drug for component in bag.components}) for bag in bags]
    reached = {channel for channel in felt[0] if felt[0][channel] != felt[1][channel]}
    if EFFECT_PAIN in reached or _relief(plan, bags[0]) != _relief(plan, bags[1]):
        reached |= {PAIN, *FROM_PAIN}
    before = -1
    while before != len(reached):
        before = len(reached)
        for name, behind in _items(protocol, plan):
            if behind & reached:
                reached.add(name)
    return reached


def _relief(plan: World, bag: Mixture) -> tuple[Any, ...]:
    parts = [part for part in bag.components if part.drug == plan.pain.drug]
    return bag.volume_ml, [(p.per_kg, p.maximum, p.amount, p.unit) for p in parts]


def _items(protocol: Protocol, plan: World) -> Iterator[tuple[str, set[str]]]:
    """Yield each item with the names that it may follow from."""
    for name, form in protocol.all_forms().items():
        drawn = plan.forms.get(name, {})
        entered = {item.id for item in form.items if not item.derived}
        for item in form.items:
            behind = _names(item.show_if) if item.show_if else set()
            if item.id in drawn:
                behind |= _names(drawn[item.id])
            if item.derived:
                behind |= _formula(item, entered)
            yield item.id, behind


def _formula(item: Item, entered: set[str]) -> set[str]:
    """Return what a derived item follows from: a score's, everything on its form."""
    return _names(item.formula) if item.formula else entered


def _names(given: Any) -> set[str]:
    """Return the names in all expressions of nested data."""
    if isinstance(given, str):
        return set(parse(given).names)
    if isinstance(given, dict):
        return {name for value in given.values() for name in _names(value)}
    if isinstance(given, list | tuple):
        return {name for value in given for name in _names(value)}
    if hasattr(given, "model_dump"):
        return _names(given.model_dump())
    return set()
