from __future__ import annotations

from pathlib import Path

from equipoise.protocol.expression import Kind
from equipoise.protocol.study import Study, kinds_of
from tests.protocol.sample import load, load_follow_up

KINDS: dict[str, Kind] = {"age": "number", "frail": "boolean", "grade": "text"}


def trial(folder: Path) -> Study:
    protocol = load(folder).protocol
    assert protocol is not None
    return Study(protocol, broken=frozenset({"lost"}))


def test_names_that_hold(tmp_path: Path) -> None:
    study = trial(tmp_path)
    assert study.first
    assert study.screening_forms == {"baseline"}
    assert "child_pugh_class" in study.screening_items
    assert "sore" not in study.screening_items
    assert kinds_of(study.items) | {"sore": "boolean"} == kinds_of(study.items)
    assert kinds_of(study.screening_items)["child_pugh_class"] == "text"


def test_a_follow_up_screens_where_its_parent_did(tmp_path: Path) -> None:
    protocol = load_follow_up(tmp_path).protocol
    assert protocol is not None
    study = Study(protocol)
    assert not study.first
    assert study.screening_forms == {"baseline"}
    assert {"well", "sore", "age_y"} <= study.items.keys()


def test_unknown_names_are_said_unless_they_could_not_be_read(tmp_path: Path) -> None:
    study = trial(tmp_path)
    (finding,) = study.unknown(("x",), "agee", KINDS, "item")
    assert (finding.what, finding.todo) == ("there is no item `agee`", "Did you mean `age`?")
    assert list(study.unknown(("x",), "lost", KINDS, "item")) == []
    assert list(study.unknown(("x",), "age", KINDS, "item")) == []


def test_expressions_are_checked(tmp_path: Path) -> None:
    study = trial(tmp_path)

    def said(text: str, wanted: Kind | None = None) -> list[str]:
        found = study.expression(("x",), text, KINDS, wanted=wanted)
        return [finding.what.split("\n")[0] for finding in found]

    assert said("age > 3") == []
    assert said("age > 3", "boolean") == []
    assert said("frail", "number") == []
    assert said("age", "boolean") == ["the result is a number, where yes or no is wanted"]
    assert said("grade", "number") == ["the result is text, where a number is wanted"]
    assert said("age", "text") == ["the result is a number, where text is wanted"]
    assert said("lost and agee", "number") == ["there is no item `agee`"]
    assert said("lost", "boolean") == []
    assert said("age >") == ["column 6: cannot be read"]
    assert said("grade > 1") == ["column 9: text is compared with a number"]
