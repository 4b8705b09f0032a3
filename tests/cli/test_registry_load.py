from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.server import Registry, serving
from tests.registry.test_api_client import numbered

BAD = "line 1, column 2: is no JSON: Expecting property name enclosed in double quotes"


def test_records_are_loaded_and_the_damaged_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text(f"{json.dumps(numbered(1))}\n{{}}\n", encoding="utf-8")
    done = run("registry", "load", "x.ndjson", "--home", "here")
    assert done.returncode == 1
    assert "x.ndjson: line 2: has no `protocolSection`" in done.stdout
    assert "1 new, 0 changed, 0 unchanged, 1 set aside" in done.stdout
    assert (tmp_path / "here" / "records.sqlite").exists()
    assert not done.stderr


def test_a_program_reads_the_summary(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(numbered(1)), encoding="utf-8")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    home = {"env": {"EQUIPOISE_HOME": "there"}}
    assert run("registry", "load", "x.json", **home).returncode == 0
    told = json.loads(run("registry", "load", "x.json", "bad.json", "--json", **home).stdout)
    assert told.pop("damaged") == [{"source": "bad.json", "member": "", "reason": BAD}]
    assert told == {
        "new": 0, "changed": 0, "same": 1, "set_aside": 1, "records": 1,
        "store": "there/records.sqlite",
    }  # fmt: skip


def test_many_damaged_ones_are_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text("{}\n" * 30, encoding="utf-8")
    done = run("registry", "load", "x.ndjson", "--home", "h", "--language", "zh")
    assert "……另有10条" in done.stdout
    assert "搁置30条" in done.stdout


def test_an_api_is_loaded_and_then_what_changed(run: Run, tmp_path: Path) -> None:
    with serving(Registry([numbered(k) for k in range(1, 6)])) as registry:
        registry.faults = ["429 after 0"]
        words = ("registry", "load", "--api", registry.url, "--home", "h", "--per-minute", "6000")
        first = run(*words)
        assert first.returncode == 0
        assert "5 new" in first.stdout
        assert "waiting 0 s: it answers 429" in first.stderr
        registry.studies.append(numbered(6, "2999-01-01"))
        registry.asked.clear()
        told = json.loads(run(*words, "--since", "last", "--json").stdout)
    assert (told["new"], told["same"], told["records"]) == (1, 0, 6)
    assert len(registry.asked) == 1


def test_what_it_cannot_do(run: Run, tmp_path: Path) -> None:
    for words, what in (
        ((), "takes either paths or --api"),
        (("x", "--api", "http://127.0.0.1:9"), "takes either paths or --api"),
        (("x", "--since", "2024-01-01"), "goes with --api only"),
        (("--api", "http://127.0.0.1:9", "--since", "May"), "'May' is no day"),
        (("nowhere",), "is not there"),
        (("nowhere", "--language", "fr"), "there is no report in 'fr'"),
    ):
        done = run("registry", "load", *words, "--home", "h")
        assert done.returncode == 2, words
        assert what in " ".join(done.stderr.split())
