"""Randomization tests against R's coin, on the published parent trial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from benchmarks.validation.case import Case, gold
from equipoise.analysis.estimators._convolve import distribution
from equipoise.analysis.estimators.reference_set import Totals, reference_set
from equipoise.analysis.estimators.rerandomization import (
    Draws,
    attributable_difference,
    rerandomization,
)


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    trial = "NCT04791059"
    x1, n1, x0, n0 = gold()["seed_parent.chisq"]["counts"]
    values = np.repeat([1.0, 0.0, 1.0, 0.0], [x1, n1 - x1, x0, n0 - x0])
    arms = np.repeat([1, 0], [n1, n0])
    ours = rerandomization(values, arms, Totals(), draws=Draws(1))
    exact = gold()["seed_parent.perm_exact"]["result"]["p"]
    call = "R coin independence_test(exact())"
    yield Case(trial, "P by fixed totals", float(ours.p_value), exact, call, 1e-12)
    attributed = attributable_difference(x1, n1, x0, n0)
    yield Case(trial, "P by fixed totals, counts", float(attributed.p_value), exact, call, 1e-12)

    # What coin takes to the normal distribution: the sum seen, by the mean and variance of ours.
    everyone = np.ones(arms.size, dtype=np.bool_)
    urn = reference_set(Totals(), arms, (1, 0), np.zeros(arms.size, dtype=np.int64))
    joint = distribution(urn, values.astype(np.int64), everyone)
    assert joint is not None
    chances, sums = joint.sum(axis=0), np.arange(joint.shape[1])
    mean = float((sums * chances).sum())
    z = (x1 - mean) / np.sqrt(float(((sums - mean) ** 2 * chances).sum()))
    asymptotic = gold()["seed_parent.perm_asymp"]["result"]
    call = "R coin independence_test(asymptotic)"
    yield Case(trial, "standardized sum", float(z), asymptotic["z"], call, 1e-10)
    p = float(2 * special.ndtr(-abs(z)))
    yield Case(trial, "its normal P", p, asymptotic["p"], call, 1e-10)
