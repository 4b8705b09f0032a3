"""``equipoise allocator``: the process that minimizes, and tells nothing but kit codes."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from equipoise.cli.files import read_file
from equipoise.cli.key_files import KEY, open_key


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(epilog="Example: equipoise allocator list.jsonl --key allocator.key")(allocator)


def allocator(
    sealed_list: Path = typer.Argument(help="The sealed list of a trial that minimizes."),
    key: Path = KEY,
) -> None:
    """Answer each request, one line of JSON, with the code of the next participant's kit.

    The server starts it under an account of its own, the only one that can read the key. It
    writes nothing else, and keeps nothing when it ends.
    """
    from equipoise.conduct._allocator import Allocator, Stock
    from equipoise.conduct._sealed_list import SealedList

    content = SealedList.from_bytes(read_file(sealed_list))
    answers = Allocator(Stock(content, open_key(key)))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answers.answer(line) + b"\n")
        sys.stdout.buffer.flush()
