"""Key files on the command line: the passphrase is asked, never an argument that others see."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from equipoise.cli.files import read_file
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.conduct._keys import Reader, ReaderKey
    from equipoise.rules.allocation.secrecy import Secret

VARIABLE = "EQUIPOISE_PASSPHRASE"
"""Where scripts leave a passphrase. A list of processes shows arguments, but not this."""

KEY = typer.Option(..., "--key", help="The reader's key file. Its passphrase is asked.")


def ask_passphrase(what: str, *, twice: bool = False) -> Secret[str]:
    """Return the passphrase of ``what``: from EQUIPOISE_PASSPHRASE, or asked without echo.

    Raises :class:`InputError` when there is neither the variable nor a terminal.
    """
    from equipoise.rules.allocation.secrecy import Secret

    given = os.environ.get(VARIABLE)
    if given is not None:
        return Secret(given)
    if not sys.stdin.isatty():
        raise InputError(
            "passphrase",
            "there is no terminal to ask for it",
            f"Run the command in a terminal, or set {VARIABLE} for this one command.",
        )
    prompt = f"Passphrase of {what}"
    return Secret(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


def open_key(path: Path) -> ReaderKey:
    """Return the key in the file; raise :class:`InputError` for a wrong passphrase or file."""
    from equipoise.conduct._key_file import load_reader_key

    content = read_file(path)
    return load_reader_key(content, ask_passphrase(str(path)))


def read_reader(path: Path) -> Reader:
    """Return the public half of a key from its ``.pub`` file."""
    from pydantic import ValidationError

    from equipoise.conduct._keys import Reader

    try:
        return Reader.model_validate_json(read_file(path))
    except ValidationError:
        raise InputError(
            str(path),
            "is not the public half of a key",
            "Give the .pub file that `equipoise key new` wrote beside the key.",
        ) from None
