"""What a form's answers amount to, written out as source: formulas and scores of instruments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from equipoise.instruments import Instrument, Score
from equipoise.instruments._terms import NO, Given, Term
from equipoise.protocol.derive import _steps, answers_to, made
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Form, InstrumentUse, Item
from equipoise.rehearsal.ensemble.exact import ALWAYS, NEVER, UNKNOWN, Fact, Facts, Judge


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
        if scores and scale.in_terms is not None:
            found |= _scores(judge, use, scale, scores, items, found, where)
        elif scores:
            judge.doubts.append(where)
            found |= {score.name: UNKNOWN for score in scores}
    return found


def _scores(
    judge: Judge, use: InstrumentUse, scale: Instrument, scores: list[Score],
    items: Mapping[str, Item], facts: Facts, where: str,
) -> dict[str, Fact]:  # fmt: skip
    """Return the facts of an instrument's scores, by its rule in terms."""
    assert scale.in_terms is not None
    given: dict[str, Given] = {}
    for part, text in answers_to(use).items():
        fact = judge.fact(text, facts)
        if fact.kind == "text" or fact.settled == NEVER:
            given[part] = Given(Term("0.0"), Term(NO))
            continue
        if not fact.sure:
            judge.doubts.append(where)
        there = (
            fact.settled
            if fact.settled == ALWAYS
            else f"({judge.keep(f'(1.0 if {fact.settled} else 0.0)')} == 1.0)"
        )
        given[part] = Given(Term(judge.keep(fact.low)), Term(there))
    bounds = scale.in_terms(given, lambda term: Term(judge.keep(term.source)))
    found = {}
    for score in scores:
        low, high = (judge.keep(end.source) for end in bounds[score.name])
        kinds: dict[str, Literal["number", "boolean", "text"]] = {
            "boolean": "boolean",
            "choice": "text",
        }
        kind = kinds.get(score.type, "number")
        whole = score.type != "decimal"
        fact = Fact(kind, low, high, codes=score.codes, sure=whole, whole=whole)
        if kind == "number":
            fact = judge.rounded(fact, items[score.name].precision or 0)
        found[score.name] = fact
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
