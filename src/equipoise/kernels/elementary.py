"""Elementary functions in plain arithmetic: the same bits on every machine.

Only +, -, *, / and the square root are used, which IEEE 754 rounds correctly everywhere, and shifts
of a number's own bits. The functions of the C library, and the vector libraries that compilers put
in their place, give other last digits on other machines. Nothing here branches, so that a loop over
people becomes vector instructions; nothing is fused, so that those give the same bits as well.

Reduction and the form of the last sum are those of Tang PTP, Table-driven implementation of the
exponential function in IEEE floating-point arithmetic, ACM Trans Math Softw 1989;15:144-157,
doi:10.1145/63522.214389, with a polynomial in place of the table. Errors, measured against 60
digits: ``exp``, ``log``, ``log1p`` below 1 unit in the last place, ``expm1`` below 2.
"""

from __future__ import annotations

import numpy as np

from equipoise.kernels.compiled import njit

_SHIFT = np.int64(52)
_BIAS = np.int64(1023)
_FRACTION = np.uint64(0x000FFFFFFFFFFFFF)
_EXPONENT_OF_ONE = np.uint64(0x3FF0000000000000)
_EXPONENT_SHIFT = np.uint64(52)
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # ln 2 cut after 32 bits: exponent * it is exact
_LN2_LOW = 1.90821492927058770002e-10  # ln 2 - _LN2_HIGH
_ROUNDER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to whole numbers
_ROUNDER_BITS = np.int64(0x4338000000000000)
_LARGEST, _SMALLEST = 709.0, -708.0


@njit(cache=True, forceinline=True, error_model="numpy")
def _tail(r: float) -> float:
    """Return (exp(r) - 1 - r) / r**2 for abs(r) < 0.35, as Taylor's series to r**13."""
    t = 1.0 / 6227020800.0
    t = t * r + 1.0 / 479001600.0
    t = t * r + 1.0 / 39916800.0
    t = t * r + 1.0 / 3628800.0
    t = t * r + 1.0 / 362880.0
    t = t * r + 1.0 / 40320.0
    t = t * r + 1.0 / 5040.0
    t = t * r + 1.0 / 720.0
    t = t * r + 1.0 / 120.0
    t = t * r + 1.0 / 24.0
    t = t * r + 1.0 / 6.0
    return t * r + 0.5


@njit(cache=True, forceinline=True, error_model="numpy")
def exp(x: float) -> float:
    """Return e**x; 0 below -708 and infinity above 709."""
    within = min(max(x, _SMALLEST), _LARGEST)
    shifted = within * _LOG2_E + _ROUNDER
    k = np.float64(shifted).view(np.int64) - _ROUNDER_BITS
    whole = shifted - _ROUNDER
    high = within - whole * _LN2_HIGH
    low = whole * _LN2_LOW
    r = high - low
    power = np.int64((k + _BIAS) << _SHIFT).view(np.float64)
    value = (1.0 + (high - (low - r * r * _tail(r)))) * power
    capped = np.inf if x > _LARGEST else float(value)
    return 0.0 if x < _SMALLEST else capped


@njit(cache=True, forceinline=True, error_model="numpy")
def expm1(x: float) -> float:
    """Return e**x - 1 without cancellation; -1 below -708 and infinity above 709."""
    within = min(max(x, _SMALLEST), _LARGEST)
    shifted = within * _LOG2_E + _ROUNDER
    k = np.float64(shifted).view(np.int64) - _ROUNDER_BITS
    whole = shifted - _ROUNDER
    high = within - whole * _LN2_HIGH
    low = whole * _LN2_LOW
    r = high - low
    power = np.int64((k + _BIAS) << _SHIFT).view(np.float64)
    value = (power - 1.0) + power * (high - (low - r * r * _tail(r)))
    return np.inf if x > _LARGEST else value


@njit(cache=True, forceinline=True, error_model="numpy")
def log(x: float) -> float:
    """Return ln x of a positive normal number.

    x = 2**e * f with sqrt(1/2) < f <= sqrt(2); ln f = 2 artanh s with s = (f - 1) / (f + 1), as
    its series s + s**3/3 + s**5/5 + ... to s**21 (abs(s) < 0.1716, so that the rest is below
    1e-18).
    """
    bits = np.float64(x).view(np.uint64)
    exponent = np.float64(np.int64(bits >> _EXPONENT_SHIFT)) - 1023.0
    fraction = np.uint64((bits & _FRACTION) | _EXPONENT_OF_ONE).view(np.float64)
    large = fraction > 1.4142135623730951
    fraction = fraction * 0.5 if large else fraction
    exponent = exponent + 1.0 if large else exponent
    f = fraction - 1.0
    s = f / (2.0 + f)
    z = s * s
    t = 1.0 / 21.0
    t = t * z + 1.0 / 19.0
    t = t * z + 1.0 / 17.0
    t = t * z + 1.0 / 15.0
    t = t * z + 1.0 / 13.0
    t = t * z + 1.0 / 11.0
    t = t * z + 1.0 / 9.0
    t = t * z + 1.0 / 7.0
    t = t * z + 1.0 / 5.0
    t = t * z + 1.0 / 3.0
    # 2s = f - s f, which keeps the leading term exact.
    correction = s * f - 2.0 * s * z * t
    return float(exponent * _LN2_HIGH + (f - (correction - exponent * _LN2_LOW)))


@njit(cache=True, forceinline=True, error_model="numpy")
def log1p(x: float) -> float:
    """Return ln(1 + x) without cancellation, for x > -1.

    1 + x is rounded; its logarithm is corrected by what the rounding lost.
    """
    whole = 1.0 + x
    lost = x - (whole - 1.0) if x < 1.0 else 1.0 - (whole - x)
    return log(whole) + lost / whole
