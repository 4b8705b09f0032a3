"""Two proportions, without simulation: every table of an arm size, weighted by its chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.characteristics.rate import Rate, enumerated
from equipoise.analysis.estimators import binary, exact, unconditional

Array = NDArray[np.float64]
MEASURES: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("risk difference", binary.risk_difference, get_args(binary.DifferenceMethod)),
    ("risk ratio", binary.risk_ratio, get_args(binary.RatioMethod)),
    ("odds ratio", binary.odds_ratio, get_args(binary.OddsMethod)),
)
SHARES = np.linspace(0.05, 0.95, 19)


def intervals(*, quick: bool) -> Iterator[Rate]:
    """Yield coverage of every interval over 19 by 19 pairs of true shares."""
    p1, p0 = (grid.ravel() for grid in np.meshgrid(SHARES, SHARES))
    true: dict[str, Array] = {
        "risk difference": p1 - p0,
        "risk ratio": p1 / p0,
        "odds ratio": p1 * (1 - p0) / (p0 * (1 - p1)),
    }
    for n in (20,) if quick else (20, 50, 100):
        x1, x0 = (grid.ravel() for grid in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
        chance: Array = stats.binom.pmf(x1, n, p1[:, None]) * np.asarray(
            stats.binom.pmf(x0, n, p0[:, None])
        )
        for measure, estimate, methods in MEASURES:
            found = {m: estimate(x1, n, x0, n, method=m) for m in methods}
            if measure == "odds ratio" and n <= 50:
                found["exact central"] = exact.odds_ratio(x1, n, x0, n)
                found["exact mid-p"] = exact.odds_ratio(x1, n, x0, n, rule="mid-p")
            for method, e in found.items():
                shares = covering(chance, true[measure], e.low, e.high)
                yield enumerated(measure, method, f"{n} per arm", shares, 95)


def covering(chance: Array, true: Array, low: Any, high: Any) -> Array:
    """Return the chance of the tables whose interval holds each true value.

    A limit that is the true value but for rounding counts as holding it, one that is NaN does not.
    """
    slack = 1e-9 * np.maximum(1, np.abs(true))[:, None]
    with np.errstate(invalid="ignore"):
        holds = (np.asarray(low) <= true[:, None] + slack) & (
            np.asarray(high) >= true[:, None] - slack
        )
    return np.asarray((chance * holds).sum(axis=1))


def tests(*, quick: bool) -> Iterator[Rate]:
    """Yield type I error of every test over 19 true shares, the same in both arms."""
    for n in (10,) if quick else (20, 50, 100):
        x1, x0 = (grid.ravel() for grid in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
        counts = (x1, n, x0, n)
        chance = stats.binom.pmf(x1, n, SHARES[:, None]) * stats.binom.pmf(x0, n, SHARES[:, None])
        found = {
            "Pearson": binary.pearson_p(*counts),
            "Pearson, N - 1": binary.risk_difference(*counts).p_value,
            "Yates": binary.yates_p(*counts),
            "Fisher": exact.fisher_p(*counts),
            "Katz": binary.risk_ratio(*counts).p_value,
            "Woolf": binary.odds_ratio(*counts).p_value,
            "likelihood ratio": binary.odds_ratio(*counts, method="profile-likelihood").p_value,
            "mid-p": exact.odds_ratio(*counts, rule="mid-p").p_value if n <= 50 else None,
            "Boschloo": boschloo(n) if n <= 50 else None,
        }
        for method, p in found.items():
            if p is not None:
                rejects = np.asarray(p) <= 0.05 * (1 + 1e-9)
                shares = (chance * rejects).sum(axis=1)
                yield enumerated("two-sided 5% test", method, f"{n} per arm", shares, 5)


def boschloo(n: int) -> Array:
    """Return Boschloo's P value of every table; both mirror images of a table have the same."""
    p = np.ones((n + 1, n + 1))
    for a in range(n + 1):
        for b in range(min(a, n - a) + 1):
            value = float(unconditional.boschloo_p(a, n, b, n))
            for i, j in ((a, b), (n - a, n - b)):
                p[i, j] = p[j, i] = value
    return p.T.ravel()
