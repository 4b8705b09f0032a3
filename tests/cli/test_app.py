from __future__ import annotations

import pytest

import equipoise
from equipoise.cli.app import app
from tests.cli.conftest import Run

COMMANDS = sorted(
    str(command.callback.__name__) for command in app.registered_commands if command.callback
)


def test_without_words_it_helps(run: Run) -> None:
    helped = run()
    assert helped.returncode == 2
    for command in COMMANDS:
        assert command in helped.stdout + helped.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_with_an_example(run: Run, command: str) -> None:
    helped = run(command, "--help")
    assert helped.returncode == 0
    assert f"Example: equipoise {command}" in " ".join(helped.stdout.split())


def test_the_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"equipoise {equipoise.__version__}"


def test_an_unknown_command_is_one_sentence(run: Run) -> None:
    failed = run("rehearsal")
    assert failed.returncode == 2
    assert "No such command 'rehearsal'" in failed.stderr
    assert "Traceback" not in failed.stderr
