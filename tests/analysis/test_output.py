from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from equipoise.analysis.output import write
from equipoise.analysis.publication import publication
from equipoise.analysis.summary import summary
from equipoise.language import Language
from tests.small import analysis

WRITTEN = {
    "report.html", "report.docx", "tables", "figures", "results.json", "summary.json", "dataset",
}  # fmt: skip


def _json(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_is_written(tmp_path: Path) -> None:
    pytest.importorskip("docx", reason="the Word file needs python-docx")
    write(analysis(), tmp_path, "zh")
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN
    assert _json(tmp_path / "summary.json") == json.loads(json.dumps(summary(analysis())))
    made = publication(analysis(), Language("zh"))
    assert _json(tmp_path / "results.json") == json.loads(json.dumps(made.results()))
    assert 'lang="zh"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        f"{table.name}.{kind}" for table in made.tables for kind in ("csv", "tex")
    }
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{figure.name}.svg" for figure in made.figures
    }


def test_without_python_docx_all_but_the_word_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    write(analysis(), tmp_path, "en")
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN - {"report.docx"}
