"""The registry's long texts as HTML: paragraphs, lists, escapes, addresses.

The registry writes them in a small part of Markdown: blank lines between paragraphs, ``*`` and
``1.`` lists indented under one another, and a backslash before a sign that is meant as itself.
Everything else is text, and HTML in it is shown as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

_ITEM = re.compile(r"^(?P<indent>\s*)(?:[*\-•·]|(?P<number>\d{1,3})[.)])\s+(?P<text>.*)$")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|^&=\"'/:;,$%@?])")
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]]")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(slots=True)
class Block:
    """A paragraph (``ordered`` None) or a list's item with what stands under it."""

    text: str
    indent: int = 0
    ordered: bool | None = None
    under: list[Block] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    """Return the paragraphs and list items of a text, items under their items."""
    top: list[Block] = []
    open_items: list[Block] = []
    paragraph: Block | None = None
    for line in text.replace("\r", "").split("\n"):
        if not line.strip():
            paragraph = None
            continue
        item = _ITEM.match(line)
        indent = len(line) - len(line.lstrip())
        if item:
            found = Block(item["text"], len(item["indent"]), ordered=item["number"] is not None)
            while open_items and open_items[-1].indent >= found.indent:
                open_items.pop()
            (open_items[-1].under if open_items else top).append(found)
            open_items.append(found)
            paragraph = found
        elif paragraph is not None and (indent or paragraph.ordered is None):
            paragraph.text += f" {line.strip()}"
        else:
            while open_items and open_items[-1].indent >= indent:
                open_items.pop()
            paragraph = Block(line.strip(), indent)
            (open_items[-1].under if open_items else top).append(paragraph)
    return top


def plain(text: str) -> str:
    """Return a text without its escapes."""
    return _ESCAPE.sub(r"\1", text)


def inline(text: Any) -> Markup:
    """Return a short text: escapes undone, web addresses as links."""
    shown, out, last = plain(str(text)), Markup(), 0
    for found in _ADDRESS.finditer(shown):
        out += escape(shown[last : found.start()])
        out += Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0])
        last = found.end()
    return out + escape(shown[last:])


def html(text: Any) -> Markup:
    """Return a long text as paragraphs and lists."""
    return Markup("").join(_lists(blocks(str(text))))


def under(block: Block) -> Markup:
    """Return what stands under an item."""
    return Markup("").join(_lists(block.under))


def _lists(found: list[Block]) -> Iterator[Markup]:
    kind = ""
    for block in found:
        wanted = "" if block.ordered is None else ("ol" if block.ordered else "ul")
        if wanted != kind:
            if kind:
                yield Markup("</{}>").format(kind)
            if wanted:
                yield Markup("<{}>").format(wanted)
            kind = wanted
        tag = "li" if kind else "p"
        yield Markup("<{0}>{1}{2}</{0}>").format(tag, inline(block.text), under(block))
    if kind:
        yield Markup("</{}>").format(kind)


def codes(text: str) -> Markup:
    """Return a message of ours with what stands between backticks as code."""
    # Markup: everything in it was escaped.
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704
