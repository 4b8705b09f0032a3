from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.exchange.xml_patch import apply, difference, kinds
from equipoise.exchange.xml_tree import parse, serialize

OURS = b'<a x="1"><b>one</b><c><d/></c><e>two</e></a>'


def _patched(ours: bytes, theirs: bytes, changed: bytes | None = None) -> bytes:
    patch = json.loads(json.dumps(difference(parse(ours), parse(theirs))))
    root = parse(changed or ours)
    apply(root, patch)
    return serialize(root)


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        (b'<a x="1"><b>uno</b><c><d/></c><e>two</e></a>', {("text", "a/b")}),
        (
            b'<a y="1"><b>one</b><c><d/></c><e>two</e></a>',
            {("attribute", "a@x"), ("attribute", "a@y")},
        ),
        (b'<a x="1"><b>one</b><e>two</e></a>', {("not there", "a/c")}),
        (b'<a x="1"><b>one</b><f z="3"><g>f</g></f><c><d/></c><e>two</e></a>', {("more", "a/f")}),
        (
            b'<a x="1"><e>two</e><b>one</b><c><d q="1"/></c></a>',
            {("not there", "a/e"), ("more", "a/e"), ("attribute", "a/c/d@q")},
        ),
    ],
)
def test_a_patch_makes_theirs_of_ours(theirs: bytes, kind: set[tuple[str, str]]) -> None:
    assert _patched(OURS, theirs) == serialize(parse(theirs))
    ours = parse(OURS)
    assert set(kinds(difference(ours, parse(theirs)), ours)) == kind


def test_the_same_tree_needs_no_patch() -> None:
    assert (
        difference(parse(OURS), parse(b'<a x="1">\n<b>one</b> <c><d></d></c><e>two</e></a>')) == {}
    )


def test_the_later_hand_wins() -> None:
    theirs = b'<a x="2"><b>uno</b><c><d/></c><f/></a>'
    changed = b'<a x="9"><b>eins</b><c><d/></c><e>two</e><e/></a>'
    assert _patched(OURS, theirs, changed) == serialize(parse(changed))


TREES: st.SearchStrategy[Any] = st.recursive(
    st.builds(
        lambda tag, text: (tag, text, []), st.sampled_from("abc"), st.sampled_from(["", "x"])
    ),
    lambda inside: st.builds(
        lambda tag, children: (tag, "", children),
        st.sampled_from("abc"),
        st.lists(inside, max_size=4),
    ),
    max_leaves=12,
)


def _tree(made: tuple[str, str, list[Any]]) -> Element:
    tag, text, children = made
    element = Element(tag)
    element.text = text
    element.extend(_tree(each) for each in children)
    return element


@settings(max_examples=300, deadline=None)
@given(TREES, TREES)
def test_a_patch_makes_any_tree_of_any_other(ours: Any, theirs: Any) -> None:
    ours, theirs = ("r", "", [ours]), ("r", "", [theirs])
    root = _tree(ours)
    apply(root, difference(_tree(ours), _tree(theirs)))
    assert serialize(root) == serialize(_tree(theirs))


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "attributes", "inside", "names", "children", "0"]), inside
        )
    ),
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_what_is_no_patch_does_no_harm(patch: Any) -> None:
    root = parse(OURS)
    apply(root, patch)
    parse(serialize(root))


@pytest.mark.parametrize("name", ["a b", "<x", "", "1"])
def test_a_name_that_is_none_is_not_put_in(name: str) -> None:
    root = parse(OURS)
    new = [name, {}, "", []]
    apply(root, {"names": ["b", "c", "e"], "children": [new, 0], "attributes": {name: [None, "1"]}})
    assert [each.tag for each in root] == ["b"]
    assert root.attrib == {"x": "1"}


def test_what_is_nested_too_deeply_is_not_put_in() -> None:
    deep: list[Any] = ["a", {}, "", []]
    for _ in range(5000):
        deep = ["a", {}, "", [deep]]
    root = parse(OURS)
    apply(root, {"names": ["b", "c", "e"], "children": [deep]})
    parse(serialize(root))


def test_long_lists_are_compared_in_no_time_that_anybody_notices() -> None:
    many = Element("a")
    many.extend(Element("b") for _ in range(20_000))
    more = Element("a")
    more.extend([Element("c"), *(Element("b") for _ in range(20_001)), Element("d")])
    mixed = Element("a")
    mixed.extend(Element("bc"[k % 2]) for k in range(5_000))
    for wanted in (more, mixed):
        root = Element("a")
        root.extend(Element(each.tag) for each in many)
        apply(root, difference(many, wanted))
        assert serialize(root) == serialize(wanted)
    other = Element("a")
    other.extend(Element("cb"[k % 2]) for k in range(5_000))
    assert difference(mixed, other)["children"] == [[each.tag, {}, "", []] for each in other]
