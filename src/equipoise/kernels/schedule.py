"""All of a person's course that the pump's answers do not change, for many people at once.

When the person might press, when somebody looks, the steps of the noise between these moments,
and the further presses that would follow each press: none of it depends on what is delivered. It is
drawn ahead, without branches; :mod:`equipoise.kernels.lanes` then walks through it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.kernels.elementary import exp, log
from equipoise.kernels.modal import CHUNK, ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.philox import philox4x32, u01
from equipoise.kernels.quantiles import near_normal_quantile
from equipoise.kernels.ready import (
    AGAIN_WORD,
    C_AGAIN,
    C_EFFECT,
    C_FADE,
    C_FADING,
    C_FROM,
    C_GAP,
    C_INV_NOISE,
    C_MOST,
    C_NIGHT,
    C_REBOUND,
    C_REBOUND_S,
    C_SD,
    C_SHIFT,
    C_SHIFT_AT,
    C_SLOPE,
    C_START,
    C_STARTED,
    C_TO,
    C_TOP,
    C_TOTAL,
    DEMAND_WORD,
    NOISE_WORD,
)  # fmt: skip

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Places = NDArray[np.uint64]

CLOSE = 1e-9
"""Decisions closer than this are left to the scalar path; rounding reaches 1e-12."""
EACH = 192
"""How many candidates worth a look a person may have."""

_L = 32  # lanes that draw candidates
_COPIED = 13  # the first rows of constants, which they need
_LONGEST_SERIES = 98.0
_MOST_CANDIDATES = 2000.0
_BINS = 256
(EXPOSURE, INDEX, SECOND, MARGIN, WORTH, CLOSE_CALL) = range(_COPIED, _COPIED + 6)
_ROWS = _COPIED + 6
_G = 64  # items, or presses, that are drawn together
(
    STEP, SINCE, AT, SD, INV_NOISE, START, FADE, EFFECT, REBOUND, REBOUND_S, KEPT, FRESH, BASE,
) = range(13)  # fmt: skip
MORE, GAP = SD, INV_NOISE


class Schedule(NamedTuple):
    """What happens to the people of a chunk, and room to draw it.

    Items, person after person by time, with one at infinity after each: ``at`` (s), ``margin``
    (the wish to press less what the night takes from it; -infinity at a look), ``since`` (s) the
    item before, ``kept`` and ``fresh`` (what becomes of the noise: kept * noise + fresh), ``base``
    (pain without noise and relief), ``column`` (of the look, or -1), ``who``, ``looks`` (the number
    of the noise's step), ``follow`` (the place of the further press, or 0).
    ``first`` is where each person's items begin, ``order`` has those with most items first.

    Further presses: ``press_at`` (s) is when one would come that follows a press at ``after`` (s),
    infinity if none does; ``press_next`` is the place of the one that would follow it;
    ``press_who`` and ``press_index`` are its address.

    ``found``, ``found_margin``, ``found_index`` ``(people, EACH)`` and ``counts`` are candidates.
    """

    at: Floats
    margin: Floats
    since: Floats
    kept: Floats
    fresh: Floats
    base: Floats
    felt: Floats
    column: Counts
    who: Places
    looks: Floats
    follow: Counts
    first: Counts
    order: Counts
    press_at: Floats
    press_next: Counts
    press_who: Places
    press_index: Floats
    after: Floats
    found: Floats
    found_margin: Floats
    found_index: Floats
    counts: Counts
    w: Floats


@njit(cache=True, error_model="numpy")
def new_schedule(looks: int) -> Schedule:
    """Return room for a chunk of people with so many looks."""
    items = CHUNK * (EACH + looks + 1) + 8
    presses = 2 * CHUNK * EACH
    return Schedule(
        np.zeros(items), np.zeros(items), np.zeros(items), np.zeros(items), np.zeros(items),
        np.zeros(items), np.zeros(items), np.zeros(items, np.int64), np.zeros(items, np.uint64),
        np.zeros(items), np.zeros(items, np.int64), np.zeros(CHUNK, np.int64),
        np.zeros(CHUNK, np.int64), np.zeros(presses), np.zeros(presses, np.int64),
        np.zeros(presses, np.uint64), np.zeros(presses), np.zeros(presses),
        np.zeros(CHUNK * EACH), np.zeros(CHUNK * EACH), np.zeros(CHUNK * EACH),
        np.zeros(CHUNK, np.int64), np.zeros(_ROWS * _L),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_candidates(
    w: Floats, ids: Places, k0: np.uint64, k1: np.uint64, stop_s: float, n: int
) -> None:
    """Move every lane to its next candidate; judge whether any possible pain would press there."""
    for p in range(n):
        index = w[INDEX * _L + p] + 1.0
        w[INDEX * _L + p] = index
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(index)), DEMAND_WORD, ids[p], ids[_L + p], k0, k1
        )
        exposure = w[EXPOSURE * _L + p] - log(1.0 - u01(x0, x1))
        w[EXPOSURE * _L + p] = exposure
        w[MARGIN * _L + p] = -log(u01(x2, x3))
    for p in range(n):
        share = w[EXPOSURE * _L + p] / w[C_TOTAL * _L + p]
        inside = share < 1.0
        t_min = -w[C_FADING * _L + p] * log((1.0 - share) if inside else 1.0)
        second = math.floor(min(t_min * 60.0, 1e15)) + 1.0
        w[SECOND * _L + p] = second if inside & (second < stop_s) else math.inf
    for p in range(n):
        t = w[SECOND * _L + p]
        local = min(t, 1e15) + w[C_STARTED * _L + p]
        local = local + (w[C_SHIFT * _L + p] if t >= w[C_SHIFT_AT * _L + p] else 0.0)
        local = local - 86400.0 * math.floor(local * (1.0 / 86400.0) + 1e-9)
        begin, end = w[C_FROM * _L + p], w[C_TO * _L + p]
        after, before = local >= begin, local < end
        asleep = (after & before) if begin <= end else (after | before)
        slope = w[C_SLOPE * _L + p]
        highest = w[C_START * _L + p] * exp(t * w[C_FADE * _L + p]) + w[C_TOP * _L + p]
        highest = min(max(highest, 0.0), PAIN_MAX) if slope >= 0.0 else 0.0
        least = slope * (w[C_MOST * _L + p] - highest)
        margin = w[MARGIN * _L + p] - (w[C_NIGHT * _L + p] if asleep else 0.0)
        w[MARGIN * _L + p] = margin
        w[WORTH * _L + p] = 1.0 if margin > least else 0.0
        w[CLOSE_CALL * _L + p] = 1.0 if abs(margin - least) < CLOSE else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _largest_first(sizes: Floats, order: Counts) -> None:
    """Order places by size, to whole numbers; no difference is made above ``_BINS``, nor for NaN.

    Lanes that take the longest first are done at about the same time.
    """
    bins, by = np.zeros(sizes.size, np.int64), np.zeros(_BINS + 1, np.int64)
    for i in range(sizes.size):
        bins[i] = np.int64(sizes[i]) if 0.0 <= sizes[i] < _BINS else _BINS
        by[bins[i]] += 1
    place = 0
    for size in range(_BINS, -1, -1):
        by[size], place = place, place + by[size]
    for i in range(sizes.size):
        order[by[bins[i]]] = i
        by[bins[i]] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def candidates(
    s: Schedule, c: Floats, bad: Floats, trial: Words, person: Words, n: int,
    k0: np.uint64, k1: np.uint64, stop_s: float,
) -> None:  # fmt: skip
    """Find the candidates that are worth a look of the ``n`` people who are ready."""
    w, ids, lane = s.w, np.zeros(2 * _L, np.uint64), np.full(_L, -1)
    found, found_margin, found_index, counts = s.found, s.found_margin, s.found_index, s.counts
    order = s.order
    _largest_first(c[C_TOTAL * ROOM : C_TOTAL * ROOM + n], order)
    coming, busy = 0, 0
    w[SECOND * _L : (SECOND + 1) * _L] = math.inf
    while True:
        for p in range(_L):
            if w[SECOND * _L + p] < math.inf:
                continue
            if lane[p] >= 0:
                lane[p] = -1
                busy -= 1
            while coming < n and bad[order[coming]] != 0.0:
                counts[order[coming]] = 0
                coming += 1
            if coming < n:
                i = order[coming]
                for row in range(_COPIED):
                    w[row * _L + p] = c[row * ROOM + i]
                w[EXPOSURE * _L + p], w[INDEX * _L + p] = 0.0, 0.0
                ids[p], ids[_L + p] = np.uint64(person[i]), np.uint64(trial[i])
                lane[p], counts[i] = i, 0
                coming += 1
                busy += 1
        if busy == 0:
            break
        done = False
        while not done:
            _draw_candidates(w, ids, k0, k1, stop_s, _L)
            for p in range(_L):
                i, second = lane[p], w[SECOND * _L + p]
                if i < 0:
                    w[SECOND * _L + p] = math.inf
                    continue
                if second == math.inf:
                    done = True
                    continue
                k = counts[i]
                full = k == EACH - 1 or w[INDEX * _L + p] > _MOST_CANDIDATES
                if full or w[CLOSE_CALL * _L + p] != 0.0:
                    bad[i] = 1.0
                    w[SECOND * _L + p] = math.inf
                    done = True
                found[i * EACH + k] = second
                found_margin[i * EACH + k] = w[MARGIN * _L + p]
                found_index[i * EACH + k] = w[INDEX * _L + p]
                counts[i] = k + np.int64(w[WORTH * _L + p])


@njit(cache=True, nogil=True, error_model="numpy")
def arrange(s: Schedule, looks_s: Counts, first: int, n: int) -> tuple[int, int]:
    """Put candidates and looks in order; return how many items, and how many first presses."""
    top, presses = 0, 1
    s.press_at[0], s.press_next[0] = math.inf, 0
    at, since, margin, steps, column_of, whose = s.at, s.since, s.margin, s.looks, s.column, s.who
    follow, firsts, counts = s.follow, s.first, s.counts
    found, found_margin, found_index = s.found, s.found_margin, s.found_index
    press_who, press_index, after = s.press_who, s.press_index, s.after
    look_at, look_column = np.zeros(looks_s.shape[1] + 1), np.zeros(looks_s.shape[1] + 1, np.int64)
    for i in range(n):
        planned = 0
        for column in range(looks_s.shape[1]):
            second = float(looks_s[first + i, column])
            if second < 0.0:
                continue
            place = planned
            while place > 0 and look_at[place - 1] > second:
                look_at[place], look_column[place] = look_at[place - 1], look_column[place - 1]
                place -= 1
            look_at[place], look_column[place] = second, column
            planned += 1
        look_at[planned] = math.inf
        k, look, number, before = i * EACH, 0, 0.0, 0.0
        last = k + counts[i]
        firsts[i] = top
        while True:
            wished = found[k] if k < last else math.inf
            t = look_at[look]
            column_of[top], margin[top], follow[top] = look_column[look], -math.inf, 0
            if wished < t:
                t = wished
                column_of[top], margin[top], follow[top] = -1, found_margin[k], presses
                press_who[presses], after[presses] = np.uint64(i), t
                press_index[presses] = 100.0 * found_index[k]
                presses += 1
                k += 1
            else:
                look += 1
            number += 1.0 if t > before else 0.0
            at[top], since[top], whose[top], steps[top] = t, t - before, np.uint64(i), number
            top += 1
            if t == math.inf:
                break
            before = t
    return top, presses


@njit(cache=True, nogil=True, error_model="numpy")
def _steps_of_noise(
    b: Floats, ids: Places, k0: np.uint64, k1: np.uint64, stop_s: float, n: int
) -> None:
    """Draw the steps of the noise, and find pain without it, of the items in ``b``."""
    for p in range(n):
        x0, x1, _, _ = philox4x32(
            np.uint64(np.int64(b[STEP * _G + p])), NOISE_WORD, ids[p], ids[_G + p], k0, k1
        )
        b[FRESH * _G + p] = near_normal_quantile(u01(x0, x1))
    for p in range(n):
        kept = exp(b[SINCE * _G + p] * b[INV_NOISE * _G + p])
        b[KEPT * _G + p] = kept
        fresh = b[SD * _G + p] * math.sqrt(1.0 - kept * kept)
        b[FRESH * _G + p] = fresh * b[FRESH * _G + p]
    for p in range(n):
        t = b[AT * _G + p]
        back = (t >= stop_s) & (t < b[REBOUND_S * _G + p])
        base = b[START * _G + p] * exp(t * b[FADE * _G + p]) + b[EFFECT * _G + p]
        b[BASE * _G + p] = base + (b[REBOUND * _G + p] if back else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def draw_noise(
    s: Schedule, c: Floats, trial: Places, person: Places, items: int, stop_s: float,
    k0: np.uint64, k1: np.uint64,
) -> None:  # fmt: skip
    """Draw the steps of the noise of all items, and find pain without it."""
    at, since, kept, fresh, base, who, looks = (
        s.at, s.since, s.kept, s.fresh, s.base, s.who, s.looks,
    )  # fmt: skip
    b, ids = np.zeros(13 * _G), np.zeros(2 * _G, np.uint64)
    for first in range(0, items, _G):
        n = min(_G, items - first)
        for p in range(n):
            k = first + p
            i = np.int64(who[k])
            ids[p], ids[_G + p] = person[i], trial[i]
            b[STEP * _G + p], b[SINCE * _G + p], b[AT * _G + p] = looks[k], since[k], at[k]
            b[SD * _G + p], b[INV_NOISE * _G + p] = c[C_SD * ROOM + i], c[C_INV_NOISE * ROOM + i]
            b[START * _G + p], b[FADE * _G + p] = c[C_START * ROOM + i], c[C_FADE * ROOM + i]
            b[EFFECT * _G + p], b[REBOUND * _G + p] = (
                c[C_EFFECT * ROOM + i],
                c[C_REBOUND * ROOM + i],
            )
            b[REBOUND_S * _G + p] = c[C_REBOUND_S * ROOM + i]
        _steps_of_noise(b, ids, k0, k1, stop_s, _G)
        for p in range(n):
            kept[first + p], fresh[first + p] = b[KEPT * _G + p], b[FRESH * _G + p]
            base[first + p] = b[BASE * _G + p]


@njit(cache=True, nogil=True, error_model="numpy")
def _further(b: Floats, ids: Places, k0: np.uint64, k1: np.uint64, stop_s: float, n: int) -> None:
    """Draw whether presses are followed by others, and when."""
    for p in range(n):
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(b[STEP * _G + p])), AGAIN_WORD, ids[p], ids[_G + p], k0, k1
        )
        again = u01(x0, x1) < b[MORE * _G + p]
        gap = max(b[GAP * _G + p] * -log(1.0 - u01(x2, x3)), 1.0 / 60.0)
        later = math.floor((b[AT * _G + p] / 60.0 + gap) * 60.0) + 1.0
        b[BASE * _G + p] = later if again & (later < stop_s) else math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def draw_presses(
    s: Schedule, c: Floats, bad: Floats, trial: Places, person: Places, presses: int,
    stop_s: float, k0: np.uint64, k1: np.uint64,
) -> None:  # fmt: skip
    """Draw what would follow each press, and what would follow that."""
    press_at, press_next, press_who, press_index, after = (
        s.press_at, s.press_next, s.press_who, s.press_index, s.after,
    )  # fmt: skip
    b, ids = np.zeros(13 * _G), np.zeros(2 * _G, np.uint64)
    first, top = 1, presses
    while first < top:
        n = min(_G, top - first)
        for p in range(n):
            i = np.int64(press_who[first + p])
            ids[p], ids[_G + p] = person[i], trial[i]
            b[STEP * _G + p], b[AT * _G + p] = press_index[first + p], after[first + p]
            b[MORE * _G + p], b[GAP * _G + p] = c[C_AGAIN * ROOM + i], c[C_GAP * ROOM + i]
        _further(b, ids, k0, k1, stop_s, _G)
        for p in range(n):
            m, later = first + p, b[BASE * _G + p]
            press_at[m], press_next[m] = later, 0
            if later == math.inf:
                continue
            who, index = press_who[m], press_index[m]
            series = index - 100.0 * math.floor(index * 0.01 + 1e-9)
            if series >= _LONGEST_SERIES or top == press_at.size:
                bad[np.int64(who)] = 1.0
                continue
            press_next[m] = top
            press_who[top], press_index[top], after[top] = who, index + 1.0, later
            top += 1
        first += n


@njit(cache=True, nogil=True, error_model="numpy")
def longest_first(s: Schedule, items: int, n: int) -> None:
    """Order people by how many items they have."""
    first, sizes = s.first, np.zeros(n)
    for i in range(n - 1):
        sizes[i] = first[i + 1] - first[i]
    sizes[n - 1] = items - first[n - 1]
    _largest_first(sizes, s.order)
