"""The noise of everybody's pain, step by step, and who might press under it.

It does not depend on what the pump gives, so that all of it is drawn ahead; whoever would not press
even without relief need not be looked at when the pump has answered.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log
from equipoise.kernels.modal import ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.philox import philox4x32, u01
from equipoise.kernels.quantiles import near_normal
from equipoise.kernels.ready import (
    C_EFFECT,
    C_FADE,
    C_INV_NOISE,
    C_LIMIT,
    C_MOST,
    C_NOISE,
    C_REBOUND,
    C_REBOUND_S,
    C_RELIEF,
    C_SD,
    C_SLOPE,
    C_START,
    NOISE_WORD,
)  # fmt: skip
from equipoise.kernels.schedule import (
    AT,
    BASE,
    BEFORE,
    CLOSE,
    FRESH,
    IS_WISH,
    ITEMS,
    KEPT,
    KNOWN,
    NUMBER,
    SOURCE,
    WISHED,
    Schedule,
    V,
)  # fmt: skip

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def _fresh(
    b: Floats, n: int, who: np.uint64, which: np.uint64, k0: np.uint64, k1: np.uint64
) -> None:
    """Draw standard normal numbers for a person's items."""
    for p in range(n):
        x0, x1, _, _ = philox4x32(
            np.uint64(np.int64(b[NUMBER * ITEMS + p])), NOISE_WORD, who, which, k0, k1
        )
        b[FRESH * ITEMS + p] = u01(x0, x1)
    for p in range(n):
        u = b[FRESH * ITEMS + p]
        b[KEPT * ITEMS + p] = math.sqrt(-log(min(u, 1.0 - u)))
    for p in range(n):
        b[FRESH * ITEMS + p] = near_normal(b[FRESH * ITEMS + p], b[KEPT * ITEMS + p])


@njit(cache=True, nogil=True, error_model="numpy")
def _steps_of_noise(b: Floats, n: int, sd: float, inv_noise: float) -> None:
    """Find what remains of the noise, and what is added."""
    for p in range(n):
        kept = exp(b[BEFORE * ITEMS + p] * inv_noise)
        b[KEPT * ITEMS + p] = kept
        b[FRESH * ITEMS + p] = sd * math.sqrt(1.0 - kept * kept) * b[FRESH * ITEMS + p]


@njit(cache=True, nogil=True, error_model="numpy")
def _plain_pain(
    b: Floats, n: int, start: float, fade: float, effect: float,
    rebound: float, from_s: float, until_s: float,
) -> None:  # fmt: skip
    """Find the pain without noise and relief."""
    for p in range(n):
        t = b[AT * ITEMS + p]
        back = (t >= from_s) & (t < until_s)
        pain = start * exp(t * fade) + effect
        b[BASE * ITEMS + p] = pain + (rebound if back else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def draw_noise(
    s: Schedule, c: Floats, trial: Words, person: Words, n: int, stop_s: float,
    k0: np.uint64, k1: np.uint64,
) -> None:  # fmt: skip
    """Draw the steps of the noise of everybody's items, and find pain without it."""
    for i in range(n):
        b, size = s.items[s.first[i] :], s.sizes[i] + -s.sizes[i] % V
        who, which = np.uint64(person[i]), np.uint64(trial[i])
        _fresh(b, size, who, which, k0, k1)
        _steps_of_noise(b, size, c[C_SD * ROOM + i], c[C_INV_NOISE * ROOM + i])
        _plain_pain(
            b, size, c[C_START * ROOM + i], c[C_FADE * ROOM + i], c[C_EFFECT * ROOM + i],
            c[C_REBOUND * ROOM + i], stop_s, c[C_REBOUND_S * ROOM + i],
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _judge(b: Floats, n: int, limit: float, slope: float, most: float, without: float) -> int:
    """Find who would press without relief; return how many would that the bound does not allow."""
    wrong = 0
    for p in range(n):
        pain = b[BASE * ITEMS + p] + min(b[FRESH * ITEMS + p], limit)
        highest = min(max(pain + without, 0.0), PAIN_MAX) if slope >= 0.0 else 0.0
        against = slope * (most - highest)
        wish = b[IS_WISH * ITEMS + p] != 0.0
        worth = wish & (b[WISHED * ITEMS + p] - against > -CLOSE)
        b[KEPT * ITEMS + p] = 1.0 if worth else 0.0
        b[BEFORE * ITEMS + p] = pain
        wrong += 1 if wish & ((against < -CLOSE) | math.isnan(pain)) else 0
    return wrong


@njit(cache=True, nogil=True, error_model="numpy")
def feel(s: Schedule, c: Floats, bad: Floats, n: int) -> int:
    """Walk everybody's noise; keep the looks, and the candidates who would press without relief.

    Return how many candidates are kept, with the one at infinity after each person's. Relief can
    only keep from pressing, unless it is negative.
    """
    b, wish, places = s.items, s.wish, s.places
    look_pain, look_place = s.look_pain, s.look_place
    press_who, press_index, after = s.press_who, s.press_index, s.after
    for i in range(n):
        noise, first = c[C_NOISE * ROOM + i], s.first[i] & KNOWN
        for k in range(first, first + s.sizes[i]):
            noise = b[KEPT * ITEMS + k] * noise + b[FRESH * ITEMS + k]
            b[FRESH * ITEMS + k] = noise
    top = 0
    for i in range(n):
        first, size = s.first[i] & KNOWN, s.sizes[i] & KNOWN
        wrong = _judge(
            b[first:], size + -size % V, c[C_LIMIT * ROOM + i], c[C_SLOPE * ROOM + i],
            c[C_MOST * ROOM + i], -min(c[C_RELIEF * ROOM + i], 0.0),
        )  # fmt: skip
        bad[i] = 1.0 if wrong > 0 else bad[i]
        for place in range(i, i + s.looks[i] * ROOM, ROOM):
            k = look_place[place] & KNOWN
            look_pain[place] = b[BASE * ITEMS + k] + b[FRESH * ITEMS + k]
        kept = 0
        for k in range(first, first + size):
            places[kept & KNOWN] = k
            kept += 1 if b[KEPT * ITEMS + k] != 0.0 else 0
        s.wish_first[i] = top
        for m in range(kept):
            top, k = top & KNOWN, places[m] & KNOWN
            at = b[AT * ITEMS + k]
            wish[4 * top], wish[4 * top + 1] = at, b[WISHED * ITEMS + k]
            wish[4 * top + 2] = b[BEFORE * ITEMS + k]
            press_who[top], press_index[top], after[top] = i, 100.0 * b[SOURCE * ITEMS + k], at
            top += 1
        wish[4 * top], wish[4 * top + 1], wish[4 * top + 2] = math.inf, 0.0, 0.0
        press_who[top], press_index[top], after[top] = i, 0.0, math.inf
        top += 1
    return top
