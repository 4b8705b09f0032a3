"""What a form's answers amount to: formulas and the scores of instruments, as far as known.

Nothing derived is stored: it is computed again from the answers, so a correction reaches it.
A derived decimal is rounded (half to even) to its item's precision and goes on rounded, so every
later decision can be repeated from what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from equipoise.errors import InputError
from equipoise.instruments import Answer, Instrument, Score, instrument
from equipoise.instruments import Value as Scored
from equipoise.protocol.expression import Bounds, Exact, OneOf, parse
from equipoise.protocol.parts import Form, InstrumentUse, Item

Value = bool | int | str | None
"""A form value as events keep it: decimals and dates as text, None when unknown."""


def derive(form: Form, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the value of every item of the form, entered or derived, in the form's order.

    Raises:
        InputError: when a value is not of its item's kind.
    """
    found = known(form, values)
    return {item.id: stored(item, found[item.id]) for item in form.items}


def known(form: Form, values: Mapping[str, Value]) -> dict[str, Exact]:
    """Return what is known of every item, for decisions.

    A score with parts unanswered is known within :class:`Bounds`, a class of one as
    :class:`OneOf`. A formula that is not shown is unknown. Names that the form does not have are
    ignored.

    Raises:
        InputError: when a value is not of its item's kind.
    """
    found: dict[str, Exact] = {
        item.id: None if item.derived else _entered(item, values.get(item.id))
        for item in form.items
    }
    by_id = {item.id: item for item in form.items}
    for step in _steps(form):
        if isinstance(step, str):
            found[step] = _formula(by_id[step], found)
        else:
            found |= _scores(form.instruments[step], by_id, found)
    return found


def stored(item: Item, value: Exact) -> Value:
    """Return an exact value as events keep it; what is only partly known is unknown."""
    match value:
        case None | Bounds() | OneOf():
            return None
        case Decimal() if item.type == "integer":
            return int(value)
        case Decimal():
            return f"{_quantized(value, item) + 0:f}"  # + 0 turns -0.0 into 0.0
        case bool() | str():
            return value


def sources(form: Form, name: str) -> tuple[str, ...]:
    """Return the entered items that the derived item ``name`` is computed from, in order."""
    items = {item.id: item for item in form.items}
    found: dict[str, None] = {}

    def visit(each: str, above: frozenset[str]) -> None:
        if each not in items or each in above:
            return
        if not items[each].derived:
            found[each] = None
            return
        for need in _needs(form, items[each]):
            visit(need, above | {each})

    visit(name, frozenset())
    return tuple(found)


def cycle(form: Form) -> tuple[str, ...]:
    """Return the items of a circle of formulas, each needing the next; empty when there is none."""
    derived = {item.id: _needs(form, item) for item in form.items if item.derived}
    try:
        TopologicalSorter(derived).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


@lru_cache(maxsize=256)
def made(name: str, settings: tuple[tuple[str, str | int], ...]) -> Instrument:
    """Return the instrument with its settings, made once."""
    return instrument(name, **dict(settings))


def answers_to(use: InstrumentUse) -> dict[str, str]:
    """Return, for each part of the instrument, the expression that answers it."""
    parts = made(use.name, tuple(sorted(use.settings.items()))).parts
    return {part.name: use.parts.get(part.name, part.name) for part in parts}


def _needs(form: Form, item: Item) -> tuple[str, ...]:
    """Return the names that a derived item is computed from directly."""
    if item.formula is not None:
        shown = parse(item.show_if).order if item.show_if else ()
        return parse(item.formula).order + shown
    use = form.instruments[_use_of(form, item)]
    return tuple(name for text in answers_to(use).values() for name in parse(text).order)


def _use_of(form: Form, item: Item) -> int:
    name = (item.score or "").partition(".")[0]
    return next(place for place, use in enumerate(form.instruments) if use.name == name)


def _steps(form: Form) -> list[str | int]:
    """Return what to compute in order: formulas by item, instruments by place."""
    derived = {item.id: item for item in form.items if item.derived}
    step_of: dict[str, str | int] = {
        name: name if item.formula is not None else _use_of(form, item)
        for name, item in derived.items()
    }
    graph: dict[str | int, set[str | int]] = {step: set() for step in step_of.values()}
    for name, item in derived.items():
        graph[step_of[name]] |= {step_of[need] for need in _needs(form, item) if need in step_of}
    return list(TopologicalSorter(graph).static_order())


def _entered(item: Item, value: Value) -> Exact:
    """Return an entered value exactly; raise InputError for another kind of value."""
    match item.type, value:
        case _, None:
            return None
        case "boolean", bool():
            return value
        case "integer", int() if not isinstance(value, bool):
            return Decimal(value)
        case "decimal", str():
            try:
                return Decimal(value)
            except InvalidOperation:
                pass
        case (("choice" | "text" | "date"), str()):
            return value
    raise InputError(item.id, f"{value!r} is no {item.type} value", "Correct the recorded value.")


def _quantized(value: Decimal, item: Item) -> Decimal:
    step = Decimal(1).scaleb(-(item.precision or 0))
    return value.quantize(step, rounding=ROUND_HALF_EVEN)


def _rounded(item: Item, value: Exact) -> Exact:
    """Return a derived value at its item's precision."""
    if item.type not in {"integer", "decimal"}:
        return value
    match value:
        case bool():
            return Decimal(value)
        case Decimal():
            return _quantized(value, item)
        case Bounds():
            low, high = _quantized(value.low, item), _quantized(value.high, item)
            return low if low == high else Bounds(low, high)
    return value


def _formula(item: Item, found: Mapping[str, Exact]) -> Exact:
    if item.formula is None or (item.show_if and parse(item.show_if).decide(found) is not True):
        return None
    return _rounded(item, parse(item.formula).value(found))


def _scores(
    use: InstrumentUse, items: Mapping[str, Item], found: Mapping[str, Exact]
) -> dict[str, Exact]:
    """Return the scores of an instrument that are items, as far as they are known."""
    scale = made(use.name, tuple(sorted(use.settings.items())))
    answers = {part: _answer(parse(text).value(found)) for part, text in answers_to(use).items()}
    values = scale.score(answers)
    return {
        score.name: _rounded(items[score.name], _score(scale, score, values, answers))
        for score in scale.scores
        if score.name in items
    }


def _answer(value: Exact) -> Answer:
    return value if isinstance(value, (bool, Decimal)) else None


def _score(
    scale: Instrument,
    score: Score,
    values: Mapping[str, Scored | None],
    answers: Mapping[str, Answer],
) -> Exact:
    value = values[score.name]
    if isinstance(value, (bool, str)):
        return value
    if value is not None:
        return Decimal(value)
    low, high = scale.bounds(answers, score.name)
    match low, high:
        case str(), str():
            start, end = score.codes.index(low), score.codes.index(high)
            return OneOf(frozenset(score.codes[start : end + 1]))
        case ((int() | Decimal()), (int() | Decimal())) if not isinstance(low, bool):
            return Bounds(low, high)
    return None
