"""The numbers of some people while they are simulated: rows by tiles of people."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.rehearsal.ensemble.draws import READ
from equipoise.rehearsal.ensemble.expressions import Column
from equipoise.rehearsal.ensemble.functions import TILE
from equipoise.rehearsal.ensemble.keeping import gather, scatter

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]

_OWN = threading.local()


@dataclass(frozen=True)
class Workspace:
    """Rows of numbers: ``flat`` is (tiles, rows * people of a tile), the last tile filled up."""

    flat: Floats
    trial: Words
    person: Words
    people: int

    @classmethod
    def of(cls, rows: int, trial: Words, person: Words) -> Workspace:
        """Make room for ``rows`` rows of these people, where the thread's last workspace was."""
        tiles = -(-trial.size // TILE)
        flat = _room(tiles * rows * TILE).reshape(tiles, rows * TILE)
        return cls(flat, _tiled(trial), _tiled(person), trial.size)

    def _view(self, column: Column) -> Floats:
        start = place(column)
        return self.flat[:, start : start + TILE]

    def values(self, column: Column) -> Floats:
        """Return a column's values: a row, or the number that all share."""
        if not READ.search(column.source):
            return np.full(self.people, float(column.source))
        return self._view(column).ravel()[: self.people]

    def truths(self, column: Column) -> NDArray[np.bool_]:
        """Return a boolean column's values."""
        if column.source in ("True", "False"):
            return np.full(self.people, column.source == "True")
        return np.asarray(self.values(column) != 0.0)

    def table(self, columns: tuple[Column, ...]) -> Floats:
        """Return the values of several columns: (people, columns)."""
        found = np.empty((self.people, len(columns)))
        gather(self.flat, *_read(columns), found)
        return found

    def fill_table(self, columns: tuple[Column, ...], values: Floats) -> None:
        """Set several rows from (people, columns)."""
        scatter(self.flat, _read(columns)[0], values)

    def fill(self, column: Column, values: NDArray[Any]) -> None:
        """Set a row."""
        self._view(column)[:] = _tiled(np.asarray(values, float))

    def at(self, column: Column, i: int) -> float:
        """Return the value of person ``i``."""
        if not READ.search(column.source):
            return float(column.source)
        return float(self.flat[i // TILE, place(column) + i % TILE])

    def put(self, column: Column, i: int, value: float) -> None:
        """Set the value of person ``i``."""
        self.flat[i // TILE, place(column) + i % TILE] = value


def place(column: Column) -> int:
    """Return where the row that ``column`` reads begins in a tile."""
    found = READ.search(column.source)
    assert found is not None, column
    return int(found[1])


@cache
def _read(columns: tuple[Column, ...]) -> tuple[NDArray[np.int64], Floats]:
    """Return where the rows of ``columns`` begin, and what those with -1 there share."""
    starts, constants = np.full(len(columns), -1), np.zeros(len(columns))
    for k, column in enumerate(columns):
        if READ.search(column.source):
            starts[k] = place(column)
        elif column.kind == "boolean":
            constants[k] = column.source == "True"
        else:
            constants[k] = float(column.source)
    return starts, constants


def _room(size: int) -> Floats:
    """Return memory that the thread keeps: to fetch new pages takes longer than to fill them."""
    if getattr(_OWN, "room", np.empty(0)).size < size:
        _OWN.room = np.empty(size)
    room: Floats = _OWN.room[:size]
    return room


def _tiled(values: NDArray[Any]) -> NDArray[Any]:
    tiles = -(-values.size // TILE)
    filled = np.empty(tiles * TILE, values.dtype)
    filled[: values.size] = values
    filled[values.size :] = values[-1]
    return filled.reshape(tiles, TILE)
