"""Operating characteristics of one planned comparison, over all trials of a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.analysis.estimators.estimate import THROUGH_INFINITY
from equipoise.analysis.estimators.proportion import proportion
from equipoise.protocol.estimand import Endpoint
from equipoise.rehearsal.ensemble.moments import Histogram, Moments, Range
from equipoise.rehearsal.ensemble.rows import comparison

Array = NDArray[np.float64]
Parts = Callable[[list[str] | None], Iterable[pl.DataFrame]]
Seen = Callable[[pl.DataFrame], None]

NO_EFFECT = {
    "risk ratio": 1.0, "odds ratio": 1.0, "common odds ratio": 1.0, "risk difference": 0.0,
    "mean difference": 0.0, "median difference": 0.0, "win probability": 0.5,
}  # fmt: skip
"""The value of each summary in arms that are exchangeable."""

RATIOS = frozenset({"risk ratio", "odds ratio", "common odds ratio"})
_POOLED = frozenset({"risk ratio", "odds ratio", "risk difference", "mean difference"})


@dataclass
class Comparison:
    """One endpoint (at one visit), filled in two passes over the parts of a cell.

    ``exchangeable`` says that nothing tells the two arms apart in this world, so that the truth is
    exactly no effect and every rejection an error of type I.
    """

    name: str
    visit: str | None
    endpoint: Endpoint
    exchangeable: bool
    trials: int = 0
    rejected: int = 0
    better: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    missing: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))
    counts: Moments = field(default_factory=lambda: Moments(4))
    with_estimate: Moments = field(default_factory=lambda: Moments(5))
    range: Range = field(default_factory=Range)
    intervals: int = 0
    covered: int = 0
    histogram: Histogram | None = None

    @property
    def summary(self) -> str:
        """What is estimated."""
        return self.endpoint.estimand.summary

    @property
    def alpha(self) -> float:
        """The two-sided level of the test."""
        return round(1 - self.endpoint.analysis.level, 12)

    def _scaled(self, values: Array) -> Array:
        """Return estimates on the scale on which they are averaged: logarithms of ratios."""
        if self.summary not in RATIOS:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(values)

    def _shown(self, value: float) -> float:
        return float(np.exp(value)) if self.summary in RATIOS else value

    def _columns(self, table: pl.DataFrame, *names: str) -> list[Array]:
        start = comparison(self.name, self.visit)
        return [table[f"{start}.{name}"].to_numpy().astype(np.float64) for name in names]

    # --- first pass -------------------------------------------------------------------------

    def count(self, table: pl.DataFrame) -> None:
        """Add what a part says: counts, rejections, estimates."""
        value, p = self._columns(table, "estimate", "p_value")
        arms = self.endpoint.estimand.compare
        sums = np.column_stack(
            [each for arm in arms for each in self._columns(table, f"sum.{arm}", f"analysed.{arm}")]
        )
        rejects = p < self.alpha
        null, sign = NO_EFFECT[self.summary], 1 if self.endpoint.better == "higher" else -1
        self.trials += len(table)
        self.rejected += int(rejects.sum())
        self.better += int((rejects & (sign * (value - null) > 0)).sum())
        said = table[f"{comparison(self.name, self.visit)}.note"]
        self.notes.update({str(note): n for note, n in said.value_counts().iter_rows() if note})
        self.missing += np.array([table[f"{comparison(self.name, self.visit)}.missing.{arm}"].sum()
                                  for arm in arms])  # fmt: skip
        self.counts.add(sums)
        scaled = self._scaled(value)
        finite = np.isfinite(scaled)
        self.range.add(scaled[finite])
        self.with_estimate.add(np.column_stack([scaled, sums])[finite])

    # --- second pass ------------------------------------------------------------------------

    @property
    def compared(self) -> list[str]:
        """The columns that the second pass reads."""
        start = comparison(self.name, self.visit)
        return [f"{start}.{name}" for name in ("estimate", "low", "high", "note")]

    def compare(self, table: pl.DataFrame) -> None:
        """Add how a part's estimates lie to the truth, which the first pass gave."""
        value, low, high = self._columns(table, "estimate", "low", "high")
        truth = self.truth
        with np.errstate(invalid="ignore"):
            inside = (low <= truth) & (truth <= high)
            outside = (truth <= low) | (truth >= high)
        start = comparison(self.name, self.visit)
        around = (table[f"{start}.note"] == THROUGH_INFINITY).to_numpy()
        there = ~np.isnan(low) & ~np.isnan(high)
        self.intervals += int(there.sum())
        self.covered += int((np.where(around, outside, inside) & there).sum())
        if self.histogram is None:
            self.histogram = Histogram(self.range.low, self.range.high)
        scaled = self._scaled(value)
        if np.isfinite(self.range.low):
            self.histogram.add(scaled[np.isfinite(scaled)])

    # --- results ----------------------------------------------------------------------------

    @property
    def truth(self) -> float:
        """What is estimated: no effect, or pooled over all trials; NaN when neither is known."""
        if self.exchangeable:
            return NO_EFFECT[self.summary]
        return self._shown(self._pooled(self.counts.total)[0])

    @property
    def truth_is(self) -> str | None:
        """Where the truth comes from."""
        if self.exchangeable:
            return "no effect"
        return "pooled" if np.isfinite(self.truth) else None

    def _pooled(self, totals: Array) -> tuple[float, Array]:
        """Return the pooled value on the averaging scale, and its slope in each total."""
        x1, n1, x0, n0 = (float(each) for each in totals)
        nothing = np.nan, np.full(4, np.nan)
        if self.summary not in _POOLED or n1 == 0 or n0 == 0:
            return nothing
        if self.summary in {"risk difference", "mean difference"}:
            return x1 / n1 - x0 / n0, np.array([1 / n1, -x1 / n1**2, -1 / n0, x0 / n0**2])
        if self.summary == "risk ratio":
            if x1 == 0 or x0 == 0:
                return nothing
            value = np.log(x1 / n1) - np.log(x0 / n0)
            return float(value), np.array([1 / x1, -1 / n1, -1 / x0, 1 / n0])
        y1, y0 = n1 - x1, n0 - x0
        if min(x1, x0, y1, y0) == 0:
            return nothing
        slopes = np.array([1 / x1 + 1 / y1, -1 / y1, -1 / x0 - 1 / y0, 1 / y0])
        return float(np.log(x1 / y1) - np.log(x0 / y0)), slopes

    def _bias(self) -> tuple[float, float]:
        """Return mean estimate minus truth on the averaging scale, and its Monte Carlo error.

        Where the truth is pooled over the same trials, the error is that of the difference, by the
        delta method.
        """
        mean = float(self.with_estimate.mean[0])
        weights = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
        if self.exchangeable:
            truth = float(self._scaled(np.array([self.truth]))[0])
        else:
            truth, slopes = self._pooled(self.counts.total)
            weights[1:] = -slopes * self.counts.n
        if not np.isfinite(truth):
            return np.nan, np.nan
        return mean - truth, self.with_estimate.error(weights)

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as docs/ensembles.md describes it."""
        rate, low, high = proportion(self.rejected, self.trials)
        coverage, covered_low, covered_high = proportion(self.covered, self.intervals)
        known = self.intervals > 0 and np.isfinite(self.truth)
        bias, bias_error = self._bias()
        only = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
        x1, n1, x0, n0 = self.counts.total
        arms = zip(self.endpoint.estimand.compare, ((x1, n1), (x0, n0)), self.missing, strict=True)
        return {
            "endpoint": self.name, "visit": self.visit, "role": self.endpoint.role,
            "measure": self.summary, "method": self.endpoint.analysis.method, "alpha": self.alpha,
            "better": self.endpoint.better, "trials": self.trials,
            "estimated": self.with_estimate.n,
            "rejected": self.rejected, "rejected_for_the_better": self.better,
            "rejection_is": "type I error" if self.exchangeable else "power",
            "rejection_rate": plain(rate), "rejection_low": plain(low),
            "rejection_high": plain(high), "rejection_error": plain(share_error(rate, self.trials)),
            "truth": plain(self.truth), "truth_is": self.truth_is,
            "mean": plain(self._shown(float(self.with_estimate.mean[0]))),
            "sd": plain(np.sqrt(self.with_estimate.variance(only))),
            "mean_error": plain(self.with_estimate.error(only)),
            "bias": plain(bias), "bias_error": plain(bias_error),
            "coverage": plain(coverage) if known else None,
            "coverage_low": plain(covered_low) if known else None,
            "coverage_high": plain(covered_high) if known else None,
            "coverage_error": plain(share_error(coverage, self.intervals)) if known else None,
            "arms": {
                arm: {"analysed": int(n), "missing": int(missing), "sum": plain(x),
                      "mean": plain(x / n if n else np.nan)}
                for arm, (x, n), missing in arms
            },
            "notes": dict(sorted(self.notes.items())),
            "histogram": self._histogram(),
        }  # fmt: skip

    def _histogram(self) -> dict[str, Any] | None:
        if self.histogram is None or not self.with_estimate.n:
            return None
        return {
            "edges": [plain(self._shown(float(edge))) for edge in self.histogram.edges],
            "counts": self.histogram.counts.tolist(),
        }


def share_error(share: Any, n: int) -> float:
    """Return the Monte Carlo standard error of a share of ``n`` trials."""
    return float(np.sqrt(share * (1 - share) / n)) if n else np.nan


def plain(value: Any) -> float | None:
    """Return a number for JSON; None when it is not finite."""
    number = float(value)
    return number if np.isfinite(number) else None


def fill(comparisons: Sequence[Comparison], parts: Parts, seen: Seen = lambda _: None) -> None:
    """Make both passes.

    ``parts`` is called for each with the columns that it reads, None for all, and gives the tables
    in order; ``seen`` is shown each table of the first.
    """
    for table in parts(None):
        seen(table)
        for each in comparisons:
            each.count(table)
    compared = [column for each in comparisons for column in each.compared]
    for table in parts(compared):
        for each in comparisons:
            each.compare(table)
