"""The import contracts of pyproject.toml, each broken on purpose.

A skeleton package is made from the contracts themselves, one line of it is made wrong, and
import-linter must name the contract. What the real package imports is `make check`'s business.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]

ROWS = "Imports point down, and siblings on a row do not know each other"
WRITES = "Only conduct writes: the ledger is opened by the command line and written by conduct"
SECRET = "The allocation secret stays in conduct"
KERNELS = "Kernels take plain numbers"
ANALYSIS = "Analysis reads a dataset and cannot reach the ledger or conduct"
CHANCE = "Chance is handed in"
CYCLES = "No cycles"


def _layers() -> list[str]:
    rows = next(c["layers"] for c in CONTRACTS if c["name"] == ROWS)
    return [name.strip("() ") for row in rows for name in row.split("|")]


def _secrets() -> list[str]:
    return list(next(c["protected_modules"] for c in CONTRACTS if c["name"] == SECRET))


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Make an `equipoise` with every module that the contracts name, all empty."""
    for name in ["equipoise", *(f"equipoise.{layer}" for layer in _layers())]:
        _write(tmp_path, name, "", package=True)
    for name in _secrets():
        _write(tmp_path, name, "")
    _write(tmp_path, "equipoise.kernels.philox", "")
    _write(tmp_path, "equipoise.chance", "from equipoise.kernels import philox")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _write(folder: Path, module: str, text: str, *, package: bool = False) -> None:
    path = folder.joinpath(*module.split("."))
    file = path / "__init__.py" if package or path.is_dir() else path.with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _broken(folder: Path) -> list[str]:
    """Run import-linter in ``folder`` and return the names of the contracts it reports broken."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)(?: \(.*\))?$", done.stdout, re.MULTILINE))
    assert len(verdicts) == len(CONTRACTS), done.stdout + done.stderr
    broken = [name for name, verdict in verdicts.items() if verdict == "BROKEN"]
    assert bool(broken) == bool(done.returncode)
    return broken


def test_the_table_below_breaks_every_contract() -> None:
    assert {c["name"] for c in CONTRACTS} == {broken for *_, broken in FAULTS}


def test_the_skeleton_keeps_every_contract(skeleton: Path) -> None:
    _write(skeleton, "equipoise.units", "import equipoise.errors")
    _write(skeleton, "equipoise.conduct.trial", "import equipoise.ledger, equipoise.conduct._seal")
    _write(skeleton, "equipoise.cli.seal", "import equipoise.ledger, equipoise.conduct._seal")
    assert _broken(skeleton) == []


FAULTS = [
    ("equipoise.kernels", "import equipoise.protocol", ROWS),
    ("equipoise.views", "from equipoise.conduct import x", ROWS),
    ("equipoise.rules", "import equipoise.views", ROWS),
    ("equipoise.protocol", "import equipoise.events", ROWS),
    ("equipoise.registry", "import equipoise.rehearsal", ROWS),
    ("equipoise.units", "import equipoise.clock", ROWS),
    ("equipoise.errors", "import equipoise.units", ROWS),
    ("equipoise.kernels", "import equipoise.chance", ROWS),
    ("equipoise.common", "", ROWS),
    ("equipoise.rehearsal", "import equipoise.ledger", WRITES),
    ("equipoise.web", "def page():\n    import equipoise.ledger", WRITES),
    *(("equipoise.rehearsal", f"import {secret}", SECRET) for secret in _secrets()),
    *(("equipoise.web", f"import {secret}", SECRET) for secret in _secrets()),
    *(
        ("equipoise.kernels", f"import {name}", KERNELS)
        for name in ["datetime", "pandas", "polars", "random", "sqlite3"]
    ),
    ("equipoise.analysis", "import equipoise.ledger", ANALYSIS),
    ("equipoise.analysis", "import equipoise.conduct", ANALYSIS),
    ("equipoise.rehearsal", "import random", CHANCE),
    ("equipoise.views.flow", "import equipoise.views.kits", CYCLES),
]


@pytest.mark.parametrize(("module", "text", "broken"), FAULTS)
def test_a_fault_is_reported(skeleton: Path, module: str, text: str, broken: str) -> None:
    _write(skeleton, "equipoise.views.kits", "import equipoise.views.flow")
    _write(skeleton, "equipoise.views.flow", "")
    _write(skeleton, module, text)
    assert broken in _broken(skeleton)


def test_every_file_of_secrets_is_protected() -> None:
    folder = ROOT / "src/equipoise/conduct"
    private = {f"equipoise.conduct.{file.stem}" for file in folder.glob("_[a-z]*.py")}
    assert private <= set(_secrets())
