"""Exact tests of two proportions that fix the arms only: Boschloo's and Barnard's.

The P value is the greatest probability, over the common proportion π, of tables at least as extreme
as the one seen. What is extreme is measured by Fisher's P value (Boschloo) or by the pooled z
(Barnard). All (n + 1)(n_ref + 1) tables are enumerated: one trial at a time, and NaN with a note
above four million tables.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import NDArray
from scipy import special

from equipoise.analysis.estimators.counts import Array, table
from equipoise.analysis.estimators.exact import Alternative, Rule, fisher_p

_MOST_TABLES = 4_000_000
_GRID = 400  # values of π, evenly spaced in arcsin(sqrt π), before the best is refined
_TIE = 1e-9  # statistics this close, relative, count as equal

Sides = Literal["central", "minlike"]


def boschloo_p(
    events: int, n: int, events_ref: int, n_ref: int, *, rule: Sides = "central"
) -> float:
    """Return Boschloo's exact P value, never above the Fisher P value of the same rule.

    ``central``: twice the smaller of the one-sided tests, each ordered by Fisher's one-sided P
    value. ``minlike``: ordered by Fisher's two-sided P value (as scipy and most programs do).
    Boschloo RD. Stat Neerl 1970;24:1-35, doi:10.1111/j.1467-9574.1970.tb00104.x.

    NaN where an arm is empty or the tables are too many to enumerate. Raises InputError for counts
    that are not whole numbers with 0 <= events <= n.
    """
    if not _can_enumerate(events, n, events_ref, n_ref):
        return float("nan")
    if rule == "minlike":
        return _greatest(_fisher(n, n_ref, "two-sided", "minlike"), events, events_ref)
    sides: tuple[Alternative, ...] = ("less", "greater")
    one_sided = [
        _greatest(_fisher(n, n_ref, side, "central"), events, events_ref) for side in sides
    ]
    return min(1.0, 2 * min(one_sided))


def barnard_p(events: int, n: int, events_ref: int, n_ref: int) -> float:
    """Return Barnard's exact two-sided P value, ordered by the size of the pooled z.

    Barnard GA. Biometrika 1947;34:123-138, doi:10.1093/biomet/34.1-2.123; ordering: Suissa S,
    Shuster JJ. J R Stat Soc A 1985;148:317-327, doi:10.2307/2981892. NaN and errors as
    :func:`boschloo_p`.
    """
    if not _can_enumerate(events, n, events_ref, n_ref):
        return float("nan")
    x1, x0 = _every(n, n_ref)
    pooled = (x1 + x0) / (n + n_ref)
    spread = pooled * (1 - pooled) * (1 / n + 1 / n_ref)
    z = np.divide(x1 / n - x0 / n_ref, np.sqrt(spread), out=np.zeros_like(spread), where=spread > 0)
    return _greatest(-np.abs(z), events, events_ref)


def _can_enumerate(events: int, n: int, events_ref: int, n_ref: int) -> bool:
    _, empty = table(events, n, events_ref, n_ref)  # refuses impossible counts
    return not empty and (n + 1) * (n_ref + 1) <= _MOST_TABLES


def _every(n: int, n_ref: int) -> tuple[Array, Array]:
    x1, x0 = np.meshgrid(np.arange(n + 1.0), np.arange(n_ref + 1.0), indexing="ij")
    return x1, x0


def _fisher(n: int, n_ref: int, alternative: Alternative, rule: Rule) -> Array:
    """Return Fisher's P value of every table."""
    x1, x0 = (x.astype(np.int64) for x in _every(n, n_ref))
    return np.asarray(fisher_p(x1, n, x0, n_ref, alternative=alternative, rule=rule))


def _greatest(size: Array, events: int, events_ref: int) -> float:
    """Return the greatest probability of tables with ``size`` no larger than the one seen."""
    seen = size[events, events_ref]
    extreme = (size <= seen + _TIE * abs(seen)).astype(np.float64)
    steps = np.sin(np.linspace(0, np.pi / 2, _GRID + 1)) ** 2
    by_step = np.array([_probability(float(p), extreme) for p in steps])
    best = int(np.argmax(by_step))
    around = float(steps[max(best - 1, 0)]), float(steps[min(best + 1, _GRID)])
    found = scipy.optimize.minimize_scalar(
        lambda p: -_probability(float(p), extreme), bounds=around, method="bounded"
    )
    return min(1.0, max(float(by_step[best]), -float(found.fun)))


def _probability(share: float, extreme: NDArray[np.float64]) -> float:
    first, reference = (_binomial(m - 1, share) for m in extreme.shape)
    return float(first @ extreme @ reference)


def _binomial(n: int, share: float) -> Array:
    x = np.arange(n + 1.0)
    log = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(np.exp(log + special.xlogy(x, share) + special.xlog1py(n - x, -share)))
