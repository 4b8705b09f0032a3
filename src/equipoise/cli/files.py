"""Files that a command reads, and new ones that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from equipoise.errors import InputError

_READABLE = 0o644


def read_file(path: Path) -> bytes:
    """Return what is in the file; raise :class:`InputError` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), "is not there", "Check the name of the file.") from None
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read: {error.strerror}", "Give a file that you may read."
        ) from None


def read_text(path: Path) -> str:
    """Return the text of the file; raise :class:`InputError` when it is none."""
    try:
        return read_file(path).decode()
    except UnicodeDecodeError:
        raise InputError(
            str(path), "is not a text", "Take the file again from where it was made."
        ) from None


def check_new(*paths: Path) -> None:
    """Raise :class:`InputError` when one of ``paths`` exists: nothing is overwritten."""
    for path in paths:
        if path.exists():
            raise InputError(
                str(path), "exists already, and nothing is overwritten", "Give another --out."
            )


def write_new(path: Path, content: bytes, *, secret: bool) -> None:
    """Write ``content`` as the new file ``path``; a secret one only its owner can read.

    Raises :class:`InputError` when ``path`` exists or its place cannot be written; then nothing
    is left behind.
    """
    check_new(path)
    unfinished: Path | None = None
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
        unfinished = Path(name)
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        if not secret:
            unfinished.chmod(_READABLE)
        unfinished.rename(path)
    except OSError as error:
        raise InputError(
            str(path), f"cannot be written: {error.strerror}", "Make room, or give another --out."
        ) from None
    finally:
        if unfinished is not None:
            with suppress(FileNotFoundError):  # it has become `path`
                unfinished.unlink()
