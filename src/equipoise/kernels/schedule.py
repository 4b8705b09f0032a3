"""All of a person's course that the pump's answers do not change, for many people at once.

When the person might press, when somebody looks, the steps of the noise between these moments,
and the further presses that would follow each press: none of it depends on what is delivered. It is
drawn ahead, without branches; :mod:`equipoise.kernels.lanes` then walks through it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log
from equipoise.kernels.modal import CHUNK, ROOM
from equipoise.kernels.pain import PAIN_MAX
from equipoise.kernels.philox import philox4x32, u01
from equipoise.kernels.ready import (
    AGAIN_WORD,
    C_AGAIN,
    C_FADE,
    C_FADING,
    C_FROM,
    C_GAP,
    C_MOST,
    C_NIGHT,
    C_SHIFT,
    C_SHIFT_AT,
    C_SLOPE,
    C_START,
    C_STARTED,
    C_TO,
    C_TOP,
    C_TOTAL,
    DEMAND_WORD,
)  # fmt: skip

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Places = NDArray[np.uint64]

CLOSE = 1e-9
"""Decisions closer than this are left to the scalar path; rounding reaches 1e-12."""
DELIVERIES = 200
"""With more boluses the rest of the kernel takes over."""
EACH = 448
"""How many candidates worth a look a person may have."""

LOOK_BLOCK, LOOK_ROWS = 32, 12
"""How many people, and rows for each look, :mod:`equipoise.kernels.looks` takes at a time."""

_L = 32  # lanes that draw candidates
_COPIED = 13  # the first rows of constants, which they need
_LONGEST_SERIES = 98.0
_MOST_CANDIDATES = 2000.0
_BINS = 256
(EXPOSURE, INDEX, SECOND, MARGIN, WORTH, SO_FAR, LEFT, DRAWN) = range(_COPIED, _COPIED + 8)
_ROWS = _COPIED + 8
_G = 64  # presses that are drawn together
STEP, AFTER, MORE, GAP, LATER = range(5)
(AT, BEFORE, NUMBER, KEPT, FRESH, BASE, WISHED, SOURCE, IS_WISH) = range(9)
_FIELDS = 9
KNOWN = (1 << 40) - 1
"""A place is not negative, which the compiler only knows when these bits are taken of it."""
ITEMS = CHUNK * 256 + 8
"""How many items there is room for."""
V = 8
"""Everybody's items fill whole groups of so many, so that loops over them become vectors."""


class Schedule(NamedTuple):
    """What happens to the people of a chunk, and room to draw it.

    Items are candidates and looks, person after person by time; each person's begin at ``first``
    and are ``sizes`` many, filled up to a whole number of eights. Rows of ``items``: AT (s),
    BEFORE (s, since the item before), NUMBER (of the noise's step), KEPT and FRESH (what becomes of
    the noise: kept * noise + fresh), BASE (pain without noise and relief), IS_WISH (of a candidate,
    not a look), WISHED (the wish to press less what the night takes from it), SOURCE (the number
    of the candidate).

    What remains after :func:`equipoise.kernels.noise.feel`. Candidates who would press without
    relief, person after person, one at infinity after each: four numbers of ``wish`` (second,
    margin, pain without relief, when another press would follow) from the ``wish_first``-th on;
    ``order`` has those with most first. Looks, the m-th of person ``i`` at m * ROOM + i:
    ``look_at`` (s), ``look_pain`` (without relief), ``look_place`` (among the items),
    ``look_column``, so many as ``looks``; ``look_block`` is for :mod:`equipoise.kernels.looks`.

    Presses: the k-th is what would follow candidate k, the others what would follow those.
    ``press_at`` (s) is when, infinity if never; ``press_next`` is the place of the one that would
    follow it; ``press_who``, ``press_index`` and ``after`` (s) are where it comes from.

    ``found``, ``found_margin``, ``found_index`` ``(people, EACH)`` and ``counts`` are candidates.
    ``places`` is room for the places of a person's items.
    ``states`` ``(people, DELIVERIES + 1, 4)`` is room for :mod:`equipoise.kernels.lanes`.
    """

    items: Floats
    places: Counts
    first: Counts
    sizes: Counts
    wish: Floats
    wish_first: Counts
    order: Counts
    look_at: Floats
    look_pain: Floats
    look_place: Counts
    look_column: Counts
    looks: Counts
    look_block: Floats
    press_at: Floats
    press_next: Counts
    press_who: Counts
    press_index: Floats
    after: Floats
    found: Floats
    found_margin: Floats
    found_index: Floats
    counts: Counts
    states: Floats
    w: Floats


@njit(cache=True, error_model="numpy")
def new_schedule(looks: int) -> Schedule:
    """Return room for a chunk of people with so many looks."""
    wishes, presses, planned = ITEMS + CHUNK, 2 * ITEMS, (looks + 1) * ROOM
    found = (CHUNK + 1) * EACH  # one more, where lanes write that have nobody
    return Schedule(
        np.zeros(_FIELDS * ITEMS), np.zeros(EACH + looks + 1, np.int64),
        np.zeros(CHUNK, np.int64),
        np.zeros(CHUNK, np.int64), np.zeros(4 * wishes),
        np.zeros(CHUNK, np.int64), np.zeros(CHUNK, np.int64), np.zeros(planned), np.zeros(planned),
        np.zeros(planned, np.int64), np.zeros(planned, np.int64), np.zeros(CHUNK, np.int64),
        np.zeros(LOOK_ROWS * LOOK_BLOCK * (looks + 1)), np.zeros(presses),
        np.zeros(presses, np.int64), np.zeros(presses, np.int64), np.zeros(presses),
        np.zeros(presses), np.zeros(found), np.zeros(found), np.zeros(found),
        np.zeros(CHUNK, np.int64), np.zeros((CHUNK, DELIVERIES + 1, 4)), np.zeros(_ROWS * _L),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_candidates(
    w: Floats, ids: Places, k0: np.uint64, k1: np.uint64, stop_s: float, n: int
) -> int:
    """Move every lane to its next candidate; judge whether any possible pain would press there.

    Return how many lanes have none. Who is ``LEFT`` to the scalar path has none either.
    """
    without = 0
    # Short loops: the processor works at several of their rounds at once, at long ones it waits.
    for p in range(n):
        index = w[INDEX * _L + p] + 1.0
        w[INDEX * _L + p] = index
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(index)), DEMAND_WORD, ids[p], ids[_L + p], k0, k1
        )
        w[DRAWN * _L + p] = 1.0 - u01(x0, x1)
        w[MARGIN * _L + p] = u01(x2, x3)
    for p in range(n):
        w[EXPOSURE * _L + p] = w[EXPOSURE * _L + p] - log(w[DRAWN * _L + p])
    for p in range(n):
        w[MARGIN * _L + p] = -log(w[MARGIN * _L + p])
    for p in range(n):
        share = w[EXPOSURE * _L + p] / w[C_TOTAL * _L + p]
        inside = share < 1.0
        t_min = -w[C_FADING * _L + p] * log((1.0 - share) if inside else 1.0)
        second = math.floor(min(t_min * 60.0, 1e15)) + 1.0
        lives = inside & (second < stop_s) & (w[LEFT * _L + p] == 0.0)
        w[SECOND * _L + p] = second if lives else math.inf
    for p in range(n):
        w[DRAWN * _L + p] = exp(w[SECOND * _L + p] * w[C_FADE * _L + p])
    for p in range(n):
        t = w[SECOND * _L + p]
        local = min(t, 1e15) + w[C_STARTED * _L + p]
        local = local + (w[C_SHIFT * _L + p] if t >= w[C_SHIFT_AT * _L + p] else 0.0)
        local = local - 86400.0 * math.floor(local * (1.0 / 86400.0) + 1e-9)
        begin, end = w[C_FROM * _L + p], w[C_TO * _L + p]
        after, before = local >= begin, local < end
        asleep = (after & before) if begin <= end else (after | before)
        slope = w[C_SLOPE * _L + p]
        highest = w[C_START * _L + p] * w[DRAWN * _L + p] + w[C_TOP * _L + p]
        highest = min(max(highest, 0.0), PAIN_MAX) if slope >= 0.0 else 0.0
        least = slope * (w[C_MOST * _L + p] - highest)
        margin = w[MARGIN * _L + p] - (w[C_NIGHT * _L + p] if asleep else 0.0)
        w[MARGIN * _L + p] = margin
        lives, so_far = t < math.inf, w[SO_FAR * _L + p]
        full = (so_far == EACH - 1) | (w[INDEX * _L + p] > _MOST_CANDIDATES)
        worth = 1.0 if lives & (not full) & (margin > least) else 0.0
        w[WORTH * _L + p], w[SO_FAR * _L + p] = worth, so_far + worth
        left = lives & (full | (abs(margin - least) < CLOSE))
        w[LEFT * _L + p] = 1.0 if left else w[LEFT * _L + p]
        without += 0 if lives else 1
    return without


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
    w, ids, lane = s.w, np.zeros(2 * _L, np.uint64), np.full(_L, CHUNK)
    found, found_margin, found_index, counts = s.found, s.found_margin, s.found_index, s.counts
    order, place = s.order, np.full(_L, CHUNK * EACH)
    _largest_first(c[C_TOTAL * ROOM : C_TOTAL * ROOM + n], order)
    coming, idle = 0, _L
    w[SECOND * _L : (SECOND + 1) * _L] = math.inf
    w[LEFT * _L : (LEFT + 1) * _L] = 0.0
    while True:
        for p in range(_L):
            if w[SECOND * _L + p] < math.inf:
                continue
            i = lane[p]
            if i < CHUNK:
                counts[i] = place[p] - i * EACH
                bad[i] = 1.0 if w[LEFT * _L + p] != 0.0 else bad[i]
                lane[p], place[p] = CHUNK, CHUNK * EACH
                idle += 1
            while coming < n and bad[order[coming]] != 0.0:
                counts[order[coming]] = 0
                coming += 1
            if coming < n:
                i = order[coming] & KNOWN
                for row in range(_COPIED):
                    w[row * _L + p] = c[row * ROOM + i]
                w[EXPOSURE * _L + p], w[INDEX * _L + p] = 0.0, 0.0
                w[SO_FAR * _L + p], w[LEFT * _L + p] = 0.0, 0.0
                ids[p], ids[_L + p] = np.uint64(person[i]), np.uint64(trial[i])
                lane[p], place[p] = i, i * EACH
                coming += 1
                idle -= 1
            else:  # nobody is left for this lane, which goes nowhere from here on
                w[LEFT * _L + p] = 1.0
        if idle == _L:
            break
        without = idle
        while without == idle:
            without = _draw_candidates(w, ids, k0, k1, stop_s, _L)
            for p in range(_L):
                k = place[p] & KNOWN
                found[k] = w[SECOND * _L + p]
                found_margin[k] = w[MARGIN * _L + p]
                found_index[k] = w[INDEX * _L + p]
                place[p] = k + np.int64(w[WORTH * _L + p])


@njit(cache=True, nogil=True, error_model="numpy")
def arrange(s: Schedule, looks_s: Counts, first: int, n: int, bad: Floats) -> None:
    """Put everybody's candidates and looks in order, as far as there is room."""
    top, columns, b = 0, looks_s.shape[1], s.items
    found, found_margin, found_index = s.found, s.found_margin, s.found_index
    look_at, look_place, look_column = s.look_at, s.look_place, s.look_column
    for i in range(n):
        planned = 0
        for column in range(columns):
            second = float(looks_s[first + i, column])
            place = planned
            while place > 0 and look_at[(place - 1) * ROOM + i] > second >= 0.0:
                look_at[place * ROOM + i] = look_at[(place - 1) * ROOM + i]
                look_column[place * ROOM + i] = look_column[(place - 1) * ROOM + i]
                place -= 1
            look_at[place * ROOM + i], look_column[place * ROOM + i] = second, column
            planned += 1 if second >= 0.0 else 0
        look_at[planned * ROOM + i] = math.inf
        k, look, step, before = i * EACH, i, 0.0, 0.0
        found[k + s.counts[i]] = math.inf
        size = s.counts[i] + planned & KNOWN
        if top + size + V > ITEMS:
            size, planned, bad[i] = 0, 0, 1.0
        s.first[i], s.sizes[i], s.looks[i] = top, size, planned
        begin = top & KNOWN
        for place in range(begin, begin + size):
            k, look = k & KNOWN, look & KNOWN
            wished, looked = found[k], look_at[look]
            candidate = wished < looked
            t = wished if candidate else looked
            b[WISHED * ITEMS + place], b[SOURCE * ITEMS + place] = found_margin[k], found_index[k]
            b[IS_WISH * ITEMS + place] = 1.0 if candidate else 0.0
            look_place[look] = place
            k += 1 if candidate else 0
            look += 0 if candidate else ROOM
            step += 1.0 if t > before else 0.0
            b[AT * ITEMS + place], b[BEFORE * ITEMS + place] = t, t - before
            b[NUMBER * ITEMS + place] = step
            before = t
        top += size
        while top % V != 0:
            b[AT * ITEMS + top], b[BEFORE * ITEMS + top] = before, 0.0
            b[NUMBER * ITEMS + top], b[IS_WISH * ITEMS + top] = step, 0.0
            top += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _further(b: Floats, ids: Places, k0: np.uint64, k1: np.uint64, stop_s: float, n: int) -> None:
    """Draw whether presses are followed by others, and when."""
    for p in range(n):
        x0, x1, x2, x3 = philox4x32(
            np.uint64(np.int64(b[STEP * _G + p])), AGAIN_WORD, ids[p], ids[_G + p], k0, k1
        )
        b[MORE * _G + p] = 1.0 if u01(x0, x1) < b[MORE * _G + p] else 0.0
        b[LATER * _G + p] = 1.0 - u01(x2, x3)
    for p in range(n):
        gap = max(b[GAP * _G + p] * -log(b[LATER * _G + p]), 1.0 / 60.0)
        later = math.floor((b[AFTER * _G + p] / 60.0 + gap) * 60.0) + 1.0
        b[LATER * _G + p] = later if (b[MORE * _G + p] != 0.0) & (later < stop_s) else math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def draw_presses(
    s: Schedule, c: Floats, bad: Floats, trial: Words, person: Words, presses: int,
    stop_s: float, k0: np.uint64, k1: np.uint64,
) -> None:  # fmt: skip
    """Draw what would follow each press, and what would follow that."""
    wish, wishes = s.wish, presses
    press_at, press_next, press_who, press_index, after = (
        s.press_at, s.press_next, s.press_who, s.press_index, s.after,
    )  # fmt: skip
    b, ids = np.zeros(5 * _G), np.zeros(2 * _G, np.uint64)
    first, top = 0, presses
    while first < top:
        first = first & KNOWN
        n = min(_G, top - first)
        for p in range(n):
            i = press_who[first + p] & KNOWN
            ids[p], ids[_G + p] = np.uint64(person[i]), np.uint64(trial[i])
            b[STEP * _G + p], b[AFTER * _G + p] = press_index[first + p], after[first + p]
            b[MORE * _G + p], b[GAP * _G + p] = c[C_AGAIN * ROOM + i], c[C_GAP * ROOM + i]
        _further(b, ids, k0, k1, stop_s, _G)
        for p in range(n):
            m, later = first + p, b[LATER * _G + p]
            press_at[m], press_next[m] = later, m
            if m < wishes:
                wish[4 * m + 3] = later
            if later == math.inf:
                continue
            who, index = press_who[m], press_index[m]
            series = index - 100.0 * math.floor(index * 0.01 + 1e-9)
            if series >= _LONGEST_SERIES or top == press_at.size:
                bad[who] = 1.0
                press_at[m] = math.inf
                continue
            press_next[m] = top
            press_who[top], press_index[top], after[top] = who, index + 1.0, later
            top += 1
        first += n


@njit(cache=True, nogil=True, error_model="numpy")
def longest_first(s: Schedule, wishes: int, n: int) -> None:
    """Order people by how many candidates they have."""
    first, sizes = s.wish_first, np.zeros(n)
    for i in range(n - 1):
        sizes[i] = first[i + 1] - first[i]
    sizes[n - 1] = wishes - first[n - 1]
    _largest_first(sizes, s.order)
