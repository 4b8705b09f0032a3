"""The registry's text: markdown in its API, laid out for the eye or plain in its XML files.

The public XML fills text to a column, indents lists by level and parts everything by empty lines.
What is an item of a list and what is emphasis, the API says in markdown with escaped signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from equipoise.exchange.xml_map import Codec

WIDTH = 99
_ESCAPED = re.compile(r"\\([\\<>\[\]^*&_~|.)+-])")
_SPECIAL = re.compile(r"[\\<>\[\]^*&_~|]")
_ITEM = re.compile(r"( *)([*-]|\d{1,4}\.)(?: +|$)(.*)", re.ASCII | re.DOTALL)
_LIKE_ITEM = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+])(?=\s|$)", re.ASCII)
_ITEM_MARK = re.compile(r"^( *)(\*|\d{1,4}\.) ", re.ASCII)
_MARKED = re.compile(r"( *)(-|\d{1,4}\.)  (.*)", re.ASCII | re.DOTALL)
_BULLET = re.compile(r"^( *)\* ")
_TYPED = re.compile(r"( *)(-|\d{1,4}\.) (.*)", re.ASCII | re.DOTALL)
_LAID_OUT = re.compile(r"( *)(-  |\d{1,4}\. )(.*)", re.ASCII | re.DOTALL)
_FIRST, _STEP, _MARK = 2, 5, 3
"""Columns before a list, from level to level, and from an item's mark to its text."""


def plain(markdown: str) -> str:
    """Return markdown without its escapes."""
    return _ESCAPED.sub(r"\1", markdown)


def escaped(text: str) -> str:
    """Return text with the signs escaped that markdown would take for its own."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _words(text: str) -> str:
    """Return words escaped, also where they begin like an item of a list."""
    return _LIKE_ITEM.sub(r"\1\\\2\3", escaped(text))


def _read_lines(text: str) -> str:
    lines: list[str] = []
    before = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        item = _MARKED.fullmatch(line)
        level = len(item[1]) + 1 if item else 0
        if lines and not 0 < level <= before:
            lines.append("")
        if item:
            mark = "*" if item[2] == "-" else item[2]
            lines.append(f"{item[1]}{mark} {_words(item[3])}")
        else:
            lines.append(_words(line))
        before = level
    return "\n".join(lines)


def _write_lines(value: str) -> str:
    return "\r\n".join(
        plain(_ITEM_MARK.sub(_mark, line)) for line in value.replace("\n\n", "\n").split("\n")
    )


def _mark(item: re.Match[str]) -> str:
    return f"{item[1]}{'-' if item[2] == '*' else item[2]}  "


LINES = Codec(_read_lines, _write_lines)
"""Text whose every line is a paragraph of its own; two spaces follow an item's mark."""


def _read_typed(text: str) -> str:
    return "\n".join(_typed(line) for line in text.replace("\r\n", "\n").split("\n"))


def _typed(line: str) -> str:
    item = _TYPED.fullmatch(line)
    if not item:
        return _words(line)
    return f"{item[1]}{'*' if item[2] == '-' else item[2]} {_words(item[3])}"


def _write_typed(value: str) -> str:
    return "\n".join(plain(_BULLET.sub(r"\1- ", line)) for line in value.split("\n"))


TYPED = Codec(_read_typed, _write_typed)
"""Text as it is typed into the registry: items of a list begin with ``- `` or a number."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or an item of a list: its level (0 for no list), its mark and its words."""

    level: int
    mark: str
    words: str


def laid_out(indent: int) -> Codec:
    """Return the codec of text filled to a column, whose lines start after ``indent`` spaces."""
    return Codec(
        lambda text: "\n".join(_markdown(_laid_out_blocks(text, indent))) or None,
        lambda value: _lay_out(_markdown_blocks(value), indent),
    )


def _laid_out_blocks(text: str, indent: int) -> Iterator[Block]:
    lines = text.replace("\r\n", "\n").strip("\n")
    for number, each in enumerate(re.split(r"\n\s*\n", lines)):
        found = _LAID_OUT.fullmatch(each)
        mark = found[2].strip() if found else ""
        words = " ".join((found[3] if found else each).split())
        column = (found.end(2) if found else len(each) - len(each.lstrip())) - indent
        level = max(0, column - _FIRST - _MARK + _STEP) // _STEP
        # The text as a whole is trimmed, so an item that comes first has lost its column.
        if found and number == 0:
            level = 1
        if found and level == 0:
            mark, words = "", f"{mark} {words}"
        if words:
            yield Block(level, mark, words)


def _markdown(blocks: Iterator[Block]) -> Iterator[str]:
    """Yield the lines: items of one list follow each other, all else is parted by empty lines."""
    before = Block(0, "", "")
    columns: list[int] = []
    for number, block in enumerate(blocks):
        in_list = bool(block.mark) and 0 < block.level <= before.level
        if number and not in_list:
            yield ""
        words = _words(block.words)
        if block.mark:
            del columns[block.level - 1 :]
            mark = "*" if block.mark == "-" else block.mark
            yield f"{' ' * sum(columns)}{mark} {words}".rstrip()
            columns.append(len(mark) + 1)
        else:
            del columns[block.level :]
            yield " " * sum(columns) + words
        before = block


def _markdown_blocks(markdown: str) -> Iterator[Block]:
    indents: list[int] = []
    waiting: Block | None = None
    for line in markdown.split("\n"):
        found = _ITEM.fullmatch(line)
        bare = line.strip()
        if waiting and (found or not bare):
            yield waiting
            waiting = None
        if found:
            indents = [each for each in indents if each < len(found[1])] + [len(found[1])]
            mark = "-" if found[2] in "*-" else found[2]
            waiting = Block(len(indents), mark, plain(found[3]))
        elif bare and waiting:
            waiting = replace(waiting, words=f"{waiting.words} {plain(bare)}")
        elif bare:
            indents = [each for each in indents if each < len(line) - len(line.lstrip())]
            waiting = Block(len(indents), "", plain(bare))
    if waiting:
        yield waiting


def _lay_out(blocks: Iterator[Block], indent: int) -> str:
    paragraphs = []
    for block in blocks:
        column = indent + (_FIRST + _MARK + _STEP * (block.level - 1) if block.level else 0)
        mark = "-  " if block.mark == "-" else f"{block.mark} " if block.mark else ""
        lines = _fill(block.words.split(), mark.rjust(column), " " * column)
        paragraphs.append("\r\n".join(lines))
    text = "\r\n\r\n".join(paragraphs).strip()
    return f"\n{' ' * indent}{text}\r\n{' ' * (indent - 2)}"


def _fill(words: list[str], first: str, after: str) -> Iterator[str]:
    """Yield lines as long as the width allows; a word longer than that has its own."""
    line, bare = first, True
    for word in words:
        if bare:
            line, bare = line + word, False
        elif len(line) + 1 + len(word) > WIDTH:
            yield line
            line = after + word
        else:
            line = f"{line} {word}"
    yield line
