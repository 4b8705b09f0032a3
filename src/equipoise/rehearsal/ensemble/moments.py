"""Sums over any number of trials, added part by part: how an ensemble is summarized in two passes.

Nothing here grows with the number of trials. The first pass gives means, pooled values and ranges,
the second what needs those: coverage and the histogram.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 60


@dataclass
class Moments:
    """Count, sums and sums of products of ``k`` columns over trials."""

    k: int
    n: int = 0
    total: Array = field(init=False)
    product: Array = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.total, self.product = np.zeros(self.k), np.zeros((self.k, self.k))

    def add(self, columns: Array) -> None:
        """Add rows of shape (trials, k), all finite."""
        self.n += len(columns)
        self.total += columns.sum(axis=0)
        self.product += columns.T @ columns

    @property
    def mean(self) -> Array:
        """The means of the columns."""
        return self.total / self.n if self.n else np.full(self.k, np.nan)

    def variance(self, weights: Array) -> float:
        """Return the variance over trials of the columns summed with ``weights``."""
        if self.n < 2:
            return np.nan
        centred = self.product - np.outer(self.mean, self.total)
        return max(0.0, float(weights @ centred @ weights)) / (self.n - 1)

    def error(self, weights: Array) -> float:
        """Return the Monte Carlo standard error of the mean of that sum."""
        return float(np.sqrt(self.variance(weights) / self.n)) if self.n > 1 else np.nan


@dataclass
class Ratio:
    """A total over a total, such as presses per participant, with its Monte Carlo error.

    The error is that of a ratio estimator: Cochran WG. Sampling techniques. 3rd ed. Wiley 1977,
    section 2.11.
    """

    sums: Moments = field(default_factory=lambda: Moments(2))

    def add(self, above: Array, below: Array) -> None:
        """Add the numerators and denominators of some trials."""
        self.sums.add(np.column_stack([above, below]))

    @property
    def value(self) -> float:
        """The ratio of the totals; NaN when there is nothing below."""
        above, below = self.sums.total
        return float(above / below) if below else np.nan

    @property
    def error(self) -> float:
        """The Monte Carlo standard error."""
        _, below = self.sums.mean
        return self.sums.error(np.array([1.0, -self.value])) / below if below else np.nan


@dataclass
class Range:
    """The least and the greatest of finite values."""

    low: float = np.inf
    high: float = -np.inf

    def add(self, values: Array) -> None:
        """Add finite values."""
        if values.size:
            self.low = min(self.low, float(values.min()))
            self.high = max(self.high, float(values.max()))


@dataclass
class Histogram:
    """How many values lie in each of equal bins between ``low`` and ``high``."""

    low: float
    high: float
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, values: Array) -> None:
        """Add finite values within the range."""
        if values.size:
            self.counts += np.histogram(values, self.edges)[0]

    @property
    def edges(self) -> Array:
        """The limits of the bins."""
        high = self.high if self.high > self.low else self.low + 1.0
        return np.linspace(self.low, high, BINS + 1)
