"""Generated loops as a module: compiled once for a protocol, kept between processes.

The module lies in the user's cache folder under the digest of all that decides what it computes,
so a changed protocol, kernel or compiler never meets an old one. Where nothing can be written it is
compiled for this process only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numba

from equipoise.kernels import elementary, philox, powers, quantiles
from equipoise.kernels.compiled import user_cache
from equipoise.rehearsal.ensemble import functions, lowering

_HEAD = '''"""Loops over people, generated from a protocol."""
import numpy as np
from equipoise.kernels.compiled import njit
from equipoise.rehearsal.ensemble.functions import draw
from equipoise.rehearsal.ensemble.lowering import loops
'''
_BEHIND = (elementary, philox, powers, quantiles, functions, lowering)


Stretch = tuple[list[tuple[int, int, int, int]], list[str], set[int]]
"""Draws, lines that follow them, and where the rows begin that are read after the run."""


def stretch(name: str, given: Stretch, read: set[int]) -> str:
    """Return the source of a function that does the draws, then the lines for everybody.

    It takes tiles of people: ``trials`` and ``people`` are (tiles, people of a tile), ``rows`` is
    the workspace (tiles, rows * people of a tile). Where a row lies is known to the compiler, which
    so sees that no two overlap. Other functions ``read`` some rows.
    """
    draws, lines, after = given
    kept = sorted(after | read)
    table = f"np.array({draws!r}, np.int64).reshape(-1, 4)"
    body = "\n".join(lines)
    return f'''
{name}_draws = {table}
{name}_lines = loops("""\\
{body}
""", {kept})
@njit(nogil=True, error_model="numpy", cache=CACHE)
def {name}(key_0, key_1, trials, people, rows):
    for tile in range(rows.shape[0]):
        draw(key_0, key_1, trials[tile], people[tile], {name}_draws, rows[tile])
        {name}_lines(rows[tile])
'''


@cache
def module(stretches: str) -> ModuleType:
    """Return the module with these functions, from the cache folder or made anew."""
    behind = [Path(str(each.__file__)).read_bytes() for each in _BEHIND]
    key = hashlib.sha256(b"".join([stretches.encode(), numba.__version__.encode(), *behind]))
    name = f"equipoise_loops_{key.hexdigest()[:24]}"
    cache = user_cache()
    if cache is not None:
        folder = cache / "loops"
        with suppress(OSError):
            return _from_file(folder / f"{name}.py", name, f"{_HEAD}CACHE = True\n{stretches}")
    found = ModuleType(name)
    text = f"{_HEAD}CACHE = False\n{stretches}"
    linecache.cache[f"<{name}>"] = (len(text), None, text.splitlines(keepends=True), f"<{name}>")
    exec(compile(text, f"<{name}>", "exec"), found.__dict__)  # noqa: S102 - our own source
    return found


def _from_file(path: Path, name: str, text: str) -> ModuleType:
    """Import ``path``, written first unless it holds ``text``; raise OSError when that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False
        ) as new:
            new.write(text)
        Path(new.name).replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # the path ends with .py
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found  # the compiler finds its own cache by the module's name
    spec.loader.exec_module(found)
    return found


def functions_of(stages: dict[str, Stretch]) -> dict[str, Callable[..., Any]]:
    """Return the compiled function of each stage."""
    text = ""
    for name, stage in stages.items():
        others = [lines for other, (_, lines, _) in stages.items() if other != name]
        text += stretch(name, stage, set().union(*map(lowering.rows_read, others)))
    found = module(text)
    return {name: getattr(found, name) for name in stages}
