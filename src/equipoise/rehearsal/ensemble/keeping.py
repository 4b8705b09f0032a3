"""Small loops around the generated ones: chances of a whole trial, slots, and what is kept."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.philox import uniform
from equipoise.kernels.quantiles import exponential_quantile
from equipoise.rehearsal.ensemble.functions import TILE

COUNTER = Decimal("0.01")  # what the pump's counter shows

Answers = NDArray[np.float32]
Booleans = NDArray[np.bool_]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def shown(volumes_ml: Floats) -> Floats:
    """Return volumes as the pump's counter shows them: two decimals, half to even of the digits."""
    scaled = volumes_ml * 100.0
    found = np.rint(scaled) / 100.0
    for i in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6):
        found[i] = float(Decimal(str(float(volumes_ml[i]))).quantize(COUNTER))
    return np.asarray(found)


@njit(cache=True, nogil=True, error_model="numpy")
def uniforms(
    key_0: int, key_1: int, first: int, participant: int, purpose: int, found: Floats
) -> None:
    """Draw numbers 1, 2, ... of a purpose in each trial."""
    for trial in range(found.shape[0]):
        for i in range(found.shape[1]):
            found[trial, i] = uniform(key_0, key_1, first + trial, participant, purpose, i + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def exponentials(values: Floats) -> None:
    """Turn uniform numbers into exponential ones."""
    for trial in range(values.shape[0]):
        for i in range(values.shape[1]):
            values[trial, i] = exponential_quantile(values[trial, i])


@njit(cache=True, nogil=True)
def leave_out(drawn: Floats, leave: int, stays: Booleans) -> None:
    """Let the ``leave`` people with the least numbers of each trial go."""
    for trial in range(drawn.shape[0]):
        for _ in range(min(leave, drawn.shape[1])):
            least = -1
            for i in range(drawn.shape[1]):
                if stays[trial, i] and (least < 0 or drawn[trial, i] < drawn[trial, least]):
                    least = i
            stays[trial, least] = False


@njit(cache=True, nogil=True)
def gather(flat: Floats, starts: Counts, constants: Floats, found: Floats) -> None:
    """Read rows of a workspace into columns; a row that begins below 0 is a constant."""
    people = found.shape[0]
    for tile in range(flat.shape[0]):
        first = tile * TILE
        some = min(TILE, people - first)
        for k in range(starts.size):
            if starts[k] < 0:
                for i in range(some):
                    found[first + i, k] = constants[k]
            else:
                row = flat[tile, starts[k] : starts[k] + TILE]
                for i in range(some):
                    found[first + i, k] = row[i]


@njit(cache=True, nogil=True)
def scatter(flat: Floats, starts: Counts, values: Floats) -> None:
    """Write columns into rows of a workspace, whose last tile is filled up with the last person."""
    last = values.shape[0] - 1
    for tile in range(flat.shape[0]):
        first = tile * TILE
        for k in range(starts.size):
            row = flat[tile, starts[k] : starts[k] + TILE]
            for i in range(TILE):
                row[i] = values[min(first + i, last), k]


@njit(cache=True)  # over sooner than the interpreter's lock changes hands
def keep_answers(flat: Floats, start: int, treated: Booleans, found: Answers) -> None:
    """Write a row of a workspace, of the treated."""
    for tile in range(flat.shape[0]):
        first = tile * TILE
        row, out, kept = flat[tile, start:], found[first:], treated[first:]
        for i in range(min(TILE, out.size)):
            out[i] = row[i] if kept[i] else np.nan


@njit(cache=True)  # over sooner than the interpreter's lock changes hands
def keep_truths(flat: Floats, start: int, treated: Booleans, found: Booleans) -> None:
    """Write whether something holds, of the treated."""
    for tile in range(flat.shape[0]):
        first = tile * TILE
        row, out, kept = flat[tile, start:], found[first:], treated[first:]
        for i in range(min(TILE, out.size)):
            out[i] = kept[i] & (row[i] != 0.0)


@njit(cache=True, nogil=True)
def take(lists: NDArray[np.int8], stratum: NDArray[np.int16], arm: NDArray[np.int8]) -> int:
    """Give everybody the next slot of the stratum; return a trial whose list is used up, or -1."""
    for trial in range(stratum.shape[0]):
        taken = np.zeros(lists.shape[1], np.int64)
        for i in range(stratum.shape[1]):
            where = stratum[trial, i]
            if taken[where] >= lists.shape[2]:
                return trial
            arm[trial, i] = lists[trial, where, taken[where]]
            taken[where] += 1
    return -1
