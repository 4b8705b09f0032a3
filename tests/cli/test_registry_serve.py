from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.registry.sample import record

pytest.importorskip("tantivy", reason="search needs tantivy")
httpx = pytest.importorskip("httpx", reason="the client of these tests needs httpx")


def test_what_was_loaded_is_served(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(record()), encoding="utf-8")
    assert run("registry", "load", "one.json", "--home", "home").returncode == 0
    words = ("registry", "serve", "--home", "home", "--port", "0")
    with subprocess.Popen(
        [sys.executable, "-c", "from equipoise.cli import main; main()", *words],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        try:
            page = httpx.get(f"{address}studies/NCT00000001", timeout=30)
            assert "Balm after hand surgery" in page.text
            assert httpx.get(f"{address}api/v2/studies/NCT00000001").json() == record()
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0


def test_without_records_there_is_nothing_to_serve(run: Run) -> None:
    done = run("registry", "serve", "--home", "empty", "--port", "0")
    assert done.returncode == 2
    assert "holds no records yet" in done.stderr


def test_a_port_that_is_taken_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(record()), encoding="utf-8")
    run("registry", "load", "one.json", "--home", "home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("registry", "serve", "--home", "home", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr
