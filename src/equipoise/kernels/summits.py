"""The highest effect-site concentration of many people, with vectors across people.

After every bolus the concentration rises to a summit. The drug that later boluses bring only adds
to it, so the summit that there would be without them is never above the course, and the highest of
these and of the one after the stop is the course's own. Which bolus has the highest is judged from
a cubic near its summit, found between a few moments; that one is then found by Newton's
method, to rounding, and so is the one after the stop. Where the cubic of another bolus promises
1e-5 more than was found, and whatever does not settle, or lies so near the stop that it could be
before or after it, is left to :mod:`equipoise.kernels.peak`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, expm1
from equipoise.kernels.modal import CHUNK, ROOM, effect_modes
from equipoise.kernels.pump import Program, bolus_min

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]

G = 32
"""How many people go together."""
_FIRST_GUESS = 0.8  # a bolus has its summit about there, in units of 1/ke0
_NEWTON_FIRST, _NEWTON_LAST = 8, 7
_SETTLED = 1e-7  # what Newton's last step may still have raised the summit by, relative
_STEEPEST = 10.0
_NODES = (0.12, 0.3, 0.6, 1.0, 1.6)  # moments between which to look for a summit first
_STEP, _NEAR = (
    0.5,
    0.1,
)  # how far to go towards a summit, and how near to be, relative to when it is
_TIED = 2e-4  # how far off the estimate of a summit may be, relative: nearer ones are left open
_NEARLY = 6.0  # a tenth of the way to a summit (s/min): so near the stop it may be before or after
(
    L1, L2, L3, L4, B1, B2, B3, B4, S1, S2, S3, S4, A1, A2, A3, A4, X1, X2, X3, X4, Q1, Q2, Q3, Q4,
    TAU, LOW, HIGH, START, BEST, STEADY, LAST, T, HAS, CUT, LEVEL, GAIN, HEIGHT, SINCE, NEXT, AT,
    V1, V2, V3, V4, W1, W2, W3, W4, Y1, Y2, Y3, Y4, Z1, Z2, Z3, Z4, AT_MOST,
) = range(57)  # fmt: skip
_ROWS = 57


@njit(cache=True, nogil=True, error_model="numpy")
def _newton(w: Floats, n: int) -> None:
    """Move TAU towards where sum X exp(-L t) is highest: HEIGHT before, GAIN more."""
    for i in range(n):
        x = w[TAU * G + i]
        e1 = w[X1 * G + i] * exp(-w[L1 * G + i] * x)
        e2 = w[X2 * G + i] * exp(-w[L2 * G + i] * x)
        e3 = w[X3 * G + i] * exp(-w[L3 * G + i] * x)
        e4 = w[X4 * G + i] * exp(-w[L4 * G + i] * x)
        f1, f2, f3, f4 = (
            w[L1 * G + i] * e1,
            w[L2 * G + i] * e2,
            w[L3 * G + i] * e3,
            w[L4 * G + i] * e4,
        )
        slope = -((f1 + f2) + (f3 + f4))
        bend = (w[L1 * G + i] * f1 + w[L2 * G + i] * f2) + (w[L3 * G + i] * f3 + w[L4 * G + i] * f4)
        rises = slope > 0.0
        low = x if rises else w[LOW * G + i]
        high = w[HIGH * G + i] if rises else x
        to = x - slope / bend
        inside = (bend < 0.0) & (to >= low) & (to <= high)
        other = 2.0 * x if high == math.inf else 0.5 * (low + high)
        w[LOW * G + i] = low
        w[HIGH * G + i] = high
        w[TAU * G + i] = to if inside else other
        w[HEIGHT * G + i] = (e1 + e2) + (e3 + e4)
        w[GAIN * G + i] = -0.5 * slope * slope / bend if bend < 0.0 else math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _begin(w: Floats, n: int) -> None:
    """Start drug-free; the moment to judge summits by is that of a bolus alone."""
    for i in range(n):
        w[A1 * G + i] = -w[S1 * G + i]
        w[A2 * G + i] = -w[S2 * G + i]
        w[A3 * G + i] = -w[S3 * G + i]
        w[A4 * G + i] = -w[S4 * G + i]
        w[STEADY * G + i] = (w[S1 * G + i] + w[S2 * G + i]) + (w[S3 * G + i] + w[S4 * G + i])
        w[X1 * G + i] = w[B1 * G + i]
        w[X2 * G + i] = w[B2 * G + i]
        w[X3 * G + i] = w[B3 * G + i]
        w[X4 * G + i] = w[B4 * G + i]
        w[TAU * G + i] = _FIRST_GUESS / w[L4 * G + i]
        w[LOW * G + i] = 0.0
        w[HIGH * G + i] = math.inf
        w[BEST * G + i] = 0.0
        w[NEXT * G + i] = 0.0
        w[AT_MOST * G + i] = 0.0
        w[LAST * G + i] = 0.0
        w[CUT * G + i] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(w: Floats, n: int) -> None:
    """Keep what a mode still is at TAU."""
    for i in range(n):
        tau = w[TAU * G + i]
        w[START * G + i] = tau
        w[V1 * G + i] = exp(-w[L1 * G + i] * (_NODES[0] * tau))
        w[V2 * G + i] = exp(-w[L2 * G + i] * (_NODES[0] * tau))
        w[V3 * G + i] = exp(-w[L3 * G + i] * (_NODES[0] * tau))
        w[V4 * G + i] = exp(-w[L4 * G + i] * (_NODES[0] * tau))
        w[W1 * G + i] = exp(-w[L1 * G + i] * (_NODES[1] * tau))
        w[W2 * G + i] = exp(-w[L2 * G + i] * (_NODES[1] * tau))
        w[W3 * G + i] = exp(-w[L3 * G + i] * (_NODES[1] * tau))
        w[W4 * G + i] = exp(-w[L4 * G + i] * (_NODES[1] * tau))
        w[Y1 * G + i] = exp(-w[L1 * G + i] * (_NODES[2] * tau))
        w[Y2 * G + i] = exp(-w[L2 * G + i] * (_NODES[2] * tau))
        w[Y3 * G + i] = exp(-w[L3 * G + i] * (_NODES[2] * tau))
        w[Y4 * G + i] = exp(-w[L4 * G + i] * (_NODES[2] * tau))
        w[Z1 * G + i] = exp(-w[L1 * G + i] * (_NODES[3] * tau))
        w[Z2 * G + i] = exp(-w[L2 * G + i] * (_NODES[3] * tau))
        w[Z3 * G + i] = exp(-w[L3 * G + i] * (_NODES[3] * tau))
        w[Z4 * G + i] = exp(-w[L4 * G + i] * (_NODES[3] * tau))
        w[Q1 * G + i] = exp(-w[L1 * G + i] * (_NODES[4] * tau))
        w[Q2 * G + i] = exp(-w[L2 * G + i] * (_NODES[4] * tau))
        w[Q3 * G + i] = exp(-w[L3 * G + i] * (_NODES[4] * tau))
        w[Q4 * G + i] = exp(-w[L4 * G + i] * (_NODES[4] * tau))


@njit(cache=True, forceinline=True, error_model="numpy")
def _cubic(
    e1: float, e2: float, e3: float, e4: float, l1: float, l2: float, l3: float, l4: float
) -> tuple[float, float, float]:
    """Return the summit of the cubic through a sum of exponentials, its most, and how far it is.

    The cubic is taken to be off by less than what it adds. The summit is that many minutes away,
    infinitely many where the sum bends upward.
    """
    f1, f2, f3, f4 = l1 * e1, l2 * e2, l3 * e3, l4 * e4
    g1, g2, g3, g4 = l1 * f1, l2 * f2, l3 * f3, l4 * f4
    slope = -((f1 + f2) + (f3 + f4))
    bend = (g1 + g2) + (g3 + g4)
    jerk = (l1 * g1 + l2 * g2) + (l3 * g3 + l4 * g4)
    way = -slope / bend
    more = 0.5 * jerk * way * way / bend
    way = way + (more if abs(more) < 0.5 * abs(way) else 0.0)
    way = way if bend < 0.0 else math.inf
    gain = way * (slope + way * (0.5 * bend - way * jerk * (1.0 / 6.0)))
    gain = gain if bend < 0.0 else 0.0
    height = (e1 + e2) + (e3 + e4) + gain
    return height, height + abs(gain), way


@njit(cache=True, nogil=True, error_model="numpy")
def _bolus(w: Floats, stop_s: float, n: int) -> None:
    """Take in a bolus at T, where HAS is 1, and judge its summit."""
    for i in range(n):
        has = w[HAS * G + i] != 0.0
        t = w[T * G + i]
        dt = (t - w[LAST * G + i]) * (1.0 / 60.0)
        a1 = w[A1 * G + i] * exp(-w[L1 * G + i] * dt)
        a2 = w[A2 * G + i] * exp(-w[L2 * G + i] * dt)
        a3 = w[A3 * G + i] * exp(-w[L3 * G + i] * dt)
        a4 = w[A4 * G + i] * exp(-w[L4 * G + i] * dt)
        a1 = a1 + (w[B1 * G + i] if has else 0.0)
        a2 = a2 + (w[B2 * G + i] if has else 0.0)
        a3 = a3 + (w[B3 * G + i] if has else 0.0)
        a4 = a4 + (w[B4 * G + i] if has else 0.0)
        start = w[START * G + i]
        l1, l2, l3, l4 = w[L1 * G + i], w[L2 * G + i], w[L3 * G + i], w[L4 * G + i]
        f1, f2, f3, f4 = -l1 * a1, -l2 * a2, -l3 * a3, -l4 * a4
        slope_0 = (f1 * w[V1 * G + i] + f2 * w[V2 * G + i]) + (
            f3 * w[V3 * G + i] + f4 * w[V4 * G + i]
        )
        slope_1 = (f1 * w[W1 * G + i] + f2 * w[W2 * G + i]) + (
            f3 * w[W3 * G + i] + f4 * w[W4 * G + i]
        )
        slope_2 = (f1 * w[Y1 * G + i] + f2 * w[Y2 * G + i]) + (
            f3 * w[Y3 * G + i] + f4 * w[Y4 * G + i]
        )
        slope_3 = (f1 * w[Z1 * G + i] + f2 * w[Z2 * G + i]) + (
            f3 * w[Z3 * G + i] + f4 * w[Z4 * G + i]
        )
        slope_4 = (f1 * w[Q1 * G + i] + f2 * w[Q2 * G + i]) + (
            f3 * w[Q3 * G + i] + f4 * w[Q4 * G + i]
        )
        # The summit is beyond the last of these moments at which it still rises.
        for_1 = _NODES[0] + (_NODES[1] - _NODES[0]) * slope_0 / (slope_0 - slope_1)
        for_2 = _NODES[1] + (_NODES[2] - _NODES[1]) * slope_1 / (slope_1 - slope_2)
        for_3 = _NODES[2] + (_NODES[3] - _NODES[2]) * slope_2 / (slope_2 - slope_3)
        for_4 = _NODES[3] + (_NODES[4] - _NODES[3]) * slope_3 / (slope_3 - slope_4)
        at = for_1 if slope_0 > 0.0 else 0.5 * _NODES[0]
        at = for_2 if slope_1 > 0.0 else at
        at = for_3 if slope_2 > 0.0 else at
        at = for_4 if slope_3 > 0.0 else at
        at = (_NODES[4] if slope_4 > 0.0 else at) * start
        early = (at == 0.5 * _NODES[0] * start) & (slope_0 <= 0.0)
        again = (slope_1 <= 0.0) & (slope_2 > 0.0)
        again = again | ((slope_2 <= 0.0) & (slope_3 > 0.0)) | ((slope_3 <= 0.0) & (slope_4 > 0.0))
        for _ in range(2):
            _, _, way = _cubic(
                a1 * exp(-l1 * at), a2 * exp(-l2 * at), a3 * exp(-l3 * at), a4 * exp(-l4 * at),
                l1, l2, l3, l4,
            )  # fmt: skip
            at = at + (0.0 if early else min(max(way, -_STEP * at), _STEP * at))
        height, at_most, way = _cubic(
            a1 * exp(-l1 * at), a2 * exp(-l2 * at), a3 * exp(-l3 * at), a4 * exp(-l4 * at),
            l1, l2, l3, l4,
        )  # fmt: skip
        height, at_most = w[STEADY * G + i] + height, w[STEADY * G + i] + at_most
        known = ((abs(way) < _NEAR * at) | early) & (not again)
        at = at + way
        summit_s = t + 60.0 * at
        better = has & (height > w[BEST * G + i])
        nearly = abs(stop_s - summit_s) < _NEARLY * start
        cut = better & (nearly | (not known))
        before = summit_s < stop_s
        better = better & before
        # The next highest is what was the highest, or this one.
        at_most = at_most if known else math.inf
        lesser = w[AT_MOST * G + i] if better else (at_most if has & before else 0.0)
        w[NEXT * G + i] = max(w[NEXT * G + i], lesser)
        w[AT_MOST * G + i] = at_most if better else w[AT_MOST * G + i]
        w[A1 * G + i] = a1
        w[A2 * G + i] = a2
        w[A3 * G + i] = a3
        w[A4 * G + i] = a4
        w[LAST * G + i] = t
        w[CUT * G + i] = 1.0 if cut else w[CUT * G + i]
        w[BEST * G + i] = height if better else w[BEST * G + i]
        w[LEVEL * G + i] = w[STEADY * G + i] if better else w[LEVEL * G + i]
        w[X1 * G + i] = a1 if better else w[X1 * G + i]
        w[X2 * G + i] = a2 if better else w[X2 * G + i]
        w[X3 * G + i] = a3 if better else w[X3 * G + i]
        w[X4 * G + i] = a4 if better else w[X4 * G + i]
        w[AT * G + i] = at if better else w[AT * G + i]
        w[SINCE * G + i] = t if better else w[SINCE * G + i]


@njit(cache=True, nogil=True, error_model="numpy")
def _again(w: Floats, n: int) -> None:
    """Start Newton's method for the highest summit."""
    for i in range(n):
        w[TAU * G + i] = w[AT * G + i]
        w[LOW * G + i] = 0.0
        w[HIGH * G + i] = math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(w: Floats, stop_s: float, n: int) -> None:
    """Keep what Newton's method has found; it is open where that is not settled.

    Row AT_MOST, of no more use as such, takes what is reached at the least.
    """
    for i in range(n):
        height = w[LEVEL * G + i] + w[HEIGHT * G + i] + w[GAIN * G + i]
        some = w[BEST * G + i] > 0.0
        unsettled = (w[GAIN * G + i] <= _SETTLED * w[BEST * G + i]) != True  # noqa: E712 - NaN is unsettled
        late = w[SINCE * G + i] + 60.0 * w[TAU * G + i] > stop_s
        lower = (w[NEXT * G + i] <= height * (1.0 - _TIED)) != True  # noqa: E712 - same
        w[CUT * G + i] = 1.0 if some & (unsettled | late | lower) else w[CUT * G + i]
        reached = some & (not unsettled) & (not late)
        w[AT_MOST * G + i] = height * (1.0 - 2.0 * _SETTLED) if reached else 0.0
        w[BEST * G + i] = height if some else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _end(w: Floats, stop_s: float, n: int) -> None:
    """Stop the background, and start Newton's method for the summit that follows."""
    for i in range(n):
        dt = (stop_s - w[LAST * G + i]) * (1.0 / 60.0)
        x1 = w[A1 * G + i] * exp(-w[L1 * G + i] * dt) + w[S1 * G + i]
        x2 = w[A2 * G + i] * exp(-w[L2 * G + i] * dt) + w[S2 * G + i]
        x3 = w[A3 * G + i] * exp(-w[L3 * G + i] * dt) + w[S3 * G + i]
        x4 = w[A4 * G + i] * exp(-w[L4 * G + i] * dt) + w[S4 * G + i]
        f1, f2, f3, f4 = (
            w[L1 * G + i] * x1,
            w[L2 * G + i] * x2,
            w[L3 * G + i] * x3,
            w[L4 * G + i] * x4,
        )
        slope = -((f1 + f2) + (f3 + f4))
        bend = (w[L1 * G + i] * f1 + w[L2 * G + i] * f2) + (w[L3 * G + i] * f3 + w[L4 * G + i] * f4)
        w[X1 * G + i] = x1
        w[X2 * G + i] = x2
        w[X3 * G + i] = x3
        w[X4 * G + i] = x4
        w[LEVEL * G + i] = 1.0 if slope > 0.0 else 0.0
        w[START * G + i] = (x1 + x2) + (x3 + x4)
        w[TAU * G + i] = -slope / bend if (slope > 0.0) & (bend < 0.0) else 0.1 / w[L4 * G + i]
        w[LOW * G + i] = 0.0
        w[HIGH * G + i] = math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def summits(
    model: Floats, ug_per_ml: Floats, given_s: Floats, delivered: Counts, program: Program,
    left: Flags, peak: Floats, open_: Flags,
) -> None:  # fmt: skip
    """Write the highest effect-site concentrations of one drug into ``peak`` ``(people,)``.

    ``given_s`` and ``delivered`` are what :func:`equipoise.kernels.lanes.walk` found, for those who
    are not ``left``. ``open_`` becomes 1 where the peak is still to be found, 0 elsewhere;
    ``peak`` is then something that it is not below.
    """
    people = delivered.size
    stop_s, bolus = np.rint(program.stop_min * 60.0), bolus_min(program)
    shape, bad = np.zeros(15 * ROOM), np.zeros(CHUNK)
    w, member = np.zeros(_ROWS * G), np.zeros(G, np.int64)
    order, first_of = np.zeros(CHUNK, np.int64), np.zeros(given_s.shape[1] + 2, np.int64)
    for base in range(0, people, CHUNK):
        n = min(CHUNK, people - base)
        bad[:] = 0.0
        effect_modes(model, base, n, shape, bad)
        # Those with as many boluses go together.
        first_of[:] = 0
        count = 0
        for i in range(n):
            person = base + i
            peak[person], open_[person] = 0.0, 0
            if left[person] == 0 and ug_per_ml[person] > 0.0:
                open_[person] = 1
                given = delivered[person]
                cut = given > 0 and given_s[person, given - 1] + 60.0 * bolus > stop_s
                bad[i] = bad[i] if shape[i] * bolus < _STEEPEST and not cut else 1.0
                if bad[i] == 0.0:
                    first_of[delivered[person] + 1] += 1
                    count += 1
        for k in range(1, first_of.size):
            first_of[k] += first_of[k - 1]
        for i in range(n):
            person = base + i
            if open_[person] == 1 and bad[i] == 0.0:
                order[first_of[delivered[person]]] = i
                first_of[delivered[person]] += 1
        for begin in range(0, count, G):
            for g in range(G):
                i = order[min(begin + g, count - 1)]
                member[g] = i
                ug = ug_per_ml[base + i] / 60.0
                for j in range(4):
                    rate, share = shape[j * ROOM + i], shape[(4 + j) * ROOM + i] * ug
                    w[(L1 + j) * G + g] = rate
                    w[(B1 + j) * G + g] = program.bolus_rate_ml_h * share
                    w[(S1 + j) * G + g] = program.background_ml_h * share
            for j in range(4):
                _pulse(w, j, bolus, G)
            _begin(w, G)
            for _ in range(_NEWTON_FIRST):
                _newton(w, G)
            _weigh(w, G)
            most = delivered[base + member[G - 1]]
            for k in range(most):
                for g in range(G):
                    person = base + member[g]
                    has = k < delivered[person]
                    w[HAS * G + g] = 1.0 if has else 0.0
                    w[T * G + g] = given_s[person, k] if has else w[LAST * G + g]
                _bolus(w, stop_s, G)
            _again(w, G)
            for _ in range(_NEWTON_LAST):
                _newton(w, G)
            _keep(w, stop_s, G)
            _end(w, stop_s, G)
            for _ in range(_NEWTON_LAST):
                _newton(w, G)
            for g in range(min(G, count - begin)):
                person, best = base + member[g], w[BEST * G + g]
                best = max(best, w[START * G + g])  # at the stop itself
                settled = w[CUT * G + g] == 0.0
                if w[LEVEL * G + g] == 1.0:  # it rises beyond
                    summit = w[HEIGHT * G + g] + w[GAIN * G + g]
                    settled = settled and w[GAIN * G + g] <= _SETTLED * w[HEIGHT * G + g]
                    best = max(best, summit)
                peak[person] = best if settled else w[AT_MOST * G + g]
                open_[person] = 0 if settled else 1


@njit(cache=True, nogil=True, error_model="numpy")
def _pulse(w: Floats, j: int, bolus: float, n: int) -> None:
    """Make the flow of a bolus what it comes to, as if all of it had been there at its start."""
    for i in range(n):
        w[(B1 + j) * G + i] = w[(B1 + j) * G + i] * expm1(w[(L1 + j) * G + i] * bolus)
