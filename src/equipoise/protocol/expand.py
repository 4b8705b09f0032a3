"""Instruments of a form written out: required parts become items, scores become derived items."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from decimal import Decimal

from equipoise.errors import InputError
from equipoise.instruments import Instrument, Score, instrument, instrument_names
from equipoise.instruments import Part as InstrumentPart
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Form, InstrumentUse, Item, Protocol
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.wording import nearest

SCORE_DECIMALS = 4
"""Decimals of a derived mean: more than is reported, so that rounding does not show."""


def expand(protocol: Protocol) -> tuple[Protocol, list[Finding]]:
    """Return the protocol with every instrument written out, and what is wrong with its use."""
    findings: list[Finding] = []
    forms = {
        name: _expand_form(form, ("forms", name), findings) for name, form in protocol.forms.items()
    }
    return protocol.model_copy(update={"forms": forms}), findings


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """Return the parts and scores of the instruments that ``names`` are, or nearly are.

    They are not held to be unknown where the use of an instrument could not be read.
    """
    known, found = instrument_names(), set[str]()
    for name in names:
        for near in difflib.get_close_matches(name, known, 1):
            made = instrument(near)
            found |= {part.name for part in made.parts}
            found |= {score.name for score in made.scores}
    return frozenset(found)


def _expand_form(form: Form, path: Path, findings: list[Finding]) -> Form:
    items = {item.id: item for item in form.items}
    for place, use in enumerate(form.instruments):
        here = (*path, "instruments", place)
        try:
            made = instrument(use.name, **use.settings)
        except InputError as error:
            at = "settings" if "setting" in error.problem.what else "name"
            findings.append(Finding((*here, at), error.problem.what, error.problem.todo))
            continue
        findings.extend(_misused(made, use, here))
        for part in made.parts:
            if part.required and part.name not in use.parts:
                items.setdefault(part.name, _part_item(made, part))
        for score in made.scores:
            if score.name in items:
                what = f"`{score.name}` is an item of the form and a score of {made.title}"
                findings.append(Finding(here, what, "Give the item another id."))
            items[score.name] = _score_item(made, score)
    return form.model_copy(update={"items": tuple(items.values())})


def _misused(made: Instrument, use: InstrumentUse, here: Path) -> list[Finding]:
    parts = [part.name for part in made.parts]
    return [
        Finding((*here, "parts", name), f"{made.title} has no part `{name}`", nearest(name, parts))
        for name in use.parts
        if name not in parts
    ]


def _part_item(made: Instrument, part: InstrumentPart) -> Item:
    return Item(
        id=part.name,
        label=Text(en=f"{made.title}: {part.name.replace('_', ' ')}"),
        type=part.type,
        unit=part.unit,
        range=None if part.type == "boolean" else (part.low, part.high),
        precision=part.precision if part.type == "decimal" else None,
    )


def _score_label(made: Instrument, score: Score) -> str:
    """Return the instrument's title, and what the score's name adds to the instrument's."""
    rest = score.name.removeprefix(made.name).strip("_").replace("_", " ")
    return f"{made.title}: {rest}" if rest else made.title


def _score_item(made: Instrument, score: Score) -> Item:
    return Item(
        id=score.name,
        label=Text(en=_score_label(made, score)),
        type=score.type,
        range=(Decimal(score.low), Decimal(score.high))
        if score.type in {"integer", "decimal"}
        else None,
        precision=SCORE_DECIMALS if score.type == "decimal" else None,
        codes={code: Text(en=code) for code in score.codes} or None,
        score=f"{made.name}.{score.name}",
    )
