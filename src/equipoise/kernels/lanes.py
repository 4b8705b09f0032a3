"""People on the ordinary course, several at a time: each in a lane of the processor's vectors.

Every lane walks its own person from event to event; all lanes take their steps together, without a
branch, and a lane whose person is done takes the next one. Whatever is not ordinary is left to
:func:`equipoise.kernels.ward.treat`: a bag that runs low, limits, a model with fewer compartments
or with rates that (nearly) coincide, a bolus under way when the pump stops, more than two
unfinished series of presses, and every decision that is closer than rounding could be wrong.

Concentrations at the effect site are sums of four exponentials; the answer to a bolus that takes
time is written as if it had been there when the bolus began, less, while it flows, what is still to
come. Numbers are drawn, and times of candidates found, as the scalar path does, to the bit.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.kernels.elementary import exp, expm1, log
from equipoise.kernels.modal import CHUNK, ROOM, effect_modes
from equipoise.kernels.pain import (
    NOISE_LIMIT_SD,
    PAIN_MAX,
    bound_per_min,
    most_demanding_pain,
    night_cost,
)
from equipoise.kernels.philox import philox4x32, u01
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.quantiles import near_normal_quantile

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]
Indices = NDArray[np.int64]

L = 32
"""How many lanes."""
BATCH = 2048
"""How many people there is room for."""
DELIVERIES = 64
"""With more the rest of the kernel takes over."""
CLOSE = 1e-9
"""Decisions closer than this are left to the scalar path; rounding reaches 1e-12."""
NOISE_WORD, DEMAND_WORD, AGAIN_WORD = (
    np.uint64(0x29690325),
    np.uint64(0xDFFC177F),
    np.uint64(0xB4C9E140),
)
"""The numbers of the purposes, as chance.purpose_number gives them."""

_STEEPEST = 10.0  # fall of the fastest mode within a bolus

# Rows of what is made ready for each person, then of what each lane keeps.
(
    C_START, C_FADE, C_SD, C_LIMIT, C_INV_NOISE, C_EFFECT, C_RELIEF, C_CE50, C_REBOUND,
    C_REBOUND_S, C_TOTAL, C_FADING, C_SLOPE, C_MOST, C_NIGHT, C_FROM, C_TO, C_AGAIN, C_GAP,
    C_STARTED, C_SHIFT_AT, C_SHIFT, C_L1, C_L2, C_L3, C_L4, C_R1, C_R2, C_R3, C_R4,
    C_B1, C_B2, C_B3, C_B4, C_S1, C_S2, C_S3, C_S4, C_NOISE, C_EXPOSURE, C_CANDIDATE, C_WISH,
) = range(42)  # fmt: skip
_CONSTANTS = 42
(
    NOW, A1, A2, A3, A4, P1, P2, P3, P4, STEADY, NOISE, LOOKS, INDEX, EXPOSURE, CANDIDATE, WISH,
    LOOK, SERIES_1, SERIES_1_I, SERIES_2, SERIES_2_I, BOLUS, DELIVERED, DEMANDS, STOP, BAD,
    TIME, DT, IS_LOOK, IS_CANDIDATE, IS_1, IS_2, IS_STOP, FRESH, NEXT_DEMAND, NEXT_WISH, U_AGAIN,
    NEXT_GAP, CE, FELT, LOOKED, DELIVERS, INFUSED, FLOWED,
) = range(42, 86)  # fmt: skip
_ROWS = 86


@njit(cache=True, error_model="numpy")
def _ready(
    body: Floats, model: Floats, ug_per_ml: Floats, first: int, n: int, program: Program,
    trial: Words, person: Words, k0: np.uint64, k1: np.uint64,
    shape: Floats, c: Floats, bad: Floats,
) -> None:  # fmt: skip
    """Make people ``first`` to ``first + n`` ready: fill ``c`` (rows, ROOM) and ``bad``."""
    for i in range(n):
        bad[i] = 0.0
    effect_modes(model, first, n, shape, bad)
    bolus = bolus_min(program)
    for i in range(n):
        row = body[first + i]
        most = most_demanding_pain(row[0], row[2], row[4], row[5], row[11])
        bound = bound_per_min(row[9], row[11], most)
        c[C_START * ROOM + i] = row[0]
        c[C_FADE * ROOM + i] = -1.0 / (60.0 * row[1])
        c[C_SD * ROOM + i] = row[2]
        c[C_LIMIT * ROOM + i] = NOISE_LIMIT_SD * row[2]
        c[C_INV_NOISE * ROOM + i] = -1.0 / (60.0 * row[3])
        c[C_EFFECT * ROOM + i] = row[4]
        c[C_RELIEF * ROOM + i] = row[5]
        c[C_CE50 * ROOM + i] = row[6]
        c[C_REBOUND * ROOM + i] = row[7]
        until_min = program.stop_min + row[8]
        until_s = math.floor(until_min * 60.0) - 1.0  # then the first second not before it
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        until_s = until_s + (1.0 if until_s / 60.0 < until_min else 0.0)
        c[C_REBOUND_S * ROOM + i] = until_s
        c[C_TOTAL * ROOM + i] = bound * row[10]
        c[C_FADING * ROOM + i] = row[10]
        c[C_SLOPE * ROOM + i] = row[11]
        c[C_MOST * ROOM + i] = most
        c[C_NIGHT * ROOM + i] = night_cost(row[12])
        c[C_FROM * ROOM + i] = row[13]
        c[C_TO * ROOM + i] = row[14]
        c[C_AGAIN * ROOM + i] = row[15]
        c[C_GAP * ROOM + i] = row[16]
        c[C_STARTED * ROOM + i] = row[17]
        c[C_SHIFT_AT * ROOM + i] = row[18]
        c[C_SHIFT * ROOM + i] = row[19]
        bad[i] = bad[i] if (row[1] > 0.0) & (row[3] > 0.0) & (row[10] > 0.0) else 1.0
        total = row[0] + row[1] + row[2] + row[3] + row[4] + row[5] + row[6] + row[7] + row[8]
        total = total + row[11] + row[15] + row[16] + row[17] + row[19] + bound * row[10]
        bad[i] = bad[i] if abs(total) < math.inf else 1.0
    stop_s = np.rint(program.stop_min * 60.0)
    for i in range(n):
        who, which = np.uint64(person[first + i]), np.uint64(trial[first + i])
        x0, x1, _, _ = philox4x32(np.uint64(0), NOISE_WORD, who, which, k0, k1)
        noise = near_normal_quantile(u01(x0, x1))
        c[C_NOISE * ROOM + i] = c[C_SD * ROOM + i] * noise
        bad[i] = 1.0 if math.isnan(noise) else bad[i]
    for i in range(n):
        who, which = np.uint64(person[first + i]), np.uint64(trial[first + i])
        x0, x1, x2, x3 = philox4x32(np.uint64(1), DEMAND_WORD, who, which, k0, k1)
        exposure = -log(1.0 - u01(x0, x1))
        c[C_EXPOSURE * ROOM + i] = exposure
        c[C_WISH * ROOM + i] = -log(u01(x2, x3))
        share = exposure / c[C_TOTAL * ROOM + i]
        inside = share < 1.0
        t_min = -c[C_FADING * ROOM + i] * log((1.0 - share) if inside else 1.0)
        second = math.floor(min(t_min * 60.0, 1e15)) + 1.0
        c[C_CANDIDATE * ROOM + i] = second if inside & (second < stop_s) else math.inf
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


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(w: Floats, n: int) -> None:
    """Find every lane's next event, and what it is."""
    for p in range(n):
        t = min(w[CANDIDATE * L + p], w[LOOK * L + p])
        series = min(w[SERIES_1 * L + p], w[SERIES_2 * L + p])
        t = min(t, series, w[STOP * L + p])
        w[TIME * L + p] = t
        w[DT * L + p] = t - w[NOW * L + p]
        lives = t < math.inf
        stops = lives & (t == w[STOP * L + p])
        one = lives & (t == w[SERIES_1 * L + p]) & (not stops)
        two = lives & (t == w[SERIES_2 * L + p]) & (not stops) & (not one)
        wish = lives & (t == w[CANDIDATE * L + p]) & (not stops) & (not one) & (not two)
        look = lives & (not stops) & (not one) & (not two) & (not wish)
        w[IS_STOP * L + p] = 1.0 if stops else 0.0
        w[IS_1 * L + p] = 1.0 if one else 0.0
        w[IS_2 * L + p] = 1.0 if two else 0.0
        w[IS_CANDIDATE * L + p] = 1.0 if wish else 0.0
        w[IS_LOOK * L + p] = 1.0 if look else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_noise(w: Floats, ids: NDArray[np.uint64], k0: np.uint64, k1: np.uint64, n: int) -> None:
    """Draw the noise of the next look."""
    for p in range(n):
        looks = w[LOOKS * L + p]
        x0, x1, _, _ = philox4x32(
            np.uint64(np.int64(looks + 1.0)), NOISE_WORD, ids[p], ids[L + p], k0, k1
        )
        w[FRESH * L + p] = near_normal_quantile(u01(x0, x1))


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_wish(w: Floats, ids: NDArray[np.uint64], k0: np.uint64, k1: np.uint64, n: int) -> None:
    """Draw the wait for the next candidate, and how strong the wish will be there."""
    for p in range(n):
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(w[INDEX * L + p] + 1.0)), DEMAND_WORD, ids[p], ids[L + p], k0, k1
        )
        w[NEXT_DEMAND * L + p] = -log(1.0 - u01(x0, x1))
        w[NEXT_WISH * L + p] = -log(u01(x2, x3))


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_again(w: Floats, ids: NDArray[np.uint64], k0: np.uint64, k1: np.uint64, n: int) -> None:
    """Draw whether a press is followed by another, and when."""
    for p in range(n):
        index = w[INDEX * L + p] * 100.0
        index = w[SERIES_1_I * L + p] if w[IS_1 * L + p] != 0.0 else index
        index = w[SERIES_2_I * L + p] if w[IS_2 * L + p] != 0.0 else index
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(index)), AGAIN_WORD, ids[p], ids[L + p], k0, k1
        )
        w[U_AGAIN * L + p] = u01(x0, x1)
        w[NEXT_GAP * L + p] = w[C_GAP * L + p] * -log(1.0 - u01(x2, x3))


@njit(cache=True, nogil=True, error_model="numpy")
def _look(w: Floats, n: int) -> None:
    """Move the noise on, if somebody looks: once in a second, and not for a press alone."""
    for p in range(n):
        looking = (w[IS_CANDIDATE * L + p] + w[IS_LOOK * L + p]) != 0.0
        since = w[TIME * L + p] - w[LOOKED * L + p]
        moved = looking & (since > 0.0)
        kept = exp(since * w[C_INV_NOISE * L + p])
        noise = w[NOISE * L + p]
        sd = w[C_SD * L + p]
        fresh = kept * noise + sd * math.sqrt(1.0 - kept * kept) * w[FRESH * L + p]
        w[NOISE * L + p] = fresh if moved else noise
        w[LOOKS * L + p] = w[LOOKS * L + p] + (1.0 if moved else 0.0)
        w[LOOKED * L + p] = w[TIME * L + p] if moved else w[LOOKED * L + p]


@njit(cache=True, nogil=True, error_model="numpy")
def _dose(w: Floats, bolus_s: float, n: int) -> None:
    """Move the relieving drug on, and find it at the effect site."""
    for p in range(n):
        dt = w[DT * L + p]
        e1 = exp(w[C_L1 * L + p] * dt)
        a1 = w[A1 * L + p] * e1
        p1 = w[P1 * L + p] * e1
        w[A1 * L + p] = a1
        w[P1 * L + p] = p1
        e2 = exp(w[C_L2 * L + p] * dt)
        a2 = w[A2 * L + p] * e2
        p2 = w[P2 * L + p] * e2
        w[A2 * L + p] = a2
        w[P2 * L + p] = p2
        e3 = exp(w[C_L3 * L + p] * dt)
        a3 = w[A3 * L + p] * e3
        p3 = w[P3 * L + p] * e3
        w[A3 * L + p] = a3
        w[P3 * L + p] = p3
        e4 = exp(w[C_L4 * L + p] * dt)
        a4 = w[A4 * L + p] * e4
        p4 = w[P4 * L + p] * e4
        w[A4 * L + p] = a4
        w[P4 * L + p] = p4
        still = (w[C_B1 * L + p] + w[C_R1 * L + p]) * p1 - w[C_R1 * L + p]
        still = still + ((w[C_B2 * L + p] + w[C_R2 * L + p]) * p2 - w[C_R2 * L + p])
        still = still + ((w[C_B3 * L + p] + w[C_R3 * L + p]) * p3 - w[C_R3 * L + p])
        still = still + ((w[C_B4 * L + p] + w[C_R4 * L + p]) * p4 - w[C_R4 * L + p])
        flowing = w[TIME * L + p] < w[BOLUS * L + p] + bolus_s
        ce = (a1 + a2) + (a3 + a4) + w[STEADY * L + p]
        w[CE * L + p] = ce - (still if flowing else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _feel(w: Floats, n: int) -> None:
    """Find the pain."""
    for p in range(n):
        t = w[TIME * L + p]
        limit = w[C_LIMIT * L + p]
        ce = w[CE * L + p]
        felt = w[C_START * L + p] * exp(t * w[C_FADE * L + p]) + w[C_EFFECT * L + p]
        felt = felt + min(max(w[NOISE * L + p], -limit), limit)
        felt = felt - w[C_RELIEF * L + p] * ce / (ce + w[C_CE50 * L + p])
        stopped = w[STOP * L + p] == math.inf
        rebounds = stopped & (t < w[C_REBOUND_S * L + p])
        felt = felt + (w[C_REBOUND * L + p] if rebounds else 0.0)
        w[FELT * L + p] = min(max(felt, 0.0), PAIN_MAX)


@njit(cache=True, nogil=True, error_model="numpy")
def _decide(w: Floats, stop_s: float, lock_s: float, n: int) -> None:
    """Decide whether the person presses and the pump delivers; plan what follows."""
    for p in range(n):
        t = w[TIME * L + p]
        local = t + w[C_STARTED * L + p]
        local = local + (w[C_SHIFT * L + p] if t >= w[C_SHIFT_AT * L + p] else 0.0)
        local = local - 86400.0 * math.floor(local * (1.0 / 86400.0) + 1e-9)
        begin, end = w[C_FROM * L + p], w[C_TO * L + p]
        after, before = local >= begin, local < end
        asleep = (after & before) if begin <= end else (after | before)
        against = w[C_SLOPE * L + p] * (w[C_MOST * L + p] - w[FELT * L + p])
        below = against < -CLOSE
        against = against + (w[C_NIGHT * L + p] if asleep else 0.0)
        margin = w[WISH * L + p] - against
        wish = w[IS_CANDIDATE * L + p] != 0.0
        kept = wish & (margin > 0.0)
        close = wish & ((abs(margin) < CLOSE) | below | math.isnan(margin))
        one, two = w[IS_1 * L + p] != 0.0, w[IS_2 * L + p] != 0.0
        press = kept | one | two
        free = t - w[BOLUS * L + p] >= lock_s
        deliver = press & free
        w[DELIVERED * L + p] = w[DELIVERED * L + p] + (1.0 if deliver else 0.0)
        w[DEMANDS * L + p] = w[DEMANDS * L + p] + (1.0 if press else 0.0)
        w[DELIVERS * L + p] = 1.0 if deliver else 0.0
        # The next press of the series.
        index = w[INDEX * L + p] * 100.0
        index = w[SERIES_1_I * L + p] if one else index
        index = w[SERIES_2_I * L + p] if two else index
        again = press & (w[U_AGAIN * L + p] < w[C_AGAIN * L + p])
        gap = max(w[NEXT_GAP * L + p], 1.0 / 60.0)
        later = math.floor((t / 60.0 + gap) * 60.0) + 1.0
        later = later if again & (later < stop_s) else math.inf
        # A kept candidate takes a free series; with both in use the person is left.
        series_1, series_2 = w[SERIES_1 * L + p], w[SERIES_2 * L + p]
        goes = kept & (later < math.inf)
        full = goes & (series_1 < math.inf) & (series_2 < math.inf)
        to_1 = one | (goes & (series_1 == math.inf))
        to_2 = two | (goes & (series_1 < math.inf))
        w[SERIES_1 * L + p] = later if to_1 else series_1
        w[SERIES_2 * L + p] = later if to_2 else series_2
        w[SERIES_1_I * L + p] = index + 1.0 if to_1 else w[SERIES_1_I * L + p]
        w[SERIES_2_I * L + p] = index + 1.0 if to_2 else w[SERIES_2_I * L + p]
        long = press & (index - 100.0 * math.floor(index * 0.01 + 1e-9) >= 98.0)
        w[BAD * L + p] = 1.0 if close | full | long else w[BAD * L + p]
        # The next candidate.
        exposure = w[EXPOSURE * L + p] + w[NEXT_DEMAND * L + p]
        share = exposure / w[C_TOTAL * L + p]
        inside = share < 1.0
        t_min = -w[C_FADING * L + p] * log((1.0 - share) if inside else 1.0)
        second = math.floor(min(t_min * 60.0, 1e15)) + 1.0
        second = second if inside & (second < stop_s) else math.inf
        w[EXPOSURE * L + p] = exposure if wish else w[EXPOSURE * L + p]
        w[CANDIDATE * L + p] = second if wish else w[CANDIDATE * L + p]
        w[WISH * L + p] = w[NEXT_WISH * L + p] if wish else w[WISH * L + p]
        w[INDEX * L + p] = w[INDEX * L + p] + (1.0 if wish else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _move(w: Floats, bolus: float, background: float, bolus_rate: float, n: int) -> None:
    """Count what flows, in the sums of the pump's own counter."""
    for p in range(n):
        deliver = w[DELIVERS * L + p] != 0.0
        stops = w[IS_STOP * L + p] != 0.0
        t_min = w[TIME * L + p] / 60.0
        flowed, infused = w[FLOWED * L + p], w[INFUSED * L + p]
        before = infused + background * (t_min - flowed) / 60.0
        end = t_min + bolus
        during = before + (background + bolus_rate) * (end - t_min) / 60.0
        overlaps = (deliver & (t_min <= flowed)) | (stops & (flowed > t_min))
        w[INFUSED * L + p] = during if deliver else (before if stops else infused)
        w[FLOWED * L + p] = end if deliver else flowed
        w[BAD * L + p] = 1.0 if overlaps else w[BAD * L + p]


@njit(cache=True, nogil=True, error_model="numpy")
def _take_in(w: Floats, n: int) -> None:
    """Take in what was delivered, or that the background has stopped."""
    for p in range(n):
        deliver = w[DELIVERS * L + p] != 0.0
        stops = w[IS_STOP * L + p] != 0.0
        w[NOW * L + p] = w[TIME * L + p]
        w[BOLUS * L + p] = w[TIME * L + p] if deliver else w[BOLUS * L + p]
        a1 = w[A1 * L + p] + (w[C_B1 * L + p] if deliver else 0.0)
        w[A1 * L + p] = a1 + (w[C_S1 * L + p] if stops else 0.0)
        w[P1 * L + p] = 1.0 if deliver else w[P1 * L + p]
        a2 = w[A2 * L + p] + (w[C_B2 * L + p] if deliver else 0.0)
        w[A2 * L + p] = a2 + (w[C_S2 * L + p] if stops else 0.0)
        w[P2 * L + p] = 1.0 if deliver else w[P2 * L + p]
        a3 = w[A3 * L + p] + (w[C_B3 * L + p] if deliver else 0.0)
        w[A3 * L + p] = a3 + (w[C_S3 * L + p] if stops else 0.0)
        w[P3 * L + p] = 1.0 if deliver else w[P3 * L + p]
        a4 = w[A4 * L + p] + (w[C_B4 * L + p] if deliver else 0.0)
        w[A4 * L + p] = a4 + (w[C_S4 * L + p] if stops else 0.0)
        w[P4 * L + p] = 1.0 if deliver else w[P4 * L + p]
        w[STEADY * L + p] = 0.0 if stops else w[STEADY * L + p]
        w[STOP * L + p] = math.inf if stops else w[STOP * L + p]


@njit(cache=True, nogil=True, error_model="numpy")
def _step(w: Floats, ids: NDArray[np.uint64], k0: np.uint64, k1: np.uint64,
          program: Program, n: int) -> None:  # fmt: skip
    """Move every lane to its next event, and through it."""
    stop_s = np.rint(program.stop_min * 60.0)
    lock_s = math.ceil(60.0 * program.lockout_min - 1e-6)
    bolus, background = bolus_min(program), program.background_ml_h
    _choose(w, n)
    _draw_noise(w, ids, k0, k1, n)
    _draw_wish(w, ids, k0, k1, n)
    _draw_again(w, ids, k0, k1, n)
    _look(w, n)
    _dose(w, bolus * 60.0, n)
    _feel(w, n)
    _decide(w, stop_s, lock_s, n)
    _take_in(w, n)
    _move(w, bolus, background, program.bolus_rate_ml_h, n)


@njit(cache=True, error_model="numpy")
def _take(
    w: Floats, ids: NDArray[np.uint64], p: int, c: Floats, i: int, who: int, which: int,
    look_s: float, stop_s: float,
) -> None:  # fmt: skip
    """Put person ``i`` of the chunk into lane ``p``."""
    for row in range(_CONSTANTS):
        w[row * L + p] = c[row * ROOM + i]
    ids[p], ids[L + p] = np.uint64(who), np.uint64(which)
    steady = 0.0
    for j in range(4):
        part = c[(C_S1 + j) * ROOM + i]
        w[(A1 + j) * L + p] = -part
        w[(P1 + j) * L + p] = 0.0
        steady += part
    for row in (NOW, LOOKS, INDEX, LOOKED, DELIVERED, DEMANDS, BAD, INFUSED, FLOWED, SERIES_1_I,
                SERIES_2_I):  # fmt: skip
        w[row * L + p] = 0.0
    for row in (SERIES_1, SERIES_2):
        w[row * L + p] = math.inf
    w[STEADY * L + p] = steady
    w[NOISE * L + p] = c[C_NOISE * ROOM + i]
    w[INDEX * L + p] = 1.0
    w[EXPOSURE * L + p] = c[C_EXPOSURE * ROOM + i]
    w[CANDIDATE * L + p] = c[C_CANDIDATE * ROOM + i]
    w[WISH * L + p] = c[C_WISH * ROOM + i]
    w[LOOK * L + p] = look_s
    w[BOLUS * L + p] = -math.inf
    w[STOP * L + p] = stop_s


@njit(cache=True, error_model="numpy")
def _in_order(looks_s: Counts, order: Indices, at: Floats) -> None:
    """Write the looks in order of time into ``at``, their columns into ``order``; then infinity."""
    n = 0
    for column in range(looks_s.size):
        second = looks_s[column]
        if second < 0:
            continue
        place = n
        while place > 0 and at[place - 1] > second:
            at[place], order[place] = at[place - 1], order[place - 1]
            place -= 1
        at[place], order[place] = second, column
        n += 1
    at[n] = math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def walk(
    seed_low: int, seed_high: int, trial: Words, person: Words, body: Floats, model: Floats,
    ug_per_ml: Floats, looks_s: Counts, program: Program, pain: Floats, demands: Counts,
    delivered: Counts, denied: Counts, infused_ml: Floats, bags: Counts, given_s: Floats,
    left: Flags,
) -> None:  # fmt: skip
    """Treat the people as ward does, with the relieving drug's ``model`` and ``ug_per_ml``.

    ``given_s`` ``(people, DELIVERIES)`` takes the seconds of delivered boluses. ``left`` becomes 1
    for a person who is not on the ordinary course; nothing that is written for that person counts.
    """
    people, looks = looks_s.shape
    k0, k1 = np.uint64(seed_low), np.uint64(seed_high)
    stop_s = np.rint(program.stop_min * 60.0)
    w, ids = np.zeros(_ROWS * L), np.zeros(2 * L, np.uint64)
    c, shape, bad = np.zeros(_CONSTANTS * ROOM), np.zeros(15 * ROOM), np.zeros(CHUNK)
    at, felt = np.full((L, looks + 1), math.inf), np.zeros((L, looks + 1))
    order = np.zeros((L, looks + 1), np.int64)
    lane, look, gave = np.full(L, -1), np.zeros(L, np.int64), np.zeros(L, np.int64)
    room_ml = program.reservoir_ml - program.reserve_ml - 1e-6
    room_ml -= program.background_ml_h * program.stop_min / 60.0
    left[:] = 1
    for p in range(L):
        for row in (TIME, STOP, LOOK, CANDIDATE, SERIES_1, SERIES_2):
            w[row * L + p] = math.inf
    coming, ready, base, busy = 0, 0, 0, 0
    while True:
        for p in range(L):
            if w[TIME * L + p] < math.inf:
                continue
            i = lane[p]
            if i >= 0:
                demands[i], delivered[i] = (
                    np.int64(w[DEMANDS * L + p]),
                    np.int64(w[DELIVERED * L + p]),
                )
                denied[i, 0], denied[i, 1], denied[i, 2] = demands[i] - delivered[i], 0, 0
                infused_ml[i], bags[i] = w[INFUSED * L + p], 1
                for column in range(looks):
                    pain[i, column] = math.nan
                for k in range(look[p]):
                    pain[i, order[p, k]] = felt[p, k]
                fits = delivered[i] < DELIVERIES and delivered[i] * program.bolus_ml <= room_ml
                left[i] = 0 if fits and w[BAD * L + p] == 0.0 else 1
                lane[p] = -1
                busy -= 1
            while True:
                if coming == ready and ready < people:
                    base = ready
                    ready = min(base + CHUNK, people)
                    _ready(body, model, ug_per_ml, base, ready - base, program, trial, person,
                           k0, k1, shape, c, bad)  # fmt: skip
                if coming == ready or bad[coming - base] == 0.0:
                    break
                coming += 1
            if coming < ready:
                lane[p], look[p], gave[p] = coming, 0, 0
                _in_order(looks_s[coming], order[p], at[p])
                _take(w, ids, p, c, coming - base, person[coming], trial[coming], at[p, 0], stop_s)
                coming += 1
                busy += 1
        if busy == 0:
            break
        done = False
        while not done:
            _step(w, ids, k0, k1, program, L)
            for p in range(L):
                t = w[TIME * L + p]
                felt[p, look[p]] = w[FELT * L + p]
                look[p] += np.int64(w[IS_LOOK * L + p])
                w[LOOK * L + p] = at[p, look[p]]
                if w[DELIVERS * L + p] != 0.0:
                    given_s[lane[p], gave[p]] = t
                    gave[p] = min(gave[p] + 1, DELIVERIES - 1)
                done |= (t == math.inf) & (lane[p] >= 0)
