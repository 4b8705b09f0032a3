"""Which ensemble it is: all that decides its rows, and nothing that does not."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from equipoise import __version__
from equipoise.errors import InputError
from equipoise.protocol.load import Loaded, digest, shipped
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.program import Program, compile_program
from equipoise.rehearsal.ensemble.rows import asked_of_baseline
from equipoise.rehearsal.model import changed, named, world

FORMAT = 1
SYNTHETIC = "REHEARSAL: virtual participants. No patient took part, and nothing here is evidence."
PEOPLE_OF_A_CHUNK = 100_000
"""About how many participants are simulated, analysed and written at once."""

PEOPLE_WITH_PEAKS = 50_000
"""Of about so many participants of a cell the highest concentrations are found.

They take as long as all the rest, and a share is then known to a quarter of a percent."""

_CODE = ("analysis", "chance.py", "conduct", "infusion", "instruments", "kernels", "protocol",
         "rehearsal", "rules")  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One world of an ensemble: a scenario, and what ``--vary`` changes in it."""

    scenario: str
    changes: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the cell is called."""
        return named(self.scenario, self.changes)


@dataclass(frozen=True)
class Ensemble:
    """Trials 0 to ``trials`` - 1 of ``seed`` in every cell.

    ``given`` is the study's id or folder, ``digests`` those of its lineage, ``code`` that of
    the program. ``chunk`` trials are kept together; ``people`` says whether each participant has a
    row too.
    """

    given: str
    study: str
    digests: Mapping[str, str]
    software: str
    code: str
    cells: tuple[Cell, ...]
    seed: int
    participants: int | None
    chunk: int
    people: bool
    trials: int

    def as_json(self) -> dict[str, Any]:
        """Return what manifest.json says."""
        return {"format": FORMAT, "synthetic": SYNTHETIC, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ensemble:
        """Return the ensemble of a manifest; raise KeyError or TypeError when it is none."""
        values = {name: data[name] for name in cls.__dataclass_fields__}
        cells = tuple(Cell(each["scenario"], dict(each["changes"])) for each in values["cells"])
        return cls(**{**values, "cells": cells})

    def differences(self, other: Ensemble) -> list[str]:
        """Return the names of what makes the rows of ``other`` different ones."""
        free = {"given", "software", "trials"}
        mine, its = asdict(self), asdict(other)
        return [name for name in mine if name not in free and mine[name] != its[name]]

    def trials_with_peaks(self, participants: int) -> int:
        """Return in how many of a cell's trials, from the first, concentrations are found."""
        if self.people:
            return self.trials
        return min(self.trials, math.ceil(PEOPLE_WITH_PEAKS / participants))

    def chunks(self, cell: int) -> list[Chunk]:
        """Return the chunks of a cell, in order."""
        return [
            Chunk(cell, place, first, min(self.chunk, self.trials - first))
            for place, first in enumerate(range(0, self.trials, self.chunk))
        ]


@dataclass(frozen=True)
class Chunk:
    """Trials ``first`` to ``first`` + ``trials`` - 1 of a cell: part ``place`` of it."""

    cell: int
    place: int
    first: int
    trials: int


def ensemble(
    loaded: Loaded, scenarios: Sequence[str], vary: Mapping[str, Sequence[float]], *,
    trials: int, seed: int, participants: int | None = None, people: bool = False,
    chunk: int | None = None,
) -> Ensemble:  # fmt: skip
    """Return the ensemble of a study under each of ``scenarios``, on the grid of ``vary``.

    Raises:
        InputError: for numbers that make no ensemble, an unknown scenario or path, or a value that
            the protocol could not have there.
    """
    if trials < 1:
        raise InputError("--trials", f"{trials} trials make no ensemble", "Give 1 or more.")
    if not 0 <= seed < 2**64:
        raise InputError("seed", f"{seed} is not a whole number of 64 bits", "Use 0 to 2**64 - 1.")
    if chunk is not None and chunk < 1:
        raise InputError("--chunk", f"{chunk} trials cannot be kept together", "Give 1 or more.")
    protocol = usable(loaded)
    grid = [dict(zip(vary, values, strict=True)) for values in itertools.product(*vary.values())]
    cells = tuple(Cell(scenario, changes) for scenario in scenarios for changes in grid)
    if len({(cell.scenario, *cell.changes.items()) for cell in cells}) < len(cells):
        raise InputError("scenarios", "one is asked for twice", "Give each once.")
    sizes = [world(changed(protocol, c.scenario, c.changes), c.scenario, participants).participants
             for c in cells]  # fmt: skip
    return Ensemble(
        given=loaded.study if loaded.study in shipped() else str(loaded.folder.resolve()),
        study=protocol.study,
        digests={part.study: digest(part) for part in protocol.lineage()},
        software=f"equipoise {__version__}", code=code(), cells=cells, seed=seed,
        participants=participants, people=people, trials=trials,
        chunk=chunk or max(1, math.ceil(PEOPLE_OF_A_CHUNK / max(sizes))),
    )  # fmt: skip


def usable(loaded: Loaded) -> Protocol:
    """Return the protocol; raise :class:`InputError` when it has errors."""
    if loaded.protocol is None or loaded.errors:
        raise InputError(
            loaded.study, "its protocol has errors",
            f"See them with: equipoise check {loaded.study}",
        )  # fmt: skip
    return loaded.protocol


def compiled(loaded: Loaded, cell: Cell, participants: int | None) -> Program:
    """Return the program of a cell, with every answer that the planned analyses read."""
    program = compile_program(loaded, cell.scenario, participants, cell.changes)
    if asked_of_baseline(program.protocol) <= set(program.baseline):
        return program
    return compile_program(loaded, cell.scenario, participants, cell.changes, everything=True)


@cache
def code() -> str:
    """Return the SHA-256 of the source of all that decides a row."""
    whole, package = hashlib.sha256(), resources.files("equipoise")
    for path, text in sorted(each for part in _CODE for each in _sources(package / part, part)):
        whole.update(f"{path}\n{len(text)}\n".encode() + text)
    return whole.hexdigest()


def _sources(place: Traversable, path: str) -> list[tuple[str, bytes]]:
    if place.is_dir():
        return [each for inside in place.iterdir()
                for each in _sources(inside, f"{path}/{inside.name}")]  # fmt: skip
    return [(path, place.read_bytes())] if path.endswith(".py") else []


def dumped(data: Mapping[str, Any]) -> bytes:
    """Return JSON text as files have it."""
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode()
