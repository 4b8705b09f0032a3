from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.sample import record


def test_a_record_becomes_a_folder_that_check_judges(run: Run, tmp_path: Path) -> None:
    done = run("registry", "protocol", "NCT05718544", "--out", "mine")
    assert done.returncode == 0
    assert "arms: 2, mixtures: 2, pump program: yes" in done.stdout
    assert "criteria: 13" in done.stdout
    assert "`allocation` is missing" in done.stdout
    given = json.loads((tmp_path / "mine" / "record.json").read_text("utf-8"))
    assert given["protocolSection"]["identificationModule"]["nctId"] == "NCT05718544"
    judged = run("check", "./mine")
    assert judged.returncode == 1
    assert "`bolus_rate_ml_h` is missing" in judged.stdout


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "protocol.yaml").write_text("my work", encoding="utf-8")
    done = run("registry", "protocol", "NCT05718544", "--out", "mine")
    assert done.returncode == 2
    assert "nothing is overwritten" in " ".join(done.stderr.split())
    assert (tmp_path / "mine" / "protocol.yaml").read_text("utf-8") == "my work"


def test_a_program_reads_rules_with_their_places(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(record()), encoding="utf-8")
    told = json.loads(run("registry", "protocol", "r.json", "--out", "a", "--json").stdout)
    first = told["criteria"][0]
    assert (first["id"], first["rule"], first["tests"][0]["rule"]) == ("I1", "sore", "sore")
    text = record()["protocolSection"]["eligibilityModule"]["eligibilityCriteria"]
    assert text[first["tests"][0]["start"] : first["tests"][0]["end"]] == "Sore"
    assert told["missing"]


def test_it_is_said_in_chinese(run: Run) -> None:
    told = run("registry", "protocol", "NCT05718544", "--out", "a", "--language", "zh").stdout
    assert "入排标准" in told
    assert "仍缺少或有误" in told


def test_several_records_are_not_one(run: Run, tmp_path: Path) -> None:
    page = {"studies": [record(), record()]}
    (tmp_path / "two.json").write_text(json.dumps(page), encoding="utf-8")
    done = run("registry", "protocol", "two.json", "--out", "a")
    assert done.returncode == 2
    assert not (tmp_path / "a").exists()


def test_a_record_of_the_store_is_drafted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(record()), encoding="utf-8")
    run("registry", "load", "one.json", "--home", "home")
    done = run("registry", "protocol", "NCT00000001", "--home", "home", "--out", "drafted")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "drafted" / "protocol.yaml").exists()
