"""Concentrations of many people under known dosing, exact, people side by side in vector lanes.

Each concentration is a sum of exponentials (see :mod:`equipoise.kernels.modal`), each of which
follows x' = l (b q - x) for the inflow q by itself. From one time wanted to the next it is taken in
one stride with a decay that is shared by all strides of that length. Where the flow changes on the
way, what each pulse above the lowest flow leaves is added at the stride's end; pulses are worked
out beforehand, for all lanes at once.

At the effect site terms may nearly cancel, as soon after the first drug or with ke0 close to
another rate. People for whom that loses digits are left to :mod:`equipoise.kernels.compartments`,
one by one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compartments import advance, modes
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, expm1
from equipoise.kernels.modal import CHUNK, ROOM, effect_modes

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

L = 64
"""How many people there are side by side."""
TILE = 96
"""How many times are kept, lane by lane, before they are written person by person."""
MOST_SEGMENTS = 4096
"""People with longer histories go one by one: there is no room for so many pulses."""
_LOST = 5e-4  # a sum smaller than this share of its terms has lost digits
_NEAR = 1e-6  # relative distance of ke0 from a rate below which all of them are lost
_SAME = 1e-15  # strides that differ by less, relative to the time, are the same

# Rows of what is kept for each lane. First those with a row for each exponential: its value, decay
# over a stride, answer to 1 ml/h over a stride, inflow of a stride, rate (1/min), steady state at
# 1 ml/h, what pulses have left so far.
_X, _DECAY, _GAIN, _MOVE, _RATE, _SHARE, _LEFT = 0, 4 * L, 8 * L, 12 * L, 16 * L, 20 * L, 24 * L
# Weights of three of them in the plasma, flow (ml/h), whether digits were lost (when below 0).
_PLASMA, _FLOW, _LEAST, _ROWS = 28 * L, 31 * L, 32 * L, 33
# Rows of what is known of each pulse: how long it lasts, how long it is over at the stride's end
# (min), how much more than the lowest flow it is (ml/h), whether earlier ones count (0 or 1); the
# stride's lowest flow, and the one at its end.
_SPAN, _OVER, _MORE, _KEPT, _LOW, _THEN, _ABOUT = 0, L, 2 * L, 3 * L, 4 * L, 5 * L, 6 * L
_ONE, _TWO, _THREE = L, 2 * L, 3 * L


@njit(cache=True, nogil=True, error_model="numpy")
def given(
    models: Floats, ug_per_ml: Floats, end_min: Floats, rate_ml_h: Floats, offsets: Counts,
    times_min: Floats, start: int, stop: int, out: Floats,
) -> None:  # fmt: skip
    """Fill ``out`` with the concentrations (ng/ml) of people ``start`` to before ``stop``.

    ``models`` is (drugs, people, 7): V1, V2, V3 (l), clearance, Q2, Q3 (l/min), ke0 (1/min);
    ``ug_per_ml`` (drugs, people) what they flow in. Person i has the segments ``offsets[i]`` to
    before ``offsets[i + 1]``, or everybody has those of the first if there are no more offsets:
    each from the end of the one before (or 0) to ``end_min`` at ``rate_ml_h``, and nothing
    afterwards. ``times_min`` rise from 0 or later. ``out`` is (drugs, 2, people, times): plasma,
    effect site.
    """
    shared, most = offsets.size == 2, 0
    for i in range(0 if shared else start, 1 if shared else stop):
        most = max(most, int(offsets[i + 1] - offsets[i]))
    room = (2 * min(most, MOST_SEGMENTS) + 2) * L
    pulses, left = _whole_lines(6 * room), _whole_lines(4 * room)
    link, head = np.zeros(room, np.int64), np.zeros(times_min.size, np.int64)
    w, tile = _whole_lines(_ROWS * L), _whole_lines(2 * TILE * L).reshape(2, TILE, L)
    shape = np.zeros(15 * ROOM)
    bad, alone, cut = np.zeros(CHUNK), np.zeros(L), np.zeros(L, np.int64)
    for base in range(start, stop, L):
        n = min(L, stop - base)
        head[:] = -1
        for i in range(n):
            k = 0 if shared else base + i
            first, last = int(offsets[k]), int(offsets[k + 1])
            alone[i], cut[i] = 1.0, 0
            if last - first <= MOST_SEGMENTS:
                alone[i] = 0.0
                cut[i] = _cut(end_min, rate_ml_h, first, last, times_min, i, pulses, head, link)
        count = int(np.max(cut[:n]))
        for drug in range(models.shape[0]):
            for i in range(n):
                k = 0 if shared else base + i
                w[_FLOW + i] = rate_ml_h[offsets[k]] if offsets[k] < offsets[k + 1] else 0.0
            bad[:n] = 0.0
            effect_modes(models[drug], base, n, shape, bad)
            _begin(shape, models[drug], ug_per_ml[drug], base, n, bad, w)
            _pulses_left(w, pulses, count, left)
            _walk(w, times_min, pulses, head, link, left, tile, base, n, out[drug])
            for i in range(n):
                if alone[i] != 0.0 or not w[_LEAST + i] >= 0.0:
                    k = 0 if shared else base + i
                    some = slice(offsets[k], offsets[k + 1])
                    _alone(
                        models[drug, base + i], ug_per_ml[drug, base + i], end_min[some],
                        rate_ml_h[some], times_min, base + i, out[drug],
                    )  # fmt: skip


@njit(cache=True, nogil=True)
def _whole_lines(size: int) -> Floats:
    """Return zeros that begin with a line of the cache, so that no vector lies across two."""
    some = np.zeros(size + 8)
    skip = -(some.ctypes.data // 8) % 8
    return some[skip : skip + size]


@njit(cache=True, nogil=True, error_model="numpy")
def _cut(
    end_min: Floats, rate_ml_h: Floats, first: int, last: int, times_min: Floats, i: int,
    pulses: Floats, head: Counts, link: Counts,
) -> int:  # fmt: skip
    """Find lane ``i``'s strides in which the flow changes; return how many pulses they have.

    Such a stride has its lowest flow throughout, and a pulse for each segment that has more: only
    what is positive is added. The last pulse knows the flow below and that at the end, and joins
    the list of ``head`` and ``link`` for its stride.
    """
    count = times_min.size
    per_min = (count - 1) / max(times_min[count - 1] - times_min[0], 1e-300)
    k, p, j, now = first, 0, 0, 0.0
    usual = rate_ml_h[first] if first < last else 0.0
    while True:
        while k < last and end_min[k] <= now:
            k += 1
        end = end_min[k] if k < last else math.inf
        rate = rate_ml_h[k] if k < last else 0.0
        if rate == usual and times_min[p] <= end:
            # Where times are evenly spaced, the first one after the end is where it is looked for.
            guess = (min(end, times_min[count - 1]) - times_min[0]) * per_min
            q = max(p + 1, min(int(guess) + 1, count))
            while q > p + 1 and times_min[q - 1] > end:
                q -= 1
            if q == count:
                return j
            p, now = q, times_min[q - 1]
            continue
        at, low, final = times_min[p], rate, k
        while final < last and end_min[final] < at:
            final += 1
            usual = rate_ml_h[final] if final < last else 0.0
            low = min(low, usual)
        usual = rate_ml_h[final] if final < last else 0.0
        fresh = j
        for each in range(k, final + 1):
            until = min(end_min[each], at) if each < last else at
            rate = rate_ml_h[each] if each < last else 0.0
            if rate > low and until > now:
                to = j * _ABOUT + i
                pulses[to + _SPAN], pulses[to + _OVER] = until - now, at - until
                pulses[to + _MORE], pulses[to + _KEPT] = rate - low, 0.0 if j == fresh else 1.0
                j += 1
            now = until
        if j == fresh:  # one of nothing
            to = j * _ABOUT + i
            pulses[to + _SPAN], pulses[to + _OVER] = 0.0, 0.0
            pulses[to + _MORE], pulses[to + _KEPT] = 0.0, 0.0
            j += 1
        to = (j - 1) * _ABOUT + i
        pulses[to + _LOW], pulses[to + _THEN] = low, usual
        link[(j - 1) * L + i], head[p] = head[p], (j - 1) * L + i
        k, now, p = final, at, p + 1
        if p == count:
            return j


@njit(cache=True, nogil=True, error_model="numpy")
def _begin(
    shape: Floats, model: Floats, ug_per_ml: Floats, base: int, n: int, bad: Floats, w: Floats
) -> None:
    """Set the lanes to no drug; those without a person stay there.

    Rates and shares that are not found side by side, as those of models with fewer compartments,
    are found alone.
    """
    w[_X:_DECAY] = 0.0
    w[_LEAST : _LEAST + L] = 0.0
    w[_RATE:_SHARE] = 1.0
    w[_SHARE:_PLASMA] = 0.0
    for i in range(n):
        if bad[i] != 0.0:
            m, ke0, weights = model[base + i], model[base + i, 6], 0.0
            mode = modes(m[0], m[1], m[2], m[3], m[4], m[5])
            for k in range(3):
                rate, part = mode[k], mode[3 + k]
                if part > 0.0 and abs(ke0 - rate) < _NEAR * ke0:
                    part, w[_LEAST + i] = 0.0, -1.0
                weight = part / (ke0 - rate) if part > 0.0 else 0.0
                shape[k * ROOM + i], shape[(4 + k) * ROOM + i] = rate, weight * ke0 / rate
                weights += weight
            shape[3 * ROOM + i], shape[7 * ROOM + i] = ke0, -weights
    for k in range(4):
        for i in range(n):
            w[_RATE + k * L + i] = shape[k * ROOM + i]
            w[_SHARE + k * L + i] = shape[(4 + k) * ROOM + i] * (ug_per_ml[base + i] / 60.0)
    for k in range(3):
        for i in range(n):
            ke0 = shape[3 * ROOM + i]
            w[_PLASMA + k * L + i] = (ke0 - shape[k * ROOM + i]) / ke0


@njit(cache=True, nogil=True, error_model="numpy")
def _pulses_left(w: Floats, pulses: Floats, count: int, left: Floats) -> None:
    """Write what the pulses of a stride, up to each, leave at its end: (pulses, 4, L).

    Lanes with fewer pulses repeat old ones, which nobody reads.
    """
    for j in range(count):
        of = j * _ABOUT
        for i in range(L):
            span, over = pulses[of + _SPAN + i], pulses[of + _OVER + i]
            more, kept = pulses[of + _MORE + i], pulses[of + _KEPT + i]
            for k in range(4):
                rate = w[_RATE + k * L + i]
                reached = w[_SHARE + k * L + i] * more * -expm1(-rate * span)
                all_left = kept * w[_LEFT + k * L + i] + reached * exp(-rate * over)
                w[_LEFT + k * L + i] = all_left
                left[4 * j * L + k * L + i] = all_left


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(
    w: Floats, times_min: Floats, pulses: Floats, head: Counts, link: Counts, left: Floats,
    tile: Floats, base: int, n: int, out: Floats,
) -> None:  # fmt: skip
    """Stride from time to time, and write the concentrations."""
    before, step, kept = 0.0, -1.0, 0
    for p in range(times_min.size):
        at = times_min[p]
        if not abs(at - before - step) <= _SAME * at:
            step = at - before
            _stride(w, step)
        before = at
        pulse = head[p]
        while pulse >= 0:
            i = pulse % L
            low = pulses[6 * (pulse - i) + _LOW + i]
            for k in range(4):
                at_end = left[4 * (pulse - i) + k * L + i]
                w[_MOVE + k * L + i] = low * w[_GAIN + k * L + i] + at_end
            pulse = link[pulse]
        # Slices: numba would look at each index for one that counts from the end.
        near, far = tile[0, kept], tile[1, kept]
        for i in range(L):
            a = w[_X + i] * w[_DECAY + i] + w[_MOVE + i]
            b = w[_X + _ONE + i] * w[_DECAY + _ONE + i] + w[_MOVE + _ONE + i]
            c = w[_X + _TWO + i] * w[_DECAY + _TWO + i] + w[_MOVE + _TWO + i]
            d = w[_X + _THREE + i] * w[_DECAY + _THREE + i] + w[_MOVE + _THREE + i]
            w[_X + i], w[_X + _ONE + i], w[_X + _TWO + i], w[_X + _THREE + i] = a, b, c, d
            effect = (a + b) + (c + d)
            terms = (abs(a) + abs(b)) + (abs(c) + abs(d))
            w[_LEAST + i] = min(w[_LEAST + i], effect - _LOST * terms)
            near[i] = a * w[_PLASMA + i] + b * w[_PLASMA + _ONE + i] + c * w[_PLASMA + _TWO + i]
            far[i] = effect
        pulse = head[p]
        while pulse >= 0:
            i = pulse % L
            then = pulses[6 * (pulse - i) + _THEN + i]
            w[_FLOW + i] = then
            for k in range(4):
                w[_MOVE + k * L + i] = then * w[_GAIN + k * L + i]
            pulse = link[pulse]
        kept += 1
        if kept == TILE or p + 1 == times_min.size:
            to = out[:, base : base + n, p + 1 - kept : p + 1]
            _turn(tile[0], to[0])
            _turn(tile[1], to[1])
            kept = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(tile: Floats, out: Floats) -> None:
    """Write rows of lanes as columns, (people, times): one after the other as memory has them."""
    for i in range(out.shape[0]):
        for t in range(out.shape[1]):
            out[i, t] = tile[t, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _stride(w: Floats, minutes: float) -> None:
    """Work out what a stride of so many minutes does."""
    for i in range(4 * L):
        w[_GAIN + i] = -expm1(-w[_RATE + i] * minutes) * w[_SHARE + i]
    for i in range(4 * L):
        w[_DECAY + i] = exp(-w[_RATE + i] * minutes)
    for k in range(4):
        for i in range(L):
            w[_MOVE + k * L + i] = w[_FLOW + i] * w[_GAIN + k * L + i]


@njit(cache=True, nogil=True, error_model="numpy")
def _alone(
    model: Floats, ug_per_ml: float, end_min: Floats, rate_ml_h: Floats, times_min: Floats,
    person: int, out: Floats,
) -> None:  # fmt: skip
    """Step one person from change to change, and to each time.

    What a step between times does to each share, and what flows in, is kept for the next one.
    """
    mode, ke0 = modes(model[0], model[1], model[2], model[3], model[4], model[5]), model[6]
    nothing = (0.0, 0.0, 0.0, 0.0)
    state, now, before, k, step = nothing, 0.0, 0.0, 0, -1.0
    one, two, three, site, inflow = nothing, nothing, nothing, nothing, nothing
    for p in range(times_min.size):
        at = times_min[p]
        while k < end_min.size and end_min[k] < at:
            rate = rate_ml_h[k] / 60.0 * ug_per_ml
            state = advance(state, mode, ke0, rate, max(end_min[k] - now, 0.0))
            now = max(end_min[k], now)
            k += 1
        rate = rate_ml_h[k] / 60.0 * ug_per_ml if k < end_min.size else 0.0
        if now > before:
            state = advance(state, mode, ke0, rate, at - now)
        else:
            if not abs(at - now - step) <= _SAME * at:
                step = at - now
                one = advance((1.0, 0.0, 0.0, 0.0), mode, ke0, 0.0, step)
                two = advance((0.0, 1.0, 0.0, 0.0), mode, ke0, 0.0, step)
                three = advance((0.0, 0.0, 1.0, 0.0), mode, ke0, 0.0, step)
                site = advance((0.0, 0.0, 0.0, 1.0), mode, ke0, 0.0, step)
                inflow = advance(nothing, mode, ke0, 1.0, step)
            a, b, c, e = state
            state = (
                a * one[0] + rate * inflow[0],
                b * two[1] + rate * inflow[1],
                c * three[2] + rate * inflow[2],
                a * one[3] + b * two[3] + c * three[3] + e * site[3] + rate * inflow[3],
            )
        now, before = at, at
        out[0, person, p] = state[0] + state[1] + state[2]
        out[1, person, p] = state[3]
