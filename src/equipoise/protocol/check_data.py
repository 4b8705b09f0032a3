"""Checks of what is asked and when: forms, items, instruments, visits, eligibility."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from equipoise.errors import InputError
from equipoise.protocol.derive import answers_to, cycle, made
from equipoise.protocol.expression import Kind, parse
from equipoise.protocol.parts import Form, InstrumentUse, Item, Visit
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.study import KINDS, Study, kinds_of
from equipoise.protocol.wording import nearest

MONTH_D = Decimal("30.4375")


def _items(study: Study) -> Iterator[tuple[Path, Item, Form]]:
    """Iterate over the items of this study's own forms, each with its place and its form."""
    for name, form in study.protocol.forms.items():
        for place, item in enumerate(form.items):
            yield ("forms", name, "items", place), item, form


def unique_items(study: Study) -> Iterator[Finding]:
    """An item's id means one thing in the whole study: rules know items by id alone."""
    seen: dict[str, str] = {}
    parent = study.protocol.parent
    for name, form in parent.all_forms().items() if parent else ():
        seen |= {item.id: f"form `{name}` of {study.protocol.extends}" for item in form.items}
        if name in study.protocol.forms:
            what = f"{study.protocol.extends} has a form `{name}` already"
            yield Finding(("forms", name), what, "Give this form another name.")
    for path, item, _ in _items(study):
        if item.id in seen:
            what = f"there is an item `{item.id}` in {seen[item.id]} already"
            yield Finding(path, what, "Give one of them another id.")
        seen.setdefault(item.id, f"form `{path[1]}`")


def item_parts(study: Study) -> Iterator[Finding]:
    """What an item carries fits its type."""
    for path, item, _ in _items(study):
        if item.codes and item.type != "choice":
            what = f"codes are for a choice, and `{item.id}` is {item.type}"
            yield Finding((*path, "codes"), what, "Make it a choice, or take the codes out.")
        if item.range and item.type not in {"integer", "decimal"}:
            what = f"a range is for numbers, and `{item.id}` is {item.type}"
            yield Finding((*path, "range"), what, "Take it out.")
        if item.precision is not None and item.type != "decimal":
            what = f"decimals are for a decimal, and `{item.id}` is {item.type}"
            yield Finding((*path, "precision"), what, "Make it a decimal, or take them out.")
        if item.type in {"integer", "decimal"} and not item.range and not item.derived:
            what = f"`{item.id}` has no range, so every slip of the finger is taken"
            yield Finding(path, what, "Give the lowest and highest possible value.", "warning")


def item_expressions(study: Study) -> Iterator[Finding]:
    """Branching and formulas are over the items of their form, and formulas run in no circle."""
    wanted: dict[str, Kind] = {"integer": "number", "decimal": "number", "boolean": "boolean"}
    for path, item, form in _items(study):
        kinds = kinds_of({each.id: each for each in form.items})
        if item.show_if is not None:
            where: Path = (*path, "show_if")
            yield from study.expression(where, item.show_if, kinds, wanted="boolean")
        if item.formula is not None:
            where = (*path, "formula")
            yield from study.expression(
                where, item.formula, kinds, wanted=wanted.get(item.type, "text")
            )
    for name, form in study.protocol.forms.items():
        circle = _circle(form)
        if circle:
            places = [item.id for item in form.items]
            what = f"the formulas run in a circle: {' needs '.join(circle)}"
            at = next(places.index(each) for each in circle if each in places)
            yield Finding(("forms", name, "items", at), what, "Begin with what is entered.")


def _circle(form: Form) -> tuple[str, ...]:
    try:
        return cycle(form)
    except InputError:  # a formula or an instrument that cannot be read, said elsewhere
        return ()


def instruments(study: Study) -> Iterator[Finding]:
    """The parts of an instrument are answered by items that fit them."""
    for name, form in study.protocol.forms.items():
        items = {item.id: item for item in form.items}
        kinds = kinds_of(items)
        for place, use in enumerate(form.instruments):
            path: Path = ("forms", name, "instruments", place)
            for part, text in use.parts.items():
                yield from study.expression((*path, "parts", part), text, kinds)
            try:
                yield from _answers(use, items, kinds, path)
            except InputError:
                continue  # no such instrument, or an expression that cannot be read: said already


def _answers(
    use: InstrumentUse, items: dict[str, Item], kinds: dict[str, Kind], path: Path
) -> Iterator[Finding]:
    scale = made(use.name, tuple(sorted(use.settings.items())))
    answers = answers_to(use)
    if not any(parse(text).names <= kinds.keys() for text in answers.values()):
        what = f"no item answers a part of {scale.title}"
        todo = f"Its parts are {', '.join(answers)}: add items of these names, or `parts`."
        yield Finding(path, what, todo)
    for part in scale.parts:
        text = answers[part.name]
        at: Path = (*path, "parts", part.name) if part.name in use.parts else path
        if not parse(text).names <= kinds.keys():
            continue
        kind = parse(text).kind(kinds)
        if kind != KINDS[part.type]:
            what = f"part `{part.name}` of {scale.title} is {part.type}, and `{text}` is not"
            yield Finding(at, what, f"Answer it by something {part.type}.")
        item = items.get(text)
        if item is None or part.type == "boolean" or item.derived or kind != "number":
            continue
        if item.range is None or not part.low <= item.range[0] <= item.range[1] <= part.high:
            what = f"`{text}` may be outside what part `{part.name}` of {scale.title} takes"
            yield Finding(at, what, f"Give `{text}` a range within {part.low} to {part.high}.")


def visits(study: Study) -> Iterator[Finding]:
    """Visits are named once, have forms that exist, and only the times of their phase."""
    parent = study.protocol.parent
    seen = {visit.visit for visit in parent.visits()} if parent else set()
    for place, visit in enumerate(study.protocol.schedule):
        path: Path = ("schedule", place)
        if visit.visit in seen:
            yield Finding(path, f"visit `{visit.visit}` is planned twice", "Rename one of them.")
        seen.add(visit.visit)
        for number, form in enumerate(visit.forms):
            yield from study.unknown((*path, "forms", number), form, study.forms, "form")
            if form in visit.forms[:number]:
                what = f"form `{form}` is due twice at this visit"
                yield Finding((*path, "forms", number), what, "Name it once.")
        wrong = {"screening": {"day", "at", "window_h", "month", "window_d"},
                 "treatment": {"month", "window_d"},
                 "follow-up": {"day", "at", "window_h"}}[visit.phase]  # fmt: skip
        for field in sorted(wrong & visit.model_fields_set):
            what = f"`{field}` has no meaning for a {visit.phase} visit"
            yield Finding((*path, field), what, "Take it out, or change the phase.", "warning")


def windows(study: Study) -> Iterator[Finding]:
    """Visits stand in order of time, and no moment belongs to two visits of one form."""
    before: tuple[Decimal, Visit] | None = None
    last: dict[str, tuple[Decimal, Visit]] = {}
    for place, visit in enumerate(study.protocol.schedule):
        due_h, window_h = _due(visit)
        if before is not None and due_h < before[0]:
            what = f"`{visit.visit}` is due before `{before[1].visit}`, which stands above it"
            yield Finding(("schedule", place), what, "Put the visits in order of time.", "warning")
        before = (due_h, visit)
        for form in visit.forms:
            end_h, earlier = last.get(form, (Decimal(-(10**9)), visit))
            if due_h - window_h < end_h and visit.phase != "screening":
                what = f"its window overlaps that of `{earlier.visit}`, with form `{form}` in both"
                yield Finding(("schedule", place), what, "Make the windows shorter.")
            last[form] = (due_h + window_h, visit)


def _due(visit: Visit) -> tuple[Decimal, Decimal]:
    """Return when a visit is due, in hours from the start of day 0, and its window in hours."""
    if visit.phase == "treatment" and visit.day is not None and visit.at is not None:
        hours = Decimal(visit.day * 24 + visit.at.hour) + Decimal(visit.at.minute) / 60
        return hours, visit.window_h or Decimal(0)
    if visit.phase == "follow-up" and visit.month is not None:
        return visit.month * MONTH_D * 24, (visit.window_d or Decimal(0)) * 24
    return Decimal(-(10**6)), Decimal(0)


def collected(study: Study) -> Iterator[Finding]:
    """Every form is due at some visit."""
    due = {form for visit in study.protocol.visits() for form in visit.forms}
    for name in study.protocol.forms:
        if name not in due and "schedule" not in study.broken:
            what = f"form `{name}` is due at no visit, so it is never filled in"
            yield Finding(("forms", name), what, "Add it to a visit, or take it out.", "warning")


def criteria(study: Study) -> Iterator[Finding]:
    """Criteria are named once, and their rules are over what is known when they are judged."""
    seen: set[str] = set()
    known = study.screening_items or study.items
    unread = {"schedule", *study.screening_forms} & study.broken
    if not study.screening_items and not unread:
        if any(criterion.rule for criterion in study.protocol.eligibility):
            what = "there is no screening visit with a form, so no criterion can be judged"
            yield Finding(("eligibility",), what, "Add a visit with `phase: screening`.")
        return
    kinds = kinds_of(known)
    for place, criterion in enumerate(study.protocol.eligibility):
        path: Path = ("eligibility", place)
        if criterion.id in seen:
            yield Finding(path, f"criterion {criterion.id} is there twice", "Rename one of them.")
        seen.add(criterion.id)
        if criterion.rule is None:
            continue
        where: Path = (*path, "rule")

        def absent(name: str, where: Path = where) -> Iterator[Finding]:
            if name in study.items:
                what = f"`{name}` is not known before randomization"
                todo = (
                    "Excluding people for what happens later breaks the randomized comparison: "
                    "say `not_applicable` and treat it as missing data, or ask at screening."
                )
                yield Finding(where, what, todo)
            elif name not in study.broken:
                yield Finding(where, f"there is no item `{name}`", nearest(name, known))

        yield from study.expression(where, criterion.rule, kinds, wanted="boolean", absent=absent)


CHECKS = (
    unique_items,
    item_parts,
    item_expressions,
    instruments,
    visits,
    windows,
    collected,
    criteria,
)
