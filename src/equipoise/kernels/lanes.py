"""People on the ordinary course, several at a time: each in a lane of the processor's vectors.

Every lane walks its own person from press to press; all lanes take their steps together, without a
branch, and a lane whose person is done takes the next one. Whatever is not ordinary is left to
:func:`equipoise.kernels.ward.treat`: a third bag, limits, a model with fewer compartments or with
rates that (nearly) coincide, more than two unfinished series of presses, and every decision that is
closer than rounding could be wrong.

Concentrations at the effect site are sums of four exponentials, counted from the last bolus; the
answer to a bolus that takes time is written as if it had been there when the bolus began, less,
while it flows, what is still to come. Numbers are drawn, and times of candidates found, as the
scalar path does, to the bit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp
from equipoise.kernels.looks import look
from equipoise.kernels.modal import CHUNK, ROOM
from equipoise.kernels.noise import draw_noise, feel
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.pump import Program, bolus_min
from equipoise.kernels.ready import C_CE50, C_L1, C_MOST, C_RELIEF, C_SLOPE, CONSTANTS
from equipoise.kernels.ready import make_ready as _ready
from equipoise.kernels.schedule import (
    CLOSE,
    DELIVERIES,
    KNOWN,
    Schedule,
    arrange,
    candidates,
    draw_presses,
    longest_first,
)

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]

L = 32
"""How many lanes."""
BATCH = 2048
"""How many people there is room for."""

# Rows of what each lane keeps: constants as in ready, then the state.
(L1, L2, L3, L4, R1, R2, R3, R4, B1, B2, B3, B4, S1, S2, S3, S4) = range(16)
_COPIED = 16
(
    RELIEF, CE50, SLOPE, MOST, STEADY, A1, A2, A3, A4, SINCE, BOLUS, AT, MARGIN, PAIN, SERIES_1,
    SERIES_2, BAD, DELIVERED, DEMANDS, ACT, DELIVERS, TIME, DT, E1, E2, E3, E4,
) = range(16, 43)  # fmt: skip
_ROWS = 43
_NURSE_S = 4.0  # more than it takes from a bag's being low until there is another
_NOTHING, _LEAVES, _PRESSES, _ONE, _TWO = range(5)


@njit(cache=True, nogil=True, error_model="numpy")
def _step(w: Floats, flowing_s: float, lock_s: float, n: int) -> None:
    """Take every lane to its next event: does the person press, and does the pump deliver?

    The loops are short, so that the processor works at several of their rounds at once.
    """
    for p in range(n):
        t = min(w[AT * L + p], w[SERIES_1 * L + p], w[SERIES_2 * L + p])
        w[TIME * L + p] = t
        w[DT * L + p] = t - w[SINCE * L + p]
    for p in range(n):
        w[E1 * L + p] = exp(w[L1 * L + p] * w[DT * L + p])
    for p in range(n):
        w[E2 * L + p] = exp(w[L2 * L + p] * w[DT * L + p])
    for p in range(n):
        w[E3 * L + p] = exp(w[L3 * L + p] * w[DT * L + p])
    for p in range(n):
        w[E4 * L + p] = exp(w[L4 * L + p] * w[DT * L + p])
    for p in range(n):
        series_1, series_2 = w[SERIES_1 * L + p], w[SERIES_2 * L + p]
        t, bolus = w[TIME * L + p], w[BOLUS * L + p]
        e1, e2, e3, e4 = w[E1 * L + p], w[E2 * L + p], w[E3 * L + p], w[E4 * L + p]
        a1, a2, a3, a4 = (
            w[A1 * L + p] * e1,
            w[A2 * L + p] * e2,
            w[A3 * L + p] * e3,
            w[A4 * L + p] * e4,
        )
        b1, b2, b3, b4 = w[B1 * L + p], w[B2 * L + p], w[B3 * L + p], w[B4 * L + p]
        r1, r2, r3, r4 = w[R1 * L + p], w[R2 * L + p], w[R3 * L + p], w[R4 * L + p]
        still = (((b1 + r1) * e1 - r1) + ((b2 + r2) * e2 - r2)) + (
            ((b3 + r3) * e3 - r3) + ((b4 + r4) * e4 - r4)
        )
        ce = (a1 + a2) + (a3 + a4) + w[STEADY * L + p]
        ce = ce - (still if t < bolus + flowing_s else 0.0)
        felt = w[PAIN * L + p] - w[RELIEF * L + p] * ce / (ce + w[CE50 * L + p])
        against = w[SLOPE * L + p] * (w[MOST * L + p] - min(max(felt, 0.0), PAIN_MAX))
        margin = w[MARGIN * L + p] - against
        lives = t < math.inf
        one = lives & (t == series_1)
        two = lives & (t == series_2) & (not one)
        item = lives & (not one) & (not two)
        doubtful = (abs(margin) < CLOSE) | (against < -CLOSE) | math.isnan(felt)
        wishes = item & (margin > 0.0)
        press = wishes | one | two
        deliver = press & (t - bolus >= lock_s)
        act = 1.0 if item else 0.0
        act = 2.0 if wishes else act
        act = 3.0 if one else act
        w[ACT * L + p] = 4.0 if two else act
        w[DELIVERS * L + p] = 1.0 if deliver else 0.0
        w[BAD * L + p] = 1.0 if item & doubtful else w[BAD * L + p]
        w[DEMANDS * L + p] = w[DEMANDS * L + p] + (1.0 if press else 0.0)
        w[DELIVERED * L + p] = w[DELIVERED * L + p] + (1.0 if deliver else 0.0)
        w[A1 * L + p] = a1 + b1 if deliver else w[A1 * L + p]
        w[A2 * L + p] = a2 + b2 if deliver else w[A2 * L + p]
        w[A3 * L + p] = a3 + b3 if deliver else w[A3 * L + p]
        w[A4 * L + p] = a4 + b4 if deliver else w[A4 * L + p]
        w[SINCE * L + p] = t if deliver else w[SINCE * L + p]
        w[BOLUS * L + p] = t if deliver else bolus


@njit(cache=True, error_model="numpy")
def _take(w: Floats, p: int, c: Floats, i: int, states: Floats) -> None:
    """Put person ``i`` of the chunk into lane ``p``."""
    for row in range(_COPIED):
        w[row * L + p] = c[(C_L1 + row) * ROOM + i]
    w[RELIEF * L + p], w[CE50 * L + p] = c[C_RELIEF * ROOM + i], c[C_CE50 * ROOM + i]
    w[SLOPE * L + p], w[MOST * L + p] = c[C_SLOPE * ROOM + i], c[C_MOST * ROOM + i]
    steady = 0.0
    for j in range(4):
        part = w[(S1 + j) * L + p]
        w[(A1 + j) * L + p] = -part
        states[i, 0, j] = -part
        steady += part
    w[STEADY * L + p], w[SINCE * L + p], w[BOLUS * L + p] = steady, 0.0, -math.inf
    w[SERIES_1 * L + p] = w[SERIES_2 * L + p] = math.inf
    w[BAD * L + p] = w[DELIVERED * L + p] = w[DEMANDS * L + p] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _walk_chunk(
    s: Schedule, c: Floats, bad: Floats, n: int, w: Floats, program: Program,
    demands: Counts, delivered: Counts, given_s: Floats, states: Floats,
) -> None:  # fmt: skip
    """Walk through the schedule of a chunk; ``bad`` becomes 1 for who is not on the course."""
    lock_s, flowing_s = math.ceil(60.0 * program.lockout_min - 1e-6), 60.0 * bolus_min(program)
    wish, first, order = s.wish, s.wish_first, s.order
    press_at, press_next = s.press_at, s.press_next
    lane, item, gave = np.full(L, -1), np.zeros(L, np.int64), np.zeros(L, np.int64)
    one, two = np.zeros(L, np.int64), np.zeros(L, np.int64)
    for row in (AT, SERIES_1, SERIES_2):
        w[row * L : (row + 1) * L] = math.inf
    none = first[0]
    while press_at[none] < math.inf:
        none += 1
    coming, busy = 0, 1
    while busy > 0:
        _step(w, flowing_s, lock_s, L)
        busy = L
        for p in range(L):
            act = np.int64(w[ACT * L + p])
            if act == _NOTHING:
                if lane[p] >= 0:
                    i = lane[p]
                    demands[i] = np.int64(w[DEMANDS * L + p])
                    delivered[i] = np.int64(w[DELIVERED * L + p])
                    bad[i] = w[BAD * L + p]
                    lane[p] = -1
                while coming < n and bad[order[coming]] != 0.0:
                    coming += 1
                if coming == n:
                    busy -= 1
                    continue
                i = order[coming]
                k = first[i]
                lane[p], item[p], gave[p] = i, k, 0
                one[p] = two[p] = none
                _take(w, p, c, i, states)
                w[AT * L + p], w[MARGIN * L + p] = wish[4 * k], wish[4 * k + 1]
                w[PAIN * L + p] = wish[4 * k + 2]
                coming += 1
                continue
            # No branch from here on: what people do cannot be foretold.
            i, k = lane[p] & KNOWN, gave[p] & KNOWN
            given_s[i, k] = w[TIME * L + p]
            k = min(k + np.int64(w[DELIVERS * L + p]), DELIVERIES - 1)
            gave[p] = k
            states[i, k, 0], states[i, k, 1] = w[A1 * L + p], w[A2 * L + p]
            states[i, k, 2], states[i, k, 3] = w[A3 * L + p], w[A4 * L + p]
            k, o, t = item[p] & KNOWN, one[p] & KNOWN, two[p] & KNOWN
            later = wish[4 * k + 3]
            starts = (act == _PRESSES) & (later < math.inf)
            o_next, t_next = press_next[o], press_next[t]
            o = (o_next if act == _ONE else o) & KNOWN
            t = (t_next if act == _TWO else t) & KNOWN
            first_free, second_free = press_at[o] == math.inf, press_at[t] == math.inf
            o = k if starts & first_free else o
            t = k if starts & (not first_free) & second_free else t
            full = starts & (not first_free) & (not second_free)
            w[BAD * L + p] = 1.0 if full else w[BAD * L + p]
            k += 1 if act <= _PRESSES else 0
            item[p], one[p], two[p] = k, o, t
            w[SERIES_1 * L + p], w[SERIES_2 * L + p] = press_at[o], press_at[t]
            w[AT * L + p], w[MARGIN * L + p] = wish[4 * k], wish[4 * k + 1]
            w[PAIN * L + p] = wish[4 * k + 2]


@njit(cache=True, nogil=True, error_model="numpy")
def _count(
    given_s: Floats, delivered: Counts, bad: Floats, n: int, program: Program,
    infused_ml: Floats, bags: Counts,
) -> None:  # fmt: skip
    """Count what has flowed, in the sums of the pump's own counter, and the bags that it took.

    A nurse comes within a second of a bag's being low, so that it does not run dry. Who needs a
    third bag, or a second one about when the pump stops, is left.
    """
    background, bolus = program.background_ml_h, bolus_min(program)
    flow_ml_h = background + program.bolus_rate_ml_h
    slack_ml = _NURSE_S * flow_ml_h / 3600.0
    low_ml = program.reservoir_ml - program.reserve_ml
    second_low_ml = low_ml + program.bag_ml - program.reserve_ml
    changes = program.bags > 1 and program.reserve_ml > slack_ml
    stop_min = np.rint(program.stop_min * 60.0) / 60.0
    for i in range(n):
        infused, flowed_min, overlaps = 0.0, 0.0, False
        for k in range(min(delivered[i], DELIVERIES)):
            t_min = given_s[i, k] / 60.0
            overlaps |= t_min <= flowed_min
            infused += background * (t_min - flowed_min) / 60.0
            flowed_min = min(t_min + bolus, stop_min)
            infused += flow_ml_h * (flowed_min - t_min) / 60.0
        infused += background * (stop_min - flowed_min) / 60.0
        one = infused < low_ml - slack_ml
        two = changes and low_ml + slack_ml < infused < second_low_ml - slack_ml
        infused_ml[i], bags[i] = infused, 1 if one else 2
        known = delivered[i] < DELIVERIES and not overlaps and (one or two)
        bad[i] = bad[i] if known else 1.0


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
    w, states = np.zeros(_ROWS * L), s.states
    for base in range(0, people, CHUNK):
        n = min(CHUNK, people - base)
        some = slice(base, base + n)
        who, which = person[some], trial[some]
        _ready(body, model, ug_per_ml, base, n, program, trial, person, k0, k1, shape, c, bad)
        candidates(s, c, bad, which, who, n, k0, k1, stop_s)
        arrange(s, looks_s, base, n, bad)
        draw_noise(s, c, which, who, n, stop_s, k0, k1)
        wishes = feel(s, c, bad, n)
        draw_presses(s, c, bad, which, who, wishes, stop_s, k0, k1)
        longest_first(s, wishes, n)
        _walk_chunk(
            s, c, bad, n, w, program, demands[some], delivered[some], given_s[some], states
        )  # fmt: skip
        _count(given_s[some], delivered[some], bad, n, program, infused_ml[some], bags[some])
        look(s, c, n, program, delivered[some], given_s[some], states, bad, pain[some])
        for i in range(n):
            left[base + i] = 1 if bad[i] != 0.0 else 0
            j = base + i
            denied[j, 0], denied[j, 1], denied[j, 2] = demands[j] - delivered[j], 0, 0
