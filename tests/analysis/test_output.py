from __future__ import annotations

import json
from pathlib import Path

from equipoise.analysis.output import write
from equipoise.analysis.summary import summary
from tests.small import analysis


def test_what_is_written(tmp_path: Path) -> None:
    write(analysis(), tmp_path, "zh")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "summary.json", "dataset"}
    kept = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(summary(analysis())))
    assert 'lang="zh"' in (tmp_path / "report.html").read_text(encoding="utf-8")
