"""What the lanes need to know of each person, made ready for many people at once.

:func:`make_ready` fills rows ``C_`` of an array ``(rows, ROOM)``, a column a person. Times are in
seconds since the start, rates in 1/s.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import expm1
from equipoise.kernels.modal import ROOM, effect_modes
from equipoise.kernels.pain import bound_per_min, most_demanding_pain, most_noise, night_cost
from equipoise.kernels.philox import philox4x32, u01
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.quantiles import near_normal_quantile

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]

NOISE_WORD, DEMAND_WORD, AGAIN_WORD = (
    np.uint64(0x29690325),
    np.uint64(0xDFFC177F),
    np.uint64(0xB4C9E140),
)
"""The numbers of the purposes, as chance.purpose_number gives them."""

_STEEPEST = 10.0  # fall of the fastest mode within a bolus

(
    C_TOTAL, C_FADING, C_START, C_FADE, C_TOP, C_SLOPE, C_MOST, C_NIGHT, C_FROM, C_TO, C_STARTED,
    C_SHIFT_AT, C_SHIFT, C_SD, C_INV_NOISE, C_EFFECT, C_REBOUND, C_REBOUND_S, C_AGAIN, C_GAP,
    C_LIMIT, C_RELIEF, C_CE50, C_L1, C_L2, C_L3, C_L4, C_R1, C_R2, C_R3, C_R4,
    C_B1, C_B2, C_B3, C_B4, C_S1, C_S2, C_S3, C_S4, C_NOISE,
) = range(40)  # fmt: skip
CONSTANTS = 40
"""How many rows there are."""


@njit(cache=True, error_model="numpy")
def make_ready(
    body: Floats, model: Floats, ug_per_ml: Floats, first: int, n: int, program: Program,
    trial: Words, person: Words, k0: np.uint64, k1: np.uint64,
    shape: Floats, c: Floats, bad: Floats,
) -> None:  # fmt: skip
    """Make people ``first`` to ``first + n`` ready; ``bad`` is 1 for those who are not ordinary.

    ``shape`` ``(15, ROOM)`` is scratch.
    """
    for i in range(n):
        bad[i] = 0.0
    effect_modes(model, first, n, shape, bad)
    for i in range(n):
        row = body[first + i]
        slope = row[11]
        most = most_demanding_pain(row[0], row[2], row[4], row[5], slope)
        limit = most_noise(row[2], slope)
        bound = bound_per_min(row[9], slope, most)
        until_min = program.stop_min + row[8]
        until_s = math.floor(until_min * 60.0) - 1.0  # then the first second not before it
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        c[C_TOTAL * ROOM + i] = bound * row[10]
        c[C_FADING * ROOM + i] = row[10]
        c[C_START * ROOM + i] = row[0]
        c[C_FADE * ROOM + i] = -1.0 / (60.0 * row[1])
        c[C_TOP * ROOM + i] = limit + row[4] - min(row[5], 0.0)
        c[C_SLOPE * ROOM + i] = slope
        c[C_MOST * ROOM + i] = most
        c[C_NIGHT * ROOM + i] = night_cost(row[12])
        c[C_FROM * ROOM + i] = row[13]
        c[C_TO * ROOM + i] = row[14]
        c[C_STARTED * ROOM + i] = row[17]
        c[C_SHIFT_AT * ROOM + i] = row[18]
        c[C_SHIFT * ROOM + i] = row[19]
        c[C_SD * ROOM + i] = row[2]
        c[C_INV_NOISE * ROOM + i] = -1.0 / (60.0 * row[3])
        c[C_EFFECT * ROOM + i] = row[4]
        c[C_REBOUND * ROOM + i] = row[7]
        c[C_REBOUND_S * ROOM + i] = until_s
        c[C_AGAIN * ROOM + i] = row[15]
        c[C_GAP * ROOM + i] = row[16]
        c[C_LIMIT * ROOM + i] = limit
        c[C_RELIEF * ROOM + i] = row[5]
        c[C_CE50 * ROOM + i] = row[6]
        bad[i] = bad[i] if (row[1] > 0.0) & (row[3] > 0.0) & (row[10] > 0.0) else 1.0
        total = row[0] + row[1] + row[2] + row[3] + row[4] + row[5] + row[6] + row[7] + row[8]
        total = total + slope + row[15] + row[16] + row[17] + row[19] + bound * row[10]
        bad[i] = bad[i] if abs(total) < math.inf else 1.0
    for i in range(n):
        who, which = np.uint64(person[first + i]), np.uint64(trial[first + i])
        x0, x1, _, _ = philox4x32(np.uint64(0), NOISE_WORD, who, which, k0, k1)
        noise = near_normal_quantile(u01(x0, x1))
        c[C_NOISE * ROOM + i] = c[C_SD * ROOM + i] * noise
        bad[i] = 1.0 if math.isnan(noise) else bad[i]
    bolus = bolus_min(program)
    for j in range(4):
        for i in range(n):
            rate, share = shape[j * ROOM + i], shape[(4 + j) * ROOM + i]
            ug = ug_per_ml[first + i] / 60.0
            pulse = program.bolus_rate_ml_h * ug * share
            c[(C_L1 + j) * ROOM + i] = -rate / 60.0
            c[(C_R1 + j) * ROOM + i] = pulse
            c[(C_B1 + j) * ROOM + i] = pulse * expm1(rate * bolus)
            c[(C_S1 + j) * ROOM + i] = program.background_ml_h * ug * share
            bad[i] = bad[i] if rate * bolus < _STEEPEST else 1.0
