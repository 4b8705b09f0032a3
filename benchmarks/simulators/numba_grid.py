"""A grid of minutes in numba, float32, people in vector lanes: the fastest grid that we know.

Sixty-four people at a time; loops over them are innermost and branch-free, so that LLVM vectorises
them; the few presses of a minute are handled one by one. Random numbers are cheap ones: xorshift
with a Weyl sequence (Marsaglia G. Xorshift RNGs. J Stat Softw 2003;8(14),
doi:10.18637/jss.v008.i14), and the noise adds a triangular step a minute, whose sum is as good as
normal.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit

from benchmarks.simulators.case import (
    DRUGS,
    LOOKS_H,
    PROGRAM,
    STOP_MIN,
    WISH,
    Case,
    Floats,
    Lived,
)
from benchmarks.simulators.modal import Modal, modal

TITLE = "numba grid of minutes"
HOW = "float32, 64 people in vector lanes, cheap random numbers"
PACKAGE = "numba"
SIZES = (4096, 16_384)
LANES = 64
IN_THREADS = True

_ONE = np.float32(1)
_RIGHT, _LEFT_LONG, _LEFT = np.uint32(17), np.uint32(13), np.uint32(5)
_WEYL = np.uint32(362437)
_LOW = np.uint32(0xFFFF)
_SIXTEEN, _EIGHT = np.uint32(16), np.uint32(8)
_TO_UNIT = np.float32(2.0**-24)
_HALF = np.float32(2.0**-16)
_LOG2_E = np.float32(1.44269504)
_FIVE, _TEN, _ZERO = np.float32(5), np.float32(10), np.float32(0)


def _lanes(values: Any, dtype: Any = np.float32) -> Any:
    """Return ``values`` (..., people) as (blocks, ..., LANES); the last block repeats people."""
    values = np.asarray(values)
    blocks = -(-values.shape[-1] // LANES)
    padded = values[..., np.arange(blocks * LANES) % values.shape[-1]]
    split = padded.reshape(*values.shape[:-1], blocks, LANES)
    return np.ascontiguousarray(np.moveaxis(split, -2, 0), dtype)


def _modal_lanes(m: Modal) -> tuple[Any, Any, Any]:
    return _lanes(m.gain), _lanes(m.plasma), _lanes(m.effect)


# All lanes of 64 people in one array: offsets are known when it is compiled, so LLVM sees that rows
# do not overlap. Rows: what to move by, weights, exponentials (12 each), then these.
_GAIN, _WEIGHT, _X, _SITE, _PEAK = 0, 12 * LANES, 24 * LANES, 36 * LANES, 39 * LANES
_FLOW, _START, _NOISE, _BAG, _HAZARD, _CLOCK, _FELT, _CHANCE, _U, _STEP, _LATER, _LAST = (
    row * LANES for row in range(42, 54)
)
_ROWS = 54


def _flow_of(d: int) -> Any:
    """Return the minute of drug ``d``: its offsets are constants as well."""
    gain, weight, x, site = (_GAIN + 4 * d * LANES, _WEIGHT + 4 * d * LANES, _X + 4 * d * LANES,
                             _SITE + d * LANES)  # fmt: skip
    two, three = 2 * LANES, 3 * LANES

    @njit(nogil=True, fastmath=True)
    def flow(w: Any) -> None:
        for j in range(LANES):
            q = w[_FLOW + j]
            w[x + j] += w[gain + j] * (q - w[x + j])
            w[x + LANES + j] += w[gain + LANES + j] * (q - w[x + LANES + j])
            w[x + two + j] += w[gain + two + j] * (q - w[x + two + j])
            w[x + three + j] += w[gain + three + j] * (q - w[x + three + j])
            w[site + j] = (
                w[weight + j] * w[x + j] + w[weight + LANES + j] * w[x + LANES + j]
                + w[weight + two + j] * w[x + two + j] + w[weight + three + j] * w[x + three + j]
            )  # fmt: skip

    return flow


_flow_0, _flow_1, _flow_2 = map(_flow_of, range(3))


@njit(nogil=True, fastmath=True)
def _flow(w: Any) -> None:
    _flow_0(w)
    _flow_1(w)
    _flow_2(w)


@njit(cache=True, nogil=True, fastmath=True)
def _most(w: Any) -> None:
    for j in range(3 * LANES):
        w[_PEAK + j] = max(w[_PEAK + j], w[_SITE + j])


@njit(cache=True, nogil=True, fastmath=True)
def _sum(x: Any, weight: Any, out: Any) -> None:
    for j in range(LANES):
        out[j] = (weight[0, j] * x[j] + weight[1, j] * x[LANES + j]
                  + weight[2, j] * x[2 * LANES + j] + weight[3, j] * x[3 * LANES + j])  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True)
def _follow(gain: Any, plasma: Any, effect: Any, bolus: Any, every: int, ml: Any, out: Any) -> None:
    drugs = gain.shape[0]
    w = np.zeros(_ROWS * LANES, np.float32)
    w[:_WEIGHT] = gain.reshape(-1)
    w[_WEIGHT:_X] = effect.reshape(-1)
    due, following = np.zeros(LANES, np.int32), bolus[0].copy()
    for minute in range(STOP_MIN):
        starting = np.int32(0)
        for j in range(LANES):
            starting += np.int32(following[j] == minute)
        w[_FLOW : _FLOW + LANES] = ml[0]
        if starting:
            for j in range(LANES):
                if following[j] == minute:
                    w[_FLOW + j] += ml[1]
                    due[j] += 1
                    following[j] = bolus[due[j], j] if due[j] < bolus.shape[0] else -1
        _flow(w)
        if (minute + 1) % every == 0:
            point = (minute + 1) // every - 1
            for d in range(drugs):
                _sum(w[_X + 4 * d * LANES :], plasma[d], out[d, 0, point])
                out[d, 1, point] = w[_SITE + d * LANES : _SITE + (d + 1) * LANES]


@njit(cache=True, nogil=True, fastmath=True)
def _follow_blocks(gain: Any, plasma: Any, effect: Any, bolus: Any, every: int, ml: Any,
                   out: Any) -> None:  # fmt: skip
    for b in range(gain.shape[0]):
        _follow(gain[b], plasma[b], effect[b], bolus[b], every, ml, out[b])


def open_loop(of: Case, every_min: int, threads: int = 1) -> Floats:
    """Step every minute."""
    arrays = (*_modal_lanes(modal(of)), _lanes(of.bolus_min.T, np.int32))
    ml = np.array([PROGRAM.background_ml_h / 60, PROGRAM.bolus_ml], np.float32)
    blocks = arrays[0].shape[0]
    out = np.empty((blocks, len(DRUGS), 2, STOP_MIN // every_min, LANES), np.float32)

    def run(part: slice) -> None:
        _follow_blocks(*(array[part] for array in arrays), every_min, ml, out[part])

    _in_threads(run, blocks, threads)
    people = np.moveaxis(out, 4, 1).reshape(blocks * LANES, len(DRUGS), 2, -1)
    return people[: of.people]


@njit(cache=True, inline="always", fastmath=True)
def _exp(y: Any) -> Any:
    """Return e**y in float32: 2**whole by the exponent's bits, the rest by a polynomial."""
    p = y * _LOG2_E
    whole = np.floor(p + np.float32(0.5))
    f = p - whole
    t = np.float32(0.00133336)
    t = t * f + np.float32(0.00961813)
    t = t * f + np.float32(0.05550411)
    t = t * f + np.float32(0.24022651)
    t = t * f + np.float32(0.69314718)
    t = t * f + _ONE
    bits = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23))
    return t * bits.view(np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def _toss(state: Any, weyl: Any, w: Any) -> None:
    """Draw a uniform number, and a triangular one from -1 to 1."""
    for j in range(LANES):
        one = state[j]
        one ^= np.uint32(one << _LEFT_LONG)
        one ^= np.uint32(one >> _RIGHT)
        one ^= np.uint32(one << _LEFT)
        two = one
        two ^= np.uint32(two << _LEFT_LONG)
        two ^= np.uint32(two >> _RIGHT)
        two ^= np.uint32(two << _LEFT)
        shift = np.uint32(weyl[j] + _WEYL)
        state[j], weyl[j] = two, shift
        w[_U + j] = np.float32(np.int32(np.uint32(np.uint32(one + shift) >> _EIGHT))) * _TO_UNIT
        bits = np.uint32(two + shift)
        both = np.int32(np.uint32(bits & _LOW)) + np.int32(np.uint32(bits >> _SIXTEEN))
        w[_STEP + j] = np.float32(np.int32(both)) * _HALF - _ONE


@njit(cache=True, nogil=True, fastmath=True)
def _want(w: Any, wish: Any, now: Any) -> int:
    """Feel, and wish to press; return how many press."""
    relief, ce50, slope, night = wish[2], wish[3], wish[4], wish[5]
    for j in range(LANES):
        pain = w[_START + j] + w[_NOISE + j] + w[_BAG + j]
        pain -= relief * w[_SITE + j] / (w[_SITE + j] + ce50)
        pain = max(_ZERO, pain)
        w[_FELT + j] = min(_TEN, pain)
    for j in range(LANES):
        clock = w[_CLOCK + j]
        factor = _ONE if (clock >= np.float32(360)) & (clock < np.float32(1320)) else night
        w[_CHANCE + j] = w[_HAZARD + j] * _exp(slope * (w[_FELT + j] - _FIVE)) * factor
        w[_CLOCK + j] = _ZERO if clock >= np.float32(1439) else clock + _ONE
    count = np.int32(0)
    for j in range(LANES):
        count += np.int32((w[_U + j] < w[_CHANCE + j]) | (w[_LATER + j] == now))
    return count


@njit(cache=True, nogil=True, fastmath=True)
def _fade(w: Any, wish: Any) -> None:
    noise_kept, noise_step, start_kept, hazard_kept = wish[0], wish[1], wish[8], wish[9]
    for j in range(LANES):
        w[_NOISE + j] = noise_kept * w[_NOISE + j] + noise_step * w[_STEP + j]
        w[_START + j] *= start_kept
        w[_HAZARD + j] *= hazard_kept


@njit(cache=True, nogil=True, fastmath=True)
def _press(w: Any, wish: Any, now: Any, demands: Any, delivered: Any) -> None:
    """Let the pump answer those who press."""
    again, gap_min, bolus, lockout = wish[6], wish[7], wish[11], wish[12]
    for j in range(LANES):
        u, chance = w[_U + j], w[_CHANCE + j]
        if u < chance or w[_LATER + j] == now:
            demands[j] += 1
            # Given that u is below the hazard, u / hazard is uniform; above it, what is left is.
            share = u / chance if u < chance else (u - chance) / (_ONE - chance)
            if share < again:
                gap = -gap_min * np.log(max(share / again, np.float32(1e-7)))
                w[_LATER + j] = now + max(np.floor(gap), _ONE)
            if now - w[_LAST + j] >= lockout:
                delivered[j] += 1
                w[_LAST + j] = now
                w[_FLOW + j] += bolus


@njit(cache=True, nogil=True, fastmath=True)
def _live(gain: Any, effect: Any, who: Any, seed: Any, wish: Any, looks: Any,
          demands: Any, delivered: Any, pain_at: Any, peak: Any) -> None:  # fmt: skip
    """Treat 64 people; ``who`` is (start, effect, per_min, started minute, first noise)."""
    w = np.zeros(_ROWS * LANES, np.float32)
    w[:_WEIGHT] = gain.reshape(-1)
    w[_WEIGHT:_X] = effect.reshape(-1)
    for j in range(LANES):
        w[_START + j], w[_BAG + j], w[_HAZARD + j] = who[0, j], who[1, j], who[2, j]
        w[_CLOCK + j] = who[3, j]
        w[_NOISE + j] = wish[13] * who[4, j]
        w[_LATER + j], w[_LAST + j], w[_FLOW + j] = -1, -1e6, wish[10]
    look = 0
    for minute in range(STOP_MIN):
        now = np.float32(minute)
        _toss(seed[0], seed[1], w)
        count = _want(w, wish, now)
        _fade(w, wish)
        if look < looks.size and minute == looks[look]:
            pain_at[look] = w[_FELT : _FELT + LANES]
            look += 1
        if count:
            _press(w, wish, now, demands, delivered)
        _flow(w)
        _most(w)
        if count:
            w[_FLOW : _FLOW + LANES] = wish[10]
    peak[:] = w[_PEAK : _PEAK + 3 * LANES].reshape(3, LANES)


@njit(cache=True, nogil=True, fastmath=True)
def _live_blocks(gain: Any, effect: Any, who: Any, seed: Any, wish: Any, looks: Any,
                 demands: Any, delivered: Any, pain_at: Any, peak: Any) -> None:  # fmt: skip
    for b in range(gain.shape[0]):
        _live(gain[b], effect[b], who[b], seed[b], wish, looks, demands[b], delivered[b],
              pain_at[b], peak[b])  # fmt: skip


def feedback(of: Case, threads: int = 1) -> Lived:
    """Step every minute: feel, press, flow."""
    gain, _, effect = _modal_lanes(modal(of))
    blocks = gain.shape[0]
    rng = np.random.default_rng((9, of.first))  # noqa: TID251
    columns = [of.column(name) for name in ("start", "effect", "per_min", "started_s")]
    columns[3] = columns[3] / 60
    who = _lanes(np.array([*columns, rng.standard_normal(of.people)]))
    seed = rng.integers(1, 2**32, (blocks, 2, LANES), np.uint32)
    kept = np.exp(-1 / WISH["noise_min"])
    wish = np.array([
        kept, WISH["noise_sd"] * np.sqrt(6 * (1 - kept * kept)), WISH["relief"], WISH["ce50_ng_ml"],
        WISH["pain_slope"], WISH["night"], WISH["again"], WISH["gap_min"],
        np.exp(-1 / WISH["fading_min"]), np.exp(-1 / WISH["demand_fading_min"]),
        PROGRAM.background_ml_h / 60, PROGRAM.bolus_ml, PROGRAM.lockout_min, WISH["noise_sd"],
    ], np.float32)  # fmt: skip
    looks = np.array([60 * hour for hour in LOOKS_H])
    demands, delivered = np.zeros((2, blocks, LANES), np.int32)
    pain_at = np.empty((blocks, len(LOOKS_H), LANES), np.float32)
    peak = np.zeros((blocks, len(DRUGS), LANES), np.float32)

    def run(part: slice) -> None:
        _live_blocks(gain[part], effect[part], who[part], seed[part], wish, looks, demands[part],
                     delivered[part], pain_at[part], peak[part])  # fmt: skip

    _in_threads(run, blocks, threads)
    n = of.people
    return Lived(
        demands.reshape(-1)[:n], delivered.reshape(-1)[:n],
        np.moveaxis(pain_at, 1, 2).reshape(-1, len(LOOKS_H))[:n],
        np.moveaxis(peak, 1, 0).reshape(len(DRUGS), -1)[:, :n],
    )  # fmt: skip


def _in_threads(run: Any, blocks: int, threads: int) -> None:
    cuts = [blocks * t // threads for t in range(threads + 1)]
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, parts))
