"""Where records, their index and their relations are kept."""

from __future__ import annotations

import os
from pathlib import Path

from equipoise.errors import InputError


def home(given: Path | None) -> Path:
    """Return the folder of the registry: ``given``, else ``EQUIPOISE_HOME``, else the user's data.

    The user's data folder is ``$XDG_DATA_HOME/equipoise``, or ``~/.local/share/equipoise`` (XDG
    Base Directory Specification 0.8). The folder need not be there yet. Raises
    :class:`InputError` when it is a file, or when there is no home folder to put it in.
    """
    named = given or os.environ.get("EQUIPOISE_HOME")
    try:
        folder = Path(named) if named else _user_data() / "equipoise"
        folder = folder.expanduser()
    except RuntimeError:
        raise InputError(
            "--home", "is not given, and this user has no home folder", "Give --home."
        ) from None
    if folder.exists() and not folder.is_dir():
        raise InputError(str(folder), "is a file", "Give a folder as --home.")
    return folder


def _user_data() -> Path:
    # The specification says that a relative path is to be ignored.
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else Path("~/.local/share")
