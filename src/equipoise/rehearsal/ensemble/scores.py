"""What a form's answers amount to, written out as source: formulas and scores of instruments."""

from __future__ import annotations

from dataclasses import replace

from equipoise.protocol.derive import _steps, answers_to, made
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Form, Item
from equipoise.rehearsal.ensemble.exact import ALWAYS, UNKNOWN, Fact, Facts, Judge


def derived(
    judge: Judge, form: Form, facts: Facts, wanted: set[str], where: str = ALWAYS
) -> dict[str, Fact]:
    """Return ``facts`` with those of the form's derived items that ``wanted`` ones need.

    ``where`` says of whom they are wanted. A score whose rule is not written for loops is in doubt
    for all of them.
    """
    found = dict(facts)
    items = {item.id: item for item in form.items}
    needed = _needed(form, items, wanted)
    for step in _steps(form):
        if isinstance(step, str):
            if step in needed:
                found[step] = _formula(judge, items[step], found)
            continue
        use = form.instruments[step]
        scale = made(use.name, tuple(sorted(use.settings.items())))
        scores = [score for score in scale.scores if score.name in needed]
        if scores:
            judge.doubts.append(where)
            found |= {score.name: UNKNOWN for score in scores}
    return found


def _needed(form: Form, items: dict[str, Item], wanted: set[str]) -> set[str]:
    """Return the derived items that ``wanted`` ones come from, themselves among them."""
    found, left = set[str](), [name for name in wanted if name in items]
    while left:
        item = items[left.pop()]
        if not item.derived or item.id in found:
            continue
        found.add(item.id)
        texts = [item.formula, item.show_if]
        if item.formula is None:
            use = next(
                u for u in form.instruments if u.name == (item.score or "").partition(".")[0]
            )
            texts = list(answers_to(use).values())
        left += [name for text in texts if text for name in parse(text).names if name in items]
    return found


def _formula(judge: Judge, item: Item, facts: Facts) -> Fact:
    assert item.formula is not None
    fact = judge.fact(item.formula, facts)
    if item.type in ("integer", "decimal"):
        if fact.kind == "boolean":
            fact = replace(fact, kind="number")
        fact = judge.rounded(fact, item.precision or 0)
    if item.show_if:
        shown = judge.fact(item.show_if, facts).true
        fact = replace(fact, known=shown if fact.known == ALWAYS else f"({fact.known} & {shown})")
    return fact
