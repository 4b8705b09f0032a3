from __future__ import annotations

from typing import Any

from equipoise.exchange.ctgov_upload_xml_measures import Denominators, Groups, Rows
from equipoise.exchange.xml_map import Leaf, Rule, read_all, written
from equipoise.exchange.xml_tree import parse, serialize

GROUPS: tuple[Rule, ...] = (
    Groups("groups", "group", total="total", before_total=Leaf("note", "note")),
    Leaf("typeUnitsAnalyzed", "units"),
    Denominators(),
)


def _again(rules: tuple[Rule, ...], part: dict[str, Any]) -> tuple[dict[str, Any], str]:
    data = serialize(written("x", rules, part))
    return read_all(rules, parse(data)), "".join(data.decode().split("\n"))


def _counts(**values: str) -> list[dict[str, str]]:
    return [{"groupId": group, "value": value} for group, value in values.items()]


def test_groups_carry_how_many_were_analysed() -> None:
    part = {
        "groups": [
            {"id": "BG000", "title": "Balm"},
            {"id": "BG001", "title": "Salve", "description": "Daily"},
            {"id": "BG002", "title": "Total"},
        ],
        "note": "All",
        "units": "hands",
        "denoms": [
            {"units": "Participants", "counts": _counts(BG000="10", BG001="9", BG002="19")},
            {"units": "hands", "counts": _counts(BG000="20", BG001="18", BG002="38")},
        ],
    }
    again, text = _again(GROUPS, part)
    assert again == part
    assert text.index("<note>") < text.index('<total id="BG002">')
    assert text.count("<subjectsAnalyzed>") == 3


def test_a_single_group_is_not_the_total_of_itself() -> None:
    again, text = _again(GROUPS, {"groups": [{"id": "BG000", "title": "Total"}]})
    assert "<total" not in text
    assert again == {"groups": [{"id": "BG000", "title": "Total"}]}


def test_categories_become_entries_of_each_group() -> None:
    part = {
        "classes": [
            {
                "title": "Day 1",
                "denoms": [{"units": "Participants", "counts": _counts(OG000="8", OG001="7")}],
                "categories": [
                    {
                        "title": "Yes",
                        "measurements": [
                            {"groupId": "OG000", "value": "5", "spread": "1"},
                            {"groupId": "OG001", "value": "NA", "comment": "Too \\< few"},
                        ],
                    },
                    {
                        "title": "No",
                        "measurements": [
                            {
                                "groupId": "OG001",
                                "value": "3",
                                "lowerLimit": "1",
                                "upperLimit": "9",
                            }
                        ],
                    },
                ],
            },
            {"categories": [{"measurements": [{"groupId": "OG000", "value": "1"}]}]},
        ]
    }
    again, text = _again((Rows(),), part)
    assert again == part
    assert text.count("<reportedEntry>") == 5
    assert text.count("<catName>No</catName>") == 2


def test_categories_of_the_same_title_stay_apart() -> None:
    same = [{"title": "x", "measurements": [{"groupId": "OG000", "value": n}]} for n in "12"]
    part = {"classes": [{"categories": same}]}
    again, _ = _again((Rows(),), part)
    assert again == part


def test_units_have_the_name_that_the_measure_gives_them() -> None:
    rules: tuple[Rule, ...] = (Rows(), Leaf("typeUnitsAnalyzed", "units"))
    part = {
        "units": "eyes",
        "classes": [{"denoms": [{"units": "eyes", "counts": _counts(OG000="4")}]}],
    }
    again, text = _again(rules, part)
    assert again == part
    assert "<numUnitsAnalyzed>4</numUnitsAnalyzed>" in text
