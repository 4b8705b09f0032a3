"""Inference for a trial with looks: repeated and final P values and intervals, conditional power.

Everything is on the scale of the statistic; an effect is ``drift`` * its standard error at full
information. See :mod:`equipoise.analysis.estimators.group_sequential` for the law of the looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from scipy import special

from equipoise.analysis.estimators.group_sequential import Boundaries, crossing
from equipoise.errors import InputError


@dataclass(frozen=True)
class Final:
    """Inference at the look at which the trial ended, on the drift scale, one-sided ``p_value``.

    ``estimate`` is the median-unbiased one; ``low`` and ``high`` bound the two-sided interval at
    1 - 2 alpha.
    """

    p_value: float
    estimate: float
    low: float
    high: float


def final(design: Boundaries, look: int, z: float) -> Final:
    """Return the stagewise inference of a trial that ended at ``look`` (from 1) with statistic z.

    An outcome is more extreme the earlier the trial stopped, and at the same look the larger z
    (Tsiatis AA, Rosner GL, Mehta CR. Biometrics 1984;40:797-803, doi:10.2307/2530924). Raises
    InputError for a look that the design does not have.
    """
    _has(design, look)
    t = design.information[:look]
    upper = np.array([*design.upper[: look - 1], z])
    lower = np.full(look, -np.inf)
    if design.binding or design.sides == 2:
        lower[:-1] = design.lower[: look - 1]

    def more_extreme(drift: float) -> float:
        return float(np.sum(crossing(t, upper, lower, drift)[0]))

    def drift_at(chance: float) -> float:
        return float(scipy.optimize.brentq(lambda d: more_extreme(d) - chance, -25, 25, xtol=1e-10))

    one_sided = design.alpha / design.sides
    return Final(more_extreme(0.0), drift_at(0.5), drift_at(one_sided), drift_at(1 - one_sided))


def repeated_level(design: Boundaries, look: int) -> float:
    """Return the level of the repeated interval at ``look``: any estimator's, at this level.

    Jennison C, Turnbull BW. J R Stat Soc B 1989;51:305-361. Valid whether or not the trial stops.
    """
    _has(design, look)
    return float(1 - 2 * special.ndtr(-design.upper[look - 1]))


def repeated_p(make: Callable[[float], Boundaries], look: int, z: float) -> float:
    """Return the smallest one-sided alpha at which the design ``make(alpha)`` rejects at ``look``.

    Jennison and Turnbull 1989, as above.
    """

    def margin(log_alpha: float) -> float:
        return make(float(np.exp(log_alpha))).upper[look - 1] - z

    low, high = np.log(1e-12), np.log(0.4999)
    if margin(high) > 0:
        return 0.5
    if margin(low) < 0:
        return 1e-12
    return float(np.exp(scipy.optimize.brentq(margin, low, high, xtol=1e-12)))


def conditional_power(design: Boundaries, look: int, z: float, drift: float | None = None) -> float:
    """Return the chance to reject at a later look, given ``z`` at ``look``.

    ``drift`` None is the current trend, z / sqrt(t); 0 is the null hypothesis; ``design.drift`` the
    effect planned for. Lan KKG, Simon R, Halperin M. Sequential Analysis 1982;1:207-219,
    doi:10.1080/07474948208836014. Later futility limits that do not bind are not counted on.
    """
    _has(design, look)
    t = design.information[look - 1]
    if look == len(design.information):
        return float(z >= design.upper[-1])
    assumed = z / np.sqrt(t) if drift is None else drift
    later = slice(look, None)
    lower: Sequence[float] = design.lower[later]
    if not (design.binding or design.sides == 2):
        lower = [-np.inf] * len(lower)
    up, _ = crossing(design.information[later], design.upper[later], lower, assumed, start=(t, z))
    return float(np.sum(up))


def predictive_power(design: Boundaries, look: int, z: float) -> float:
    """Return conditional power averaged over the drift's posterior under a flat prior.

    Spiegelhalter DJ, Freedman LS, Blackburn PR. Control Clin Trials 1986;7:8-17,
    doi:10.1016/0197-2456(86)90003-6. The drift given z at t is normal, mean z / sqrt(t), variance
    1 / t.
    """
    _has(design, look)
    t = design.information[look - 1]
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    drifts = (z + nodes) / np.sqrt(t)
    powers = [conditional_power(design, look, z, float(drift)) for drift in drifts]
    return float(weights @ np.array(powers) / np.sum(weights))


def _has(design: Boundaries, look: int) -> None:
    if not 1 <= look <= len(design.information):
        raise InputError(
            "look",
            f"{look} is not one of the {len(design.information)} looks of the design",
            "Count the looks from 1.",
        )
