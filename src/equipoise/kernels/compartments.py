"""Mammillary models of one to three compartments with an effect site, solved exactly.

Drug enters and leaves compartment 1 (volume V1, clearance CL); compartments 2 and 3 exchange with
it (Q2, Q3); the effect site follows the plasma with rate ke0 and takes no drug. With
k10 = CL/V1, k12 = Q2/V1, k21 = Q2/V2, k13 = Q3/V1, k31 = Q3/V3 the plasma's answer to a unit
impulse has the Laplace transform 1 / (V1 D(s)) with

    D(s) = s + k10 + k12 s/(s + k21) + k13 s/(s + k31),

hence is the sum of c_i exp(-l_i t) over the roots -l_i of D, with c_i = 1 / (V1 D'(-l_i)). All l_i
are real and positive, one on either side of and one between k21 and k31; all c_i are positive and
sum to 1/V1. Benet LZ. General treatment of linear mammillary models with elimination from any
compartment. J Pharm Sci 1972;61:536-541, doi:10.1002/jps.2600610408.

Units: minutes, litres, micrograms, hence micrograms per litre = ng/ml. Everything here holds for a
constant input rate; a course is advanced from change to change, however long or short the step.
"""

from __future__ import annotations

import math

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, expm1

Modes = tuple[float, float, float, float, float, float]
"""Rates l_1 to l_3 (per min) and coefficients c_1 to c_3 (per l); absent modes have c = 0."""

State = tuple[float, float, float, float]
"""Shares of the three modes in the plasma concentration, and the effect site's (all ng/ml)."""


@njit(cache=True)
def modes(v1: float, v2: float, v3: float, cl: float, q2: float, q3: float) -> Modes:
    """Return the rates and coefficients of a model: volumes in l, clearances in l/min.

    A model with fewer compartments has ``q3`` or ``q2`` zero; that volume is not used then.
    """
    k10 = cl / v1
    if q2 == 0.0 and q3 == 0.0:
        return k10, k10, k10, 1.0 / v1, 0.0, 0.0
    if q3 == 0.0:
        return _two(v1, k10, q2 / v1, q2 / v2)
    if q2 == 0.0:
        return _two(v1, k10, q3 / v1, q3 / v3)
    k12, k21, k13, k31 = q2 / v1, q2 / v2, q3 / v1, q3 / v3
    if k21 == k31:  # the peripheral compartments act as one
        return _two(v1, k10, k12 + k13, k21)
    slow, fast = min(k21, k31), max(k21, k31)
    total = k10 + k12 + k21 + k13 + k31
    start_1, start_2, start_3 = _cubic(k10, k12, k21, k13, k31)
    l1 = _root(fast, total, start_1, k10, k12, k21, k13, k31)
    l2 = _root(slow, fast, start_2, k10, k12, k21, k13, k31)
    l3 = _root(0.0, slow, start_3, k10, k12, k21, k13, k31)
    c1 = _weight(l1, k12, k21, k13, k31) / v1
    c2 = _weight(l2, k12, k21, k13, k31) / v1
    c3 = _weight(l3, k12, k21, k13, k31) / v1
    return l1, l2, l3, c1, c2, c3


@njit(cache=True)
def _two(v1: float, k10: float, k12: float, k21: float) -> Modes:
    """Return the modes of two compartments, without cancellation.

    With d = l1 - l2: a = l1 - k21 and b = k21 - l2 satisfy a + b = d and a b = k12 k21, and the
    weights are a/d and b/d.
    """
    p = k10 + k12 - k21
    d = math.hypot(p, 2.0 * math.sqrt(k12 * k21))
    if p >= 0.0:
        a = 0.5 * (d + p)
        b = k12 * k21 / a
    else:
        b = 0.5 * (d - p)
        a = k12 * k21 / b
    l1 = k21 + a
    return l1, k10 * k21 / l1, l1, a / (d * v1), b / (d * v1), 0.0


@njit(cache=True)
def _cubic(
    k10: float, k12: float, k21: float, k13: float, k31: float
) -> tuple[float, float, float]:
    """Return the three real roots of the characteristic cubic by cosines, largest first.

    Upton RN. Calculating the hybrid (macro) rate constants of a three-compartment mammillary
    pharmacokinetic model from known micro-rate constants. J Pharmacol Toxicol Methods
    2004;49:65-68, doi:10.1016/j.vascn.2003.09.001.
    """
    mean = (k10 + k12 + k21 + k13 + k31) / 3.0
    a1 = k10 * k21 + k10 * k31 + k21 * k31 + k12 * k31 + k13 * k21
    a0 = k10 * k21 * k31
    p = mean * mean - a1 / 3.0
    q = mean * (mean * mean - 0.5 * a1) + 0.5 * a0
    radius = math.sqrt(max(p, 0.0))
    cosine = 1.0 if p <= 0.0 else max(-1.0, min(1.0, q / (p * radius)))
    angle = math.acos(cosine) / 3.0
    third = 2.0943951023931953  # 2 pi / 3
    return (
        mean + 2.0 * radius * math.cos(angle),
        mean + 2.0 * radius * math.cos(angle - third),
        mean + 2.0 * radius * math.cos(angle + third),
    )


@njit(cache=True)
def _root(
    low: float,
    high: float,
    start: float,
    k10: float,
    k12: float,
    k21: float,
    k13: float,
    k31: float,
) -> float:
    """Return the root of D(-x) between ``low`` and ``high`` to rounding, by safeguarded Newton.

    D(-x) = k10 - x (1 + k12/(k21 - x) + k13/(k31 - x)) falls throughout the interval. The cosines
    lose digits of the small roots; this form does not. A step outside the bracket is replaced by
    bisection, so that the loop ends by itself; its bound is only a promise.
    """
    x = start if low < start < high else 0.5 * (low + high)
    for _ in range(100):
        to_2, to_3 = k21 - x, k31 - x
        if to_2 == 0.0 or to_3 == 0.0:
            return x  # no number lies between the root and the pole
        value = k10 - x * (1.0 + k12 / to_2 + k13 / to_3)
        slope = 1.0 + k12 * k21 / (to_2 * to_2) + k13 * k31 / (to_3 * to_3)
        step = value / slope
        if abs(step) <= 4e-16 * x:
            return x
        if step > 0.0:
            low = x
        else:
            high = x
        x = x + step
        if not low < x < high:
            x = 0.5 * (low + high)
    return x


@njit(cache=True)
def _weight(x: float, k12: float, k21: float, k13: float, k31: float) -> float:
    """Return 1 / D'(-x), also at a pole, where it is zero."""
    a = (k21 - x) * (k21 - x)
    b = (k31 - x) * (k31 - x)
    return a * b / (a * b + k12 * k21 * b + k13 * k31 * a)


@njit(cache=True)
def plasma(state: State) -> float:
    """Return the plasma concentration (ng/ml)."""
    return state[0] + state[1] + state[2]


@njit(cache=True, error_model="numpy")
def advance(state: State, mode: Modes, ke0: float, rate: float, dt: float) -> State:
    """Return the state after ``dt`` minutes (>= 0) of input at ``rate`` ug/min.

    Each share obeys m' = c rate - l m, the effect site e' = ke0 (sum of m - e). Their solutions
    are written with divided differences of the exponential, so that ke0 may equal any l.
    """
    l1, l2, l3, c1, c2, c3 = mode
    m1, m2, m3, e = state
    e = e * exp(-ke0 * dt) + ke0 * (
        m1 * _bateman(l1, ke0, dt) + c1 * rate * _bateman_integral(l1, ke0, dt)
        + m2 * _bateman(l2, ke0, dt) + c2 * rate * _bateman_integral(l2, ke0, dt)
        + m3 * _bateman(l3, ke0, dt) + c3 * rate * _bateman_integral(l3, ke0, dt)
    )  # fmt: skip
    return (
        m1 * exp(-l1 * dt) + c1 * rate * _bateman(l1, 0.0, dt),
        m2 * exp(-l2 * dt) + c2 * rate * _bateman(l2, 0.0, dt),
        m3 * exp(-l3 * dt) + c3 * rate * _bateman(l3, 0.0, dt),
        e,
    )


@njit(cache=True, error_model="numpy")
def _bateman(a: float, b: float, t: float) -> float:
    """Return (exp(-a t) - exp(-b t)) / (b - a), in minutes, for any a, b, t >= 0.

    Bateman H. Solution of a system of differential equations occurring in the theory of
    radioactive transformations. Proc Camb Philos Soc 1910;15:423-427. With b = 0 it is
    (1 - exp(-a t)) / a.
    """
    gap = abs(b - a) * t
    if gap == 0.0:
        return t * exp(-a * t)
    return t * exp(-min(a, b) * t) * (-expm1(-gap) / gap)


@njit(cache=True, error_model="numpy")
def _bateman_integral(a: float, b: float, t: float) -> float:
    """Return the integral of :func:`_bateman` from 0 to ``t``, in square minutes.

    It is (bateman(x, 0) - bateman(a, b)) / y where y is the larger of a and b and x the smaller.
    When y t is small that difference cancels; then the power series
    t**2 * sum of (-1)**n h_n / (n + 2)! is used, h_n being the complete homogeneous polynomials
    of a t and b t (the first term left out is below 1e-15 of the sum).
    """
    x, y = min(a, b), max(a, b)
    if y * t > 0.2:
        return (_bateman(x, 0.0, t) - _bateman(x, y, t)) / y
    power, h, factor, total = 1.0, 1.0, 0.5, 0.5
    for n in range(1, 10):
        power = power * (y * t)
        h = h * (x * t) + power
        factor = -factor / (n + 2)
        total = total + factor * h
    return t * t * total
