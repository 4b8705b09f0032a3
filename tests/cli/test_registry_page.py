from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.registry.sample import put, record

FLAGSHIP = ("registry", "page", "NCT05718544", "--out", "page.html", "--today", "2026-11-23")


def test_a_shipped_record_becomes_a_page(run: Run, tmp_path: Path) -> None:
    done = run(*FLAGSHIP, "--language", "zh")
    assert (done.returncode, done.stdout.strip()) == (0, "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page
    assert "Judged" not in page
    assert "2026-11-23" in page


def test_a_page_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("mine", encoding="utf-8")
    done = run(*FLAGSHIP)
    assert done.returncode == 2
    assert "nothing is overwritten" in done.stderr
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "mine"


def test_a_place_that_is_not_there_is_said(run: Run) -> None:
    done = run("registry", "page", "NCT05718544", "--out", "no/such/page.html")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_one_record_a_page(run: Run, tmp_path: Path) -> None:
    two = {"studies": [record(), record()]}
    (tmp_path / "two.json").write_text(json.dumps(two), encoding="utf-8")
    done = run("registry", "page", "two.json", "--out", "page.html")
    assert done.returncode == 2
    assert "holds 2 records" in done.stderr
    assert not (tmp_path / "page.html").exists()


def test_related_studies_are_those_that_were_loaded(run: Run, tmp_path: Path) -> None:
    words = ("registry", "page", "NCT00000001", "--home", "home", "--out")
    lines = []
    for number, condition in ((1, "Sore hand"), (2, "Sore hand"), (3, "Sleeplessness")):
        study = record()
        put(study, "protocolSection.identificationModule.nctId", f"NCT{number:08}")
        put(study, "protocolSection.conditionsModule.conditions", [condition])
        lines.append(json.dumps(study))
    (tmp_path / "some.ndjson").write_text("\n".join(lines), encoding="utf-8")
    run("registry", "load", "some.ndjson", "--home", "home")
    assert run(*words, "page.html").returncode == 0
    assert "NCT00000002" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run(*FLAGSHIP[:4], "alone.html", "--home", "nowhere").returncode == 0
    alone = (tmp_path / "alone.html").read_text(encoding="utf-8")
    assert "No other records were at hand" in alone
