"""Inverse distribution functions in plain arithmetic: the same bits on every machine.

Only +, -, *, / and the square root are used, which IEEE 754 rounds correctly everywhere, and the
logarithm of :mod:`equipoise.kernels.elementary`.
"""

from __future__ import annotations

import math

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import log


@njit(cache=True, forceinline=True, error_model="numpy")
def central_quantile(q: float) -> float:
    """Return the standard normal quantile of 1/2 + ``q`` for abs(q) <= 0.425."""
    r = 0.180625 - q * q
    return (
        q
        * (
            ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
            + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
            + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        )
        / (
            ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
            + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
            + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0
        )
    )  # fmt: skip


@njit(cache=True, forceinline=True, error_model="numpy")
def tail_quantile(r: float) -> float:
    """Return minus the standard normal quantile of exp(-r**2) for r <= 5, a probability < 0.075."""
    r = r - 1.6
    return (
        ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
        + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
        + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
        + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
    ) / (
        ((((((1.05075007164441684324e-9 * r + 5.47593808499534495600e-4) * r
        + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
        + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
        + 2.05319162663775882187e0) * r + 1.0
    )  # fmt: skip


@njit(cache=True, forceinline=True, error_model="numpy")
def far_quantile(r: float) -> float:
    """Return minus the standard normal quantile of exp(-r**2) for r > 5."""
    r = r - 5.0
    return (
        ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
        + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
        + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
        + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
    ) / (
        ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
        + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
        + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
        + 5.99832206555887937690e-1) * r + 1.0
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of ``p`` in (0, 1), to about 1 part in 1e15.

    Wichura MJ. Algorithm AS 241: the percentage points of the normal distribution. J R Stat Soc C
    1988;37(3):477-484, doi:10.2307/2347330; routine PPND16.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        return central_quantile(q)
    r = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    x = tail_quantile(r) if r <= 5.0 else far_quantile(r)
    return -x if q < 0.0 else x


@njit(cache=True, forceinline=True, error_model="numpy")
def near_normal_quantile(p: float) -> float:
    """Return :func:`normal_quantile` without a branch; NaN where ``p`` or 1 - p is below exp(-25).

    A loop over people becomes vector instructions with this one.
    """
    return near_normal(p, math.sqrt(-log(min(p, 1.0 - p))))


@njit(cache=True, forceinline=True, error_model="numpy")
def near_normal(p: float, r: float) -> float:
    """Return :func:`near_normal_quantile` of ``p``, with r = sqrt(-ln min(p, 1 - p)) at hand."""
    q = p - 0.5
    x = tail_quantile(r) if r <= 5.0 else math.nan
    x = -x if q < 0.0 else x
    return central_quantile(q) if abs(q) <= 0.425 else x


@njit(cache=True, forceinline=True, error_model="numpy")
def exponential_quantile(p: float) -> float:
    """Return the quantile of ``p`` in (0, 1) of the exponential distribution with mean 1.

    It is -ln(1 - p); 1 - p is exact for the numbers of :func:`equipoise.kernels.philox.u01`.
    """
    return -log(1.0 - p)
