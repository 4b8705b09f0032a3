from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer

import equipoise
from equipoise.cli.app import app, main
from tests.cli.conftest import Run
from tests.cli.shell import Shell


def _commands(group: typer.Typer, before: str = "") -> Iterator[str]:
    for command in group.registered_commands:
        assert command.callback
        yield before + (command.name or str(command.callback.__name__))
    for inner in group.registered_groups:
        assert inner.typer_instance
        yield from _commands(inner.typer_instance, f"{before}{inner.name} ")


COMMANDS = sorted(_commands(app))


def test_without_words_it_helps(run: Run) -> None:
    helped = run()
    assert helped.returncode == 2
    for command in COMMANDS:
        assert command.split()[0] in helped.stdout + helped.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_with_an_example(shell: Shell, command: str) -> None:
    helped = shell.does(*command.split(), "--help")
    assert f"Example: equipoise {command} " in " ".join(helped.split())


def test_the_commands_of_a_group_are_found() -> None:
    assert {"verify", "key new", "seal list", "open emergency", "sign opening"} <= set(COMMANDS)


def test_the_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"equipoise {equipoise.__version__}"


def test_an_unknown_command_is_one_sentence(run: Run) -> None:
    failed = run("rehearsal")
    assert failed.returncode == 2
    assert "No such command 'rehearsal'" in failed.stderr
    assert "Traceback" not in failed.stderr


def _interrupted(**_: object) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("ends", [_interrupted, lambda **_: 130])
def test_an_interruption_is_said(
    ends: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("equipoise.cli.app.app", ends)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("Stopped.")
