"""What people feel when somebody looks, once it is known when the pump gave what.

A look changes nothing on the pump, so that all looks are left to the end and taken together.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.kernels.elementary import exp
from equipoise.kernels.modal import CHUNK, ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.ready import C_B1, C_CE50, C_L1, C_R1, C_RELIEF, C_S1
from equipoise.kernels.schedule import KNOWN, LOOK_ROWS, Schedule

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

(A1, A2, A3, A4, DT, FLOWS, LEVEL, E1, E2, E3, E4) = range(11)
_BLOCK = LOOK_ROWS * ROOM


@njit(cache=True, nogil=True, error_model="numpy")
def _decay(c: Floats, w: Floats, n: int) -> None:
    """Find what remains of each exponential after ``DT``."""
    for j in range(4):
        for i in range(n):
            w[(E1 + j) * ROOM + i] = exp(c[(C_L1 + j) * ROOM + i] * w[DT * ROOM + i])


@njit(cache=True, nogil=True, error_model="numpy")
def _relieve(c: Floats, pain: Floats, w: Floats, n: int) -> None:
    """Find the drug at the effect site, and write the pain under it into row ``DT``."""
    for i in range(n):
        ce, still = w[LEVEL * ROOM + i], 0.0
        for j in range(4):
            e = w[(E1 + j) * ROOM + i]
            flow = c[(C_R1 + j) * ROOM + i]
            ce = ce + w[(A1 + j) * ROOM + i] * e
            still = still + ((c[(C_B1 + j) * ROOM + i] + flow) * e - flow)
        ce = ce - w[FLOWS * ROOM + i] * still
        felt = pain[i] - c[C_RELIEF * ROOM + i] * ce / (ce + c[C_CE50 * ROOM + i])
        w[DT * ROOM + i] = min(max(felt, 0.0), PAIN_MAX)


@njit(cache=True, nogil=True, error_model="numpy")
def look(
    s: Schedule, c: Floats, n: int, program: Program, delivered: Counts, given_s: Floats,
    states: Floats, bad: Floats, pain: Floats,
) -> None:  # fmt: skip
    """Write what the looks of a chunk find into ``pain`` (people, looks), NaN where nobody looks.

    ``given_s`` (people, boluses) says when boluses began, ``states`` (people, boluses + 1, 4) the
    terms of the effect site at the start and just after each. ``bad`` becomes 1 where a pain is
    not a number.
    """
    stop_s, flowing_s = np.rint(program.stop_min * 60.0), 60.0 * bolus_min(program)
    w, most = s.look_room, 0
    stopped, steady = np.zeros(4 * ROOM), np.zeros(CHUNK)
    for i in range(n):
        given = min(delivered[i], given_s.shape[1] - 1) if bad[i] == 0.0 else 0
        since = stop_s - (given_s[i, given - 1] if given > 0 else 0.0)
        w[DT * ROOM + i], w[FLOWS * ROOM + i] = (
            since,
            1.0 if given > 0 and since < flowing_s else 0.0,
        )
        for j in range(4):
            stopped[j * ROOM + i] = states[i, given, j]
            steady[i] += c[(C_S1 + j) * ROOM + i]
        most = max(most, s.looks[i])
    _decay(c, w, n)
    for j in range(4):
        for i in range(n):
            e, flow = w[(E1 + j) * ROOM + i], c[(C_R1 + j) * ROOM + i]
            still = w[FLOWS * ROOM + i] * ((c[(C_B1 + j) * ROOM + i] + flow) * e - flow)
            left = stopped[j * ROOM + i] * e - still
            stopped[j * ROOM + i] = left + c[(C_S1 + j) * ROOM + i]
    for i in range(n):
        k, given = 0, min(delivered[i], given_s.shape[1] - 1) if bad[i] == 0.0 else 0
        for m in range(s.looks[i]):
            at = m * _BLOCK + i
            t = s.look_at[m * ROOM + i]
            while k < given and given_s[i, k] < t:
                k += 1
            since = given_s[i, k - 1] if k > 0 else 0.0
            after = t >= stop_s
            for j in range(4):
                w[at + (A1 + j) * ROOM] = stopped[j * ROOM + i] if after else states[i, k, j]
            w[at + LEVEL * ROOM] = 0.0 if after else steady[i]
            w[at + DT * ROOM] = t - (stop_s if after else since)
            flows = (k > 0) & (not after) & (t - since < flowing_s)
            w[at + FLOWS * ROOM] = 1.0 if flows else 0.0
    for m in range(most):
        block = w[m * _BLOCK :]
        _decay(c, block, n)
        _relieve(c, s.look_pain[m * ROOM : m * ROOM + n], block, n)
    pain[:] = math.nan
    for i in range(n):
        for m in range(s.looks[i]):
            felt = w[m * _BLOCK + DT * ROOM + i]
            pain[i, s.look_column[m * ROOM + i] & KNOWN] = felt
            bad[i] = 1.0 if math.isnan(felt) else bad[i]
