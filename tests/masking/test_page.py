from __future__ import annotations

import runpy
from pathlib import Path

from tests.masking import worlds

DOCS = Path(__file__).resolve().parents[2] / "docs"
WRITER = runpy.run_path(str(DOCS / "generate_masking.py"))
PAGE = (DOCS / "masking.md").read_text(encoding="utf-8")


def test_the_tables_are_what_the_rule_says() -> None:
    assert WRITER["page"](PAGE) == PAGE, "run python docs/generate_masking.py"


def test_the_tables_say_what_the_rule_says() -> None:
    rows = {row.split("|")[1].strip(): row for row in PAGE.splitlines() if row.startswith("| `")}
    assert [cell.strip() for cell in rows["`BagPrepared`"].split("|")[2:8]] == [""] * 5 + ["x"]
    assert "`explanation`" in PAGE


def test_every_surface_that_may_differ_is_declared_on_the_page() -> None:
    for surface, fields in worlds.BY_DESIGN.items():
        assert surface in PAGE
        for field in fields:
            assert field.removeprefix("provenance.").removesuffix(" of the sealed list") in PAGE
