"""What the registry's XML files, public and for upload, tell in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange import ctgov_words as say
from equipoise.exchange.ctgov_paths import ARMS, DESIGN
from equipoise.exchange.xml_map import (
    TEXT,
    Json,
    Leaf,
    Rule,
    an_object,
    get,
    objects,
    put,
    put_text,
    read_all,
    said,
    text_at,
    written,
)


@dataclass(frozen=True, slots=True)
class Age:
    """A limit of age; the XML says N/A where the API says nothing."""

    element: str
    field: str

    def read(self, element: Element, into: Json) -> None:
        """Read the limit, unless there is none."""
        text = (text_at(element, self.element) or "").strip()
        if text and text != "N/A":
            put(into, self.field, text)

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the limit."""
        text = said(TEXT, part.get(self.field), self.field)
        put_text(element, self.element, text or "N/A")


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name: one text in the API; XML may have it in parts, which it is not cut into."""

    required: bool = False

    def read(self, element: Element, into: Json) -> None:
        """Read the name."""
        parts = [text_at(element, f"{each}_name") for each in ("first", "middle", "last")]
        name = " ".join(each for each in parts if each)
        degrees = text_at(element, "degrees")
        if name:
            into["name"] = f"{name}, {degrees}" if degrees else name

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write the name as a whole."""
        name = said(TEXT, part.get("name"), "name")
        if name is not None or self.required:
            put_text(element, "last_name", name or "")


PERSON: tuple[Rule, ...] = (
    Name(),
    Leaf("role", "role", say.ROLE),
    Leaf("phone", "phone"),
    Leaf("phone_ext", "phoneExt"),
    Leaf("email", "email"),
)


@dataclass(frozen=True, slots=True)
class People:
    """Contacts or investigators of a list of both; the XML has an element for each."""

    element: str
    field: str
    contacts: bool
    place: int | None = None

    def read(self, element: Element, into: Json) -> None:
        """Read the persons and add them to the list."""
        for found in element.findall(self.element):
            person = read_all(PERSON, found)
            if not person:
                continue
            if self.contacts:
                person = {"name": "", **person, "role": "CONTACT"}
            there = get(into, self.field)
            if there is None:
                put(into, self.field, there := [])
            there.append({key: value for key, value in person.items() if value})

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Write those persons of the list who are of this kind."""
        people = [
            an_object(each, self.field) for each in objects(get(part, self.field), self.field)
        ]
        ours = [each for each in people if (each.get("role") == "CONTACT") == self.contacts]
        for person in ours if self.place is None else ours[self.place : self.place + 1]:
            shown = {**person, "role": None} if self.contacts else person
            element.append(written(self.element, PERSON, shown))


@dataclass(frozen=True, slots=True)
class NumberOfArms:
    """How many arms or groups there are, which the API leaves to be counted."""

    element: str
    observational: bool
    required: bool = False

    def read(self, _element: Element, _into: Json, /) -> None:
        """Read nothing."""

    def write(self, part: Mapping[str, Any], element: Element) -> None:
        """Count the arms."""
        field = f"{ARMS}.armGroups"
        arms = objects(get(part, field), field)
        kind = get(part, f"{DESIGN}.studyType") == "OBSERVATIONAL"
        if kind == self.observational and (arms or self.required):
            put_text(element, self.element, str(len(arms)) if arms else "")
