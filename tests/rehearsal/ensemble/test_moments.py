"""Sums in parts are the sums of the whole, and their errors those of the textbook."""

from __future__ import annotations

import numpy as np
import pytest

from equipoise.chance import Chance
from equipoise.rehearsal.ensemble.moments import BINS, Histogram, Moments, Range, Ratio


def draws(n: int, k: int) -> np.ndarray:
    chance = Chance(5)
    return np.array([[chance.normal(1, "test", i * k + j) for j in range(k)] for i in range(n)])


def test_parts_add_up_to_numpys_mean_and_variance() -> None:
    x = draws(101, 3) @ np.array([[1, 0.5, 0], [0, 2, 1], [0, 0, 3]]) + 10
    whole = Moments(3)
    for part in (x[:7], x[7:50], x[50:]):
        whole.add(part)
    weights = np.array([1.0, -2.0, 0.5])
    assert whole.mean == pytest.approx(x.mean(axis=0), rel=1e-12)
    assert whole.variance(weights) == pytest.approx(np.var(x @ weights, ddof=1), rel=1e-9)
    assert whole.error(weights) == pytest.approx(np.std(x @ weights, ddof=1) / np.sqrt(101))


def test_a_ratios_error_is_that_of_its_jackknife() -> None:
    x = draws(400, 2) * [1.0, 0.3] + [6.0, 5.0]
    ratio = Ratio()
    ratio.add(x[:100, 0], x[:100, 1])
    ratio.add(x[100:, 0], x[100:, 1])
    assert ratio.value == pytest.approx(x[:, 0].sum() / x[:, 1].sum())
    rest = x.sum(axis=0) - x
    without = rest[:, 0] / rest[:, 1]
    jackknife = np.sqrt(399 / 400 * ((without - without.mean()) ** 2).sum())
    assert ratio.error == pytest.approx(jackknife, rel=0.01)


def test_nothing_has_no_mean_and_one_no_error() -> None:
    nothing = Moments(1)
    assert np.isnan(nothing.mean[0])
    nothing.add(np.array([[2.0]]))
    assert nothing.mean[0] == 2.0
    assert np.isnan(nothing.error(np.ones(1)))
    assert np.isnan(Ratio().value)


def test_a_histogram_counts_everything_between_the_ends() -> None:
    x = draws(50, 1)[:, 0]
    span = Range()
    span.add(x[:20])
    span.add(x[20:])
    assert (span.low, span.high) == (x.min(), x.max())
    histogram = Histogram(span.low, span.high)
    histogram.add(x[:20])
    histogram.add(x[20:])
    assert histogram.counts.tolist() == np.histogram(x, BINS)[0].tolist()
    odd = Histogram(-4.933333333333334, 0.1)  # their difference, added again, is not 0.1
    odd.add(np.array([-4.933333333333334, 0.1]))
    assert (odd.counts[0], odd.counts[-1]) == (1, 1)
    alone = Histogram(3.0, 3.0)
    alone.add(np.array([3.0, 3.0]))
    assert alone.counts.sum() == 2
