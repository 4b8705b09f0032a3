"""Two means: Welch's and Student's difference with its interval, for one trial or an ensemble."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.arms import Spread, spread
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_SPREAD,
    TOO_FEW,
    Estimate,
    critical_value,
    floats,
    notes,
)
from equipoise.errors import InputError

Array = NDArray[np.float64]


def mean_difference(
    values: ArrayLike,
    reference: ArrayLike,
    *,
    equal_variances: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Return the difference in means, each arm ``(..., n)``; NaN is missing and is left out.

    As :func:`mean_difference_of_summaries`. Raises InputError for infinite values.
    """
    return mean_difference_of_summaries(
        *_summary(values), *_summary(reference), equal_variances=equal_variances, level=level
    )


def mean_difference_by_arm(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    equal_variances: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Return the same of ``values`` (..., n) of both arms; ``treated`` is true in the first.

    Raises InputError for infinite values.
    """
    n, mean, sd = _spread(np.asarray(values, dtype=np.float64), np.asarray(treated, dtype=bool))
    arm, reference = ((mean[..., k], sd[..., k], n[..., k]) for k in (0, 1))
    return mean_difference_of_summaries(
        *arm, *reference, equal_variances=equal_variances, level=level
    )


def mean_difference_of_summaries(
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    mean_ref: ArrayLike,
    sd_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    equal_variances: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Return the difference in means from each arm's mean, standard deviation and size.

    By default unequal variances with Satterthwaite's degrees of freedom: Welch BL. Biometrika
    1947;34:28-35, doi:10.1093/biomet/34.1-2.28. ``equal_variances`` pools them: Student. Biometrika
    1908;6:1-25, doi:10.1093/biomet/6.1.1.

    With too few values for a spread the limits are infinite and P is 1; without any spread the
    interval has no width, and P is 1 for equal means and 0 otherwise. The note says so.
    """
    critical_value(level)  # refuses an impossible level
    given = (mean, sd, n, mean_ref, sd_ref, n_ref)
    m1, s1, n1, m0, s0, n0 = (
        np.array(a, dtype=np.float64) for a in np.broadcast_arrays(*(np.asarray(g) for g in given))
    )
    empty = (n1 == 0) | (n0 == 0)
    few = (n1 + n0 < 3) if equal_variances else (n1 < 2) | (n0 < 2)
    v1, v0 = (np.where(k > 1, s**2, 0.0) for s, k in ((s1, n1), (s0, n0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        if equal_variances:
            df = n1 + n0 - 2
            se = np.sqrt(((n1 - 1) * v1 + (n0 - 1) * v0) / df * (1 / n1 + 1 / n0))
        else:
            a1, a0 = v1 / n1, v0 / n0
            se = np.sqrt(a1 + a0)
            df = (a1 + a0) ** 2 / (a1**2 / (n1 - 1) + a0**2 / (n0 - 1))
        value = m1 - m0
        half = np.where(se > 0, special.stdtrit(df, 0.5 + level / 2) * se, 0.0)
        p = np.where(se > 0, 2 * special.stdtr(df, -np.abs(value / se)), value == 0)
    half, p = np.where(few, np.inf, half), np.where(few, 1.0, p)
    numbers = (value, value - half, value + half, p)
    value, low, high, p = (np.where(empty, np.nan, v) for v in numbers)
    return Estimate(
        "mean difference",
        floats(value),
        floats(low),
        floats(high),
        level,
        floats(p),
        "Student t interval and P" if equal_variances else "Welch t interval and P",
        notes((empty, EMPTY_ARM), (np.asarray(few), TOO_FEW), (np.asarray(se == 0), NO_SPREAD)),
    )


def _summary(values: ArrayLike) -> tuple[Array, Array, Array]:
    """Return mean, standard deviation and number of the values that are there."""
    x = np.asarray(values, dtype=np.float64)
    found = _spread(x, np.ones_like(x, dtype=bool))
    return found.mean[..., 0], found.sd[..., 0], found.n[..., 0]


def _spread(values: Array, treated: NDArray[np.bool_]) -> Spread:
    found = spread(values, treated)
    if not np.isfinite(found.mean).all():
        raise InputError("values", "an infinite value", "Leave it out or mark it missing.")
    return found
