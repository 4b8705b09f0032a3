from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.sample import put, record


def test_the_flagship_s_page_gives_14_of_24_items(run: Run) -> None:
    done = run("registry", "show", "NCT05718544")
    assert done.returncode == 0
    assert "14 of 24 items" in done.stdout
    assert "缺失" in run("registry", "show", "NCT05718544", "--language", "zh").stdout


def test_a_program_reads_the_items(run: Run) -> None:
    told = json.loads(run("registry", "show", "NCT05718544", "--json").stdout)
    assert len(told["items"]) == 24
    assert told["items"][16]["values"] == ["199"]


def test_two_versions_are_compared(run: Run, tmp_path: Path) -> None:
    before, after = record(), record()
    put(after, "protocolSection.statusModule.overallStatus", "TERMINATED")
    for name, study in (("a.json", before), ("b.json", after)):
        (tmp_path / name).write_text(json.dumps(study), encoding="utf-8")
    told = run("registry", "compare", "a.json", "b.json").stdout
    assert "Recruitment status: COMPLETED → TERMINATED" in told
    assert "protocolSection.statusModule.overallStatus" in told
    assert "no difference" in run("registry", "compare", "a.json", "a.json").stdout
    (change,) = json.loads(run("registry", "compare", "a.json", "b.json", "--json").stdout)
    assert change["after"] == "TERMINATED"
    assert "招募状态" in run("registry", "compare", "a.json", "b.json", "--language", "zh").stdout


def test_the_course_of_a_field_over_files(run: Run, tmp_path: Path) -> None:
    count = "protocolSection.designModule.enrollmentInfo.count"
    names = []
    for number, planned in enumerate((100, 100, 20)):
        study = record()
        put(study, count, planned)
        put(study, "protocolSection.statusModule.lastUpdatePostDateStruct.date", f"202{number}-01")
        (tmp_path / f"{number}.json").write_text(json.dumps(study), encoding="utf-8")
        names.append(f"{number}.json")
    told = run("registry", "history", *names, "--field", "designModule.enrollmentInfo.count")
    assert told.stdout.split() == ["Enrollment", "2020-01", "100", "2022-01", "20"]
    asked = run("registry", "history", *names, "--field", count, "--json").stdout
    assert [each["value"] for each in json.loads(asked)] == [100, 20]
    assert "Enrollment: 100 → 20" in run("registry", "history", *names).stdout


def test_the_history_of_a_record_in_the_store(run: Run, tmp_path: Path) -> None:
    for day, status in (("2021-01-01", "RECRUITING"), ("2022-01-01", "COMPLETED")):
        study = record()
        put(study, "protocolSection.statusModule.overallStatus", status)
        put(study, "protocolSection.statusModule.lastUpdatePostDateStruct.date", day)
        (tmp_path / "it.json").write_text(json.dumps(study), encoding="utf-8")
        assert run("registry", "load", "it.json", "--home", "kept").returncode == 0
    told = run("registry", "history", "NCT00000001", "--home", "kept").stdout
    assert "Recruitment status: RECRUITING → COMPLETED" in told
    (step,) = json.loads(
        run("registry", "history", "nct00000001", "--home", "kept", "--json").stdout
    )
    assert step["at"] == "2022-01-01"
    assert len(step["changes"]) == 2
    second = run("registry", "compare", "NCT00000001@1", "NCT00000001@2", "--home", "kept").stdout
    assert "RECRUITING → COMPLETED" in second
    assert run("registry", "history", "NCT00000009", "--home", "none").returncode == 2


def test_several_records_are_not_one(run: Run, tmp_path: Path) -> None:
    page = {"studies": [record(), record()]}
    (tmp_path / "two.json").write_text(json.dumps(page), encoding="utf-8")
    done = run("registry", "show", "two.json")
    assert done.returncode == 2
    assert "holds 2 records" in " ".join(done.stderr.split())
