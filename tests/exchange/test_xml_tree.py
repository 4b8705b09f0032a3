from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.exchange.xml_tree import ILLEGAL, own_text, parse, serialize

BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (b"<a><b></a>", "line 1, column 9", "mismatched tag"),
        (b"<a>\n<b>x", "line 2, column 5", "no element found"),
        (b"", "line 1, column 1", "no element found"),
        (b"<a>&nothing;</a>", "line 1, column 4", "undefined entity"),
        (b"<a>\xff</a>", "line 1, column 4", "not well-formed"),
        (BOMB, "<!DOCTYPE a>", "is not allowed"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', None, ""),
        (b"<a>x<b/></a>", "<a>", "text between"),
        (b"<a><b/>x</a>", "<a>", "text between"),
        (b"<a>" * 5000 + b"</a>" * 5000, "the XML", "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: bytes, where: str | None, what: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert where is None or caught.value.problem.where == where
    assert what in caught.value.problem.what


def test_names_lose_their_namespace_and_comments_go() -> None:
    root = parse(b'<p:a xmlns:p="u" p:s="1" t="2"><!-- x --><b xmlns="v">y</b></p:a>')
    assert (root.tag, root.attrib) == ("a", {"t": "2"})
    assert [(each.tag, each.text) for each in root] == [("b", "y")]


def test_what_lays_out_children_is_no_text() -> None:
    assert own_text(parse(b"<a>\n  <b/>\n</a>")) == ""
    assert own_text(parse(b"<a>  </a>")) == "  "


def test_a_document_is_written_in_one_form() -> None:
    root = parse(b'<a x="1 &lt; 2"><b>one&#xD;\ntwo &amp; three</b><c></c></a>')
    assert serialize(root).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<a x="1 &lt; 2">\n'
        "  <b>one&#xD;\ntwo &amp; three</b>\n  <c/>\n</a>\n"
    )


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\ud800", "\uffff"])
def test_a_sign_that_xml_cannot_hold_is_refused_by_its_element(sign: str) -> None:
    root = Element("a", {"x": "y"})
    root.text = f"one{sign}"
    with pytest.raises(InputError) as caught:
        serialize(root)
    assert caught.value.problem.where == "<a>"
    assert f"U+{ord(sign):04X}" in caught.value.problem.what


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_every_text_comes_back(text: str, attribute: str) -> None:
    root = Element("a", {"x": ILLEGAL.sub("", attribute)})
    root.text = ILLEGAL.sub("", text)
    again = parse(serialize(root))
    assert (again.text or "", again.attrib) == (root.text, root.attrib)
