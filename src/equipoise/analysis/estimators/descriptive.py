"""What was seen, arm by arm: summaries, counts and the balance of a baseline table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import Floats, critical_value, floats
from equipoise.errors import InputError

QuantileType = Literal[2, 6, 7]
_QUANTILES: dict[QuantileType, Literal["averaged_inverted_cdf", "weibull", "linear"]] = {
    2: "averaged_inverted_cdf",
    6: "weibull",
    7: "linear",
}


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A variable in one arm; NaN where too few values are there.

    ``sd`` has n - 1 in its denominator; ``quantile_type`` names the rule of ``q1``, ``median`` and
    ``q3``.
    """

    n: NDArray[np.int64] | np.int64
    missing: NDArray[np.int64] | np.int64
    mean: Floats
    sd: Floats
    minimum: Floats
    q1: Floats
    median: Floats
    q3: Floats
    maximum: Floats
    quantile_type: QuantileType


def quantiles(
    values: ArrayLike, probabilities: ArrayLike, quantile_type: QuantileType = 2
) -> NDArray[np.float64]:
    """Return quantiles over the last axis, probabilities first; NaN is missing and is left out.

    Types are those of Hyndman RJ, Fan Y. Am Stat 1996;50:361-365,
    doi:10.1080/00031305.1996.10473566: 2 is the usual one of SAS, 6 that of SPSS, 7 that of R.
    NaN where no value is there.
    """
    x = np.asarray(values, dtype=np.float64)
    p = np.asarray(probabilities, dtype=np.float64)
    # whole trials without a value are set to 0 and blanked again: numpy would warn of them
    nothing = np.asarray(np.isnan(x).all(axis=-1))
    filled = np.where(nothing[..., None], 0.0, x) if x.shape[-1] else np.zeros((*x.shape[:-1], 1))
    found = np.nanquantile(filled, p, axis=-1, method=_QUANTILES[quantile_type])
    return np.asarray(np.where(nothing, np.nan, found))


def summarize(values: ArrayLike, quantile_type: QuantileType = 2) -> Summary:
    """Return the summary of ``values`` over the last axis; NaN counts as missing.

    Quantile types: see :func:`quantiles`.
    """
    x = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(x)
    n = there.sum(axis=-1)
    low, q1, median, q3, high = quantiles(x, [0.0, 0.25, 0.5, 0.75, 1.0], quantile_type)
    # measured from the lowest value, equal values leave no rounding noise that looks like spread
    above = np.where(there, x - low[..., None], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = above.sum(axis=-1) / n
        squares = (np.where(there, above - np.asarray(mean)[..., None], 0.0) ** 2).sum(axis=-1)
        sd = np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)
    return Summary(
        n=np.asarray(n)[()],
        missing=np.asarray(x.shape[-1] - n)[()],
        mean=floats(low + mean),
        sd=floats(sd),
        minimum=floats(low),
        q1=floats(q1),
        median=floats(median),
        q3=floats(q3),
        maximum=floats(high),
        quantile_type=quantile_type,
    )


def median(
    values: ArrayLike, *, level: float = 0.95, quantile_type: QuantileType = 2
) -> tuple[Floats, Floats, Floats]:
    """Return the median over the last axis and its interval: value, low, high.

    The limits are the r-th smallest and r-th greatest value, r the greatest whose binomial interval
    holds at least ``level`` whatever the distribution. Thompson WR. Ann Math Stat 1936;7:122-128,
    doi:10.1214/aoms/1177732502. Infinite where so few values cannot reach ``level``; the value is
    NaN with none.

    Raises InputError if ``level`` is not inside (0, 1).
    """
    critical_value(level)  # refuses an impossible level
    x = np.asarray(values, dtype=np.float64)
    value = quantiles(x, 0.5, quantile_type)
    n = (~np.isnan(x)).sum(axis=-1)
    # r - 1 is the greatest number of values below the median whose chance stays within the tail
    tail = (1 - level) / 2
    below = np.floor(np.nan_to_num(special.bdtrik(tail, n, 0.5)))
    r = (below + (special.bdtr(below, n, 0.5) <= tail)).astype(np.int64)
    ordered = np.sort(x, axis=-1)  # NaN last
    low, high = (
        np.where(r > 0, _picked(ordered, at), end)
        for at, end in ((r - 1, -np.inf), (n - r, np.inf))
    )
    return floats(value), floats(low), floats(high)


def _picked(ordered: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    if ordered.shape[-1] == 0:
        return np.full(ordered.shape[:-1], np.nan)
    index = np.clip(at, 0, ordered.shape[-1] - 1)[..., None]
    return np.asarray(np.take_along_axis(ordered, index, axis=-1)[..., 0])


def category_counts(values: ArrayLike, categories: ArrayLike) -> NDArray[np.int64]:
    """Return how many of ``values`` fall in each of ``categories``, then how many in none.

    Shapes ``(..., n)`` and ``(k,)`` give ``(..., k + 1)``; the last is the count of missing.
    """
    x, kinds = np.asarray(values), np.asarray(categories)
    found = np.stack([(x == kind).sum(axis=-1) for kind in kinds], axis=-1)
    rest = x.shape[-1] - found.sum(axis=-1, keepdims=True)
    return np.concatenate([found, rest], axis=-1)


def standardized_difference(
    mean: ArrayLike, sd: ArrayLike, mean_ref: ArrayLike, sd_ref: ArrayLike
) -> Floats:
    """Return the difference in means over the root of the average variance.

    Austin PC. Stat Med 2009;28:3083-3107, doi:10.1002/sim.3697, equation 1. 0 where both arms are
    one and the same constant, infinite where they are two.
    """
    m1, s1, m0, s0 = (np.asarray(v, dtype=np.float64) for v in (mean, sd, mean_ref, sd_ref))
    return _standardized(m1 - m0, (s1**2 + s0**2) / 2)


def standardized_difference_of_counts(counts: ArrayLike, counts_ref: ArrayLike) -> Floats:
    """Return the standardized difference of a categorical variable, counts ``(..., k)``.

    With two categories its sign is that of the first category's difference, as in Austin 2009,
    equation 2. With more it is a Mahalanobis distance, never negative: Yang D, Dalton JE. A unified
    approach to measuring the effect size between two groups using SAS. SAS Global Forum 2012, paper
    335. Categories nobody is in are left out; NaN where an arm is empty.

    Raises InputError for negative counts or fewer than two categories.
    """
    c1, c0 = np.asarray(counts, dtype=np.float64), np.asarray(counts_ref, dtype=np.float64)
    alike = c1.ndim > 0 and c1.shape[-1:] == c0.shape[-1:]
    if not alike or c1.shape[-1] < 2 or (c1 < 0).any() or (c0 < 0).any():
        raise InputError(
            "category counts",
            "both arms need the same two or more categories, and no negative count",
            "Check the table.",
        )
    c1, c0 = np.broadcast_arrays(c1, c0)
    n1, n0 = c1.sum(axis=-1, keepdims=True), c0.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p0 = c1 / n1, c0 / n0
    if c1.shape[-1] == 2:
        a, b = p1[..., 0], p0[..., 0]
        return _standardized(a - b, (a * (1 - a) + b * (1 - b)) / 2)
    flat = [_distance(a, b) for a, b in zip(_rows(p1), _rows(p0), strict=True)]
    return floats(np.reshape(flat, c1.shape[:-1]))


def _standardized(difference: NDArray[np.float64], variance: NDArray[np.float64]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = difference / np.sqrt(variance)
    return floats(np.where((difference == 0) & (variance == 0), 0.0, ratio))


def _rows(a: NDArray[np.float64]) -> NDArray[np.float64]:
    return a.reshape(-1, a.shape[-1])


def _distance(p1: NDArray[np.float64], p0: NDArray[np.float64]) -> float:
    if np.isnan(p1).any() or np.isnan(p0).any():
        return float("nan")
    a, b = p1[1:], p0[1:]
    covariance = (np.diag(a) - np.outer(a, a) + np.diag(b) - np.outer(b, b)) / 2
    d = a - b
    if not d.any():
        return 0.0
    # arms without a category in common: the covariance is singular along the difference
    if np.linalg.matrix_rank(np.column_stack([covariance, d])) > np.linalg.matrix_rank(covariance):
        return float("inf")
    # a category nobody is in makes the covariance singular too; the pseudo-inverse passes over it
    return float(np.sqrt(d @ np.linalg.pinv(covariance, hermitian=True) @ d))
