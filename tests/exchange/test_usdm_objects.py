from __future__ import annotations

from equipoise.exchange.usdm_codes import UNKNOWN, Term
from equipoise.exchange.usdm_objects import Objects, html
from tests.registry.sample import record


def test_objects_are_numbered_by_class() -> None:
    objects = Objects(record())
    assert [objects.new("Code")["id"], objects.new("Range")["id"], objects.new("Code")["id"]] == [
        "Code_1", "Range_1", "Code_2",
    ]  # fmt: skip


def test_a_value_without_a_term_keeps_the_registry_s_code() -> None:
    objects = Objects(record())
    known = {"A": Term("C1", "Ay")}
    assert objects.coded("A", known)["code"] == "C1"
    other = objects.coded("B_C", known)
    assert (other["code"], other["decode"]) == ("B_C", "B c")
    assert other["codeSystem"].startswith("https://clinicaltrials.gov/")
    assert objects.coded("NA", known)["decode"] == "Not applicable"
    assert objects.coded(None, known)["code"] == UNKNOWN.code


def test_an_organization_is_made_once() -> None:
    objects = Objects(record())
    kind = objects.code(UNKNOWN)
    first = objects.organization("City", kind)
    assert objects.organization("City", kind) == first
    assert objects.organization("City", kind, other_than=first) != first


def test_extension_attributes_have_the_type_of_their_value() -> None:
    made = Objects(record()).extra(A=True, B=2, C="x", D=None, E=["y", "z"])
    values = [next(v for k, v in each.items() if k.startswith("value")) for each in made]
    assert values == [True, 2, "x", "y", "z"]
    assert [*made[0]][2] == "valueBoolean"


def test_html() -> None:
    assert html("a \\> b\nc\n\n\nd") == "<p>a &gt; b<br/>c</p><p>d</p>"
