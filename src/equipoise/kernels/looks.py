"""What people feel when somebody looks, once it is known when the pump gave what.

A look changes nothing on the pump, so that all looks are left to the end and taken together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp
from equipoise.kernels.modal import ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.ready import (
    C_B1,
    C_B2,
    C_B3,
    C_B4,
    C_CE50,
    C_L1,
    C_L2,
    C_L3,
    C_L4,
    C_R1,
    C_R2,
    C_R3,
    C_R4,
    C_RELIEF,
    C_S1,
)
from equipoise.kernels.schedule import KNOWN, LOOK_BLOCK, LOOK_ROWS, Schedule

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

(A1, A2, A3, A4, DT, FLOWS, LEVEL, PAIN, E1, E2, E3, E4) = range(LOOK_ROWS)
_B = LOOK_BLOCK
_ROWS = LOOK_ROWS * _B


@njit(cache=True, nogil=True, error_model="numpy")
def _decay(c: Floats, w: Floats, n: int) -> None:
    """Find what remains of each exponential after ``DT``."""
    for i in range(n):
        w[E1 * _B + i] = exp(c[C_L1 * ROOM + i] * w[DT * _B + i])
    for i in range(n):
        w[E2 * _B + i] = exp(c[C_L2 * ROOM + i] * w[DT * _B + i])
    for i in range(n):
        w[E3 * _B + i] = exp(c[C_L3 * ROOM + i] * w[DT * _B + i])
    for i in range(n):
        w[E4 * _B + i] = exp(c[C_L4 * ROOM + i] * w[DT * _B + i])


@njit(cache=True, nogil=True, error_model="numpy")
def _relieve(c: Floats, w: Floats, n: int) -> None:
    """Find the drug at the effect site, and write the pain under it into row ``DT``."""
    for i in range(n):
        e1, e2, e3, e4 = w[E1 * _B + i], w[E2 * _B + i], w[E3 * _B + i], w[E4 * _B + i]
        r1, r2, r3, r4 = (
            c[C_R1 * ROOM + i], c[C_R2 * ROOM + i], c[C_R3 * ROOM + i], c[C_R4 * ROOM + i],
        )  # fmt: skip
        ce = w[LEVEL * _B + i] + w[A1 * _B + i] * e1 + w[A2 * _B + i] * e2
        ce = ce + w[A3 * _B + i] * e3 + w[A4 * _B + i] * e4
        still = 0.0 + ((c[C_B1 * ROOM + i] + r1) * e1 - r1)
        still = still + ((c[C_B2 * ROOM + i] + r2) * e2 - r2)
        still = still + ((c[C_B3 * ROOM + i] + r3) * e3 - r3)
        still = still + ((c[C_B4 * ROOM + i] + r4) * e4 - r4)
        ce = ce - w[FLOWS * _B + i] * still
        felt = w[PAIN * _B + i] - c[C_RELIEF * ROOM + i] * ce / (ce + c[C_CE50 * ROOM + i])
        w[DT * _B + i] = min(max(felt, 0.0), PAIN_MAX)


@njit(cache=True, nogil=True, error_model="numpy")
def _stop(c: Floats, w: Floats, n: int, stopped: Floats, steady: Floats) -> None:
    """Find the terms of the effect site at the stop, and the level on which they are before it."""
    _decay(c, w, n)
    for i in range(n):
        steady[i] = 0.0
    for j in range(4):
        for i in range(n):
            e, flow, level = (
                w[(E1 + j) * _B + i], c[(C_R1 + j) * ROOM + i], c[(C_S1 + j) * ROOM + i],
            )  # fmt: skip
            still = w[FLOWS * _B + i] * ((c[(C_B1 + j) * ROOM + i] + flow) * e - flow)
            stopped[j * _B + i] = w[(A1 + j) * _B + i] * e - still + level
            steady[i] = steady[i] + level


@njit(cache=True, nogil=True, error_model="numpy")
def _boluses_before(look_at: Floats, begun: Floats, boluses: int, count: Floats) -> None:
    """Count the boluses before a look of each.

    Row ``k`` of ``begun`` is of the k-th bolus, infinity where there is none. All are compared: a
    search would stop after a number of them that the processor cannot foretell.
    """
    for p in range(_B):
        count[p] = 0.0
    for k in range(1, boluses, 2):
        row = k * _B & KNOWN
        for p in range(_B):
            t = look_at[p]
            one = 1.0 if begun[row + p] < t else 0.0
            count[p] = count[p] + one + (1.0 if begun[row + _B + p] < t else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def look(
    s: Schedule, c: Floats, n: int, program: Program, delivered: Counts, given_s: Floats,
    states: Floats, bad: Floats, pain: Floats,
) -> None:  # fmt: skip
    """Write what the looks of a chunk find into ``pain`` (people, looks), NaN where nobody looks.

    A few people are taken at a time, so that what is found for them stays near.
    ``given_s`` (people, boluses) says when boluses began, ``states`` (people, boluses + 1, 4) the
    terms of the effect site at the start and just after each. ``bad`` becomes 1 where a pain is
    not a number.
    """
    stop_s, flowing_s = np.rint(program.stop_min * 60.0), 60.0 * bolus_min(program)
    w, at_most = s.look_block, given_s.shape[1] - 1
    stopped, steady = np.zeros(4 * _B), np.zeros(_B)
    begun = np.zeros((at_most + 8) * _B)
    pain[:] = math.nan
    for first in range(0, n, _B):
        people, most, farthest = min(_B, n - first), 0, 0
        for i in range(first, first + people):
            given = min(delivered[i], at_most) if bad[i] == 0.0 else 0
            farthest, most = max(farthest, given), max(most, s.looks[i])
        begun[_B : (farthest + 5) * _B] = math.inf
        for p in range(people):
            i = first + p
            given = min(delivered[i], at_most) if bad[i] == 0.0 else 0
            for k in range(given):
                begun[(k + 1) * _B + p] = given_s[i, k]
            since = stop_s - (given_s[i, given - 1] if given > 0 else 0.0)
            w[DT * _B + p] = since
            w[FLOWS * _B + p] = 1.0 if (given > 0) & (since < flowing_s) else 0.0
            for j in range(4):
                w[(A1 + j) * _B + p] = states[i, given, j]
        _stop(c[first:], w, people, stopped, steady)
        for m in range(most):
            place = (m * ROOM + first) & KNOWN
            _boluses_before(s.look_at[place:], begun, farthest + 1, w[m * _ROWS + FLOWS * _B :])
        for p in range(people):
            i = first + p
            for m in range(s.looks[i]):
                t, at = s.look_at[m * ROOM + i], m * _ROWS + p
                last = np.int64(w[FLOWS * _B + at]) & KNOWN
                after, since = t >= stop_s, begun[last * _B + p]
                for j in range(4):
                    w[(A1 + j) * _B + at] = stopped[j * _B + p] if after else states[i, last, j]
                w[LEVEL * _B + at] = 0.0 if after else steady[p]
                w[DT * _B + at] = t - (stop_s if after else since)
                flows = (last > 0) & (not after) & (t - since < flowing_s)
                w[FLOWS * _B + at] = 1.0 if flows else 0.0
                w[PAIN * _B + at] = s.look_pain[m * ROOM + i]
        for m in range(most):
            block = w[m * _ROWS :]
            _decay(c[first:], block, people)
            _relieve(c[first:], block, people)
        for p in range(people):
            i = first + p
            for m in range(s.looks[i]):
                felt = w[m * _ROWS + DT * _B + p]
                pain[i, s.look_column[m * ROOM + i] & KNOWN] = felt
                bad[i] = 1.0 if math.isnan(felt) else bad[i]
