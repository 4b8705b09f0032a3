"""The effect site of many people as a sum of four exponentials, in loops that become vectors.

This is :mod:`equipoise.kernels.compartments` for people whose three rates and ke0 all differ; where
they (nearly) coincide the sum loses digits, and those people are marked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Floats = NDArray[np.float64]

CHUNK = 512
"""How many people are made ready at a time."""
ROOM = CHUNK + 8  # between rows, so that they do not fall into the same lines of the cache
TOO_NEAR = 1e-4  # relative distance of ke0 from a rate below which its four terms lose digits


@njit(cache=True, forceinline=True, error_model="numpy")
def _largest_cosine(w: float) -> float:
    """Return cos(2/3 arccos w) for w in [0, 1] to 5e-10."""
    p = 0.00036468429952801604
    p = p * w - 0.0022803937120868495
    p = p * w + 0.00678471024186233
    p = p * w - 0.013436705983048611
    p = p * w + 0.02150911152415796
    p = p * w - 0.03259593160647173
    p = p * w + 0.05341205747471384
    p = p * w - 0.11110770292032529
    p = p * w + 0.5773501705590738
    return p * w + 0.5000000004754327


@njit(cache=True, forceinline=True, error_model="numpy")
def _newton(x: float, k10: float, k12: float, k21: float, k13: float, k31: float) -> float:
    """Return a Newton step from ``x`` for the root of D(-x), as in compartments."""
    r2, r3 = 1.0 / (k21 - x), 1.0 / (k31 - x)
    a, b = k12 * r2, k13 * r3
    return (k10 - x * (1.0 + a + b)) / (1.0 + a * k21 * r2 + b * k31 * r3)


@njit(cache=True, forceinline=True, error_model="numpy")
def _share(x: float, k12: float, k21: float, k13: float, k31: float) -> float:
    """Return 1 / D'(-x)."""
    a = (k21 - x) * (k21 - x)
    b = (k31 - x) * (k31 - x)
    return a * b / (a * b + k12 * k21 * b + k13 * k31 * a)


@njit(cache=True, error_model="numpy")
def effect_modes(model: Floats, first: int, n: int, out: Floats, bad: Floats) -> None:
    """Write what the effect site does in people ``first`` to ``first + n``; ``out`` (15, ROOM).

    Rows 0 to 3 are rates l (1/min), 4 to 7 shares B: the answer to a constant input of 1 ug/min
    from time 0 is sum B (1 - exp(-l t)). Rows 8 to 14 are scratch.
    ``bad`` becomes 1 where that form would lose digits.
    """
    for i in range(n):
        for k in range(7):
            out[(8 + k) * ROOM + i] = model[first + i, k]
    for i in range(n):
        v1, v2, v3 = out[8 * ROOM + i], out[9 * ROOM + i], out[10 * ROOM + i]
        cl, q2, q3 = out[11 * ROOM + i], out[12 * ROOM + i], out[13 * ROOM + i]
        ke0 = out[14 * ROOM + i]
        k10, k12, k21, k13, k31 = cl / v1, q2 / v1, q2 / v2, q3 / v1, q3 / v3
        mean = (k10 + k12 + k21 + k13 + k31) * (1.0 / 3.0)
        a1 = k10 * k21 + k10 * k31 + k21 * k31 + k12 * k31 + k13 * k21
        a0 = k10 * k21 * k31
        p = mean * mean - a1 * (1.0 / 3.0)
        q = mean * (mean * mean - 0.5 * a1) + 0.5 * a0
        radius = math.sqrt(max(p, 0.0))
        cosine = min(max(q / (p * radius), -1.0), 1.0)
        x = mean + 2.0 * radius * _largest_cosine(math.sqrt(0.5 + 0.5 * cosine))
        x = x + _newton(x, k10, k12, k21, k13, k31)
        x = x + _newton(x, k10, k12, k21, k13, k31)
        step_1 = _newton(x, k10, k12, k21, k13, k31)
        l1 = x + step_1
        x = mean - 2.0 * radius * _largest_cosine(math.sqrt(0.5 - 0.5 * cosine))
        x = x + _newton(x, k10, k12, k21, k13, k31)
        x = x + _newton(x, k10, k12, k21, k13, k31)
        x = x + _newton(x, k10, k12, k21, k13, k31)
        step_3 = _newton(x, k10, k12, k21, k13, k31)
        l3 = x + step_3
        x = a0 / (l1 * l3)
        step_2 = _newton(x, k10, k12, k21, k13, k31)
        l2 = x + step_2
        slow, fast = min(k21, k31), max(k21, k31)
        good = abs(step_1) < 1e-9 * l1
        good = good & (abs(step_2) < 1e-9 * l2) & (abs(step_3) < 1e-9 * l3)
        good = good & (l3 > 0.0) & (l3 < slow) & (slow < l2) & (l2 < fast) & (fast < l1)
        gap_1, gap_2, gap_3 = ke0 - l1, ke0 - l2, ke0 - l3
        near = TOO_NEAR * ke0
        good = good & (abs(gap_1) > near) & (abs(gap_2) > near) & (abs(gap_3) > near)
        w1 = _share(l1, k12, k21, k13, k31) / (v1 * gap_1)
        w2 = _share(l2, k12, k21, k13, k31) / (v1 * gap_2)
        w3 = _share(l3, k12, k21, k13, k31) / (v1 * gap_3)
        out[i] = l1
        out[ROOM + i] = l2
        out[2 * ROOM + i] = l3
        out[3 * ROOM + i] = ke0
        out[4 * ROOM + i] = w1 * ke0 / l1
        out[5 * ROOM + i] = w2 * ke0 / l2
        out[6 * ROOM + i] = w3 * ke0 / l3
        out[7 * ROOM + i] = -(w1 + w2 + w3)
        bad[i] = bad[i] if good else 1.0
