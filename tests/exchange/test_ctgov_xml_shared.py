from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange.ctgov_xml_shared import Age, Name, NumberOfArms, People
from equipoise.exchange.xml_map import Rule, read_all, written
from equipoise.exchange.xml_tree import parse, serialize


def _xml(part: dict[str, Any], *rules: Rule) -> str:
    lines = serialize(written("x", rules, part)).decode().split("\n")[1:]
    return "".join(line.strip() for line in lines)


def _json(xml: str, *rules: Rule) -> dict[str, Any]:
    return read_all(rules, parse(f"<x>{xml}</x>".encode()))


def test_no_limit_of_age_is_said_in_xml_alone() -> None:
    rules = (Age("low", "minimumAge"), Age("high", "maximumAge"))
    assert _xml({"minimumAge": "18 Years"}, *rules) == (
        "<x><low>18 Years</low><high>N/A</high></x>"
    )
    assert _json("<low>18 Years</low><high> N/A</high>", *rules) == {"minimumAge": "18 Years"}


@pytest.mark.parametrize(
    ("xml", "name"),
    [
        ("<last_name>A. Nurse, RN</last_name>", "A. Nurse, RN"),
        (
            (
                "<first_name>Ann</first_name><middle_name>B</middle_name><last_name>Nurse</last_name>"
                "<degrees>RN</degrees>"
            ),
            "Ann B Nurse, RN",
        ),
    ],
)
def test_a_name_is_one_text(xml: str, name: str) -> None:
    assert _json(xml, Name()) == {"name": name}
    assert _xml({"name": name}, Name()) == f"<x><last_name>{name}</last_name></x>"


def test_a_name_that_must_be_there_stands_empty() -> None:
    assert _xml({}, Name()) == "<x/>"
    assert _xml({}, Name(required=True)) == "<x><last_name/></x>"


PEOPLE = (
    People("contact", "contacts", contacts=True, place=0),
    People("contact_backup", "contacts", contacts=True, place=1),
    People("investigator", "contacts", contacts=False),
)


def test_people_have_an_element_by_their_role() -> None:
    contacts = [
        {"name": "A", "role": "CONTACT", "phone": "1", "phoneExt": "2", "email": "a@example.org"},
        {"name": "B", "role": "CONTACT"},
        {"name": "C", "role": "PRINCIPAL_INVESTIGATOR"},
        {"name": "D", "role": "SUB_INVESTIGATOR"},
    ]
    xml = _xml({"contacts": contacts}, *PEOPLE)
    assert xml == (
        "<x><contact><last_name>A</last_name><phone>1</phone><phone_ext>2</phone_ext>"
        "<email>a@example.org</email></contact><contact_backup><last_name>B</last_name>"
        "</contact_backup><investigator><last_name>C</last_name>"
        "<role>Principal Investigator</role></investigator><investigator><last_name>D</last_name>"
        "<role>Sub-Investigator</role></investigator></x>"
    )
    assert _json(xml.removeprefix("<x>").removesuffix("</x>"), *PEOPLE) == {"contacts": contacts}


def test_an_empty_element_is_nobody() -> None:
    assert _json("<contact><last_name/></contact>", *PEOPLE) == {}


@pytest.mark.parametrize(
    ("kind", "arms", "required", "xml"),
    [
        ("INTERVENTIONAL", [{}, {}], False, "<x><arms>2</arms></x>"),
        ("OBSERVATIONAL", [{}], False, "<x><groups>1</groups></x>"),
        ("OBSERVATIONAL", [], True, "<x><groups/></x>"),
        ("INTERVENTIONAL", [], False, "<x/>"),
    ],
)
def test_arms_are_counted(kind: str, arms: list[Any], required: bool, xml: str) -> None:
    study = {
        "protocolSection": {
            "designModule": {"studyType": kind},
            "armsInterventionsModule": {"armGroups": arms},
        }
    }
    rules = (
        NumberOfArms("arms", observational=False),
        NumberOfArms("groups", observational=True, required=required),
    )
    assert _xml(study, *rules) == xml
