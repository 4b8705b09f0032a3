"""What the model refuses, said in the words of those who write protocols.

The model's own messages speak of inputs and constraints. Here each kind of refusal becomes one
sentence of what is wrong and one of what to write instead.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

UNITS = {
    "_ng_ml": "ng/ml",
    "_ml_h": "ml/h",
    "_mg": "mg",
    "_ug": "ug",
    "_ml": "ml",
    "_min": "min",
    "_h": "h",
    "_d": "days",
}
PATTERNS = {
    r"^[a-z][a-z0-9_]*$": (
        "Use small letters, digits and underscores, a letter first, as in `week_12`."
    ),
    r"^[A-Z][A-Z0-9_.]*$": "Use a capital letter, then capitals, digits, dots, as in `E2`.",
    r"^[A-Z]{2,}[A-Z0-9-]*$": "Use capitals, digits and hyphens, as in `NCT01234567`.",
}
REASONS = {"lockout_min": "With no lockout the pump delivers on every press. "}
UNWRITTEN = {
    "block": "Block sizes would let masked people guess the next arm: they are in a sealed annex.",
    "imbalance": "Imbalance limits would let masked people guess: they are in a sealed annex.",
    "seed": "The seed is made by the parties when the allocation is sealed; leave it out.",
    "parent": "The study that this one extends is named by `extends`.",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean …?`` for a misspelt name, or the known names to choose from."""
    names = sorted(known)
    plain = {each.casefold(): each for each in names}
    begun = [each for each in plain if name and each.startswith(name.casefold())]
    near = difflib.get_close_matches(name.casefold(), plain, 1, 0.6) or begun[:1]
    if near:
        return f"Did you mean `{plain[near[0]]}`?"
    if not names:
        return "There are none yet; add it first."
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"There are: {', '.join(names[:8])}{more}."


def worded(
    error: Mapping[str, Any], name: str, annotation: Any, siblings: Iterable[str]
) -> tuple[str, str]:
    """Return what is wrong and what to do for one of pydantic's errors.

    ``name`` is the field's, ``annotation`` its type, ``siblings`` the fields beside it.
    """
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    shown = _shown(value)
    match kind:
        case "missing":
            return f"`{name}` is missing", f"Add `{name}`."
        case "extra_forbidden":
            return f"there is no field `{name}` here", _unwritten(name, siblings)
        case "literal_error":
            choices = [c.strip(" '") for c in context["expected"].replace(" or ", ", ").split(",")]
            return f"{shown} is not one of the choices", nearest(str(value), choices)
        case "string_pattern_mismatch":
            return f"{shown} cannot be a name here", PATTERNS.get(
                context["pattern"], f"Write it as {context['pattern']}."
            )
        case "value_error":
            said = str(context["error"])
            return "the entries do not fit together", f"{said[0].upper()}{said[1:]}."
    return _of_type(kind, value, shown, context) or _number(error, name, annotation)


def _of_type(  # noqa: PLR0911 - one return per kind of error
    kind: str, value: Any, shown: str, context: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Word the errors that say: this is another kind of thing."""
    if kind.startswith("date"):
        return f"{shown} is no date", "Write year, month and day, as in 2023-01-30."
    if kind.startswith("time"):
        return f"{shown} is no time of day", 'Write hours and minutes in quotes, as in "08:00".'
    if kind.startswith("bool"):
        return f"{shown} is neither true nor false", "Write true or false."
    if kind in {"string_type", "string_sub_type"}:
        scalar = isinstance(value, (bool, int, float))
        return f"{shown} is not text", f'Put it in quotes: "{shown}".' if scalar else "Write text."
    if kind == "string_too_short":
        return "the text is empty", "Write it, or leave the field out."
    if kind == "string_too_long":
        return "the text is too long", f"Use {context['max_length']} characters at most."
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        if context.get("class_name") == "Text":
            return f"{shown} is not text", "Write it in quotes, or as {en: …, zh: …}."
        return f"{shown} stands where fields belong", "Write `name: value` lines below it."
    if kind in {"tuple_type", "list_type"}:
        return f"{shown} stands where a list belongs", "Write [a, b] or lines that begin with `-`."
    if kind in {"too_short", "too_long"}:
        count = context.get("min_length", context.get("max_length"))
        return f"the list has {context['actual_length']} entries", f"Give it {count}."
    return None


def _number(error: Mapping[str, Any], name: str, annotation: Any) -> tuple[str, str]:
    """Word the errors of numbers, with the limits that the field has."""
    kind, shown = error["type"], _shown(error["input"])
    unit = next((f" {u}" for suffix, u in UNITS.items() if name.endswith(suffix)), "")
    whole = int in options(annotation)
    todo = REASONS.get(name, "") + f"Give {_range(list(_limits(annotation)), whole=whole)}{unit}."
    if kind.startswith(("greater_than", "less_than")):
        return f"{shown}{unit} is not allowed", todo
    if kind.startswith(("int", "float", "decimal", "finite")):
        return f"{shown} is not {'a whole number' if whole else 'a number'}", todo
    return str(error["msg"]), "Write it as in the shipped studies."


def _unwritten(name: str, siblings: Iterable[str]) -> str:
    for word, reason in UNWRITTEN.items():
        if word in name:
            return reason
    return nearest(name, siblings)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value[:40]}…"' if len(value) > 40 else f'"{value}"'
        case dict():
            return "a set of fields"
        case list():
            return "a list"
    return str(value)


def _limits(annotation: Any) -> Iterator[tuple[str, Any]]:
    """Iterate over (``at least`` | ``above`` | ``at most`` | ``below``, limit) of a type."""
    for part in metadata(annotation):
        match part:
            case Ge():
                yield "at least", part.ge
            case Gt():
                yield "above", part.gt
            case Le():
                yield "at most", part.le
            case Lt():
                yield "below", part.lt


def _range(limits: Sequence[tuple[str, Any]], *, whole: bool) -> str:
    by_word = dict(limits)
    if set(by_word) == {"at least", "at most"}:
        return f"{by_word['at least']} to {by_word['at most']}"
    number = "a whole number" if whole else "a number"
    return ", ".join([number, *(f"{word} {limit}" for word, limit in limits)])


# --- the model's own shape ------------------------------------------------------------------


def metadata(annotation: Any) -> Iterator[Any]:
    """Iterate over the constraints anywhere in a type: in Annotated, in unions."""
    if isinstance(annotation, FieldInfo):
        yield from annotation.metadata
        yield from metadata(annotation.annotation)
    elif typing.get_origin(annotation) is Annotated:
        first, *rest = typing.get_args(annotation)
        yield from metadata(first)
        for each in rest:
            yield from each.metadata if isinstance(each, FieldInfo) else [each]
    elif typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        for option in typing.get_args(annotation):
            yield from metadata(option)


def options(annotation: Any) -> Iterator[Any]:
    """Iterate over what a type can be, unions and Annotated taken apart."""
    if isinstance(annotation, FieldInfo):
        yield from options(annotation.annotation)
    elif typing.get_origin(annotation) is Annotated:
        yield from options(typing.get_args(annotation)[0])
    elif typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        for option in typing.get_args(annotation):
            yield from options(option)
    else:
        yield annotation


def inside(annotation: Any, step: str | int) -> tuple[Any, bool]:
    """Return the type at ``step`` of a type, and whether the model can do without it."""
    for option in options(annotation):
        arguments = typing.get_args(option)
        if isinstance(option, type) and issubclass(option, BaseModel):
            field = option.model_fields.get(str(step))
            if field is not None:
                return field, not field.is_required()
        elif typing.get_origin(option) is dict:
            return arguments[1], True
        elif typing.get_origin(option) is tuple and isinstance(step, int):
            if arguments[1:] == (...,):
                return arguments[0], True
            return arguments[min(step, len(arguments) - 1)], False
    return Any, False


def fields(annotation: Any) -> list[str]:
    """Return the names of the fields that a type has."""
    return [
        name
        for option in options(annotation)
        if isinstance(option, type) and issubclass(option, BaseModel)
        for name, field in option.model_fields.items()
        if not field.exclude
    ]
