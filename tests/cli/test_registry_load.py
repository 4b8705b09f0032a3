from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from equipoise.registry.store import Store
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
        (("x", "--since", "2024-01-01"), "goes with --api only"),
        (("--api", "http://127.0.0.1:9", "--since", "May"), "'May' is no day"),
        (("nowhere",), "is not there"),
    ):
        done = run("registry", "load", *words, "--home", "h")
        assert done.returncode == 2, words
        assert what in " ".join(done.stderr.split())


def test_a_bar_shows_how_far_it_is(run: Run, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(numbered(k)) for k in range(1, 601))
    (tmp_path / "x.ndjson").write_text(lines, encoding="utf-8")
    words = ("registry", "load", "x.ndjson", "--home", "h", "--json")
    done = run(*words, env={"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TERM": "xterm"})
    assert "600 records" in done.stderr
    assert "━" in done.stderr
    assert json.loads(done.stdout)["new"] == 600
    assert not run(*words).stderr


def test_a_load_that_is_stopped_says_so(tmp_path: Path) -> None:
    with serving(Registry([numbered(k) for k in range(1, 6)], faults=["ok", "stall"])) as registry:
        words = ["registry", "load", "--api", registry.url, "--per-minute", "6000", "--home", "h"]
        with subprocess.Popen(
            [sys.executable, "-c", "from equipoise.cli import main; main()", *words],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            while len(registry.asked) < 2:
                time.sleep(0.01)
                assert child.poll() is None
            time.sleep(0.1)
            child.send_signal(signal.SIGINT)
            assert "What was loaded stays" in child.communicate()[1]
        assert child.returncode == 2
    with Store(tmp_path / "h") as store:
        assert len(store) == 2
