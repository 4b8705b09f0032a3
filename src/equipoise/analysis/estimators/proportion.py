"""One proportion and its interval, for one arm or an ensemble."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equipoise.analysis.estimators.counts import Array, counts
from equipoise.analysis.estimators.estimate import Floats, critical_value, floats

Method = Literal[
    "wilson", "wilson-corrected", "clopper-pearson", "mid-p", "jeffreys", "agresti-coull", "wald"
]
_HALVINGS = 60  # of (0, 1): below the spacing of floats near 1


def proportion(
    events: ArrayLike, n: ArrayLike, *, method: Method = "wilson", level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Return a proportion and its interval (value, low, high); NaN, 0 and 1 with no participants.

    ``wilson``: Wilson EB. J Am Stat Assoc 1927;22:209-212, doi:10.1080/01621459.1927.10502953;
    ``wilson-corrected`` for continuity: Newcombe RG, method 4. Stat Med 1998;17:857-872,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E. ``clopper-pearson``:
    Biometrika 1934;26:404-413, doi:10.1093/biomet/26.4.404; ``mid-p``: the same with half the
    probability of what was seen. ``jeffreys`` and ``agresti-coull``: Brown LD, Cai TT, DasGupta A.
    Stat Sci 2001;16:101-133, doi:10.1214/ss/1009213286. ``wald``: of no width at 0 and 1.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    x, n_, *_ = counts(events, n)
    with np.errstate(invalid="ignore"):
        value = x / n_
    low, high = limits(x, np.maximum(n_, 1.0), method, level)
    return floats(value), floats(np.where(n_ > 0, low, 0.0)), floats(np.where(n_ > 0, high, 1.0))


def limits(x: Array, n: Array, method: Method, level: float) -> tuple[Array, Array]:
    """Return the limits of x of n > 0, element by element; exact 0 and 1 at the ends."""
    z = critical_value(level)
    tail = (1 - level) / 2
    if method == "wilson":
        low, high = _wilson(x, n, z)
    elif method == "wilson-corrected":
        low, high = _wilson_corrected(x, n, z)
    elif method == "clopper-pearson":
        low = beta_quantile(np.maximum(x, 1), n - x + 1, tail)
        high = beta_quantile(x + 1, np.maximum(n - x, 1), 1 - tail)
    elif method == "mid-p":
        low, high = _mid_p(x, n, tail), 1 - _mid_p(n - x, n, tail)
    elif method == "jeffreys":
        low = beta_quantile(x + 0.5, n - x + 0.5, tail)
        high = beta_quantile(x + 0.5, n - x + 0.5, 1 - tail)
    elif method == "agresti-coull":
        centre = (x + z**2 / 2) / (n + z**2)
        half = z * np.sqrt(centre * (1 - centre) / (n + z**2))
        return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    else:
        half = z * np.sqrt(x / n * (1 - x / n) / n)
        return np.maximum(x / n - half, 0.0), np.minimum(x / n + half, 1.0)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def beta_quantile(a: Array, b: Array, share: float) -> Array:
    """Return the quantile of the beta distribution, element by element."""
    return np.asarray(special.betaincinv(a, b, share), dtype=np.float64)


def _wilson(x: Array, n: Array, z: float) -> tuple[Array, Array]:
    centre = (x + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    return centre - half, centre + half


def _wilson_corrected(x: Array, n: Array, z: float) -> tuple[Array, Array]:
    p = x / n
    below = z**2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)
    above = z**2 + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)
    low = (2 * x + z**2 - 1 - z * np.sqrt(np.maximum(below, 0.0))) / (2 * (n + z**2))
    high = (2 * x + z**2 + 1 + z * np.sqrt(np.maximum(above, 0.0))) / (2 * (n + z**2))
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _mid_p(x: Array, n: Array, tail: float) -> Array:
    """Return the p at which more than x, and half of x itself, have probability ``tail``."""
    low, high = np.zeros_like(x), np.ones_like(x)
    more = np.maximum(x, 1)
    for _ in range(_HALVINGS):
        p = (low + high) / 2
        at_least = np.where(x > 0, special.betainc(more, n - more + 1, p), 1.0)
        beyond = np.where(x < n, special.betainc(x + 1, np.maximum(n - x, 1), p), 0.0)
        below = (at_least + beyond) / 2 < tail
        low, high = np.where(below, p, low), np.where(below, high, p)
    return low
