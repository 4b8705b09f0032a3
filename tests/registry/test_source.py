from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.registry import formats
from equipoise.registry.record import nct_id
from equipoise.registry.source import one, records
from equipoise.registry.store import Store
from tests.registry.sample import put, record


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
        ("a.json", b"\xff\xfe", "none of the formats"),
        ("a.json", b"{\xff", "not UTF-8"),
        ("a.json.gz", b"no gzip", "none of the formats"),
        ("a.json.gz", gzip.compress(b"{}" * 99, mtime=0)[:-9], "cannot be read"),
        ("a.ndjson", b"[]\n", "a.ndjson:1"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(records(str(tmp_path / name)))
    assert said in f"{caught.value.problem.where} {caught.value.problem.what}"


def test_nothing_of_that_name(tmp_path: Path) -> None:
    for name in ("NCT99999999", "../studies", "NCT05718544@1"):
        with pytest.raises(InputError, match="no file, folder or shipped study"):
            list(records(name, folder=tmp_path))


@pytest.mark.parametrize("name", ["json", "legacy-xml", "upload-xml", "page"])
def test_a_record_is_told_by_what_is_in_the_file(tmp_path: Path, name: str) -> None:
    study = record(results=False)
    (tmp_path / "it.bin").write_bytes(formats.write(study, name))
    found = one(str(tmp_path / "it.bin"))
    title = "protocolSection.identificationModule.briefTitle"
    assert record_at(found, title) == record_at(study, title)


def record_at(study: object, path: str) -> object:
    for name in path.split("."):
        study = study[name]  # type: ignore[index]
    return study


def test_a_folder_s_pages_are_records_and_its_other_texts_are_not(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes(formats.write(record(results=False), "page"))
    (tmp_path / "notes.txt").write_text("Call the ward.", encoding="utf-8")
    (tmp_path / "old.xml").write_bytes(formats.write(record(results=False), "legacy-xml"))
    assert [n.where.rpartition("/")[2] for n in records(str(tmp_path))] == ["old.xml", "page.txt"]


def test_a_zip_of_records_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        file.writestr("NCT0000/NCT00000001.json", json.dumps(record()))
    (found,) = records(str(tmp_path / "all.zip"))
    assert found.where.endswith("all.zip/NCT0000/NCT00000001.json")


def test_a_record_of_the_store_and_its_versions(tmp_path: Path) -> None:
    status = "protocolSection.statusModule.overallStatus"
    with Store(tmp_path) as store:
        for value, at in (("RECRUITING", "2020-04-01"), ("COMPLETED", "2021-04-01")):
            study = record()
            put(study, status, value)
            store.put(study, source="a", at=f"{at}T00:00:00Z")
    assert record_at(one("nct00000001", folder=tmp_path), status) == "COMPLETED"
    assert record_at(one("NCT00000001@1", folder=tmp_path), status) == "RECRUITING"
    with pytest.raises(InputError):
        one("NCT00000001@3", folder=tmp_path)
    with pytest.raises(InputError, match="NCT00000001"):
        one("NCT00000002", folder=tmp_path)


def test_several_are_not_one(tmp_path: Path) -> None:
    (tmp_path / "two.json").write_text(json.dumps([record(), record()]), encoding="utf-8")
    assert [n.where[-2:] for n in records(str(tmp_path / "two.json"))] == ["#0", "#1"]
    with pytest.raises(InputError, match="holds 2 records"):
        one(str(tmp_path / "two.json"))
