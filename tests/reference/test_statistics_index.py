from __future__ import annotations

import importlib
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
INDEX = (DOCS / "statistics.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| .+ \| `(\w+)\.(\w+)` \| \[\]\(statistics/([\w-]+)\.md\) \|$", INDEX, re.MULTILINE
)


def test_every_function_of_the_index_exists_and_is_on_its_page() -> None:
    assert ROWS
    for module, function, page in ROWS:
        found = importlib.import_module(f"equipoise.analysis.estimators.{module}")
        assert callable(getattr(found, function))
        assert function in (DOCS / "statistics" / f"{page}.md").read_text(encoding="utf-8")


def test_every_page_of_methods_is_in_the_index() -> None:
    pages = {path.stem for path in (DOCS / "statistics").glob("*.md")}
    assert pages - {page for *_, page in ROWS} == {"estimands"}  # that page is about choosing
    assert "(statistics/estimands.md)" in INDEX
