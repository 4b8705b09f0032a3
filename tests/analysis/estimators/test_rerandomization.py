from __future__ import annotations

from itertools import product
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators import _redraw
from equipoise.analysis.estimators.estimate import EMPTY_ARM, TOO_FEW
from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
)
from equipoise.analysis.estimators.rerandomization import (
    STATISTICS,
    Draws,
    attributable_difference,
    monte_carlo_error,
    rerandomization,
    rerandomization_p,
)
from equipoise.errors import InputError
from tests.analysis.estimators.dealt import SITUATIONS, deals

DRAWS = Draws(seed=1, number=20_000)
FEW = Draws(seed=1, number=2_000)
ARMS = np.tile([0, 1, 1, 0], 6)
DESIGNS: list[Design] = [PermutedBlocks((4,)), BigStick(2), Complete(), Totals()]
pain = st.lists(st.integers(0, 10), min_size=24, max_size=24)


def p(values: Any, arms: Any = ARMS, design: Design = DESIGNS[0], **how: Any) -> float:
    return float(rerandomization_p(values, arms, design, draws=how.pop("draws", DRAWS), **how))


def test_a_published_trial_by_its_totals() -> None:
    # Zhang Y et al. Br J Anaesth 2023;131:385-396; independence_test(exact()) of R's coin
    values = np.repeat([1, 0, 1, 0], [65, 34, 86, 14])
    arms = np.repeat([True, False], [99, 100])
    found = rerandomization(values, arms, Totals(), draws=DRAWS)
    assert found.p_value == pytest.approx(0.0008920245688588, rel=1e-12)
    assert found.value == pytest.approx(65 / 99 - 86 / 100)
    assert -0.34 < found.low < -0.30
    assert -0.10 < found.high < -0.07
    assert found.method.endswith("P exact, interval from 20,000 draws")


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize(("design", "arms", "compare"), SITUATIONS)
def test_it_rejects_no_more_often_than_it_says(
    design: Design, arms: tuple[int, ...], compare: tuple[int, int], statistic: str
) -> None:
    # Without any effect, over all that the design may deal.
    values = np.array([3.0, 1, 4, 1, 5, 9, 2][: len(arms)])
    chances = deals(design, len(arms), arms)
    found = []
    for dealt, chance in chances.items():
        found.append((p(values, dealt, design, compare=compare, statistic=statistic), chance))
    for alpha in {value for value, _ in found if not np.isnan(value)}:
        assert sum(c for value, c in found if value <= alpha + 1e-12) <= alpha + 1e-9


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("design", DESIGNS)
def test_drawn_p_is_exact_p_but_for_its_error(
    design: Design, statistic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, strata = np.sqrt(np.arange(12) * 7 % 11), np.repeat([0, 1], 6)
    arms = np.tile([1, 0, 0, 1, 1, 0], 2)
    how: dict[str, Any] = {"strata": strata, "statistic": statistic}
    exact = p(values, arms, design, **how)
    monkeypatch.setattr(_redraw, "ENUMERATE", 0)
    monkeypatch.setattr("equipoise.analysis.estimators.rerandomization.convolved_p", never)
    drawn = rerandomization(values, arms, design, draws=DRAWS, **how)
    error = float(monte_carlo_error(exact, DRAWS.number))
    assert 0 < abs(float(drawn.p_value) - exact) < 4 * error
    assert "P = (1 + b) / (1 + 20,000), Monte Carlo standard error 0.00" in drawn.method
    assert p(values, arms, design, **how) == drawn.p_value


def never(*_: Any) -> None:
    return None


def test_the_monte_carlo_error() -> None:
    assert monte_carlo_error(0.05, 1_000_000) == pytest.approx(0.000218, abs=1e-6)


@pytest.mark.parametrize("statistic", STATISTICS)
@given(pain)
@settings(max_examples=4)
def test_the_names_of_the_arms_are_no_matter(statistic: str, values: list[int]) -> None:
    how: dict[str, Any] = {"statistic": statistic, "strata": np.repeat([0, 1, 2], 8)}
    for design in (PermutedBlocks((4,)), Totals()):
        one = rerandomization(values, ARMS, design, draws=FEW, **how)
        other = rerandomization(values, 1 - ARMS, design, draws=FEW, **how)
        assert one.p_value == pytest.approx(other.p_value)
        assert one.value == pytest.approx(-other.value)
        swapped = rerandomization(values, ARMS, design, compare=(0, 1), draws=FEW, **how)
        assert swapped.p_value == pytest.approx(other.p_value)
        assert swapped.value == pytest.approx(other.value)
        renamed = rerandomization(
            values, ARMS, design, draws=FEW, **how | {"strata": -how["strata"]}
        )
        assert renamed.p_value == pytest.approx(one.p_value, abs=0.06)  # other draws, at most


@given(pain, st.integers(1, 9), st.integers(-50, 50))
@settings(max_examples=15)
def test_units_and_origin_are_no_matter(values: list[int], scale: int, origin: int) -> None:
    one = rerandomization(values, ARMS, DESIGNS[0], draws=DRAWS)
    moved = np.array(values) * scale + origin
    other = rerandomization(moved, ARMS, DESIGNS[0], draws=DRAWS)
    assert other.p_value == pytest.approx(one.p_value)
    for mine, theirs in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
        assert theirs == pytest.approx(mine * scale, abs=1e-9)


def test_blocks_matter_where_time_does() -> None:
    trend = np.repeat(np.arange(6.0), 4) * 10 + np.tile([0, 1, 1, 0], 6)
    assert p(trend, design=PermutedBlocks((4,))) < 0.001
    assert p(trend, design=Totals()) > 0.8


def test_within_strata_a_large_difference_between_them_is_no_matter() -> None:
    strata = np.repeat([0, 1], [8, 16])
    values = 100.0 * strata + np.tile([0.0, 3, 1, 2], 6)
    how: dict[str, Any] = {"design": Complete(), "strata": strata}
    # 8 and 16 participants: few enough to list only by draws; both tests have the same draws
    assert p(values, statistic="difference in means", **how) > 0.5
    assert p(values, statistic="stratified difference in means", **how) < 0.2


def test_ensembles_are_trials_one_by_one() -> None:
    rng = [[(i * j * j) % 7 for i in range(24)] for j in range(1, 7)]
    values = np.array(rng, dtype=float).reshape(2, 3, 24)
    values[1, 2, :5] = np.nan
    arms = np.array([ARMS, 1 - ARMS, ARMS])
    found = rerandomization(values, arms, DESIGNS[0], draws=DRAWS)
    assert np.shape(found.p_value) == (2, 3)
    quick = rerandomization_p((values > 3).astype(float), arms, DESIGNS[0], draws=DRAWS)
    for i, j in product(range(2), range(3)):
        single = p(values[i, j], arms[j])
        assert np.asarray(found.p_value)[i, j] == pytest.approx(single)
        event = rerandomization((values[i, j] > 3) * 1.0, arms[j], DESIGNS[0], draws=DRAWS)
        assert np.asarray(quick)[i, j] == pytest.approx(event.p_value)


def test_an_arm_without_values() -> None:
    values = np.where(ARMS == 1, np.nan, 1.0)
    found = rerandomization([values, np.arange(24.0)], ARMS, DESIGNS[0], draws=DRAWS)
    assert list(np.asarray(found.note)) == [EMPTY_ARM, ""]
    assert np.isnan(np.asarray(found.p_value)[0])
    assert np.isnan(p(values))


@pytest.mark.parametrize("statistic", STATISTICS)
def test_too_few_to_bound_an_effect(statistic: str) -> None:
    found = rerandomization(
        [1, 2, 3.0, 4], [0, 1, 1, 0], Totals(), draws=DRAWS, statistic=statistic
    )
    assert found.note == TOO_FEW
    assert (found.low, found.high) == (-np.inf, np.inf)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_strata_of_one_arm_each_tell_nothing(statistic: str) -> None:
    how: dict[str, Any] = {"draws": DRAWS, "statistic": statistic, "strata": [0, 0, 1, 1]}
    found = rerandomization([1, 2, 3.0, 4], [0, 0, 1, 1], Totals(), **how)
    assert found.note == TOO_FEW
    assert np.isnan(found.value)
    assert found.p_value == rerandomization_p([1, 2, 3.0, 4], [0, 0, 1, 1], Totals(), **how) == 1


def test_equal_values_show_no_effect() -> None:
    found = rerandomization(np.ones(24), ARMS, DESIGNS[0], draws=DRAWS)
    assert (found.value, found.p_value) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("values", "arms", "how"),
    [
        (np.ones(24), ARMS[::-1][:23], {}),
        (1.0, 1, {}),
        ([], [], {}),
        (np.ones(24), ARMS, {"statistic": "median"}),
        (np.ones(24), np.sort(ARMS), {}),
        (np.ones((2, 24)), np.array([ARMS, np.sort(ARMS)]), {}),
    ],
)
def test_what_makes_no_sense_is_refused(values: Any, arms: Any, how: Any) -> None:
    with pytest.raises(InputError):
        rerandomization(values, arms, DESIGNS[0], draws=DRAWS, **how)
    with pytest.raises(InputError):
        rerandomization_p(values, arms, DESIGNS[0], draws=DRAWS, **how)


# --- effects that differ from one participant to the next -----------------------------------------


def test_the_interval_of_attributable_effects_holds_for_every_effect() -> None:
    # All ways in which six participants may respond to two arms of three, over all allocations.
    level, n = 0.8, 6
    sets = [s for s in product([0, 1], repeat=n) if sum(s) == 3]
    assert len(sets) == comb(6, 3)
    for kinds in {tuple(sorted(k)) for k in product([(0, 0), (0, 1), (1, 0), (1, 1)], repeat=n)}:
        without, within = np.array(kinds).T
        effect = (within - without).mean()
        x1 = [int((within * s).sum()) for s in sets]
        x0 = [int((without * (1 - np.array(s))).sum()) for s in sets]
        found = attributable_difference(x1, 3, x0, 3, level=level)
        covers = (found.low <= effect + 1e-9) & (effect - 1e-9 <= found.high)
        assert np.mean(covers) >= level


def test_attributable_effects_of_the_published_trial() -> None:
    found = attributable_difference([65, 0], [99, 0], [86, 1], [100, 4])
    values, low, high = (np.asarray(x) for x in (found.value, found.low, found.high))
    assert values[0] == pytest.approx(65 / 99 - 86 / 100)
    assert low[0] < values[0] < high[0] < 0
    assert np.asarray(found.p_value)[0] == pytest.approx(0.0008920245688588)
    assert list(np.asarray(found.note)) == ["", EMPTY_ARM]
    swapped = attributable_difference(86, 100, 65, 99)
    assert (-swapped.high, -swapped.low) == pytest.approx((low[0], high[0]))
    with pytest.raises(InputError):
        attributable_difference(5, 4, 1, 4)


def test_without_ties_the_rank_sum_by_totals_is_mann_whitneys() -> None:
    values = np.arange(16.0) * 7 % 16
    arms = np.tile([0, 0, 1, 1, 0, 1, 1, 1], 2)
    there = stats.mannwhitneyu(values[arms == 1], values[arms == 0], method="exact")
    assert p(values, arms, Totals(), statistic="rank sum") == pytest.approx(there.pvalue)
