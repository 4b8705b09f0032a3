"""XML as a tree of elements, read strictly and written in one form."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from equipoise.errors import InputError

TODO = "Give the file as the registry gave it."
ILLEGAL = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What no XML 1.0 document can hold."""

_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_IN_TEXT = str.maketrans(_TEXT)
_IN_ATTRIBUTE = str.maketrans({**_TEXT, '"': "&quot;", "\n": "&#xA;", "\t": "&#x9;"})
DEEPEST = 100


class _Plain(ET.TreeBuilder):
    """Builds the tree without comments; refuses a document type, which could define entities."""

    def doctype(self, name: str, _public: str | None, _system: str | None, /) -> None:
        raise InputError(
            f"<!DOCTYPE {name}>", "is not allowed in a record", "Give a record without it."
        )


def parse(data: bytes) -> ET.Element:
    """Return the root element; names are without their namespaces, comments left out.

    Raises :class:`InputError` with line and column where the XML is malformed or cut off, and if
    text stands between elements, which no record has.
    """
    parser = ET.XMLParser(target=_Plain())  # noqa: S314 - document types are refused above
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        line, column = error.position
        what = str(error).partition(":")[0]
        raise InputError(f"line {line}, column {column + 1}", f"is no XML: {what}", TODO) from None
    except (ValueError, LookupError) as error:  # an encoding that is not known or does not fit
        raise InputError("the XML", f"cannot be read: {error}", TODO) from None
    _localise(root, 0)
    return root


def _localise(element: ET.Element, depth: int) -> None:
    if depth > DEEPEST:
        raise InputError("the XML", "is nested too deeply to be a record", TODO)
    element.tag = element.tag.rpartition("}")[2]
    for name in [each for each in element.attrib if each.startswith("{")]:
        del element.attrib[name]  # tells where schemas are, nothing of the record
    for child in element:
        _localise(child, depth + 1)
        if (child.tail or "").strip() or (element.text or "").strip():
            raise InputError(f"<{element.tag}>", "has text between its elements", TODO)


def serialize(root: ET.Element) -> bytes:
    """Return the document in UTF-8, indented by two; text stands as it is, down to its line ends.

    Raises :class:`InputError` naming the element whose text no XML can hold.
    """
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _serialize(root, "\n", parts)
    parts.append("\n")
    return "".join(parts).encode()


def _serialize(element: ET.Element, line: str, parts: list[str]) -> None:
    name = element.tag
    parts.append(f"<{name}")
    for key, value in element.attrib.items():
        parts.append(f' {key}="{_legal(value, name).translate(_IN_ATTRIBUTE)}"')
    if len(element):
        parts.append(">")
        for child in element:
            parts.append(line + "  ")
            _serialize(child, line + "  ", parts)
        parts.append(f"{line}</{name}>")
    elif element.text:
        parts.append(f">{_legal(element.text, name).translate(_IN_TEXT)}</{name}>")
    else:
        parts.append("/>")


def _legal(text: str, name: str) -> str:
    bad = ILLEGAL.search(text)
    if bad:
        raise InputError(
            f"<{name}>",
            f"holds the character U+{ord(bad[0]):04X}, which XML cannot",
            "Take it out of the record.",
        )
    return text


def own_text(element: ET.Element) -> str:
    """Return the text of an element; what only lays out its children is none."""
    text = element.text or ""
    return "" if len(element) and not text.strip() else text
