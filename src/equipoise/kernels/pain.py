"""Latent pain and the wish to press, as formulas: what a rehearsed body and the ward share.

The processes are described in docs/virtual-patients.md. Times are minutes since the pump started,
pain is 0 to 10.
"""

from __future__ import annotations

import math

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log

PAIN_MAX = 10.0
PAIN_REFERENCE = 5.0  # the pain at which a demand process states its rate
NOISE_LIMIT_SD = 3.5  # of the noise as presses see it; see most_noise


@njit(cache=True, forceinline=True, error_model="numpy")
def noise_after(noise: float, noise_sd: float, noise_min: float, dt: float, normal: float) -> float:
    """Return Ornstein-Uhlenbeck noise ``dt`` minutes after it was ``noise``.

    ``normal`` is a standard normal number. The step is exact for any ``dt``. Uhlenbeck GE, Ornstein
    LS. Phys Rev 1930;36:823-841, doi:10.1103/PhysRev.36.823.
    """
    kept = exp(-dt / noise_min)
    return kept * noise + noise_sd * math.sqrt(1.0 - kept * kept) * normal


@njit(cache=True, forceinline=True, error_model="numpy")
def most_noise(noise_sd: float, pain_slope: float) -> float:
    """Return the noise above which the wish to press grows no more; pain itself has no such limit.

    A hazard exp(slope * noise) makes the noise that presses see normal around slope * sd**2. The
    limit is 3.5 standard deviations above that, so that it costs fewer than 1 press in 4,000.
    """
    return noise_sd * (NOISE_LIMIT_SD + max(pain_slope, 0.0) * noise_sd)


@njit(cache=True, forceinline=True, error_model="numpy")
def without_relief(
    start: float, fading_min: float, noise: float, effect: float, t_min: float
) -> float:
    """Return what pain would be without the opioid, before it is held between 0 and 10."""
    return start * exp(-t_min / fading_min) + noise + effect


@njit(cache=True, forceinline=True, error_model="numpy")
def relieved(pain: float, relief: float, effect_site: float, ce50: float) -> float:
    """Return ``pain`` less what the opioid at its effect site takes away."""
    return pain - relief * effect_site / (effect_site + ce50)


@njit(cache=True, forceinline=True, error_model="numpy")
def on_scale(pain: float) -> float:
    """Return pain held between 0 and 10."""
    return min(max(pain, 0.0), PAIN_MAX)


@njit(cache=True, forceinline=True, error_model="numpy")
def most_demanding_pain(
    start: float, noise_sd: float, effect: float, relief: float, pain_slope: float
) -> float:
    """Return the pain, among those this person can have, at which the wish to press is greatest.

    That is the highest when pain makes people press, the lowest when it keeps them from it. The sum
    is in the order of :func:`without_relief`, so that rounding cannot take a pain above it.
    """
    noise = most_noise(noise_sd, pain_slope)
    highest = max(start, 0.0) + noise + effect - min(relief, 0.0)
    return on_scale(highest) if pain_slope >= 0.0 else 0.0


@njit(cache=True, forceinline=True, error_model="numpy")
def least_reluctance(
    pain_slope: float, most: float, start: float, fading_min: float, noise_sd: float,
    effect: float, relief: float, t_min: float,
) -> float:  # fmt: skip
    """Return what :func:`reluctance` is at least by day, known before anybody looks at the pain."""
    noise = most_noise(noise_sd, pain_slope)
    highest = without_relief(start, fading_min, noise, effect, t_min) - min(relief, 0.0)
    return reluctance(pain_slope, most, on_scale(highest) if pain_slope >= 0.0 else 0.0, 0.0)


@njit(cache=True, forceinline=True, error_model="numpy")
def bound_per_min(per_min: float, pain_slope: float, most: float) -> float:
    """Return the greatest hazard (1/min) at time 0 and pain ``most``, by day."""
    return per_min * exp(pain_slope * (most - PAIN_REFERENCE))


@njit(cache=True, forceinline=True, error_model="numpy")
def candidate_min(exposure: float, per_min: float, fading_min: float) -> float:
    """Return when the bound has been integrated to ``exposure``; infinity when it never will be.

    The bound fades as the hazard does: per_min exp(-t / fading_min).
    """
    share = exposure / (per_min * fading_min)
    return -fading_min * log(1.0 - share) if share < 1.0 else math.inf


@njit(cache=True, forceinline=True, error_model="numpy")
def reluctance(pain_slope: float, most: float, pain: float, night: float) -> float:
    """Return -ln(hazard / bound) at ``pain``; ``night`` is -ln of the factor if it is night.

    It is never negative. A candidate is kept with probability exp(-reluctance), that is when an
    exponential number with mean 1 exceeds it: thinning. Lewis PAW, Shedler GS. Nav Res Logist Q
    1979;26:403-413, doi:10.1002/nav.3800260304.
    """
    return pain_slope * (most - pain) + night


@njit(cache=True, forceinline=True, error_model="numpy")
def night_cost(factor: float) -> float:
    """Return -ln of the factor by which the hazard falls at night; infinity for 0."""
    return -log(factor) if factor > 0.0 else math.inf


@njit(cache=True, forceinline=True, error_model="numpy")
def within_day(second: float, start: float, end: float) -> bool:
    """Return whether ``second`` of the day lies from ``start`` to before ``end``, or past midnight.

    All are seconds since midnight.
    """
    after, before = second >= start, second < end
    return (after and before) if start <= end else (after or before)
