"""What an analysis leaves in a folder: report.html, summary.json, dataset/."""

from __future__ import annotations

import json
from pathlib import Path

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.report import report
from equipoise.analysis.summary import summary
from equipoise.language import Language


def write(analysis: Analysis, folder: Path, language: str) -> None:
    """Write the report in ``language`` (en, zh), the summary and the dataset into ``folder``."""
    (folder / "report.html").write_text(report(analysis, Language(language)), encoding="utf-8")
    text = json.dumps(summary(analysis), ensure_ascii=False, indent=2, allow_nan=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    analysis.data.write(folder / "dataset")
