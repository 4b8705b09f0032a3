"""Other versions of the compiler and of numpy, and other numbers of threads, give the same bits."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.program import compile_program
from equipoise.rehearsal.ensemble.simulate import PEOPLE_AT_ONCE, simulate

ROOT = Path(__file__).parents[3]
KNEE = str(ROOT / "tests" / "rehearsals" / "studies" / "KNEE-PCA")
CASES = [("NCT05718544", "hoped"), ("NCT04791059", "published"), (KNEE, "painful")]
SEED, PEOPLE = 20260601, 24
TRIALS = 2 * PEOPLE_AT_ONCE // PEOPLE + 5  # three parts, so that two threads share them
HERE = "from tests.rehearsal.ensemble.test_versions import tell; tell()"


def sums(threads: int) -> dict[str, str]:
    """Return the SHA-256 of the bytes of every array of some trials of each case."""
    found: dict[str, str] = {}
    for study, scenario in CASES:
        program = compile_program(load_study(study), scenario, PEOPLE, everything=True)
        block = simulate(program, SEED, 0, TRIALS, threads)
        found |= {
            f"{Path(study).name} {name}": hashlib.sha256(each.tobytes()).hexdigest()
            for name, each in _arrays(block)
        }
    return found


def _arrays(block: Block) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for field in fields(block):
        value = getattr(block, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name} {key}", value[key]) for key in value)
        elif isinstance(value, np.ndarray):
            yield field.name, value


def tell() -> None:
    """Print the versions and the sums, for a process with other packages."""
    print(json.dumps({"versions": versions(), "sums": sums(2)}))


def versions() -> dict[str, str]:
    """Return the versions of what compiles, and of what it is called from."""
    return {name: importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")}


def other() -> list[str]:
    """Return what to install: the oldest numba and numpy that the project allows, or newer ones."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    found = []
    for name in ("numba", "numpy"):
        text = next(each for each in wanted if re.match(rf"{name}\b", each))
        oldest = text.partition(">=")[2]
        ours = importlib.metadata.version(name)
        same = ours.split(".")[:2] == oldest.split(".")[:2]
        found.append(f"{name}>{ours}" if same else f"{name}=={oldest}.*")
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python with another compiler; all else that it imports is ours."""
    folder = tmp_path_factory.mktemp("versions") / "venv"
    place = folder / "bin" / "python"
    for words in (
        ["venv", "--python", sys.executable, str(folder)],
        ["pip", "install", "--python", str(place), *other()],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "uv", *words], capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"{' '.join(other())} cannot be had: {done.stderr.strip()[-300:]}")
    scheme = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", scheme))
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "ours.pth").write_text("\n".join(sorted(ours)) + "\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    """Return the sums of one thread in this process."""
    return sums(1)


@pytest.mark.slow
def test_two_threads_give_the_same_bits(alone: dict[str, str]) -> None:
    assert sums(2) == alone


@pytest.mark.slow
def test_another_compiler_gives_the_same_bits(
    python: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "NUMBA_CACHE_DIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [str(python), "-c", HERE], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["versions"] != versions()
    for name in ("numba", "llvmlite", "numpy"):
        assert told["versions"][name] != versions()[name]
    assert len(told["sums"]) > 100
    assert {name: each for name, each in told["sums"].items() if alone[name] != each} == {}
    assert told["sums"].keys() == alone.keys()
