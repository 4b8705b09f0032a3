"""Ranks and scores compared within strata: van Elteren's test, Mantel's test for trend."""

from __future__ import annotations

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.columns import (
    Array,
    Bools,
    finite_or_missing,
    indicators,
    two_arms,
)
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_SPREAD,
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
    two_sided_p,
)


def van_elteren(
    values: ArrayLike, treated: ArrayLike, strata: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Return the win probability within strata, ``values`` (..., n), with van Elteren's P.

    Strata of n participants weigh 1 / (n + 1) per pair. P: normal approximation, ties allowed for,
    no continuity correction. van Elteren PH. Bull Int Stat Inst 1960;37:351-361. The interval is
    that of the same weighted mean of U statistics: Kawaguchi A, Koch GG, Wang X. Stat Biopharm Res
    2011;3:217-231, doi:10.1198/sbr.2010.10007; cut at 0 and 1, it can disagree with P at the edge.

    A stratum that tells no spread (one participant in an arm, or arms that do not overlap) adds the
    variance that it has if the arms do not differ; where no stratum tells any, the note says so.
    Strata with an empty arm have no say; NaN if no other is left.
    """
    z = critical_value(level)
    y, arm, groups = _broadcast(values, treated, strata)
    wins, pairs, change, under_null = (np.zeros(y.shape[:-1]) for _ in range(4))
    seen = np.zeros(y.shape[:-1], dtype=np.bool_)
    for where in groups:
        here, m, n = _sizes(where, arm)
        ranks = _ranks(y, here)
        within = np.where(arm, _ranks(y, here & arm), _ranks(y, here & ~arm))
        # how many of the other arm a participant is above, ties half
        above = np.where(here, ranks - within, 0.0)
        both = (m > 0) & (n > 0)
        weight = np.where(both, 1 / (m + n + 1), 0.0)
        u = np.where(here & arm, above, 0.0).sum(axis=-1)
        wins += weight * u
        pairs += weight * m * n
        null = _permuted(ranks, here, m, n)
        under_null += weight**2 * null
        mean = np.divide(u, m * n, out=np.zeros_like(u), where=both)
        spread = _placement_variance(above, here & arm, m, n, mean)
        spread += _placement_variance(above, here & ~arm, n, m, 1 - mean)
        told = (m > 1) & (n > 1) & (spread > 0)
        seen |= told
        change += weight**2 * np.where(told, spread, null)
    empty = pairs == 0
    flat = ~empty & ~seen
    with np.errstate(divide="ignore", invalid="ignore"):
        value, half = wins / pairs, z * np.sqrt(change) / pairs
        deviation = (wins - pairs / 2) / np.sqrt(under_null)
    p = np.where(under_null > 0, two_sided_p(deviation), 1.0)
    return Estimate(
        "win probability",
        floats(value),
        floats(np.clip(value - half, 0.0, 1.0)),
        floats(np.clip(value + half, 0.0, 1.0)),
        level,
        floats(np.where(empty, np.nan, p)),
        "van Elteren P, interval of the stratified win probability",
        notes((empty, EMPTY_ARM), (flat, NO_SPREAD)),
    )


def trend_p(values: ArrayLike, treated: ArrayLike, strata: ArrayLike | None = None) -> Floats:
    """Return the P value of Mantel's test that mean scores are equal, ``values`` (..., n).

    The chi-squared test for trend of a table with two arms (linear by linear association), over
    strata if there are any. Mantel N. J Am Stat Assoc 1963;58:690-700,
    doi:10.1080/01621459.1963.10500879. 1 without spread; NaN where no stratum has both arms.
    """
    y, arm, groups = _broadcast(values, treated, strata)
    deviation, variance, both = (np.zeros(y.shape[:-1]) for _ in range(3))
    for where in groups:
        here, m, n = _sizes(where, arm)
        scores = np.where(here, y, 0.0)
        mean = scores.sum(axis=-1) / np.maximum(m + n, 1)
        deviation += np.where(here & arm, scores - mean[..., None], 0.0).sum(axis=-1)
        variance += _permuted(scores, here, m, n)
        both += (m > 0) & (n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = two_sided_p(deviation / np.sqrt(variance))
    return floats(np.where(both == 0, np.nan, np.where(variance > 0, p, 1.0)))


def _broadcast(
    values: ArrayLike, treated: ArrayLike, strata: ArrayLike | None
) -> tuple[Array, Bools, list[Bools]]:
    """Return values, arm and, for each stratum, who of those with a value is in it."""
    y, arm = finite_or_missing(values), two_arms(treated)
    groups = np.ones((*y.shape, 1)) if strata is None else indicators(strata)
    lead = np.broadcast_shapes(y.shape, arm.shape, groups.shape[:-1])
    y, arm = np.broadcast_to(y, lead), np.broadcast_to(arm, lead)
    groups = np.broadcast_to(groups, (*lead, groups.shape[-1]))
    return y, arm, [(groups[..., j] == 1) & ~np.isnan(y) for j in range(groups.shape[-1])]


def _sizes(where: Bools, arm: Bools) -> tuple[Bools, Array, Array]:
    """Return who is in the stratum and how many of them are in each arm, treated first."""
    m, n = ((where & side).sum(axis=-1).astype(np.float64) for side in (arm, ~arm))
    return where, m, n


def _ranks(y: Array, who: Bools) -> Array:
    """Return the midranks of ``y`` among ``who``; 0 for all others."""
    ranks: NDArray[np.float64] = scipy.stats.rankdata(np.where(who, y, np.inf), axis=-1)
    return np.where(who, ranks, 0.0)


def _permuted(scores: Array, here: Bools, m: Array, n: Array) -> Array:
    """Return the variance of the arm's sum of scores over all ways to allocate the stratum."""
    total = m + n
    mean = np.where(here, scores, 0.0).sum(axis=-1) / np.maximum(total, 1)
    squares = (np.where(here, scores - mean[..., None], 0.0) ** 2).sum(axis=-1)
    return np.asarray(m * n / np.maximum(total * (total - 1), 1) * squares)


def _placement_variance(above: Array, side: Bools, own: Array, other: Array, mean: Array) -> Array:
    """Return what the ``side``'s participants add to the variance of U."""
    centred = np.where(side, above - (other * mean)[..., None], 0.0)
    return np.asarray((centred**2).sum(axis=-1) * own / np.maximum(own - 1, 1))
