from __future__ import annotations

from typing import Any

import pytest

from equipoise.errors import InputError
from equipoise.exchange.xml_map import (
    COUNT,
    TEXT,
    YES_NO,
    Again,
    Always,
    Each,
    Inside,
    Leaf,
    Rule,
    get,
    merge,
    read_all,
    said,
    words,
    written,
)
from equipoise.exchange.xml_tree import parse, serialize

TREE = words({"Oak": "OAK", "Elm": "ELM"}, {"oaken": "OAK"})
TABLE: tuple[Rule, ...] = (
    Leaf("head/name", "id.name", required=True),
    Leaf("head/name@lang", "id.language"),
    Always("note", "made up"),
    Again(Leaf("twin", "id.name")),
    Leaf("kind", "kind", TREE),
    Leaf("height", "height", COUNT),
    Leaf("tall", "tall", YES_NO),
    Each("leaves/leaf", "leaves"),
    Each("nest", "nests", (Leaf("@at", "branch"), Leaf("", "bird"))),
    Inside("soil", "ground.soil", (Leaf("acid", "acid", YES_NO),)),
    Inside("root", "", (Leaf("depth", "depth"),), when="kind", only=("kind", "OAK")),
)
WHOLE = {
    "id": {"name": "Old", "language": "en"},
    "kind": "OAK",
    "height": 20,
    "tall": True,
    "leaves": ["a", "b"],
    "nests": [{"branch": "1", "bird": "owl"}, {"branch": "2"}],
    "ground": {"soil": {"acid": False}},
    "depth": "3",
}
XML = (
    '<tree><head><name lang="en">Old</name></head><note>made up</note><twin>Old</twin>'
    "<kind>Oak</kind>"
    "<height>20</height><tall>Yes</tall><leaves><leaf>a</leaf><leaf>b</leaf></leaves>"
    '<nest at="1">owl</nest><nest at="2"/><soil><acid>No</acid></soil><root><depth>3</depth>'
    "</root></tree>"
)


def _written(part: dict[str, Any]) -> str:
    lines = serialize(written("tree", TABLE, part)).decode().split("\n")[1:]
    return "".join(line.strip() for line in lines)


def test_one_table_writes_and_reads() -> None:
    assert _written(WHOLE) == XML
    assert read_all(TABLE, parse(XML.encode())) == WHOLE


def test_what_is_said_again_is_not_read_again() -> None:
    xml = b"<tree><head><name>Old</name></head><twin>New</twin></tree>"
    assert read_all(TABLE, parse(xml)) == {"id": {"name": "Old"}}


def test_nothing_is_made_of_nothing_but_what_must_be_there() -> None:
    assert _written({}) == "<tree><head><name/></head><note>made up</note></tree>"
    assert read_all(TABLE, parse(b"<tree><head><name/></head><kind/><leaves/></tree>")) == {}


def test_a_part_for_one_kind_alone_is_left_out_of_others() -> None:
    assert "<root>" not in _written({"kind": "ELM", "depth": "3"})


def test_a_word_may_be_spelled_otherwise_and_a_strange_one_stands_for_itself() -> None:
    assert read_all(TABLE, parse(b"<tree><kind>oaken</kind></tree>")) == {"kind": "OAK"}
    assert read_all(TABLE, parse(b"<tree><kind>Yew</kind></tree>")) == {"kind": "Yew"}
    assert "<kind>Yew</kind>" in _written({"kind": "Yew"})


def test_what_is_neither_yes_nor_no_says_nothing() -> None:
    assert read_all(TABLE, parse(b"<tree><tall>None</tall></tree>")) == {}


def test_a_count_that_is_no_number_stays_as_it_is() -> None:
    assert read_all(TABLE, parse("<tree><height>²</height></tree>".encode())) == {"height": "²"}


@pytest.mark.parametrize(
    "part",
    [
        {"kind": ["OAK"]},
        {"kind": {}},
        {"height": True},
        {"height": 10**5000},
        {"tall": "yes"},
        {"tall": 1},
        {"leaves": "a"},
        {"leaves": [["a"]]},
        {"nests": ["owl"]},
        {"ground": {"soil": []}},
    ],
)
def test_a_value_that_does_not_belong_is_refused_by_its_field(part: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        written("tree", TABLE, part)
    assert caught.value.problem.where in {
        "kind",
        "height",
        "tall",
        "leaves",
        "nests",
        "ground.soil",
    }


def test_paths_end_where_there_is_nothing() -> None:
    assert get({"a": {"b": 1}}, "a.b") == 1
    assert get({"a": 1}, "a.b.c") is None
    assert get({"a": 1}, "") == {"a": 1}


def test_parts_are_merged_object_by_object() -> None:
    into = {"a": {"b": 1, "c": [1]}}
    merge(into, {"a": {"c": [2], "d": {"e": 3}}})
    assert into == {"a": {"b": 1, "c": [2], "d": {"e": 3}}}


def test_nothing_is_said_of_nothing() -> None:
    assert said(TEXT, None, "x") is None
