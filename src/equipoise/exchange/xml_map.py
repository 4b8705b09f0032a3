"""Tables that hold XML and JSON side by side, so that one table reads and writes.

A rule stands between an element and a JSON object. A table is a tuple of rules in the order that
the schema gives the elements. Paths of elements are ``a/b``, of attributes ``a/b@name``; paths of
fields are ``a.b``. What a table does not name, it does not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from xml.etree.ElementTree import Element, SubElement

from equipoise.errors import InputError
from equipoise.exchange.xml_tree import own_text

Json = dict[str, Any]
TODO = "Correct the record."


class Rule(Protocol):
    """One line of a table."""

    def read(self, element: Element, into: Json, /) -> None:
        """Take from the element what this rule names and put it into the object."""

    def write(self, part: Mapping[str, Any], element: Element, /) -> None:
        """Take from the object what this rule names and append it to the element."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one text of XML and one value of JSON stand for each other; None for not at all."""

    read: Callable[[str], Any]
    write: Callable[[Any], str | None]


def _plain(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return getattr(value, "text", str(value)) if isinstance(value, float) else str(value)


def _count(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 300 else text


TEXT = Codec(str, _plain)
COUNT = Codec(_count, _plain)


def words(pairs: Mapping[str, Any], also: Mapping[str, Any] | None = None) -> Codec:
    """Return the codec of a list of words, XML to JSON; ``also`` are further spellings to read.

    A word that is not in the list stands for itself, so that nothing is lost.
    """
    inverse = {value: word for word, value in pairs.items()}
    reading = {**(also or {}), **pairs}
    return Codec(
        lambda word: reading.get(word, word),
        lambda value: inverse.get(value) or _plain(value),
    )


def flag(pairs: Mapping[str, bool], also: Mapping[str, bool] | None = None) -> Codec:
    """Return the codec of yes and no; any other word says nothing."""
    inverse = {value: word for word, value in pairs.items()}
    reading = {**(also or {}), **pairs}
    return Codec(reading.get, lambda value: inverse[_truth(value)])


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


YES_NO = flag({"Yes": True, "No": False})


def get(part: Mapping[str, Any], field: str) -> Any:
    """Return the value at a path of fields, None where there is none."""
    place: Any = part
    for name in field.split(".") if field else ():
        if not isinstance(place, Mapping):
            return None
        place = place.get(name)
    return place


def put(into: Json, field: str, value: Any) -> None:
    """Put a value at a path of fields, with the objects on the way."""
    *way, last = field.split(".")
    for name in way:
        into = into.setdefault(name, {})
    into[last] = value


def at(element: Element, path: str) -> Element:
    """Return the element at a path, made where it is missing after what is already there."""
    for name in path.split("/") if path else ():
        found = element.find(name)
        element = SubElement(element, name) if found is None else found
    return element


def text_at(element: Element, path: str) -> str | None:
    """Return the text of an element or attribute, None where there is none or nothing in it."""
    names, _, attribute = path.partition("@")
    found = element.find(names) if names else element
    if found is None:
        return None
    return (found.get(attribute) if attribute else own_text(found)) or None


def put_text(element: Element, path: str, text: str) -> None:
    """Put a text into an element or attribute, made where it is missing."""
    names, _, attribute = path.partition("@")
    target = at(element, names)
    if attribute:
        target.set(attribute, text)
    else:
        target.text = text


def said(codec: Codec, value: Any, field: str) -> str | None:
    """Return a value in XML's words. Raises :class:`InputError` if it is no such value."""
    if value is None:
        return None
    with suppress(TypeError, ValueError, AttributeError, KeyError, IndexError):
        text: Any = codec.write(value)
        if text is None or isinstance(text, str):
            return text
    raise InputError(field, f"holds {_short(value)}, which cannot be there", TODO)


def _short(value: Any) -> str:
    return "a number too long to show" if isinstance(value, int) else repr(str(value)[:60])


def objects(value: Any, field: str) -> list[Any]:
    """Return a list of the record, empty if missing. Raises :class:`InputError` if it is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(field, "is no list", TODO)
    return value


def an_object(value: Any, field: str) -> Mapping[str, Any]:
    """Return an object of the record, empty if missing. Raises :class:`InputError` if none."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(field, "is no object", TODO)
    return value


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text and one value; what the schema requires stands empty where there is no value."""

    element: str
    field: str
    codec: Codec = TEXT
    required: bool = False

    def read(self, element: Element, into: Json) -> None:
        """Read the text."""
        text = text_at(element, self.element)
        value = None if text is None else self.codec.read(text)
        if value is not None:
            put(into, self.field, value)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the value."""
        text = said(self.codec, get(part, self.field), self.field)
        if text is not None or self.required:
            put_text(element, self.element, text or "")


@dataclass(frozen=True, slots=True)
class Again:
    """A value that XML says once more; it is read where it is said first."""

    leaf: Leaf

    def read(self, _element: Element, _into: Json, /) -> None:
        """Read nothing."""

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the value."""
        self.leaf.write(part, element)


@dataclass(frozen=True, slots=True)
class Always:
    """A text that the format wants and JSON does not hold; an element alone if it is empty."""

    element: str
    text: str = ""

    def read(self, _element: Element, _into: Json, /) -> None:
        """Read nothing."""

    def write(self, _part: Mapping[str, Any], element: Element, /) -> None:
        """Write the text."""
        put_text(element, self.element, self.text)


@dataclass(frozen=True, slots=True)
class Inside:
    """A table for an element and the object that it stands for.

    The element is written only with something in it; ``when`` names the field without which
    nothing is, ``only`` a field and the value it must have.
    """

    element: str
    field: str
    rules: tuple[Rule, ...]
    when: str = ""
    only: tuple[str, Any] | None = None

    def read(self, element: Element, into: Json) -> None:
        """Read the element by its own table."""
        found = element.find(self.element) if self.element else element
        if found is None:
            return
        part = read_all(self.rules, found)
        if part:
            for name in reversed(self.field.split(".") if self.field else ()):
                part = {name: part}
            merge(into, part)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the object by its own table."""
        if self.when and get(part, self.when) is None:
            return
        if self.only and get(part, self.only[0]) != self.only[1]:
            return
        inside = an_object(get(part, self.field) if self.field else part, self.field)
        if not self.element:
            for rule in self.rules:
                rule.write(inside, element)
            return
        *way, last = self.element.split("/")
        made = written(last, self.rules, inside)
        if len(made) or made.text or made.attrib:
            at(element, "/".join(way)).append(made)


@dataclass(frozen=True, slots=True)
class Each:
    """An element that repeats, and the list of what each stands for.

    The last name of ``element`` repeats. ``rules`` is a table for objects, or a codec for texts.
    """

    element: str
    field: str
    rules: tuple[Rule, ...] | Codec = TEXT

    def read(self, element: Element, into: Json) -> None:
        """Read every one of them."""
        found = [self._read(each) for each in element.findall(self.element)]
        if any(each not in (None, {}) for each in found):
            put(into, self.field, [each for each in found if each is not None])

    def _read(self, element: Element) -> Any:
        if isinstance(self.rules, Codec):
            text = own_text(element)
            return self.rules.read(text) if text else None
        return read_all(self.rules, element)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write every one of them."""
        *way, last = self.element.split("/")
        for value in objects(get(part, self.field), self.field):
            if isinstance(self.rules, Codec):
                text = said(self.rules, value, self.field)
                if text is not None:
                    SubElement(at(element, "/".join(way)), last).text = text
            else:
                made = written(last, self.rules, an_object(value, self.field))
                at(element, "/".join(way)).append(made)


def read_all(rules: Iterable[Rule], element: Element) -> Json:
    """Return what a table reads in an element."""
    part: Json = {}
    for rule in rules:
        rule.read(element, part)
    return part


def written(name: str, rules: Iterable[Rule], part: Mapping[str, Any]) -> Element:
    """Return an element of that name with what a table writes of an object."""
    element = Element(name)
    for rule in rules:
        rule.write(part, element)
    return element


def merge(into: Json, part: Json) -> None:
    """Add what ``part`` says to ``into``, object by object."""
    for name, value in part.items():
        there = into.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            merge(there, value)
        else:
            into[name] = value
