"""What one XML tree has that another has not, as JSON, and putting it back.

A patch says at every place what was found and what is to be there instead. Where what was found
has changed since, the patch is silent: the later hand wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element

from equipoise.exchange.xml_tree import DEEPEST, own_text

Patch = dict[str, Any]
MOST_COMPARISONS = 1_000_000
"""Lists of more names than that, in no order that a record has, are replaced as a whole."""
NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def difference(ours: Element, theirs: Element) -> Patch:
    """Return what makes ``theirs`` of ``ours``, empty if they say the same.

    ``text`` and each of ``attributes`` are pairs (found, wanted). ``inside`` has a patch for each
    child that differs, by its place. Where the children are others, ``names`` are those found and
    ``children`` those wanted: the place of one that stays, or an element that is new.
    """
    patch: Patch = {}
    if own_text(ours) != own_text(theirs):
        patch["text"] = [own_text(ours), own_text(theirs)]
    attributes = {
        name: [ours.get(name), theirs.get(name)]
        for name in sorted({*ours.attrib, *theirs.attrib})
        if ours.get(name) != theirs.get(name)
    }
    if attributes:
        patch["attributes"] = attributes
    mine, wanted = list(ours), list(theirs)
    names, wanted_names = [each.tag for each in mine], [each.tag for each in wanted]
    if names == wanted_names:
        pairs = list(enumerate(zip(mine, wanted, strict=True)))
    else:
        stays = dict(_staying(names, wanted_names))
        patch["names"] = names
        patch["children"] = [
            stays[place] if place in stays else _packed(each) for place, each in enumerate(wanted)
        ]
        pairs = [(mine_at, (mine[mine_at], wanted[place])) for place, mine_at in stays.items()]
    inside = {str(place): found for place, pair in pairs if (found := difference(pair[0], pair[1]))}
    if inside:
        patch["inside"] = inside
    return patch


def _staying(ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int]]:
    """Yield (place in theirs, place in ours) of the children that have a counterpart.

    Children of one name that follow each other are compared as one, for comparing takes the square
    of the length and a study may have thousands of sites.
    """
    mine, wanted = _runs(ours), _runs(theirs)
    if len(mine) * len(wanted) > MOST_COMPARISONS:
        return
    names, wanted_names = [each[0] for each in mine], [each[0] for each in wanted]
    matcher = SequenceMatcher(None, names, wanted_names, autojunk=False)
    for start, wanted_start, length in matcher.get_matching_blocks():
        for k in range(length):
            _, at, many = mine[start + k]
            _, wanted_at, wanted_many = wanted[wanted_start + k]
            yield from ((wanted_at + step, at + step) for step in range(min(many, wanted_many)))


def _runs(names: list[str]) -> list[tuple[str, int, int]]:
    """Return name, place and number of children of one name that follow each other."""
    runs, place = [], 0
    for name, same in groupby(names):
        many = len(list(same))
        runs.append((name, place, many))
        place += many
    return runs


def apply(element: Element, patch: Any) -> None:
    """Put a patch back into a tree; where the tree is not what the patch found, leave it."""
    if not isinstance(patch, Mapping):
        return
    match patch.get("text"):
        case [str(found), str(wanted)] if own_text(element) == found:
            element.text = wanted
    for name, pair in _mapping(patch.get("attributes")).items():
        match pair:
            case [found, str(wanted)] if element.get(name) == found and NAME.fullmatch(name):
                element.set(name, wanted)
            case [found, None] if element.get(name) == found:
                element.attrib.pop(name, None)
    children = list(element)
    for place, inside in _mapping(patch.get("inside")).items():
        if place.isdecimal() and int(place) < len(children):
            apply(children[int(place)], inside)
    order = patch.get("children")
    if isinstance(order, list) and patch.get("names") == [each.tag for each in children]:
        new = [_child(each, children) for each in order]
        element[:] = [each for each in new if each is not None]


def _child(each: Any, children: list[Element]) -> Element | None:
    if isinstance(each, int):
        return children[each] if 0 <= each < len(children) else None
    return _unpacked(each)


def _packed(element: Element) -> list[Any]:
    """Return an element as [name, attributes, text, children]."""
    inside = [_packed(each) for each in element]
    return [element.tag, dict(element.attrib), own_text(element), inside]


def _unpacked(packed: Any, depth: int = 0) -> Element | None:
    """Return an element of what :func:`_packed` made, None of anything else."""
    match packed:
        case [str(name), dict(attributes), str(text), list(children)] if depth < DEEPEST:
            if not all(NAME.fullmatch(str(each)) for each in (name, *attributes)):
                return None
            element = Element(name, {str(key): str(value) for key, value in attributes.items()})
            element.text = text
            inside = (_unpacked(each, depth + 1) for each in children)
            element.extend(each for each in inside if each is not None)
            return element
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def kinds(patch: Patch, element: Element, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield the kind and the place of every difference that a patch makes in an element."""
    where = where or element.tag
    if "text" in patch:
        yield "text", where
    for name in patch.get("attributes", {}):
        yield "attribute", f"{where}@{name}"
    if "children" in patch:
        kept = {each for each in patch["children"] if isinstance(each, int)}
        for place, child in enumerate(element):
            if place not in kept:
                yield "not there", f"{where}/{child.tag}"
        for each in patch["children"]:
            if not isinstance(each, int):
                yield "more", f"{where}/{each[0]}"
    for place, inside in patch.get("inside", {}).items():
        child = element[int(place)]
        yield from kinds(inside, child, f"{where}/{child.tag}")
