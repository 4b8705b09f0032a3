from __future__ import annotations

from pathlib import Path
from typing import Any

from equipoise.registry.search.synonyms import Synonyms, Words


def _record(*found: tuple[str, str], conditions: list[str], **more: Any) -> dict[str, Any]:
    leaves = [{"name": heading, "asFound": form} for heading, form in found]
    return {
        "protocolSection": {"conditionsModule": {"conditions": conditions}, **more},
        "derivedSection": {"conditionBrowseModule": {"browseLeaves": leaves}},
    }


def _learnt(*studies: dict[str, Any]) -> Synonyms:
    found = Synonyms()
    found.add(studies)
    return found


def test_names_of_one_heading_go_together() -> None:
    found = _learnt(
        _record(("Myocardial Infarction", "Heart Attack"), conditions=["Heart Attack"]),
        _record(("Myocardial Infarction", "Heart Attack"), conditions=["Heart attacks"]),
        _record(("Myocardial Infarction", "Coronary"), conditions=["Coronary"]),
    )
    assert found.of(("heart", "attack")) == (("myocardial", "infarction"), ("coronary",))
    assert found.of(("coronary",)) == (("myocardial", "infarction"), ("heart", "attack"))
    assert found.of(("stroke",)) == ()


def test_chance_words_of_the_text_are_not_believed() -> None:
    assert _learnt(_record(("Cytarabine", "food"), conditions=["Leukemia"])).names == {}
    assert _learnt(_record(("Pain", "Pain"), conditions=["Pain"])).names == {}


def test_words_found_for_many_headings_name_none() -> None:
    found = _learnt(
        *(_record((heading, "Shock"), conditions=["Shock"]) for heading in ("One", "Two", "Three"))
    )
    assert found.of(("shock",)) == ()


def test_a_heading_is_read_as_people_write_it() -> None:
    found = _learnt(_record(("Pain, Postoperative", "POP"), conditions=["POP"]))
    assert found.of(("pop",)) == (("postoperative", "pain"),)


def test_names_of_interventions_count_too() -> None:
    named = {"armsInterventionsModule": {"interventions": [{"name": "X", "otherNames": ["ASA"]}]}}
    found = _learnt(_record(("Aspirin", "ASA"), conditions=[], **named))
    assert found.of(("aspirin",)) == (("asa",),)


def test_a_term_is_cut_at_the_longest_names() -> None:
    found = Synonyms({(("b", "c"), ("x",)): 1, (("b", "c", "d"), ("y",)): 1})
    units: list[Words] = [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert found.cut(units) == [[("a",)], [("b",), ("c",), ("d",)], [("e",)]]
    assert found.cut([]) == []


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = Synonyms({(("heart", "attack"), ("myocardial", "infarction")): 2})
    found.write(tmp_path / "synonyms.json")
    again = Synonyms.read(tmp_path / "synonyms.json")
    assert again.pairs == found.pairs
    assert again.names == found.names
    assert Synonyms.read(tmp_path / "nothing.json").names == {}


def test_odd_records_teach_nothing() -> None:
    odd = {"derivedSection": {"conditionBrowseModule": {"browseLeaves": [None, {"name": 3}]}}}
    assert (
        _learnt({}, odd, {"derivedSection": {"conditionBrowseModule": {"browseLeaves": 5}}}).names
        == {}
    )
