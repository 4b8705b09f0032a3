"""The highest effect-site concentration of a course, exactly: also between changes of the input.

Between changes the effect site's slope is a sum of four exponentials. Divided by its slowest one
and differentiated it has a term less, and between two zeros of that sum it is monotonic (Rolle), so
all turning points are found from the zeros of the shorter sums.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compartments import Modes, State, advance
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log

Floats = NDArray[np.float64]

LONGEST_MIN = 1e7  # nineteen years: what is still to come after it has long been eliminated
_APART = 1e-7  # relative: closer rates are moved so far apart, to find the moment, not the height
_STEPS = 100


@njit(cache=True, error_model="numpy")
def highest_effect(
    state: State, mode: Modes, ke0: float, rate: float, dt: float, floor: float
) -> float:
    """Return the greatest of ``floor`` and the effect-site concentrations within ``dt`` minutes.

    Input is at the constant ``rate`` (ug/min) from ``state`` on.
    """
    dt = min(dt, LONGEST_MIN)
    best = max(floor, state[3], advance(state, mode, ke0, rate, dt)[3])
    if _ceiling(state, mode, ke0, rate) <= best:
        return best
    rates, terms = _slope(state, mode, ke0, rate)
    turns = _zeros(rates, terms, dt)
    for i in range(turns.size):
        best = max(best, advance(state, mode, ke0, rate, turns[i])[3])
    return best


@njit(cache=True, error_model="numpy")
def _ceiling(state: State, mode: Modes, ke0: float, rate: float) -> float:
    """Return a concentration that the effect site does not exceed, however long this goes on.

    It is at most what it is now, or in the steady state, and what each mode's excess over the
    steady state adds at its own most: exp(-l t) of it, at t = ln(ke0 / l) / (ke0 - l).
    """
    steady, added = 0.0, 0.0
    for i in range(3):
        level = mode[3 + i] * rate / mode[i]
        steady += level
        if state[i] > level:
            gap = ke0 - mode[i]
            when = log(ke0 / mode[i]) / gap if abs(gap) > 1e-6 * ke0 else 1.0 / ke0
            added += (state[i] - level) * exp(-mode[i] * when)
    return (max(state[3], steady) + added) * (1.0 + 1e-9)


@njit(cache=True, error_model="numpy")
def _slope(state: State, mode: Modes, ke0: float, rate: float) -> tuple[Floats, Floats]:
    """Return rates, rising, and terms of the effect site's slope, a sum of exponentials."""
    rates, terms = np.empty(4), np.zeros(4)
    rates[3], terms[3] = ke0, -ke0 * state[3]
    for i in range(3):
        rates[i] = mode[i]
        gap = ke0 - mode[i]
        if abs(gap) < _APART * ke0:
            rates[i] = ke0 * (1.0 - _APART)
            gap = ke0 - rates[i]
        steady = mode[3 + i] * rate / rates[i]
        weight = ke0 / gap
        off = state[i] - steady
        # e has the terms weight * off at rate l, -(weight * off + steady) at ke0, and a constant.
        terms[i] = -rates[i] * weight * off
        terms[3] += ke0 * (weight * off + steady)
    order = np.argsort(rates)
    return rates[order], terms[order]


@njit(cache=True, error_model="numpy")
def _zeros(rates: Floats, terms: Floats, dt: float) -> Floats:
    """Return the zeros in (0, dt) of sum terms[i] exp(-rates[i] t), rates rising."""
    n = terms.size
    if n < 2:
        return np.empty(0)
    shorter = np.empty(n - 1)
    for i in range(1, n):
        shorter[i - 1] = terms[i] * (rates[0] - rates[i])
    inner = _zeros_of_shorter(rates[1:], shorter, dt) if n > 2 else np.empty(0)
    return _between(rates, terms, inner, dt)


@njit(cache=True, error_model="numpy")
def _zeros_of_shorter(rates: Floats, terms: Floats, dt: float) -> Floats:
    """Return the zeros of a sum of two or three exponentials."""
    if terms.size != 3:
        return _zero_of_two(rates, terms, dt)
    two = np.empty(2)
    two[0] = terms[1] * (rates[0] - rates[1])
    two[1] = terms[2] * (rates[0] - rates[2])
    return _between(rates, terms, _zero_of_two(rates[1:], two, dt), dt)


@njit(cache=True, error_model="numpy")
def _between(rates: Floats, terms: Floats, inner: Floats, dt: float) -> Floats:
    """Return the zeros in (0, dt) between whose neighbours ``inner`` lie the turning points."""
    edges = np.concatenate((np.zeros(1), inner, np.full(1, dt)))
    found = np.empty(edges.size)
    count = 0
    for i in range(edges.size - 1):
        zero = _bisected(rates, terms, edges[i], edges[i + 1])
        if zero >= 0.0:
            found[count] = zero
            count += 1
    return found[:count]


@njit(cache=True, error_model="numpy")
def _zero_of_two(rates: Floats, terms: Floats, dt: float) -> Floats:
    """Return the zero in (0, dt) of a sum of two exponentials, if there is one."""
    ratio = -terms[1] / terms[0]
    gap = rates[1] - rates[0]
    if not (1.0 < ratio < math.inf) or gap == 0.0:
        return np.empty(0)
    zero = log(ratio) / gap
    return np.full(1, zero) if zero < dt else np.empty(0)


@njit(cache=True, error_model="numpy")
def _sum(rates: Floats, terms: Floats, t: float) -> float:
    """Return the sum at ``t``, relative to its slowest exponential."""
    total = terms[0]
    for i in range(1, terms.size):
        total += terms[i] * exp(-(rates[i] - rates[0]) * t)
    return float(total)


@njit(cache=True, error_model="numpy")
def _bisected(rates: Floats, terms: Floats, low: float, high: float) -> float:
    """Return the zero between ``low`` and ``high``, where the sum is monotonic; -1 if none is.

    Newton's steps, and halves where they leave the bracket.
    """
    rises = _sum(rates, terms, low) < 0.0
    if (_sum(rates, terms, high) < 0.0) == rises:
        return -1.0
    x = 0.5 * (low + high)
    for _ in range(_STEPS):
        value, slope = terms[0], 0.0
        for i in range(1, terms.size):
            part = terms[i] * exp(-(rates[i] - rates[0]) * x)
            value += part
            slope -= (rates[i] - rates[0]) * part
        if (value < 0.0) == rises:
            low = x
        else:
            high = x
        to = x - value / slope
        if not low < to < high:
            to = 0.5 * (low + high)
        if abs(to - x) <= 1e-9 * x:
            return float(to)
        x = to
    return x
