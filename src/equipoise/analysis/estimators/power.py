"""Power and sample size of a two-arm comparison, before anything is observed.

Every ``..._power`` function works on arrays of any broadcastable shape and takes the numbers
analysed in each arm, whole or not. :func:`size` turns any of them round. People who leave are added
by :func:`with_attrition`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from equipoise.analysis.estimators.exact import fisher_p
from equipoise.errors import InputError

Array = NDArray[np.float64]

LARGEST = 1e7
"""Above so many participants in the reference arm no trial is planned."""


def proportions_power(
    p: ArrayLike, p_ref: ArrayLike, n: ArrayLike, n_ref: ArrayLike, *,
    alpha: float = 0.05, sides: int = 2, margin: float = 0.0,
) -> Array:  # fmt: skip
    """Return the power of the z test of a risk difference against ``margin``.

    The null variance is that of the proportions which satisfy the null hypothesis: pooled for
    margin 0 (Fleiss JL. Statistical Methods for Rates and Proportions, 2nd ed. 1981, section 3.2),
    restricted by maximum likelihood otherwise (Farrington CP, Manning G. Stat Med
    1990;9:1447-1454, doi:10.1002/sim.4780091208). The chance of rejecting on the wrong side is not
    counted. One side: in the direction in which the arm lies from the margin.
    """
    p1, p0, n1, n0 = (np.asarray(each, dtype=np.float64) for each in (p, p_ref, n, n_ref))
    _shares(p1, p0)
    q1, q0 = _restricted(p1, p0, n1, n0, margin)
    null = np.sqrt(q1 * (1 - q1) / n1 + q0 * (1 - q0) / n0)
    alternative = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    gap = np.abs(p1 - p0 - margin) - special.ndtri(1 - alpha / sides) * null
    with np.errstate(divide="ignore", invalid="ignore"):
        certain = np.where(gap > 0, 1.0, 0.0)
        return np.asarray(np.where(alternative > 0, special.ndtr(gap / alternative), certain))


def _restricted(p1: Array, p0: Array, n1: Array, n0: Array, margin: float) -> tuple[Array, Array]:
    """Return the proportions that are likeliest at a difference of ``margin``."""
    if margin == 0:
        pooled = (n1 * p1 + n0 * p0) / (n1 + n0)
        return pooled, pooled
    theta = n0 / n1
    a = 1 + theta
    b = -(a + p1 + theta * p0 + margin * (theta + 2))
    c = margin**2 + margin * (2 * p1 + a) + p1 + theta * p0
    d = -p1 * margin * (1 + margin)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = np.where(v > 0, 1.0, -1.0) * np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - c / (3 * a), 0))
    ratio = np.divide(v, u**3, out=np.ones_like(v), where=u != 0)
    w = (np.pi + np.arccos(np.clip(ratio, -1, 1))) / 3
    q1 = np.clip(2 * u * np.cos(w) - b / (3 * a), 0, 1)
    return q1, np.clip(q1 - margin, 0, 1)


def fisher_power(p: float, p_ref: float, n: int, n_ref: int, *, alpha: float = 0.05) -> float:
    """Return the exact power of Fisher's two-sided test, summed over all tables."""
    _shares(np.array(p), np.array(p_ref))
    x1, x0 = np.meshgrid(np.arange(n + 1), np.arange(n_ref + 1), indexing="ij")
    chance = np.outer(stats.binom.pmf(np.arange(n + 1), n, p),
                      stats.binom.pmf(np.arange(n_ref + 1), n_ref, p_ref))  # fmt: skip
    likely = chance > 1e-16
    p_values = fisher_p(
        x1[likely], np.full(likely.sum(), n), x0[likely], np.full(likely.sum(), n_ref)
    )
    return float(np.sum(chance[likely][np.asarray(p_values) <= alpha]))


def means_power(
    difference: ArrayLike, sd: ArrayLike, n: ArrayLike, n_ref: ArrayLike, *,
    alpha: float = 0.05, sides: int = 2,
) -> Array:  # fmt: skip
    """Return the power of the t test with equal variances, by the non-central t distribution.

    Julious SA. Sample Sizes for Clinical Trials. CRC Press 2010, section 3.4. The chance of
    rejecting on the wrong side is not counted.
    """
    d, s, n1, n0 = (np.asarray(each, dtype=np.float64) for each in (difference, sd, n, n_ref))
    if np.any(s <= 0):
        raise InputError("sd", "is not above 0", "Give the standard deviation within an arm.")
    df = n1 + n0 - 2
    centre = np.abs(d) / (s * np.sqrt(1 / n1 + 1 / n0))
    return np.asarray(stats.nct.sf(stats.t.ppf(1 - alpha / sides, df), df, centre))


def rank_power(
    win_probability: ArrayLike, n: ArrayLike, n_ref: ArrayLike, *,
    alpha: float = 0.05, sides: int = 2,
) -> Array:  # fmt: skip
    """Return the power of the Mann-Whitney test when a win has this probability (ties: a half).

    Noether GE. J Am Stat Assoc 1987;82:645-647, doi:10.1080/01621459.1987.10478478: the variance
    of the null hypothesis without ties throughout.
    """
    wins, n1, n0 = (np.asarray(each, dtype=np.float64) for each in (win_probability, n, n_ref))
    _shares(wins, wins)
    total = n1 + n0
    share = n1 / total
    z = np.abs(wins - 0.5) * np.sqrt(12 * total * share * (1 - share))
    return np.asarray(special.ndtr(z - special.ndtri(1 - alpha / sides)))


def ordinal_power(
    reference: Sequence[float], odds_ratio: float, n: ArrayLike, n_ref: ArrayLike, *,
    alpha: float = 0.05, sides: int = 2,
) -> Array:  # fmt: skip
    """Return the power of the proportional odds model.

    ``reference`` are the shares of the categories in the reference arm, ``odds_ratio`` that of
    being in a lower category. Whitehead J. Stat Med 1993;12:2257-2271,
    doi:10.1002/sim.4780122404.
    """
    shares = np.array(reference, dtype=np.float64)
    if np.any(shares < 0) or abs(shares.sum() - 1) > 1e-6 or odds_ratio <= 0:
        raise InputError(
            "categories", "their shares do not add up to 1", "Give one share for each category."
        )
    n1, n0 = (np.asarray(each, dtype=np.float64) for each in (n, n_ref))
    below = np.cumsum(shares)
    odds = odds_ratio * below[:-1] / np.maximum(1 - below[:-1], 1e-300)
    arm = np.diff(np.concatenate([[0.0], odds / (1 + odds), [1.0]]))
    mean = (n1[..., None] * arm + n0[..., None] * shares) / (n1 + n0)[..., None]
    information = n1 * n0 / (3 * (n1 + n0)) * (1 - np.sum(mean**3, axis=-1))
    z = np.abs(np.log(odds_ratio)) * np.sqrt(information)
    return np.asarray(special.ndtr(z - special.ndtri(1 - alpha / sides)))


def events_for_hazard_ratio(
    hazard_ratio: float, *, power: float = 0.8, alpha: float = 0.05, sides: int = 2,
    ratio: float = 1.0, method: str = "Schoenfeld",
) -> float:  # fmt: skip
    """Return the events that a log-rank test needs; ``ratio`` is arm to reference.

    Schoenfeld D. Biometrika 1981;68:316-319, doi:10.1093/biomet/68.1.316; Freedman LS. Stat Med
    1982;1:121-129, doi:10.1002/sim.4780010204.
    """
    z = float((special.ndtri(1 - alpha / sides) + special.ndtri(power)) ** 2)
    if method == "Freedman":
        return z * (1 + ratio * hazard_ratio) ** 2 / (ratio * (1 - hazard_ratio) ** 2)
    return z * (1 + ratio) ** 2 / (ratio * float(np.log(hazard_ratio)) ** 2)


def size(
    power_at: Callable[[Array, Array], ArrayLike], target: float, *, ratio: float = 1.0
) -> float:
    """Return how many of the reference arm must be analysed for a power of ``target``.

    ``power_at(n, n_ref)`` is one of the functions above with its effect filled in; the arm has
    ``ratio`` times as many. Not rounded. Raises InputError when ten million are not enough.
    """

    def shortfall(log_n: float) -> float:
        n_ref = np.array(np.exp(log_n))
        return float(np.asarray(power_at(ratio * n_ref, n_ref))) - target

    low, high = np.log(2.0), np.log(LARGEST)
    if shortfall(high) < 0:
        raise InputError(
            "sample size",
            f"no trial reaches a power of {target:.0%} with this effect",
            "Assume a larger effect: with none there is nothing to find.",
        )
    if shortfall(low) > 0:
        return 2.0
    return float(np.exp(optimize.brentq(shortfall, low, high, xtol=1e-13, rtol=1e-14)))


def with_attrition(n: float, lost: float) -> int:
    """Return how many to randomize so that ``n`` are left when a share ``lost`` leaves."""
    if not 0 <= lost < 1:
        raise InputError("attrition", f"{lost} is not a share below 1", "Give 0.1 for 10 %.")
    return ceil(round(n / (1 - lost), 6))


def _shares(*values: Array) -> None:
    if any(np.any((each < 0) | (each > 1)) for each in values):
        raise InputError("proportion", "is not between 0 and 1", "Give 0.3 for 30 %.")
