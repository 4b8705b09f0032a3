"""What an analysis leaves in a folder: the report, its tables, figures and results, the dataset."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.latex import as_latex
from equipoise.analysis.publication import Publication, publication
from equipoise.analysis.report import report
from equipoise.analysis.summary import summary
from equipoise.analysis.table import as_csv
from equipoise.language import Language


def write(analysis: Analysis, folder: Path, language: str) -> None:
    """Write everything that is published of an analysis into ``folder``, in ``language``.

    ``report.html``, ``tables/*.csv`` and ``*.tex``, ``figures/*.svg``, ``results.json``,
    ``summary.json``, ``dataset/``; and ``report.docx`` where python-docx is installed.
    """
    say = Language(language)
    made = publication(analysis, say)
    (folder / "report.html").write_text(report(analysis, say, made), encoding="utf-8")
    if importlib.util.find_spec("docx"):
        from equipoise.analysis.word import as_word  # noqa: PLC0415 - python-docx may be absent

        (folder / "report.docx").write_bytes(as_word(made, say))
    _tables(made, folder / "tables", language)
    (folder / "figures").mkdir()
    for figure in made.figures:
        (folder / "figures" / f"{figure.name}.svg").write_text(figure.alone(), encoding="utf-8")
    _json(made.results(), folder / "results.json")
    _json(summary(analysis), folder / "summary.json")
    analysis.data.write(folder / "dataset")


def _tables(made: Publication, folder: Path, language: str) -> None:
    folder.mkdir()
    for table in made.tables:
        latex = as_latex(table, made.identity(table), chinese=language == "zh")
        (folder / f"{table.name}.csv").write_text(as_csv(table), encoding="utf-8")
        (folder / f"{table.name}.tex").write_text(latex, encoding="utf-8")


def _json(value: Any, path: Path) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
