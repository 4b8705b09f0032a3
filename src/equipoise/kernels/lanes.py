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

from equipoise.kernels.elementary import exp
from equipoise.kernels.modal import CHUNK, ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.ready import C_LIMIT, C_MOST, C_NOISE, C_S1, C_SLOPE, CONSTANTS
from equipoise.kernels.ready import make_ready as _ready
from equipoise.kernels.schedule import (
    CLOSE,
    Schedule,
    arrange,
    candidates,
    draw_noise,
    draw_presses,
    longest_first,
)

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]
Places = NDArray[np.uint64]

L = 32
"""How many lanes."""
BATCH = 2048
"""How many people there is room for."""
DELIVERIES = 64
"""With more the rest of the kernel takes over."""

# Rows of what each lane keeps: constants as in ready, from LIMIT on, then the state.
(
    LIMIT, RELIEF, CE50, L1, L2, L3, L4, R1, R2, R3, R4, B1, B2, B3, B4, S1, S2, S3, S4,
) = range(19)  # fmt: skip
_COPIED = 19
(
    SLOPE, MOST, NOW, A1, A2, A3, A4, P1, P2, P3, P4, STEADY, NOISE, AT, MARGIN, KEPT, FRESH, BASE,
    SERIES_1, SERIES_2, BOLUS, DELIVERED, DEMANDS, STOP, BAD, TIME, DT, IS_ITEM, IS_1, IS_2,
    IS_STOP, CE, FELT, KEEPS, DELIVERS, INFUSED, FLOWED,
) = range(19, 56)  # fmt: skip
_ROWS = 56


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(w: Floats, n: int) -> None:
    """Find every lane's next event, and what it is."""
    for p in range(n):
        series = min(w[SERIES_1 * L + p], w[SERIES_2 * L + p])
        t = min(w[AT * L + p], series, w[STOP * L + p])
        w[TIME * L + p] = t
        w[DT * L + p] = t - w[NOW * L + p]
        lives = t < math.inf
        stops = lives & (t == w[STOP * L + p])
        one = lives & (t == w[SERIES_1 * L + p]) & (not stops)
        two = lives & (t == w[SERIES_2 * L + p]) & (not stops) & (not one)
        item = lives & (not stops) & (not one) & (not two)
        w[IS_STOP * L + p] = 1.0 if stops else 0.0
        w[IS_1 * L + p] = 1.0 if one else 0.0
        w[IS_2 * L + p] = 1.0 if two else 0.0
        w[IS_ITEM * L + p] = 1.0 if item else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _dose(w: Floats, bolus_s: float, n: int) -> None:
    """Move the relieving drug on, and find it at the effect site."""
    for p in range(n):
        dt = w[DT * L + p]
        e1 = exp(w[L1 * L + p] * dt)
        a1 = w[A1 * L + p] * e1
        p1 = w[P1 * L + p] * e1
        w[A1 * L + p] = a1
        w[P1 * L + p] = p1
        e2 = exp(w[L2 * L + p] * dt)
        a2 = w[A2 * L + p] * e2
        p2 = w[P2 * L + p] * e2
        w[A2 * L + p] = a2
        w[P2 * L + p] = p2
        e3 = exp(w[L3 * L + p] * dt)
        a3 = w[A3 * L + p] * e3
        p3 = w[P3 * L + p] * e3
        w[A3 * L + p] = a3
        w[P3 * L + p] = p3
        e4 = exp(w[L4 * L + p] * dt)
        a4 = w[A4 * L + p] * e4
        p4 = w[P4 * L + p] * e4
        w[A4 * L + p] = a4
        w[P4 * L + p] = p4
        still = (w[B1 * L + p] + w[R1 * L + p]) * p1 - w[R1 * L + p]
        still = still + ((w[B2 * L + p] + w[R2 * L + p]) * p2 - w[R2 * L + p])
        still = still + ((w[B3 * L + p] + w[R3 * L + p]) * p3 - w[R3 * L + p])
        still = still + ((w[B4 * L + p] + w[R4 * L + p]) * p4 - w[R4 * L + p])
        flowing = w[TIME * L + p] < w[BOLUS * L + p] + bolus_s
        ce = (a1 + a2) + (a3 + a4) + w[STEADY * L + p]
        w[CE * L + p] = ce - (still if flowing else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _decide(w: Floats, lock_s: float, n: int) -> None:
    """Find the pain; decide whether the person presses and the pump delivers."""
    for p in range(n):
        t, ce = w[TIME * L + p], w[CE * L + p]
        item = w[IS_ITEM * L + p] != 0.0
        noise = w[NOISE * L + p]
        noise = w[KEPT * L + p] * noise + w[FRESH * L + p] if item else noise
        w[NOISE * L + p] = noise
        plain = w[BASE * L + p] - w[RELIEF * L + p] * ce / (ce + w[CE50 * L + p])
        felt = plain + noise
        w[FELT * L + p] = min(max(felt, 0.0), PAIN_MAX)
        wished = min(max(plain + min(noise, w[LIMIT * L + p]), 0.0), PAIN_MAX)
        against = w[SLOPE * L + p] * (w[MOST * L + p] - wished)
        margin = w[MARGIN * L + p] - against
        kept = item & (margin > 0.0)
        looks = item & (w[MARGIN * L + p] != -math.inf)
        above = looks & (against < -CLOSE)
        close = (looks & (abs(margin) < CLOSE)) | above | (item & math.isnan(felt))
        press = kept | (w[IS_1 * L + p] != 0.0) | (w[IS_2 * L + p] != 0.0)
        deliver = press & (t - w[BOLUS * L + p] >= lock_s)
        w[KEEPS * L + p] = 1.0 if kept else 0.0
        w[DELIVERED * L + p] = w[DELIVERED * L + p] + (1.0 if deliver else 0.0)
        w[DEMANDS * L + p] = w[DEMANDS * L + p] + (1.0 if press else 0.0)
        w[DELIVERS * L + p] = 1.0 if deliver else 0.0
        w[BAD * L + p] = 1.0 if close else w[BAD * L + p]


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
        a1 = w[A1 * L + p] + (w[B1 * L + p] if deliver else 0.0)
        w[A1 * L + p] = a1 + (w[S1 * L + p] if stops else 0.0)
        w[P1 * L + p] = 1.0 if deliver else w[P1 * L + p]
        a2 = w[A2 * L + p] + (w[B2 * L + p] if deliver else 0.0)
        w[A2 * L + p] = a2 + (w[S2 * L + p] if stops else 0.0)
        w[P2 * L + p] = 1.0 if deliver else w[P2 * L + p]
        a3 = w[A3 * L + p] + (w[B3 * L + p] if deliver else 0.0)
        w[A3 * L + p] = a3 + (w[S3 * L + p] if stops else 0.0)
        w[P3 * L + p] = 1.0 if deliver else w[P3 * L + p]
        a4 = w[A4 * L + p] + (w[B4 * L + p] if deliver else 0.0)
        w[A4 * L + p] = a4 + (w[S4 * L + p] if stops else 0.0)
        w[P4 * L + p] = 1.0 if deliver else w[P4 * L + p]
        w[STEADY * L + p] = 0.0 if stops else w[STEADY * L + p]
        w[STOP * L + p] = math.inf if stops else w[STOP * L + p]


@njit(cache=True, error_model="numpy")
def _take(w: Floats, p: int, c: Floats, i: int, stop_s: float) -> None:
    """Put person ``i`` of the chunk into lane ``p``."""
    for row in range(_COPIED):
        w[row * L + p] = c[(C_LIMIT + row) * ROOM + i]
    w[SLOPE * L + p], w[MOST * L + p] = c[C_SLOPE * ROOM + i], c[C_MOST * ROOM + i]
    steady = 0.0
    for j in range(4):
        part = c[(C_S1 + j) * ROOM + i]
        w[(A1 + j) * L + p] = -part
        w[(P1 + j) * L + p] = 0.0
        steady += part
    for row in (NOW, DELIVERED, DEMANDS, BAD, INFUSED, FLOWED):
        w[row * L + p] = 0.0
    for row in (SERIES_1, SERIES_2):
        w[row * L + p] = math.inf
    w[STEADY * L + p] = steady
    w[NOISE * L + p] = c[C_NOISE * ROOM + i]
    w[BOLUS * L + p] = -math.inf
    w[STOP * L + p] = stop_s


@njit(cache=True, nogil=True, error_model="numpy")
def _walk_chunk(
    s: Schedule, c: Floats, bad: Floats, base: int, n: int, w: Floats, program: Program,
    demands: Counts, delivered: Counts, infused_ml: Floats, given_s: Floats, left: Flags,
) -> None:  # fmt: skip
    """Walk through the schedule of the chunk that begins at person ``base``."""
    stop_s = np.rint(program.stop_min * 60.0)
    lock_s = math.ceil(60.0 * program.lockout_min - 1e-6)
    bolus, background = bolus_min(program), program.background_ml_h
    room_ml = program.reservoir_ml - program.reserve_ml - 1e-6
    room_ml -= background * program.stop_min / 60.0
    at, margin, kept, fresh, base_of = s.at, s.margin, s.kept, s.fresh, s.base
    felt, follow, first, order = s.felt, s.follow, s.first, s.order
    press_at, press_next = s.press_at, s.press_next
    lane, item, gave = np.full(L, -1), np.zeros(L, np.int64), np.zeros(L, np.int64)
    one, two = np.zeros(L, np.int64), np.zeros(L, np.int64)
    for p in range(L):
        for row in (TIME, STOP, AT, SERIES_1, SERIES_2):
            w[row * L + p] = math.inf
    coming, busy = 0, 0
    while True:
        for p in range(L):
            if w[TIME * L + p] < math.inf:
                continue
            if lane[p] >= 0:
                i = base + lane[p]
                given = np.int64(w[DELIVERED * L + p])
                demands[i], delivered[i] = np.int64(w[DEMANDS * L + p]), given
                infused_ml[i] = w[INFUSED * L + p]
                fits = given < DELIVERIES and given * program.bolus_ml <= room_ml
                left[i] = 0 if fits and w[BAD * L + p] == 0.0 else 1
                lane[p] = -1
                busy -= 1
            while coming < n and bad[order[coming]] != 0.0:
                coming += 1
            if coming < n:
                i = order[coming]
                k = first[i]
                lane[p], item[p], gave[p] = i, k, 0
                _take(w, p, c, i, stop_s)
                w[AT * L + p], w[MARGIN * L + p], w[BASE * L + p] = at[k], margin[k], base_of[k]
                w[KEPT * L + p], w[FRESH * L + p] = kept[k], fresh[k]
                coming += 1
                busy += 1
        if busy == 0:
            break
        done = False
        while not done:
            _choose(w, L)
            _dose(w, bolus * 60.0, L)
            _decide(w, lock_s, L)
            _take_in(w, L)
            _move(w, bolus, background, program.bolus_rate_ml_h, L)
            for p in range(L):
                if w[DELIVERS * L + p] != 0.0:
                    given_s[base + lane[p], gave[p]] = w[TIME * L + p]
                    gave[p] = min(gave[p] + 1, DELIVERIES - 1)
                if w[IS_ITEM * L + p] != 0.0:
                    k = item[p]
                    felt[k] = w[FELT * L + p]
                    press = follow[k]
                    later = press_at[press]
                    if w[KEEPS * L + p] != 0.0 and later < math.inf:  # it takes a free series
                        if w[SERIES_1 * L + p] == math.inf:
                            one[p], w[SERIES_1 * L + p] = press, later
                        elif w[SERIES_2 * L + p] == math.inf:
                            two[p], w[SERIES_2 * L + p] = press, later
                        else:
                            w[BAD * L + p] = 1.0
                    k += 1
                    item[p] = k
                    w[AT * L + p], w[MARGIN * L + p], w[BASE * L + p] = at[k], margin[k], base_of[k]
                    w[KEPT * L + p], w[FRESH * L + p] = kept[k], fresh[k]
                elif w[IS_1 * L + p] != 0.0:
                    one[p] = press_next[one[p]]
                    w[SERIES_1 * L + p] = press_at[one[p]]
                elif w[IS_2 * L + p] != 0.0:
                    two[p] = press_next[two[p]]
                    w[SERIES_2 * L + p] = press_at[two[p]]
                else:
                    done |= (w[TIME * L + p] == math.inf) & (lane[p] >= 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _tell(pain: Floats, at: Floats, column: Counts, who: Places, felt: Floats, items: int) -> None:
    """Write what was felt at the looks of a chunk."""
    pain[:] = math.nan
    for k in range(items):
        if at[k] < math.inf and column[k] >= 0:
            pain[np.int64(who[k]), column[k]] = felt[k]


@njit(cache=True, nogil=True, error_model="numpy")
def walk(
    seed_low: int, seed_high: int, trial: Words, person: Words, body: Floats, model: Floats,
    ug_per_ml: Floats, looks_s: Counts, program: Program, pain: Floats, demands: Counts,
    delivered: Counts, denied: Counts, infused_ml: Floats, bags: Counts, given_s: Floats,
    left: Flags, s: Schedule,
) -> None:  # fmt: skip
    """Treat the people as ward does, with the relieving drug's ``model`` and ``ug_per_ml``.

    ``given_s`` ``(people, DELIVERIES)`` takes the seconds of delivered boluses. ``left`` becomes 1
    for a person who is not on the ordinary course; nothing that is written for that person counts.
    ``s`` is scratch.
    """
    people = looks_s.shape[0]
    k0, k1 = np.uint64(seed_low), np.uint64(seed_high)
    stop_s = np.rint(program.stop_min * 60.0)
    c, shape, bad = np.zeros(CONSTANTS * ROOM), np.zeros(15 * ROOM), np.zeros(CHUNK)
    w = np.zeros(_ROWS * L)
    who, which = np.zeros(CHUNK, np.uint64), np.zeros(CHUNK, np.uint64)
    for base in range(0, people, CHUNK):
        n = min(CHUNK, people - base)
        some = slice(base, base + n)
        for i in range(n):
            who[i], which[i] = np.uint64(person[base + i]), np.uint64(trial[base + i])
        _ready(body, model, ug_per_ml, base, n, program, trial, person, k0, k1, shape, c, bad)
        candidates(s, c, bad, trial[some], person[some], n, k0, k1, stop_s)
        items, presses = arrange(s, looks_s, base, n)
        draw_noise(s, c, which, who, items, stop_s, k0, k1)
        draw_presses(s, c, bad, which, who, presses, stop_s, k0, k1)
        longest_first(s, items, n)
        left[some] = 1
        _walk_chunk(s, c, bad, base, n, w, program, demands, delivered, infused_ml, given_s, left)
        for i in range(base, base + n):
            denied[i, 0], denied[i, 1], denied[i, 2] = demands[i] - delivered[i], 0, 0
            bags[i] = 1
        _tell(pain[some], s.at, s.column, s.who, s.felt, items)
