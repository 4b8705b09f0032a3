"""A draft written as YAML with comments, for a person to read and correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Path = tuple[str | int, ...]
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./()%+<>=;'\"-]|[ ](?=[A-Za-z0-9(<>=+\"]))*")
_BLOCK = re.compile(r"[A-Za-z0-9(](?:[A-Za-z0-9_./()%+<>=;,'\"\[\]-]|[ ](?=[A-Za-z0-9(<>=+\"\[]))*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"})
WIDTH = 96


def written(data: Mapping[str, Any], comments: Mapping[Path, list[str]]) -> str:
    """Return the text of a YAML file: ``data`` in its order, each comment above its place."""
    return "\n".join([*_comment(comments.get(()), ""), *_mapping(data, comments, (), "")]) + "\n"


def clean(text: str) -> str:
    """Return a text that any YAML file can hold: one line, only characters that can be shown."""
    shown = (char if char.isprintable() else " " for char in text)
    return " ".join("".join(shown).split())


def _mapping(
    data: Mapping[str, Any], comments: Mapping[Path, list[str]], path: Path, indent: str
) -> Iterator[str]:
    for key, value in data.items():
        here = (*path, key)
        lines = comments.get(here)
        if not path and (lines is not None or isinstance(value, (Mapping, list))):
            yield ""
        yield from _comment(lines, indent)
        yield from _entry(f"{indent}{scalar(key)}:", value, comments, here, indent)


def _entry(
    head: str, value: Any, comments: Mapping[Path, list[str]], path: Path, indent: str
) -> Iterator[str]:
    inside = any(other[: len(path)] == path and len(other) > len(path) for other in comments)
    if isinstance(value, (Mapping, list)) and not value:
        yield f"{head} {'{}' if isinstance(value, Mapping) else '[]'}"
    elif isinstance(value, (Mapping, list)):
        flow = _flow(value)
        if not inside and len(head) + len(flow) < WIDTH and _simple(value):
            yield f"{head} {flow}"
            return
        yield head
        if isinstance(value, Mapping):
            yield from _mapping(value, comments, path, indent + "  ")
        else:
            yield from _sequence(value, comments, path, indent + "  ")
    else:
        yield f"{head} {scalar(value)}"


def _sequence(
    data: list[Any], comments: Mapping[Path, list[str]], path: Path, indent: str
) -> Iterator[str]:
    for place, value in enumerate(data):
        here = (*path, place)
        yield from _comment(comments.get(here), indent)
        inside = any(other[: len(here)] == here and len(other) > len(here) for other in comments)
        flow = _flow(value)
        if not isinstance(value, Mapping) or (
            not inside and len(indent) + len(flow) < WIDTH and "rule" not in value
        ):
            yield f"{indent}- {flow}"
            continue
        first, *others = _mapping(value, comments, here, indent + "  ")
        yield f"{indent}- {first.strip()}"
        yield from others


def _simple(value: Any) -> bool:
    """Return whether a value reads well in one line: nothing nested twice."""
    parts = value.values() if isinstance(value, Mapping) else value
    return not any(isinstance(part, Mapping) for part in parts)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return scalar(value, flow=True)


def scalar(value: Any, *, flow: bool = False) -> str:
    """Return a value as YAML writes it, text in quotes where it could be read as something else."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, (int, date)):
        return str(value)
    text = clean(str(value))
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not (flow and '"' in text):
        return text
    if not flow and " " in text and _BLOCK.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _comment(lines: list[str] | None, indent: str) -> Iterator[str]:
    for line in lines or ():
        yield from _wrapped(clean(line), indent)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(indent) + len(line) + len(word) + 3 > WIDTH:
            yield f"{indent}# {line}"
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield f"{indent}# {line}".rstrip()
