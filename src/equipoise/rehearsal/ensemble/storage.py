"""The folder of an ensemble: a manifest, parts that are whole or not there, and what is kept.

``kept.txt`` names each part with its SHA-256, one line each, written after the part itself. A part
counts as kept only with its line and the digest that the line says, so a part that a crash left
half written, or that was damaged later, is made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble.plan import Chunk, Ensemble, dumped

MANIFEST, KEPT = "manifest.json", "kept.txt"
TRIALS, PEOPLE = "trials", "people"

_WORDS = {
    "digests": "the protocol", "code": "the version of the program", "cells": "the scenarios",
    "participants": "the number of participants", "people": "--people", "chunk": "--chunk",
}  # fmt: skip


class Folder:
    """The folder of one ensemble."""

    def __init__(self, path: Path, ensemble: Ensemble) -> None:
        """Use :func:`begin` or :func:`opened`."""
        self.path = path
        self.ensemble = ensemble

    def part(self, kind: str, chunk: Chunk) -> Path:
        """Return where a part is."""
        return self.path / self._name(kind, chunk)

    @staticmethod
    def _name(kind: str, chunk: Chunk) -> str:
        return f"{kind}/cell-{chunk.cell:03d}/part-{chunk.place:06d}.parquet"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows that are kept."""
        return (TRIALS, PEOPLE) if self.ensemble.people else (TRIALS,)

    def missing(self) -> list[Chunk]:
        """Return the chunks that are still to be made, in order: absent, damaged or too short."""
        kept = self._kept()
        return [
            chunk
            for cell in range(len(self.ensemble.cells))
            for chunk in self.ensemble.chunks(cell)
            if not all(self._whole(kind, chunk, kept) for kind in self.kinds)
        ]

    def _kept(self) -> dict[str, tuple[int, str]]:
        try:
            lines = (self.path / KEPT).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        found = {}
        for line in lines:
            words = line.split(" ")
            if len(words) == 3 and words[1].isdigit():
                found[words[2]] = (int(words[1]), words[0])
        return found

    def _whole(self, kind: str, chunk: Chunk, kept: dict[str, tuple[int, str]]) -> bool:
        trials, sha256 = kept.get(self._name(kind, chunk), (0, ""))
        if trials != chunk.trials:
            return False
        try:
            content = self.part(kind, chunk).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(content).hexdigest() == sha256

    def keep(self, chunk: Chunk, rows: dict[str, pl.DataFrame]) -> None:
        """Write the parts of a chunk, each whole, and then that they are kept."""
        lines = []
        for kind, table in rows.items():
            stream = io.BytesIO()
            table.write_parquet(stream, compression="zstd", statistics=False)
            content = stream.getvalue()
            self.write(self._name(kind, chunk), content)
            sha256 = hashlib.sha256(content).hexdigest()
            lines.append(f"{sha256} {chunk.trials} {self._name(kind, chunk)}\n")
        with self._room(), (self.path / KEPT).open("a", encoding="utf-8") as log:
            log.write("".join(lines))

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the folder, under another name until it is whole."""
        path = self.path / name
        with self._room():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                str(self.path), f"cannot be written: {error.strerror}",
                "Make room, and give the same command: what is done is kept.",
            ) from None  # fmt: skip

    def tables(
        self, kind: str, cell: int, columns: list[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield the parts of a cell in order; raise :class:`InputError` when one cannot be read.

        With ``columns`` only those are read.
        """
        for chunk in self.ensemble.chunks(cell):
            yield self.table(kind, chunk, columns)

    def table(self, kind: str, chunk: Chunk, columns: list[str] | None = None) -> pl.DataFrame:
        """Return one part, or those ``columns``; raise :class:`InputError` if it is not there."""
        path = self.part(kind, chunk)
        try:
            return pl.read_parquet(path.read_bytes(), columns=columns)
        except (OSError, pl.exceptions.PolarsError):
            raise InputError(
                str(path), "is missing or damaged",
                "Give the command of the ensemble again: it makes the part anew.",
            ) from None  # fmt: skip


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all; raise OSError when it cannot be."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def begin(path: Path, ensemble: Ensemble) -> Folder:
    """Return the folder ``path`` for the ensemble, new or to be gone on with.

    Raises:
        InputError: when something else is there, another ensemble is, or nothing can be written.
    """
    if (path / MANIFEST).exists():
        return _same(opened(path), ensemble)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            str(path), "exists already, and is not the folder of an ensemble", "Give another --out."
        )
    folder = Folder(path, ensemble)
    try:
        path.mkdir(parents=True, exist_ok=True)
        write_whole(path / MANIFEST, dumped(ensemble.as_json()))
    except OSError as error:
        raise InputError(
            str(path), f"cannot be made: {error.strerror}", "Give a folder that you may write to."
        ) from None
    return folder


def _same(there: Folder, ensemble: Ensemble) -> Folder:
    different = there.ensemble.differences(ensemble)
    if different:
        what = ", ".join(_WORDS.get(name, f"the {name}") for name in different)
        raise InputError(
            str(there.path),
            f"holds another ensemble: {what} differ{'s' if len(different) == 1 else ''}",
            "Give another --out.",
        )
    if ensemble.trials < there.ensemble.trials:
        raise InputError(
            "--trials",
            f"{there.path} holds an ensemble of {there.ensemble.trials} trials",
            f"Give {there.ensemble.trials} or more, or another --out.",
        )
    folder = Folder(there.path, ensemble)
    if ensemble.trials > there.ensemble.trials:
        folder.write(MANIFEST, dumped(ensemble.as_json()))
    return folder


def opened(path: Path) -> Folder:
    """Return the folder of an ensemble; raise :class:`InputError` when it is none."""
    try:
        data = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        return Folder(path, Ensemble.from_json(data))
    except FileNotFoundError:
        what = "is not the folder of an ensemble: it has no manifest.json"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        what = "has a manifest.json that cannot be read"
    raise InputError(str(path), what, "Give the --out of equipoise rehearse STUDY --trials N.")
