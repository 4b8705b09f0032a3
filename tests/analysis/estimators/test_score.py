from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from equipoise.analysis.estimators.counts import Table
from equipoise.analysis.estimators.score import (
    Contrast,
    score_limits,
    score_p,
    skewness_corrected_value,
)

CONTRASTS: list[Contrast] = ["difference", "ratio", "odds ratio"]


def table(*counts: int) -> Table:
    return Table(*(np.array([float(c)]) for c in counts))


@st.composite
def tables(draw: st.DrawFn, most: int = 300, least: int = 1) -> tuple[int, int, int, int]:
    n1, n0 = draw(st.integers(least, most)), draw(st.integers(least, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n0)), n0


def constrained(counts: tuple[int, int, int, int], contrast: Contrast, value: float) -> float:
    """Score statistic at ``value``, its nuisance proportion found by numerical likelihood."""
    x1, n1, x0, n0 = counts

    def first(p0: float) -> float:
        if contrast == "difference":
            return p0 + value
        return p0 * value if contrast == "ratio" else p0 * value / (1 - p0 + p0 * value)

    def minus_log_likelihood(p0: float) -> float:
        p1 = min(max(first(p0), 1e-300), 1 - 1e-16)
        return -float(
            x1 * np.log(p1)
            + (n1 - x1) * np.log1p(-p1)
            + x0 * np.log(p0)
            + (n0 - x0) * np.log1p(-p0)
        )

    low, high = 0.0, 1.0
    if contrast == "difference":
        low, high = max(0.0, -value), min(1.0, 1 - value)
    elif contrast == "ratio":
        high = min(1.0, 1 / value)
    found = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    p0 = float(found.x)
    p1 = first(p0)
    n = n1 + n0
    if contrast == "difference":
        gap, variance = x1 / n1 - x0 / n0 - value, p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    elif contrast == "ratio":
        gap = x1 / n1 - value * x0 / n0
        variance = p1 * (1 - p1) / n1 + value**2 * p0 * (1 - p0) / n0
    else:
        a1, a0 = n1 * p1 * (1 - p1), n0 * p0 * (1 - p0)
        gap, variance = x1 - n1 * p1, 1 / (1 / a1 + 1 / a0)
    return float(gap / np.sqrt(variance * n / (n - 1)))


@pytest.mark.parametrize("contrast", CONTRASTS)
@pytest.mark.parametrize("counts", [(65, 99, 86, 100), (3, 40, 9, 25), (18, 20, 4, 60)])
def test_the_limits_are_1_96_standard_errors_away_by_brute_likelihood(
    contrast: Contrast, counts: tuple[int, int, int, int]
) -> None:
    low, high = score_limits(table(*counts), contrast, 0.95, corrected=True)
    assert constrained(counts, contrast, float(low[0])) == pytest.approx(1.959964, abs=2e-4)
    assert constrained(counts, contrast, float(high[0])) == pytest.approx(-1.959964, abs=2e-4)


@pytest.mark.parametrize("contrast", CONTRASTS)
@pytest.mark.parametrize("corrected", [True, False])
@given(counts=tables())
def test_interval_and_p_value_never_disagree(
    contrast: Contrast, corrected: bool, counts: tuple[int, int, int, int]
) -> None:
    low, high = score_limits(table(*counts), contrast, 0.95, corrected=corrected)
    null = 0 if contrast == "difference" else 1
    p = score_p(table(*counts), corrected=corrected)
    assert bool(low > null or high < null) == bool(p < 0.05)


@pytest.mark.parametrize("contrast", CONTRASTS)
@given(counts=tables())
def test_a_wider_level_gives_a_wider_interval(
    contrast: Contrast, counts: tuple[int, int, int, int]
) -> None:
    narrow = score_limits(table(*counts), contrast, 0.8, corrected=True)
    wide = score_limits(table(*counts), contrast, 0.99, corrected=True)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_ten_million_against_none_is_still_bracketed(contrast: Contrast) -> None:
    counts = table(10**7, 10**7, 0, 10**7)
    low, high = score_limits(counts, contrast, 0.95, corrected=True)
    assert low[0] > (0.999 if contrast == "difference" else 1e6)
    assert high[0] == (1 if contrast == "difference" else np.inf)


def test_an_ensemble_is_its_trials_one_by_one() -> None:
    rng = np.random.default_rng(5)  # noqa: TID251 - any tables will do
    x1, x0 = rng.integers(0, 21, (3, 40)), rng.integers(0, 31, (3, 40))
    together = Table(*(np.broadcast_to(c, (3, 40)).astype(float) for c in (x1, 20, x0, 30)))
    for contrast in CONTRASTS:
        low, high = score_limits(together, contrast, 0.95, corrected=True)
        for i in np.ndindex(3, 40):
            alone = score_limits(
                table(int(x1[i]), 20, int(x0[i]), 30), contrast, 0.95, corrected=True
            )
            assert (low[i], high[i]) == (alone[0][0], alone[1][0])


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_skewness_moves_both_limits_of_a_rare_event_up(contrast: Contrast) -> None:
    counts = table(4, 400, 1, 100)
    plain = score_limits(counts, contrast, 0.95, corrected=True)
    skewed = score_limits(counts, contrast, 0.95, corrected=True, skewness=True)
    assert not np.allclose(plain, skewed, rtol=1e-3)
    assert skewed[0] < skewness_corrected_value(counts, contrast) < skewed[1]


def test_equal_arms_have_no_skewness_under_equality() -> None:
    counts = table(3, 40, 9, 40)
    assert score_p(counts, corrected=True, skewness=True) == score_p(counts, corrected=True)
    unequal = table(3, 40, 9, 60)
    assert score_p(unequal, corrected=True, skewness=True) != score_p(unequal, corrected=True)
