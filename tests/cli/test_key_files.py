from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from equipoise.cli.key_files import VARIABLE, ask_passphrase, open_key, read_reader
from equipoise.errors import InputError
from tests.cli.shell import PASSPHRASE, Shell


def test_the_passphrase_is_asked_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def prompt(text: str, **how: Any) -> str:
        asked.append((text, how))
        return "what was typed"

    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert ask_passphrase("a.key", twice=True).reveal() == "what was typed"
    ((text, how),) = asked
    assert text == "Passphrase of a.key"
    assert how == {"hide_input": True, "confirmation_prompt": True, "err": True}


def test_a_script_leaves_it_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    assert ask_passphrase("a.key").reveal() == PASSPHRASE


def test_without_either_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InputError, match="there is no terminal"):
        ask_passphrase("a.key")


def test_a_key_opens_with_its_passphrase_only(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.keys()
    key = open_key(shell.folder / "pharmacy.key")
    assert key.reader == read_reader(shell.folder / "pharmacy.key.pub")
    monkeypatch.setenv(VARIABLE, "another one, also long")
    with pytest.raises(InputError, match="the passphrase is wrong"):
        open_key(shell.folder / "pharmacy.key")


def test_a_public_half_is_no_key_and_a_key_no_public_half(shell: Shell) -> None:
    shell.keys()
    with pytest.raises(InputError, match="is not a key file"):
        open_key(shell.folder / "pharmacy.key.pub")
    with pytest.raises(InputError, match="is not the public half of a key"):
        read_reader(shell.folder / "pharmacy.key")
    with pytest.raises(InputError, match="is not there"):
        read_reader(Path("nobody.pub"))
