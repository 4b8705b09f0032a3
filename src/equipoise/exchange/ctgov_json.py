"""ClinicalTrials.gov API v2 studies as JSON: every field in its order, each number as written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, Self

from equipoise.errors import InputError

LARGEST = 10**300
"""Beyond every float nearly, and far below where Python refuses to write a whole number."""

TODO = "Give an API v2 study, whole and in UTF-8."

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|-?Infinity|NaN|[^\s{}\[\]:,"]+', re.DOTALL)


class Written(float):
    """A number whose text says more than its value does: ``1.10``, ``1e3``."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Make the number from its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[Written], tuple[str]]:
        """Keep the text when copied."""
        return Written, (self.text,)


def read(data: bytes) -> dict[str, Any]:
    """Return the study.

    Raises :class:`InputError` with line and column where the JSON is cut off or malformed, names a
    field twice, or holds a number that JSON does not know or that has no finite value.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start}", "is not UTF-8", TODO) from None
    try:
        study = json.loads(
            text,
            object_pairs_hook=_no_twins,
            parse_constant=_refuse,
            parse_float=_number,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"line {error.lineno}, column {error.colno}", f"is no JSON: {error.msg}", TODO
        ) from None
    except RecursionError:
        raise InputError("the study", "is nested too deeply to be one", TODO) from None
    except _Unusable:
        where, what = _first_fault(text)
        raise InputError(where, what, TODO) from None
    if not isinstance(study, dict):
        raise InputError("line 1, column 1", "is no JSON object, so no study", TODO)
    return study


def write(study: Mapping[str, Any]) -> bytes:
    """Return the study as JSON in UTF-8, indented by two, without a byte order mark.

    A number keeps the text it was read with. Raises :class:`InputError` naming the field whose
    value JSON cannot hold.
    """
    parts: list[str] = []
    try:
        _write(study, "\n", "", parts)
    except RecursionError:
        raise InputError("the study", "is nested too deeply to be one", TODO) from None
    # A lone surrogate cannot be UTF-8; its escape is JSON all the same.
    return ("".join(parts) + "\n").encode("utf-8", "backslashreplace")


def _write(value: Any, line: str, where: str, parts: list[str]) -> None:
    if isinstance(value, Written):
        parts.append(value.text)
    elif value is None or isinstance(value, bool | str) or _is_short(value):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, float) and value - value == 0:
        parts.append(repr(value))
    elif isinstance(value, Mapping):
        between = "{" + line + "  "
        for name, inside in value.items():
            parts.extend((between, json.dumps(str(name), ensure_ascii=False), ": "))
            _write(inside, line + "  ", f"{where}.{name}", parts)
            between = "," + line + "  "
        parts.append(line + "}" if value else "{}")
    elif isinstance(value, list | tuple):
        between = "[" + line + "  "
        for place, inside in enumerate(value):
            parts.append(between)
            _write(inside, line + "  ", f"{where}[{place}]", parts)
            between = "," + line + "  "
        parts.append(line + "]" if value else "[]")
    else:
        raise InputError(
            where.lstrip("."), f"is a {type(value).__name__} that JSON cannot hold", TODO
        )


def _is_short(value: Any) -> bool:
    return isinstance(value, int) and -LARGEST < value < LARGEST


class _Unusable(Exception):
    """Something JSON's own parser lets through; it does not say where."""


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unusable
    return found


def _refuse(_: str) -> NoReturn:
    raise _Unusable


def _number(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise _Unusable
    return value if repr(value) == text else Written(text)


def _integer(text: str) -> int | float:
    if len(text) > 300 or abs(number := int(text)) >= LARGEST:
        raise _Unusable
    return Written(text) if text == "-0" else number


def _first_fault(text: str) -> tuple[str, str]:
    """Return where and what the first fault is in JSON that is otherwise well formed."""
    open_names: list[set[str] | None] = []
    name_next = False
    for token in _TOKEN.finditer(text):
        word, what = token[0], ""
        if word in "{[":
            open_names.append(set() if word == "{" else None)
        elif word in "}]":
            open_names.pop()
        elif name_next and word.startswith('"') and (names := open_names[-1]) is not None:
            name = json.loads(word)
            what = f'names the field "{name}" a second time' if name in names else ""
            names.add(name)
        elif word[0] in "-0123456789IN":
            what = _number_fault(word)
        if what:
            line = text.count("\n", 0, token.start()) + 1
            column = token.start() - text.rfind("\n", 0, token.start())
            return f"line {line}, column {column}", what
        name_next = word in "{,"
    return "the study", "cannot be read"


def _number_fault(word: str) -> str:
    if word[-1] not in "0123456789":
        return f"is {word}, which JSON does not know"
    try:
        _integer(word) if word.lstrip("-").isdecimal() else _number(word)
    except _Unusable:
        return "is a number beyond every measure"
    return ""
