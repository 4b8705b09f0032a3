"""Whether a person may take part: every criterion judged, with its inputs and what is missing.

Three-valued: what is unknown is unknown, and an unknown criterion makes nobody eligible. A
criterion may be decided all the same while values are missing, when none of them could change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from equipoise.events.types import Criterion, Value
from equipoise.protocol.derive import known, sources, stored
from equipoise.protocol.expression import Exact, parse
from equipoise.protocol.parts import Criterion as Rule
from equipoise.protocol.parts import Form, Item

Result = Literal["satisfied", "violated", "unknown", "not applicable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``eligible`` is None when no criterion is violated and one at least is unknown."""

    eligible: bool | None
    criteria: tuple[Criterion, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the items to ask for, over all criteria."""
        return tuple(dict.fromkeys(name for each in self.criteria for name in each.missing))


def judge(criteria: Iterable[Rule], forms: Iterable[Form], values: Mapping[str, Value]) -> Verdict:
    """Judge every criterion on ``values``, entered items of ``forms`` by id.

    Derived items are computed. The inputs of a criterion are the values its rule names; where a
    derived one is not settled, those behind it as well.

    Raises:
        InputError: when a value is not of its item's kind.
    """
    facts = _Facts(forms, values)
    judged = tuple(_judged(rule, facts) for rule in criteria)
    results = {each.result for each in judged}
    eligible = False if "violated" in results else None if "unknown" in results else True
    return Verdict(eligible, judged)


class _Facts:
    """What is known of a person over all forms."""

    def __init__(self, forms: Iterable[Form], values: Mapping[str, Value]) -> None:
        self.known: dict[str, Exact] = {}
        self.items: dict[str, Item] = {}
        self.form_of: dict[str, Form] = {}
        for form in forms:
            self.known |= known(form, values)
            for item in form.items:
                self.items[item.id], self.form_of[item.id] = item, form

    def value(self, name: str) -> Value:
        """Return an item's value as it would be recorded, None when it is not settled."""
        return stored(self.items[name], self.known[name]) if name in self.items else None

    def behind(self, name: str) -> tuple[str, ...]:
        """Return the entered items that a derived item comes from; none for an entered one."""
        derived = name in self.items and self.items[name].derived
        return sources(self.form_of[name], name) if derived else ()


def _judged(rule: Rule, facts: _Facts) -> Criterion:
    if rule.rule is None:
        return Criterion(id=rule.id, result="not applicable", inputs={})
    expression = parse(rule.rule)
    inputs: dict[str, Value] = {}
    for name in expression.order:
        inputs[name] = facts.value(name)
        if inputs[name] is None:
            inputs |= {each: facts.value(each) for each in facts.behind(name)}
    missing: dict[str, None] = {}
    holds = expression.decide(facts.known)
    wanting = expression.missing(facts.known)
    if holds is None and not wanting:  # such as a division by zero
        wanting = expression.order
    for name in wanting:
        unanswered = [each for each in facts.behind(name) if facts.value(each) is None]
        missing |= dict.fromkeys(unanswered or [name])
    return Criterion(
        id=rule.id,
        result=_result(rule, holds),
        inputs=inputs,
        missing=tuple(missing),
    )


def _result(rule: Rule, holds: bool | None) -> Result:  # noqa: FBT001 - three-valued
    if holds is None:
        return "unknown"
    return "satisfied" if holds == (rule.kind == "inclusion") else "violated"
