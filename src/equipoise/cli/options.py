"""Arguments and options that several commands share, and how output folders come to be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from equipoise.cli.reader import VARIABLE
from equipoise.errors import InputError

STUDY = typer.Argument(
    help="A shipped study (NCT05718544) or a folder with protocol.yaml and record.json."
)
LEDGER = typer.Argument(help="A ledger file, such as the ledger.sqlite of a rehearsal.")
AS_JSON = typer.Option(False, "--json", help="Print JSON for a program to read.")
LANGUAGE = typer.Option(
    "en", "--language", envvar=VARIABLE, help="Language of the report: en or zh."
)


def check_language(language: str) -> str:
    """Return ``language``; raise :class:`InputError` when there is no such report."""
    if language not in ("en", "zh"):
        raise InputError("--language", f"there is no report in '{language}'", "Use en or zh.")
    return language


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` at the end, or vanishes when anything fails.

    Raises :class:`InputError` when ``out`` exists or its place cannot be written.
    """
    if out.exists():
        raise InputError(
            str(out), "exists already, and nothing is overwritten", "Give another --out."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise InputError(
            str(out), f"cannot be made: {error.strerror}", "Give a folder that you may write to."
        ) from None
    try:
        yield unfinished
        unfinished.chmod(0o755)
        unfinished.rename(out)
    except OSError as error:
        raise InputError(
            str(out), f"cannot be written: {error.strerror}", "Make room, or give another --out."
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
