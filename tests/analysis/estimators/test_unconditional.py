from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from equipoise.analysis.estimators import exact, unconditional
from tests.analysis.estimators.test_score import tables

COUNTS = (7, 15, 2, 18)


def as_table(counts: tuple[int, int, int, int]) -> list[list[int]]:
    x1, n1, x0, n0 = counts
    return [[x1, x0], [n1 - x1, n0 - x0]]


def test_boschloo_is_scipys() -> None:
    theirs = stats.boschloo_exact(as_table(COUNTS), alternative="less", n=256).pvalue
    other = stats.boschloo_exact(as_table(COUNTS), alternative="greater", n=256).pvalue
    ours = unconditional.boschloo_p(*COUNTS)
    assert ours == pytest.approx(2 * min(theirs, other), rel=1e-6)


def test_barnard_is_the_greatest_probability_of_a_larger_z() -> None:
    x1, n1, x0, n0 = COUNTS

    def z(a: int, b: int) -> float:
        pooled = (a + b) / (n1 + n0)
        spread = pooled * (1 - pooled) * (1 / n1 + 1 / n0)
        return abs(a / n1 - b / n0) / math.sqrt(spread) if spread else 0.0

    shares = np.linspace(0, 1, 4001)
    greatest = np.zeros_like(shares)
    for a in range(n1 + 1):
        for b in range(n0 + 1):
            if z(a, b) >= z(x1, x0) - 1e-9:
                greatest += stats.binom.pmf(a, n1, shares) * stats.binom.pmf(b, n0, shares)
    assert unconditional.barnard_p(*COUNTS) == pytest.approx(greatest.max(), rel=1e-6)
    # scipy samples the nuisance share, so it may stay a little below the greatest
    theirs = stats.barnard_exact(as_table(COUNTS), n=256).pvalue
    assert theirs <= unconditional.barnard_p(*COUNTS) <= 1.01 * theirs


def test_the_two_rules_differ_and_are_named() -> None:
    # NCT04791059: the reference program gives 0.000844 centrally and 0.000708 by likelihood
    assert unconditional.boschloo_p(65, 99, 86, 100) == pytest.approx(0.000845, abs=1e-6)
    minlike = unconditional.boschloo_p(65, 99, 86, 100, rule="minlike")
    assert minlike == pytest.approx(0.000708, abs=1e-6)


@settings(max_examples=25)
@given(counts=tables(25))
def test_boschloo_is_at_most_fisher(counts: Any) -> None:
    for rule in get_args(unconditional.Sides):
        p = unconditional.boschloo_p(*counts, rule=rule)
        fisher = float(exact.fisher_p(*counts, rule=rule))
        assert 0 < p <= fisher + 1e-9


@settings(max_examples=25)
@given(counts=tables(25))
def test_labels_change_nothing(counts: Any) -> None:
    x1, n1, x0, n0 = counts
    for test in (unconditional.boschloo_p, unconditional.barnard_p):
        p = test(*counts)
        assert test(x0, n0, x1, n1) == pytest.approx(p, rel=1e-6)
        assert test(n1 - x1, n1, n0 - x0, n0) == pytest.approx(p, rel=1e-6)


def test_nothing_to_enumerate_is_not_a_number() -> None:
    assert math.isnan(unconditional.boschloo_p(0, 0, 1, 4))
    assert math.isnan(unconditional.barnard_p(5, 5000, 7, 5000))
    assert unconditional.barnard_p(0, 5, 0, 5) == 1
    assert np.isfinite(unconditional.boschloo_p(3, 200, 9, 200))
