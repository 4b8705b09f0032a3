from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from equipoise.conduct._allocator import Request
from tests.conduct.stock import KEYS, PASSPHRASE, YOUNG, command, stocked

SEALED = stocked()


def test_lines_in_lines_out_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", PASSPHRASE)
    line = Request(taken=(), factors=YOUNG).model_dump_json()
    done = subprocess.run(
        command(tmp_path, SEALED, KEYS["robot"]),
        input=f"{line}\nnonsense\n{line}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, third = done.stdout.splitlines()
    assert first == third
    assert json.loads(first)["kit"] in {slot.kit for slot in SEALED.slots}
    assert json.loads(second)["error"]["where"] == "request"
    assert done.stderr == ""
    assert sorted(file.name for file in tmp_path.iterdir()) == ["list.jsonl", "robot.key"]


@pytest.mark.parametrize(
    ("key", "passphrase", "said"),
    [
        ("pharmacy", PASSPHRASE, "is not the allocator's"),
        ("robot", "x" * 20, "passphrase is wrong"),
    ],
)
def test_a_wrong_key_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, passphrase: str, said: str
) -> None:
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", passphrase)
    words = command(tmp_path, SEALED, KEYS[key])
    done = subprocess.run(words, input="", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
