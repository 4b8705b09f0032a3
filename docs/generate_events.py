"""Write ``events.md`` and ``events.svg`` from the event types and their order.

Run it after a change to either: ``python docs/generate_events.py``.
"""  # noqa: INP001 - a script, not a module

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from xml.sax.saxutils import escape

from pydantic import AwareDatetime, BaseModel

from equipoise.events import codec
from equipoise.events import types as event_types
from equipoise.events.states import ORDER
from equipoise.events.types import Digest, Event, Fact, Value, fact_types
from equipoise.ledger import chain

FOLDER = Path(__file__).parent

_NAMES: dict[object, str] = {
    AwareDatetime: "time",
    bool: "true or false",
    date: "date",
    Decimal: "decimal",
    Digest: "SHA-256",
    Fact: "the payload",
    int: "integer",
    str: "text",
    types.NoneType: "null",
    Value: "value",
}

_LEGEND = """\
An arrow leads from an event to those that need it. Events that open the way to no other are not
drawn; below, each says what it needs. A flag belongs to the trial or to one participant, and
`{study}` in it to one study: consent to a follow-up is not consent to the trial that it extends."""


def pages() -> dict[str, str]:
    """Return each generated file's name and text."""
    return {"events.md": page(), "events.svg": drawing()}


def page() -> str:
    """Return the reference of events, as Markdown."""
    parts = [
        "<!-- Written by generate_events.py from src/equipoise/events; change it there. -->",
        "# Events",
        prose(event_types.__doc__),
        "## Which may follow which",
        "![Each kind of event that opens the way to another](events.svg)",
        _LEGEND,
        "## What every event says",
        prose(Event.__doc__),
        "\n".join(_fields(Event)),
        "A **value** is true or false, an integer, text or null: decimals and dates are text.",
    ]
    for about, title in (
        ("trial", "Events of the trial"),
        ("participant", "Events of a participant"),
    ):
        parts.append(f"## {title}")
        parts += [_section(fact) for fact in fact_types().values() if fact.about == about]
    parts += ["## As bytes", prose(codec.__doc__), "## In a chain", prose(chain.__doc__)]
    return "\n\n".join(parts) + "\n"


def _section(fact: type[Fact]) -> str:
    return f"### {fact.kind()}\n\n{prose(fact.__doc__)}\n\n" + "\n".join(
        [*_fields(fact), *_order(fact.kind())]
    )


def _fields(model: type[BaseModel]) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        yield f"- `{name}`: {_type(hints[name])}"


def _type(hint: Any) -> str:
    if hint in _NAMES:
        return _NAMES[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _either(f"`{part}`" for part in parts)
    if origin in {Union, types.UnionType}:
        return _either(map(_type, parts))
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    if origin is dict:
        return f"{_type(parts[1])} by name"
    hints = get_type_hints(hint, include_extras=True)
    fields = ", ".join(f"`{name}` {_type(hints[name])}" for name in hint.model_fields)
    return f"({fields})"


def _either(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _order(kind: str) -> Iterator[str]:
    step = ORDER[kind]
    for verb, flags in (
        ("needs", step.needs),
        ("cannot follow", step.bars),
        ("raises", step.raises),
        ("lowers", step.lowers),
    ):
        if flags:
            yield f"- {verb} " + ", ".join(f"*{flag}*" for flag in sorted(flags))


def prose(doc: str | None) -> str:
    """Return a docstring as Markdown, without the roles that only Sphinx reads."""
    text = cleandoc(doc or "")
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text)
    return re.sub(r"::\n\n((?:    .+\n)+)", _block, text.replace("``", "`"))


def _block(match: re.Match[str]) -> str:
    return f"```text\n{cleandoc(match[1])}\n```\n"


# --- the drawing ----------------------------------------------------------------------------------

_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#889"/></marker></defs>'
)
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _MARGIN = 160, 44, 204, 62, 12


def drawing() -> str:
    """Return the kinds that open the way to others, in columns by how soon they may come."""
    raises = {kind: {_bare(flag) for flag in step.raises} for kind, step in ORDER.items()}
    needs = {
        kind: [other for other in ORDER if raises[other] & {_bare(flag) for flag in step.needs}]
        for kind, step in ORDER.items()
        if step.raises
    }
    places = _places(needs)
    arrows = [_arrow(places[a], places[b]) for b in needs for a in needs[b]]
    boxes = [_box(kind, sorted(raises[kind]), place) for kind, place in places.items()]
    width = max(x for x, _ in places.values()) + _WIDTH + _MARGIN
    height = max(y for _, y in places.values()) + _HEIGHT + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" text-anchor="middle">'
    )
    return "\n".join([head, _TIP, *arrows, *boxes, "</svg>\n"])


def _bare(flag: str) -> str:
    return flag.removesuffix(" {study}")


def _places(needs: dict[str, list[str]]) -> dict[str, tuple[int, int]]:
    """Return the left upper corner of each kind's box."""
    columns: dict[int, int] = {}
    places = {}
    for kind in needs:
        column = _depth(kind, needs)
        row = columns[column] = columns.get(column, -1) + 1
        places[kind] = (_MARGIN + column * _ACROSS, _MARGIN + row * _DOWN)
    return places


def _depth(kind: str, needs: dict[str, list[str]]) -> int:
    return max((_depth(other, needs) + 1 for other in needs[kind]), default=0)


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return a curve from the right side of one box to the left side of another."""
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to_x, to_y = end[0], end[1] + _HEIGHT // 2
    bend = (_ACROSS - _WIDTH) // 2 + 10
    return (
        f'<path d="M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}" fill="none" '
        'stroke="#889" marker-end="url(#tip)"/>'
    )


def _box(kind: str, flags: list[str], place: tuple[int, int]) -> str:
    x, y = place
    middle = x + _WIDTH // 2
    colour = "#e8eef7" if fact_types()[kind].about == "trial" else "#eef5ea"
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" fill="{colour}" '
        f'stroke="#334"/><text x="{middle}" y="{y + 19}" font-size="13" font-weight="bold">'
        f'{escape(kind)}</text><text x="{middle}" y="{y + 35}" font-size="11" fill="#445">'
        f"{escape(', '.join(flags))}</text>"
    )


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
