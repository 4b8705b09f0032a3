"""A PostgreSQL server of the tests' own, without a network, gone when they are done."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_VERSIONS = Path("/usr/lib/postgresql")


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server and give its address; skip with the reason where that cannot be."""
    tools = _tools()
    if tools is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    user = None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        data, options = folder / "data", f"-k {folder} -c listen_addresses= -c fsync=off"
        _run(user, tools / "initdb", "-D", data, "-A", "trust", "-U", "tests", "-E", "UTF8")
        _run(user, tools / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"host={folder} user=tests dbname=postgres"
        finally:
            _run(user, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tools() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(_VERSIONS.glob("*/bin/initdb")) if _VERSIONS.exists() else []
    return versions[-1].parent if versions else None


def _run(user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        [str(each) for each in command], user=user, capture_output=True, text=True, check=False,
        cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"PostgreSQL cannot be started: {(done.stderr or done.stdout)[-300:]}")
