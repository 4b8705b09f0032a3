"""The lock files pin every package with hashes, fit pyproject.toml, and name no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
# The sentence model brings two gigabytes of torch, which nothing here imports.
NOT_LOCKED = {"embedding"}
EXTRAS = [
    name
    for extra, names in PROJECT["project"]["optional-dependencies"].items()
    if extra not in NOT_LOCKED
    for name in names
]
EVERYTHING = [
    *RUNTIME,
    *EXTRAS,
    *PROJECT["dependency-groups"]["dev"],
    *PROJECT["build-system"]["requires"],
]
PYTHONS = ["3.11.9", "3.12.9", "3.13.9"]


def _entries(name: str) -> list[str]:
    """Return one string for each pinned package, its hashes included."""
    text = (ROOT / name).read_text("utf-8")
    return [entry.replace("\\\n", " ") for entry in re.split(r"\n(?=\S)", text.strip())]


def _pinned(name: str, python: str) -> dict[str, str]:
    """Return package -> version as installed on Linux under a version of Python."""
    platform = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "sys_platform": "linux",
    }
    found: dict[str, str] = {}
    for entry in _entries(name):
        requirement = Requirement(entry.split(" --hash", maxsplit=1)[0])
        if requirement.marker is None or requirement.marker.evaluate(platform):
            assert canonicalize_name(requirement.name) not in found
            found[canonicalize_name(requirement.name)] = str(requirement.specifier)[2:]
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_entry_is_one_version_with_hashes_and_nothing_else(name: str) -> None:
    shape = re.compile(r"[\w.-]+==[\w.]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert not [entry[:80] for entry in _entries(name) if not shape.fullmatch(entry)]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "asked"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", EVERYTHING)]
)
def test_what_the_project_asks_for_is_pinned(name: str, asked: list[str], python: str) -> None:
    pinned = _pinned(name, python)
    for requirement in map(Requirement, asked):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in {name}: run make lock"
        assert version in requirement.specifier, f"{requirement}: {name} has {version}"


@pytest.mark.parametrize("python", PYTHONS)
def test_trials_run_on_the_versions_that_were_tested(python: str) -> None:
    tested = _pinned("requirements-dev.lock", python)
    assert _pinned("requirements.lock", python).items() <= tested.items()


def test_every_python_gets_the_same_versions() -> None:
    """Types and numbers depend on them."""
    pinned = [set(_pinned("requirements-dev.lock", python).items()) for python in PYTHONS]
    assert pinned[0] == pinned[1] == pinned[2]
