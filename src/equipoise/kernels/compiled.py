"""Where compiled functions are kept: by the source of everything that they may be made of.

A function is compiled together with those that it calls, in whatever module they stand. Numba
keeps it by the source of its own module alone, so that after a change in another module it would go
on with the old code, its numbers and the sizes of its arrays. Here all are kept in a folder under
the digest of all these sources, where the numbers stand too that they are compiled with. Who sets
``NUMBA_CACHE_DIR`` chooses another, and must empty it.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numba
from numba import njit

PACKAGE = Path(__file__).parents[1]
FOLDERS = ("analysis", "infusion", "kernels", "rehearsal")
"""What is compiled stands in these."""


def digest(package: Path = PACKAGE) -> str:
    """Return the SHA-256 of all modules with compiled functions, by their paths."""
    sources = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((package / folder).rglob("*.py")):
            text = path.read_bytes()
            if b"njit" in text:
                sources.update(f"{path.relative_to(package).as_posix()} {len(text)}\n".encode())
                sources.update(text)
    return sources.hexdigest()


def user_cache() -> Path | None:
    """Return the folder for what can be made again, None where there is no home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "equipoise"


def kept_in() -> Path:
    """Return a folder for compiled functions that can be written; it may last for this run only."""
    cache = user_cache()
    if cache is not None:
        folder = cache / "compiled" / digest()[:24]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            pass
        else:
            return folder
    folder = Path(tempfile.mkdtemp(prefix="equipoise-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(kept_in())  # type: ignore[attr-defined]

__all__ = ["digest", "njit", "user_cache"]
