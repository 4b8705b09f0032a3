"""Two samples by rank: Mann-Whitney test, Hodges-Lehmann shift, win probability.

Measurements come as one value per participant, ``(n,)``; NaN is a missing value and is left out.
Scores on a short whole-number scale come as counts per score, ``(..., scores)``, for one trial or
an ensemble: a million trials of 0-10 scores are one array. Both give the same answers.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators._roots import find_roots
from equipoise.analysis.estimators.arms import rows
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_SPREAD,
    TOO_FEW,
    Estimate,
    critical_value,
    floats,
    notes,
    two_sided_p,
)
from equipoise.errors import InputError
from equipoise.kernels.compiled import njit

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

# R takes the exact distribution below this many values in each arm, if there are no ties.
_EXACT_BELOW = 50


def score_counts(scores: ArrayLike, top: int) -> Counts:
    """Return how many participants gave each score 0..top: ``(..., n)`` to ``(..., top + 1)``.

    NaN is a missing score. Raises InputError for a score that is not a whole number in 0..top.
    """
    values = np.asarray(scores, dtype=np.float64)
    counts = np.zeros((*values.shape[:-1], top + 1), np.int64)
    if not _tally(values.reshape(-1, values.shape[-1]), counts.reshape(-1, top + 1)):
        raise InputError("scores", f"a score is not a whole number 0 to {top}", "Check the scale.")
    return counts


@njit(cache=True, nogil=True)
def _tally(values: Array, counts: Counts) -> bool:
    """Count each trial's scores; false where one is not among those counted."""
    for trial in range(values.shape[0]):
        for score in values[trial]:
            if np.isnan(score):
                continue
            if not 0 <= score < counts.shape[1] or score != np.floor(score):
                return False
            counts[trial, int(score)] += 1
    return True


def scores_by_arm(values: Array, treated: NDArray[np.bool_], most: int) -> list[Counts] | None:
    """Return the counts of each score in the arm and in the reference: (..., n) to (..., scores).

    The first score is the lowest of all trials. None where a value is not a whole number, or the
    scores span more than ``most``.
    """
    low, high = (float(end.reduce(values, axis=None, initial=np.nan)) for end in (np.fmin, np.fmax))
    if high - low > most:
        return None
    low, high = (0.0, 0.0) if np.isnan(low) else (low, high)
    scores = int(high - low) + 1
    counts = np.zeros((2, *values.shape[:-1], scores), np.int64)
    if not _tally_arms(rows(values), rows(treated), low, counts.reshape(2, -1, scores)):
        return None
    return [counts[0], counts[1]]


@njit(cache=True, nogil=True, error_model="numpy")
def _tally_arms(values: Array, treated: NDArray[np.bool_], low: float, counts: Counts) -> bool:
    """Count each trial's scores by arm; false where one is no whole number."""
    for trial in range(values.shape[0]):
        for i in range(values.shape[1]):
            score = values[trial, i]
            if np.isnan(score):
                continue
            if score != np.floor(score):
                return False
            counts[1 - treated[trial, i], trial, int(score - low)] += 1
    return True


def shift(
    values: ArrayLike, reference: ArrayLike, *, level: float = 0.95, exact: bool | None = None
) -> Estimate:
    """Return the Hodges-Lehmann shift of ``values`` against ``reference``, with Mann-Whitney's P.

    The shift is the median of all pairwise differences. Hodges JL, Lehmann EL. Ann Math Stat
    1963;34:598-611, doi:10.1214/aoms/1177704172. Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60,
    doi:10.1214/aoms/1177730491.

    ``exact`` (by default below 50 values in each arm, without ties): exact distribution, and Moses'
    interval from the ordered differences. Bauer DF. J Am Stat Assoc 1972;67:687-690,
    doi:10.1080/01621459.1972.10481279. Otherwise as :func:`shift_of_scores`.

    Limits are infinite, with a note, where so few values cannot reach ``level``.
    Raises InputError where ``exact`` is asked for tied values.
    """
    x, y = _observed(values), _observed(reference)
    pooled = np.unique(np.concatenate([x, y]))
    ties = pooled.size < x.size + y.size
    if exact and ties:
        raise InputError("rank test", "exact is not defined for tied values", "Leave exact out.")
    if x.size and y.size and (exact or (exact is None and not ties and _small(x, y))):
        return _exact_shift(x, y, level)
    grid, pairs = np.unique(np.subtract.outer(x, y), return_counts=True)
    return _shift(grid, pairs, _count_on(pooled, x), _count_on(pooled, y), level)


def shift_of_scores(counts: ArrayLike, counts_ref: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return the Hodges-Lehmann shift from counts per score, each ``(..., scores)``.

    P: normal approximation with tie and continuity correction, as ``wilcox.test`` of R. Interval:
    the shifts that this test does not reject; R seeks them with a root finder to 1e-4, here they
    are the differences themselves. With heavy ties the interval can touch 0 while P is small: it
    speaks of a shift, P of any difference in rank.
    """
    cx, cy = _score_arrays(counts, counts_ref)
    scores = cx.shape[-1]
    grid = np.arange(1 - scores, scores, dtype=np.float64)
    pairs = np.zeros((*cx.shape[:-1], grid.size), np.int64)
    _pair(cx.reshape(-1, scores), cy.reshape(-1, scores), pairs.reshape(-1, grid.size))
    return _shift(grid, pairs, cx, cy, level)


@njit(cache=True, nogil=True)
def _pair(cx: Counts, cy: Counts, pairs: Counts) -> None:
    """Count the pairs of each difference, the last axis from the lowest to the highest."""
    top = cx.shape[1] - 1
    for trial in range(cx.shape[0]):
        for x in range(top + 1):
            for y in range(top + 1):
                pairs[trial, top + x - y] += cx[trial, x] * cy[trial, y]


def win_probability(values: ArrayLike, reference: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return the probability that a value exceeds one of ``reference``, ties counted half.

    As :func:`win_probability_of_scores`, for measurements ``(n,)``.
    """
    x, y = _observed(values), _observed(reference)
    pooled = np.unique(np.concatenate([x, y]))
    return win_probability_of_scores(_count_on(pooled, x), _count_on(pooled, y), level=level)


def win_probability_of_scores(
    counts: ArrayLike, counts_ref: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Return P(score > reference) + P(equal) / 2 from counts per score, each ``(..., scores)``.

    Interval and P: t distribution with Satterthwaite's degrees of freedom. Brunner E, Munzel U.
    Biom J 2000;42:17-25, doi:10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U.
    Without spread to build on (no overlap, all equal, one value in an arm): the score interval of
    Newcombe RG, method 5, Stat Med 2006;25:559-573, doi:10.1002/sim.2324, with Mann-Whitney's P;
    the note says so.
    """
    critical_value(level)  # refuses an impossible level
    cx, cy = _score_arrays(counts, counts_ref)
    m, n = cx.sum(axis=-1), cy.sum(axis=-1)
    empty = np.asarray((m == 0) | (n == 0))
    above_y, above_x = _placements(cy), _placements(cx)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray((cx * above_y).sum(axis=-1) / m)
        vx = (cx * (above_y - value[..., None]) ** 2).sum(axis=-1) / (m - 1) / m
        vy = (cy * (above_x - (1 - value)[..., None]) ** 2).sum(axis=-1) / (n - 1) / n
        df = (vx + vy) ** 2 / (vx**2 / (m - 1) + vy**2 / (n - 1))
        se = np.sqrt(vx + vy)
        half = special.stdtrit(df, 0.5 + level / 2) * se
        p = np.asarray(2 * special.stdtr(df, -np.abs(value - 0.5) / se))
    low, high = (np.asarray(np.clip(value + side * half, 0.0, 1.0)) for side in (-1, 1))
    flat = ~empty & (~(se > 0) | (m < 2) | (n < 2))
    if flat.any():
        low[flat], high[flat] = _newcombe_5(value[flat], m[flat], n[flat], level)
        p[flat] = _ranks(cx[flat], cy[flat]).p_value()
    return Estimate(
        "win probability",
        floats(value),
        floats(low),
        floats(high),
        level,
        floats(p),
        "Brunner-Munzel interval and P",
        notes((empty, EMPTY_ARM), (flat, NO_SPREAD)),
    )


class _Ranks(NamedTuple):
    """Of each trial the sizes, U, and t**3 - t of the ties within the arms and of all."""

    m: Array
    n: Array
    u: Array
    within: Array
    pooled: Array

    def standard_deviation(self, tied: Array) -> Array:
        """Return the standard deviation of U with these ties."""
        total = self.m + self.n
        spread = np.maximum(total * (total - 1), 1.0)
        variance = self.m * self.n / 12 * (total + 1 - tied / spread)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def p_value(self) -> Array:
        """Return Mann and Whitney's P, corrected for ties and continuity."""
        sd = self.standard_deviation(self.pooled)
        return two_sided_p(_standardized(self.u, self.m * self.n, sd))


def _ranks(cx: Counts, cy: Counts) -> _Ranks:
    """Return the sums of ``cx`` and ``cy`` (..., scores): whole or half numbers, so exact."""
    lead, scores = cx.shape[:-1], cx.shape[-1]
    found = np.zeros((5, *lead))
    each = prod(lead), scores
    _rank(cx.reshape(each), cy.reshape(each), found.reshape(5, each[0]))
    return _Ranks(*(np.asarray(sums) for sums in found))


@njit(cache=True, nogil=True)
def _rank(cx: Counts, cy: Counts, found: Array) -> None:
    for trial in range(cx.shape[0]):
        m = n = u = within = pooled = 0.0
        for score in range(cx.shape[1]):
            x, y = float(cx[trial, score]), float(cy[trial, score])
            u += x * (n + y / 2)
            m += x
            n += y
            within += x * (x * x - 1) + y * (y * y - 1)
            pooled += (x + y) * ((x + y) * (x + y) - 1)
        found[0, trial], found[1, trial], found[2, trial] = m, n, u
        found[3, trial], found[4, trial] = within, pooled


def _standardized(u: Array, pairs: Array, sd: Array) -> Array:
    """Return U - pairs/2 with continuity correction, in standard deviations; 0 without spread."""
    deviation = np.asarray(u - pairs / 2)
    corrected = deviation - np.sign(deviation) / 2
    return np.divide(corrected, sd, out=np.zeros_like(corrected), where=sd > 0)


def _shift(grid: Array, pairs: Counts, cx: Counts, cy: Counts, level: float) -> Estimate:
    """Return the shift from the number of ``pairs`` at each difference of ``grid``."""
    z = critical_value(level)
    # off the grid, values tie within their arm only
    ranks = _ranks(cx, cy)
    sd, total = ranks.standard_deviation(ranks.within), np.asarray(ranks.m * ranks.n)
    empty = np.asarray(total == 0)
    short = ~empty & ((total - 1) / 2 <= z * sd)
    found = np.full((3, *total.shape), np.nan)
    if grid.size:
        each = pairs.reshape(total.size, grid.size), total.ravel(), sd.ravel()
        _search(grid, *each, z, found.reshape(3, total.size))
    value, low, high = found
    numbers = (
        value,
        np.where(short, -np.inf, low),
        np.where(short, np.inf, high),
        ranks.p_value(),
    )
    value, low, high, p = (np.where(empty, np.nan, v) for v in numbers)
    return Estimate(
        "Hodges-Lehmann shift",
        floats(value),
        floats(low),
        floats(high),
        level,
        floats(p),
        "Mann-Whitney P, tie and continuity corrected, and its inversion",
        notes((empty, EMPTY_ARM), (short, TOO_FEW)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _search(grid: Array, pairs: Counts, total: Array, sd: Array, z: float, found: Array) -> None:
    """Write the median difference, and the first ones that the test does not reject."""
    for trial in range(total.size):
        upto, ends = 0, np.full(4, -1)
        for k in range(grid.size):
            upto += pairs[trial, k]
            deviation = (total[trial] - upto) - total[trial] / 2
            corrected = deviation - np.sign(deviation) / 2
            beyond = corrected / sd[trial] if sd[trial] > 0.0 else 0.0
            reached = (2 * upto >= total[trial], 2 * upto > total[trial], beyond <= z, beyond <= -z)
            for end in range(4):
                if ends[end] < 0 and reached[end]:
                    ends[end] = k
        here = grid[np.maximum(ends, 0)]
        found[0, trial] = (here[0] + here[1]) / 2
        found[1, trial] = here[2]
        found[2, trial] = here[3]


def _exact_shift(x: Array, y: Array, level: float) -> Estimate:
    differences = np.sort(np.subtract.outer(x, y), axis=None)
    u, pairs = int(np.count_nonzero(differences > 0)), differences.size
    upto = np.cumsum(_u_distribution(x.size, y.size))
    p = min(1.0, 2 * float(upto[min(u, pairs - u)]))
    critical_value(level)  # refuses an impossible level
    k = int(np.searchsorted(upto, (1 - level) / 2 * (1 - 1e-12)))
    short = np.asarray(k == 0)
    low, high = (-np.inf, np.inf) if k == 0 else (differences[k - 1], differences[pairs - k])
    return Estimate(
        "Hodges-Lehmann shift",
        floats(np.median(differences)),
        floats(low),
        floats(high),
        level,
        floats(p),
        "exact Mann-Whitney P, Moses interval",
        notes((short, TOO_FEW)),
    )


def _u_distribution(m: int, n: int) -> Array:
    """Return P(U = 0..mn) without ties, by Mann and Whitney's recursion on the largest value."""
    row = [np.ones(1) for _ in range(n + 1)]
    for i in range(1, m + 1):
        new = [np.ones(1)]
        for j in range(1, n + 1):
            p = np.zeros(i * j + 1)
            p[j:] += i / (i + j) * row[j]  # the largest is of the first arm: above all j others
            p[: i * (j - 1) + 1] += j / (i + j) * new[j - 1]
            new.append(p)
        row = new
    return row[n]


def _placements(counts: Counts) -> Array:
    """Return, for each score, the share of these participants below it, ties half."""
    below = np.cumsum(counts, axis=-1) - counts / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(below / counts.sum(axis=-1, keepdims=True))


def _newcombe_5(value: Array, m: Counts, n: Counts, level: float) -> tuple[Array, Array]:
    z = np.full(value.shape, critical_value(level))
    size = (m + n) / 2 - 1

    def gap(t: Array, v: Array, m: Array, n: Array, size: Array, z: Array) -> Array:
        bracket = 1 + size * ((1 - t) / (2 - t) + t / (1 + t))
        return np.asarray(v - t - z * np.sqrt(t * (1 - t) * bracket / (m * n)))

    low, high = np.zeros_like(value), np.ones_like(value)
    up, down = value > 0, value < 1
    args = (value, m, n, size)
    if up.any():
        part = (*(a[up] for a in args), z[up])
        low[up] = find_roots(gap, (low[up], value[up] * (1 - 1e-12)), part).x
    if down.any():
        part = (*(a[down] for a in args), -z[down])
        start = 1 - (1 - value[down]) * (1 - 1e-12)
        high[down] = find_roots(gap, (start, high[down]), part).x
    return low, high


def _observed(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or np.isinf(array).any():
        raise InputError(
            "rank test", "values must be one list of finite numbers", "Give one per participant."
        )
    return array[~np.isnan(array)]


def _small(x: Array, y: Array) -> bool:
    return max(x.size, y.size) < _EXACT_BELOW


def _count_on(grid: Array, values: Array) -> Counts:
    return np.bincount(np.searchsorted(grid, values), minlength=grid.size).astype(np.int64)


def _score_arrays(counts: ArrayLike, counts_ref: ArrayLike) -> tuple[Counts, Counts]:
    cx, cy = np.broadcast_arrays(np.asarray(counts), np.asarray(counts_ref))
    if cx.dtype.kind not in "iu" or cy.dtype.kind not in "iu" or (cx < 0).any() or (cy < 0).any():
        raise InputError(
            "score counts", "counts must be whole numbers, 0 or more", "Use score_counts."
        )
    return cx.astype(np.int64), cy.astype(np.int64)
