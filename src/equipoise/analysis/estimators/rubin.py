"""Putting the results of imputed data sets together: Rubin's rules, and von Hippel's bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import Estimate, Notes, critical_value, floats
from equipoise.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """A pooled value with its total variance and degrees of freedom, per trial.

    ``within`` and ``between`` are the variance in and among the imputed data sets (for the
    bootstrap: the mean squares). ``increase`` is the relative increase of variance by missing
    values, ``missing_information`` the fraction of information they took (both Rubin only, else
    NaN).
    """

    value: Array
    variance: Array
    df: Array
    within: Array
    between: Array
    increase: Array
    missing_information: Array

    def estimate(
        self,
        measure: str,
        level: float,
        method: str,
        *,
        ratio: bool = False,
        note: Notes = np.str_(""),  # noqa: B008 - immutable
    ) -> Estimate:
        """Return the t interval and P value; of the exponentials where the pool is of logarithms.

        Without any variance the interval has no width, and P is 1 for no effect and 0 otherwise.
        """
        critical_value(level)  # refuses an impossible level
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.sqrt(self.variance)
            quantile = np.where(
                np.isinf(self.df),
                special.ndtri(0.5 + level / 2),
                special.stdtrit(np.where(np.isinf(self.df), 1e9, self.df), 0.5 + level / 2),
            )
            t = -np.abs(self.value / se)
            tail = np.where(np.isinf(self.df), special.ndtr(t), special.stdtr(self.df, t))
            p = np.where(se > 0, 2 * tail, np.where(np.isnan(se), np.nan, self.value == 0))
            half = np.where(se > 0, quantile * se, se)
            numbers = (self.value, self.value - half, self.value + half)
        value, low, high = (np.exp(v) if ratio else v for v in numbers)
        return Estimate(
            measure, floats(value), floats(low), floats(high), level, floats(p), method, note
        )


def pool(values: ArrayLike, variances: ArrayLike, *, df_complete: ArrayLike = np.inf) -> Pooled:
    """Return Rubin's pool of estimates and their variances, both (..., imputations).

    Rubin DB. Multiple imputation for nonresponse in surveys. Wiley 1987,
    doi:10.1002/9780470316696; degrees of freedom: Barnard J, Rubin DB. Biometrika 1999;86:948-955,
    doi:10.1093/biomet/86.4.948, with ``df_complete`` those of the complete data. Where the
    imputed data sets do not differ the complete data's are kept, as if nothing were missing.
    Ratios are pooled as logarithms. Raises InputError with fewer than 2 imputations.
    """
    q, u = np.broadcast_arrays(
        np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    )
    m = q.shape[-1] if q.ndim else 0
    if m < 2:
        raise InputError("imputations", f"{m} cannot be pooled", "Impute at least twice.")
    value, within = q.mean(axis=-1), u.mean(axis=-1)
    between = np.where(np.ptp(q, axis=-1) == 0, 0.0, q.var(axis=-1, ddof=1))
    return combine(value, within, between, 1 + 1 / m, m - 1.0, df_complete)


def combine(
    value: ArrayLike,
    within: ArrayLike,
    between: ArrayLike,
    factor: float,
    df_between: float,
    df_complete: ArrayLike,
) -> Pooled:
    """Return the pool with variance within + factor * between; infinite ``df_between``: exact."""
    v, w, b, complete = (
        np.asarray(a, dtype=np.float64) for a in (value, within, between, df_complete)
    )
    total = w + factor * b
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, factor * b / total, 0.0)
        old = np.where(share > 0, df_between / share**2, np.inf)
        seen = (complete + 1) / (complete + 3) * complete * (1 - share)
        df = np.where(
            np.isinf(complete), old, np.where(np.isinf(old), seen, old * seen / (old + seen))
        )
        df = np.where(share > 0, df, complete)
        increase = np.where(share > 0, factor * b / w, 0.0)
        information = (increase + 2 / (df + 3)) / (increase + 1)
    information = np.where(share > 0, information, 0.0)
    return Pooled(v, total, df, w, b, increase, information)


def pool_bootstrap(values: ArrayLike) -> Pooled:
    """Return von Hippel's pool of estimates (..., bootstraps, imputations), no variances needed.

    Each bootstrap sample is imputed the same number of times, at least twice; a random effects
    analysis of variance takes the imputations' noise out. von Hippel PT, Bartlett JW. Stat Sci
    2021;36:400-420, doi:10.1214/20-STS793. Degrees of freedom are at least 3. Valid where
    imputation and analysis model do not agree too, where Rubin's variance is not.
    """
    q = np.asarray(values, dtype=np.float64)
    b, m = q.shape[-2:] if q.ndim > 1 else (0, 0)
    if b < 2 or m < 2:
        raise InputError(
            "bootstrap imputation",
            f"{b} samples imputed {m} times cannot be pooled",
            "Draw at least two samples and impute each at least twice.",
        )
    means = q.mean(axis=-1)
    value = means.mean(axis=-1)
    among = m * means.var(axis=-1, ddof=1)
    inside = ((q - means[..., None]) ** 2).sum(axis=(-2, -1)) / (b * (m - 1))
    inside = np.where(np.ptp(q, axis=-1).max(axis=-1) == 0, 0.0, inside)
    among_part, inside_part = (b + 1) / (b * m) * among, inside / m
    variance = np.maximum(among_part - inside_part, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = among_part**2 / (b - 1) + inside_part**2 / (b * (m - 1))
        df = np.where(spread > 0, np.maximum(variance**2 / spread, 3.0), np.inf)
    nan = np.full_like(value, np.nan)
    return Pooled(value, variance, df, inside, among, nan, nan)
