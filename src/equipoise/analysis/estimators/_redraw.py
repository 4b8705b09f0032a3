"""Sums over the treated of a reference set: all that are possible, or many that are drawn.

A *column* is one score a participant; sums over the treated are taken of all columns at once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators.reference_set import Chain, Urns
from equipoise.errors import InputError
from equipoise.kernels import rerandomize

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENUMERATE = 2**18
"""Up to so many arrangements all of them are taken."""

_TABLE = 4096  # entries of one table: 32 kB, so that a dozen stay near the processor
_CHUNK = 2**16  # draws that a thread takes at a time
_WORD = 2**32


@dataclass(frozen=True, slots=True)
class Draws:
    """How many arrangements are drawn, and the seed (0 to 2**64 - 1) that repeats them."""

    seed: int
    number: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse a seed or number that does not fit its words."""
        if not 0 <= self.seed < 2**64:
            raise InputError("draws: seed", f"{self.seed} is out of range", "Give 0 to 2**64 - 1.")
        if not 1 <= self.number < 2**32:
            raise InputError("draws", f"{self.number} is out of range", "Give a million.")


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What sums over the treated of one trial might have been."""

    reference: Urns | Chain
    draws: Draws
    trial: int

    @property
    def listed(self) -> bool:
        """Whether all arrangements are taken."""
        return arrangements(self.reference) <= ENUMERATE

    def of(self, *columns: Floats) -> tuple[Floats, Floats | None]:
        """Return the sums ``(columns, arrangements)``, and chances unless they were drawn."""
        together = np.stack(columns)
        if self.listed:
            return every(self.reference, together)
        return redraw(self.reference, together, self.draws, self.trial), None


def arrangements(reference: Urns | Chain) -> float:
    """Return how many arrangements there are, or a bound on it; infinite above 1e300."""
    if isinstance(reference, Chain):
        exponent = reference.order.size * math.log10(max(reference.moves.shape[1], 1))
    else:
        exponent = sum(map(_log_patterns, reference.places, reference.treated))
    return float(10.0**exponent) if exponent < 300 else math.inf


def every(reference: Urns | Chain, columns: Floats) -> tuple[Floats, Floats]:
    """Return the sums ``(columns, arrangements)`` of every arrangement, and its chance."""
    if isinstance(reference, Urns):
        sums = np.zeros((len(columns), 1))
        for urn in range(reference.places.size):
            sums = _paired(sums, _table(reference, columns, urn))
        return sums, np.full(sums.shape[1], 1.0 / sums.shape[1])
    sums, states, chances = np.zeros((len(columns), 1)), np.zeros(1, dtype=np.int64), np.ones(1)
    for place, participant in enumerate(reference.order):
        if reference.restarts[place]:
            states = np.zeros_like(states)
        options = reference.chances[place % len(reference.chances)][states]
        parts = []
        for choice in range(options.shape[1]):
            taken = options[:, choice] > 0
            gained = columns[:, participant, None] * reference.takes[states[taken], choice]
            parts.append(
                (
                    sums[:, taken] + gained,
                    reference.moves[states[taken], choice],
                    chances[taken] * options[taken, choice],
                )
            )
        sums = np.concatenate([part[0] for part in parts], axis=1)
        states = np.concatenate([part[1] for part in parts])
        chances = np.concatenate([part[2] for part in parts])
    return sums, chances


def redraw(reference: Urns | Chain, columns: Floats, draws: Draws, trial: int = 0) -> Floats:
    """Return the sums ``(columns, draws)`` of arrangements drawn by the design.

    Draw i depends on the seed, ``trial`` and i alone.
    """
    sums = np.zeros((len(columns), draws.number))
    high, low = divmod(draws.seed, _WORD)
    for kernel, arguments in _kernels(reference, columns):

        def work(first: int, kernel: Kernel = kernel, arguments: Arguments = arguments) -> None:
            out = sums[:, first : first + _CHUNK]
            kernel(*arguments, first, trial, low, high, out)

        starts = range(0, draws.number, _CHUNK)
        with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1)) as threads:
            list(threads.map(work, starts))
    return sums


Kernel = Callable[..., None]
Arguments = tuple[NDArray[np.generic], ...]


def _kernels(reference: Urns | Chain, columns: Floats) -> list[tuple[Kernel, Arguments]]:
    """Return the kernels whose sums make up those of the reference set."""
    if isinstance(reference, Chain):
        cuts = np.rint(np.cumsum(reference.chances, axis=-1) * _WORD).astype(np.uint64)
        scores = np.ascontiguousarray(columns[:, reference.order])
        tables = (scores, reference.restarts, cuts, reference.moves, reference.takes)
        return [(rerandomize.chain_sums, tables)]
    small = np.array(
        [
            _log_patterns(places, treated) <= math.log10(_TABLE)
            for places, treated in zip(reference.places, reference.treated, strict=True)
        ],
        dtype=np.bool_,
    )
    kernels: list[tuple[Kernel, Arguments]] = []
    if small.any():
        kernels.append((rerandomize.table_sums, _joined_tables(reference, columns, small)))
    if not small.all():
        large = np.flatnonzero(~small)
        members = [reference.order[slice(*reference.starts[u : u + 2])] for u in large]
        starts = np.cumsum([0, *map(len, members)]).astype(np.int64)
        scores = np.ascontiguousarray(columns[:, np.concatenate(members)])
        drawn = (scores, reference.treated[large], reference.places[large], starts)
        kernels.append((rerandomize.urn_sums, drawn))
    return kernels


def _joined_tables(reference: Urns, columns: Floats, small: Flags) -> Arguments:
    """Return the tables of the small urns, joined while they stay small, end to end."""
    tables: list[Floats] = []
    for urn in np.flatnonzero(small):
        table = _table(reference, columns, int(urn))
        if tables and tables[-1].shape[1] * table.shape[1] <= _TABLE:
            tables[-1] = _paired(tables[-1], table)
        else:
            tables.append(table)
    sizes = np.array([table.shape[1] for table in tables], dtype=np.int64)
    return np.concatenate(tables, axis=1), np.cumsum(sizes) - sizes, sizes


def _table(reference: Urns, columns: Floats, urn: int) -> Floats:
    """Return the sums ``(columns, patterns)`` of every way to fill the urn's places."""
    members = reference.order[slice(*reference.starts[urn : urn + 2])]
    places, treated = int(reference.places[urn]), int(reference.treated[urn])
    scores = np.zeros((len(columns), places))
    scores[:, : members.size] = columns[:, members]
    # All ways to treat k of the places so far, from those that treat k or k - 1 of one place less.
    by_treated = {0: np.zeros((len(columns), 1))}
    for place in range(places):
        more: dict[int, Floats] = {}
        for k in range(max(0, treated - (places - place - 1)), min(treated, place + 1) + 1):
            parts = [by_treated[k]] if k in by_treated else []
            if k - 1 in by_treated:
                parts.append(by_treated[k - 1] + scores[:, place, None])
            more[k] = np.concatenate(parts, axis=1)
        by_treated = more
    return by_treated[treated]


def _paired(one: Floats, other: Floats) -> Floats:
    return np.asarray((one[:, :, None] + other[:, None, :]).reshape(len(one), -1))


def _log_patterns(places: int, treated: int) -> float:
    return float(
        (math.lgamma(places + 1) - math.lgamma(treated + 1) - math.lgamma(places - treated + 1))
        / math.log(10)
        - 1e-9
    )
