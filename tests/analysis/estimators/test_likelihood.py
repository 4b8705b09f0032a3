from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from equipoise.analysis.estimators import binary
from equipoise.analysis.estimators.counts import Table
from equipoise.analysis.estimators.likelihood import likelihood_ratio_p, profile_limits


def test_profile_likelihood_drops_by_the_quantile() -> None:
    e = binary.odds_ratio(9, 19, 19, 29, method="profile-likelihood")

    def best(odds: float) -> float:
        def minus(p0: float) -> float:
            p1 = p0 * odds / (1 - p0 + p0 * odds)
            return -float(
                9 * np.log(p1) + 10 * np.log1p(-p1) + 19 * np.log(p0) + 10 * np.log1p(-p0)
            )

        return -float(
            optimize.minimize_scalar(minus, bounds=(1e-9, 1 - 1e-9), method="bounded").fun
        )

    for end in (float(e.low), float(e.high)):
        assert best(float(e.value)) - best(end) == pytest.approx(1.959964**2 / 2, abs=1e-5)
    assert e.p_value == pytest.approx(
        2 * stats.norm.sf(np.sqrt(2 * (best(float(e.value)) - best(1.0)))), abs=1e-5
    )


def test_a_zero_cell_bounds_one_side() -> None:
    seen = Table(*(np.array([float(c)]) for c in (0, 12, 5, 10)))
    low, high = profile_limits(seen, 0.95)
    assert low[0] == 0
    assert 0 < high[0] < 1
    assert likelihood_ratio_p(seen)[0] < 0.05
    nothing = Table(*(np.array([float(c)]) for c in (0, 12, 0, 10)))
    assert np.ravel(profile_limits(nothing, 0.95)) == pytest.approx([0, np.inf])
    assert likelihood_ratio_p(nothing)[0] == 1
