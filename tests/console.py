"""Run the ``console`` blocks of the documentation and compare what they print.

A block is written as a reader would see it::

    $ equipoise --version
    equipoise ...
    $ equipoise verify missing.sqlite
    missing.sqlite: ...
    [2]

Each line after ``$`` is given to bash; ``>`` continues it. When output is shown it must match, and
``...`` stands for any text. ``[2]`` is the exit code where it is not 0, as in cram. Standard output
and standard error are read together.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sybil import Example

from equipoise.kernels.compiled import user_cache

_TIMEOUT_S = 300
_CODE = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Step:
    """One command of a block, what it must print (None: anything) and its exit code."""

    command: str
    output: str | None
    code: int


def read_block(text: str) -> list[Step]:
    """Read a block into its steps; raise ValueError where it does not begin with ``$``."""
    steps: list[tuple[list[str], list[str]]] = []
    for line in text.rstrip().splitlines():
        if line.startswith("$ "):
            steps.append(([line[2:]], []))
        elif not steps:
            message = f"a console block begins with '$ ', not with {line!r}"
            raise ValueError(message)
        elif line.startswith("> ") and not steps[-1][1]:
            steps[-1][0].append(line[2:])
        else:
            steps[-1][1].append(line.rstrip())
    return [_step("\n".join(command), output) for command, output in steps]


def _step(command: str, output: list[str]) -> Step:
    while output and not output[-1]:
        output.pop()
    code = _CODE.fullmatch(output[-1]) if output else None
    if code:
        output.pop()
    return Step(command, "\n".join(output) + "\n" if output else None, int(code[1]) if code else 0)


def run_step(step: Step, folder: Path) -> str | None:
    """Run one step in ``folder``; say what differs from what the page shows, or None."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step.command],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.rstrip().splitlines())
    if done.returncode != step.code:
        return f"$ {step.command}\nended with {done.returncode}, not {step.code}:\n{printed}"
    if step.output is not None and not _matches(step.output, printed):
        return f"$ {step.command}\nprinted\n{printed}and not\n{step.output}"
    return None


def run_console_block(example: Example) -> str | None:
    """Run a block where its page runs, the current folder (a Sybil evaluator)."""
    for step in read_block(str(example.parsed)):
        difference = run_step(step, Path.cwd())
        if difference:
            return difference
    return None


def _matches(shown: str, printed: str) -> bool:
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def _environment(folder: Path) -> dict[str, str]:
    """Give the same terminal, language and home to every reader's commands."""
    return {
        **{name: value for name, value in os.environ.items() if name.startswith("NUMBA_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folder),
        "XDG_CACHE_HOME": str((user_cache() or folder).parent),  # compiled once for all
        "EQUIPOISE_HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
