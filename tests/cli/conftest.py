from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise.conduct._key_file import save_reader_key
from equipoise.kernels.compiled import user_cache
from tests.cli.shell import PASSPHRASE, Shell

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run ``equipoise`` as a person does, in an empty folder."""

    home = tmp_path_factory.mktemp("home")

    def command(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from equipoise.cli import main; main()", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb",
                 "HOME": str(home), "XDG_CACHE_HOME": str((user_cache() or home).parent),
                 **options.get("env", {})},  # type: ignore[dict-item]
        )  # fmt: skip

    return command


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Give commands in an empty folder, with the passphrase of all keys in the environment."""
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", PASSPHRASE)
    monkeypatch.delenv("EQUIPOISE_LANGUAGE", raising=False)  # else of who runs the tests
    costs = save_reader_key.__kwdefaults__
    assert costs
    monkeypatch.setitem(costs, "memory_mib", 1)  # quick to protect
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(tmp_path, capsys, monkeypatch)
