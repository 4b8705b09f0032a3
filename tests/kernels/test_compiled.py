"""Compiled functions are kept by the source of all that they are made of."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from equipoise.kernels.compiled import FOLDERS, PACKAGE, digest

SAYS = """
from equipoise.kernels.philox import uniform
import numba
uniform(1, 2, 3, 4, 5, 6)
print(numba.config.CACHE_DIR)
"""


def said(**variables: str) -> str:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "XDG", "HOME"))
    }
    done = subprocess.run(
        [sys.executable, "-c", SAYS], env=environment | variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_change_in_any_compiled_module_changes_the_digest(tmp_path: Path) -> None:
    for name in ("kernels/a.py", "analysis/estimators/b.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("from equipoise.kernels.compiled import njit\n", encoding="utf-8")
    before = {digest(tmp_path)}
    (tmp_path / "analysis" / "report.py").write_text("WORDS = 1\n", encoding="utf-8")
    assert {digest(tmp_path)} == before
    path.write_text("from equipoise.kernels.compiled import njit\nROOM = 2\n", encoding="utf-8")
    before |= {digest(tmp_path)}
    path.rename(path.with_name("c.py"))
    assert len(before | {digest(tmp_path)}) == 3


def test_everything_compiled_is_kept_so() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "compiled.py" and re.search(r"^@njit", text, re.MULTILINE):
            assert path.relative_to(PACKAGE).parts[0] in FOLDERS
            assert "from equipoise.kernels.compiled import njit" in text, path
        assert path.name == "compiled.py" or not re.search(r"from numba import .*\bnjit", text), (
            path
        )


def test_it_is_kept_in_the_users_cache(tmp_path: Path) -> None:
    folder = Path(said(HOME=str(tmp_path)))
    assert folder.is_relative_to(tmp_path)
    assert digest().startswith(folder.name)
    assert list(folder.rglob("*.nbi"))


def test_another_folder_can_be_chosen(tmp_path: Path) -> None:
    assert said(HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "mine")) == str(
        tmp_path / "mine"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="folders are made otherwise there")
def test_without_a_home_it_is_kept_for_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    folder = Path(said(HOME=str(tmp_path / "file")))
    assert folder.name.startswith("equipoise-")
    assert not folder.exists()
