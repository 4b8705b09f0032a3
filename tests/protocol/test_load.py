from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from equipoise.errors import Broken
from equipoise.protocol.load import (
    canonical,
    digest,
    from_canonical,
    load_study,
    shipped,
)
from equipoise.protocol.parts import Protocol
from tests.protocol.sample import FOLLOW_UP, TRIAL, changed, load, load_follow_up, load_text, said
from tests.refusal import refusal


def protocol_of(study: str | Path) -> Protocol:
    protocol = load_study(study).protocol
    assert protocol is not None
    return protocol


# --- finding a study ------------------------------------------------------------------------


def test_shipped_studies_are_known_by_id() -> None:
    assert {"NCT04791059", "NCT05718544"} <= shipped().keys()
    loaded = load_study("NCT05718544")
    assert loaded.study == "NCT05718544"
    assert (loaded.folder / "protocol.yaml").is_file()
    assert loaded.record is not None
    assert loaded.record.nct_id == "NCT05718544"


def test_a_folder_of_the_same_shape_is_a_study(tmp_path: Path) -> None:
    copy = tmp_path / "NCT04791059"
    shutil.copytree(shipped()["NCT04791059"], copy)
    for study in (copy, str(copy), f"{copy}/"):
        loaded = load_study(study)
        assert loaded.folder == copy
        assert loaded.protocol == protocol_of("NCT04791059")


def test_an_unknown_study_is_refused_with_the_nearest(tmp_path: Path) -> None:
    problem = refusal(load_study, "NCT0571854")
    assert problem.what == "there is no such study"
    assert "`NCT05718544`" in problem.todo
    assert "NCT04791059, NCT05718544" in refusal(load_study, "balm").todo
    assert "no protocol.yaml" in refusal(load_study, tmp_path).what


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    home = tmp_path / "XX0001"
    home.mkdir()
    (home / "protocol.yaml").write_bytes(b"title: \xff\xfe")
    (problem,) = load_study(home).problems
    assert problem.what == "the file is not UTF-8 text"
    (home / "protocol.yaml").write_text("a: [1")
    loaded = load_study(home)
    assert loaded.protocol is None
    assert "cannot be read" in loaded.problems[0].what


def test_a_file_without_a_protocol_in_it(tmp_path: Path) -> None:
    for text, what in [("", "the file is empty"), ("- 1\n", "the file is not a protocol")]:
        loaded = load_text(tmp_path, "XX0001", text)
        assert loaded.protocol is None
        assert [problem.what for problem in loaded.problems] == [what]


def test_the_record_is_optional_and_its_problems_are_reported(tmp_path: Path) -> None:
    assert load(tmp_path).record is None
    home = tmp_path / "XX0001"
    (home / "record.json").write_text("{")
    loaded = load_study(home)
    assert loaded.record is None
    assert loaded.protocol is not None
    assert any("record.json" in problem.where for problem in loaded.errors)


# --- a study that extends another -----------------------------------------------------------


def test_the_study_beside_it_is_extended(tmp_path: Path) -> None:
    protocol = load_follow_up(tmp_path).protocol
    assert protocol is not None
    assert protocol.parent is not None
    assert protocol.root.study == "XX0001"
    assert protocol.visit("night").by == "participant"


def test_a_folder_can_extend_a_shipped_study(tmp_path: Path) -> None:
    text = changed(FOLLOW_UP, ("extends: XX0001", "extends: NCT04791059"))
    loaded = load_text(tmp_path, "XX0002", text)
    assert loaded.protocol is not None
    assert loaded.protocol.root == protocol_of("NCT04791059")


def test_a_study_that_is_not_there_cannot_be_extended(tmp_path: Path) -> None:
    loaded = load_follow_up(tmp_path, ("extends: XX0001", "extends: XX0003"))
    assert loaded.protocol is None
    assert said(loaded) == ["extends: there is no study XX0003 beside this one or shipped"]


def test_the_folder_and_the_study_in_it_have_one_name(tmp_path: Path) -> None:
    load_text(tmp_path, "XX0003", TRIAL)
    loaded = load_follow_up(tmp_path, ("extends: XX0001", "extends: XX0003"))
    assert said(loaded) == ["extends: the study in XX0003/protocol.yaml calls itself XX0001"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    load_text(tmp_path, "XX0001", changed(FOLLOW_UP, ("study: XX0002", "study: XX0001"),
                                          ("extends: XX0001", "extends: XX0002")))  # fmt: skip
    loaded = load_text(tmp_path, "XX0002", FOLLOW_UP)
    assert loaded.protocol is None
    assert said(loaded) == ["extends: XX0002 is extended in a circle"]


def test_the_problems_of_the_extended_study_come_last(tmp_path: Path) -> None:
    load_follow_up(tmp_path)
    load_text(tmp_path, "XX0001", changed(TRIAL, ("version: 1\n", "version: one\n")))
    text = changed(FOLLOW_UP, ("version: 1\n", "version: two\n"))
    loaded = load_text(tmp_path, "XX0002", text)
    assert loaded.protocol is None
    assert [p.where.rpartition("XX")[2] for p in loaded.problems] == [
        "0002/protocol.yaml:2: version",
        "XX0001/protocol.yaml:2: version"[2:],
    ]


# --- the text that a ledger keeps -----------------------------------------------------------


@pytest.mark.parametrize("study", ["NCT04791059", "NCT05718544"])
def test_the_canonical_text_gives_the_same_protocol(study: str) -> None:
    protocol = protocol_of(study)
    text = canonical(protocol)
    again = from_canonical(text, protocol.parent)
    assert again == protocol
    assert canonical(again) == text
    assert list(again.endpoints) == list(protocol.endpoints)


def test_the_canonical_text_says_everything(tmp_path: Path) -> None:
    protocol = load_follow_up(tmp_path).protocol
    assert protocol is not None
    assert protocol.parent is not None
    data = json.loads(canonical(protocol))
    assert data["parent_digest"] == digest(protocol.parent)
    assert "parent" not in data
    assert "手部手术后的药膏" in canonical(protocol.parent)
    first = json.loads(canonical(protocol.parent))
    assert first["parent_digest"] is None
    assert first["pump"]["bolus_ml"] == "2"
    assert first["pump"]["limit_4h_ml"] is None
    assert first["rehearsal"]["effects"]["balmol"]["pain"] == -1.0


@pytest.mark.parametrize(
    "change",
    [
        ("lockout_min: 10", "lockout_min: 11"),
        ("label: Sore}", "label: Very sore}"),
        ("fading_h: 100", "fading_h: 100.5"),
        ("age_y >= 18", "age_y >= 19"),
    ],
)
def test_the_digest_changes_with_anything(tmp_path: Path, change: tuple[str, str]) -> None:
    before, after = load(tmp_path).protocol, load(tmp_path, change).protocol
    assert before is not None
    assert after is not None
    assert digest(before) != digest(after)
    assert len(digest(before)) == 64


def test_the_digest_does_not_hang_on_layout_or_comments(tmp_path: Path) -> None:
    before = load(tmp_path).protocol
    after = load(tmp_path, ("pump:\n", "# the pump\npump:\n\n")).protocol
    assert before is not None
    assert after is not None
    assert digest(before) == digest(after)


def test_another_parent_is_noticed(tmp_path: Path) -> None:
    protocol = load_follow_up(tmp_path).protocol
    assert protocol is not None
    other = load(tmp_path, ("lockout_min: 10", "lockout_min: 11")).protocol
    for parent in (other, None):
        with pytest.raises(Broken, match="extends XX0001 in another version"):
            from_canonical(canonical(protocol), parent)
