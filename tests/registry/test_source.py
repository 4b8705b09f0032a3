from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.registry.record import nct_id
from equipoise.registry.source import records
from tests.registry.sample import record


def test_a_shipped_study_a_file_a_page_and_lines(tmp_path: Path) -> None:
    study = record()
    (tmp_path / "one.json").write_text(json.dumps(study), encoding="utf-8")
    (tmp_path / "page.json").write_text(json.dumps({"studies": [study, study]}), encoding="utf-8")
    with gzip.open(tmp_path / "many.ndjson.gz", "wt", encoding="utf-8") as lines:
        lines.write(f"{json.dumps(study)}\n\n{json.dumps(study)}\n")
    assert [named.where for named in records("NCT05718544")] == ["NCT05718544"]
    assert [n.where[-1] for n in records(str(tmp_path / "many.ndjson.gz"))] == ["1", "3"]
    assert len(list(records(str(tmp_path)))) == 5
    assert {nct_id(named.study) for named in records(str(tmp_path))} == {"NCT00000001"}


def test_a_study_folder_is_its_record(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps(record()), encoding="utf-8")
    (tmp_path / "summary.json").write_text("{}", encoding="utf-8")
    assert len(list(records(str(tmp_path)))) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "line 1"),
        ("a.json", b'{"a": 1}', "no study"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b"\xff\xfe", "cannot be read"),
        ("a.json.gz", b"no gzip", "cannot be read"),
        ("a.ndjson", b"[]\n", "a.ndjson:1"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(records(str(tmp_path / name)))
    assert said in f"{caught.value.problem.where} {caught.value.problem.what}"


def test_nothing_of_that_name() -> None:
    with pytest.raises(InputError, match="no file, folder or shipped study"):
        list(records("NCT99999999"))
