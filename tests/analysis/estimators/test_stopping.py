from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from equipoise.analysis.estimators.group_sequential import (
    Boundaries,
    obrien_fleming_type,
    performance,
    pocock_type,
    powered,
    spending,
)
from equipoise.analysis.estimators.stopping import (
    conditional_power,
    final,
    predictive_power,
    repeated_level,
    repeated_p,
)
from equipoise.errors import InputError


def design(alpha: float = 0.025) -> Boundaries:
    return spending((0.5, 1), alpha, obrien_fleming_type)


def test_without_looks_it_is_the_ordinary_inference() -> None:
    ends = final(spending((1,), 0.025, pocock_type), 1, 1.3)
    assert ends.p_value == pytest.approx(norm.sf(1.3))
    assert (ends.estimate, ends.low, ends.high) == pytest.approx(
        (1.3, 1.3 - 1.959964, 1.3 + 1.959964)
    )


@settings(max_examples=20)
@given(st.floats(-1, 5))
def test_the_final_p_agrees_with_the_boundary(z: float) -> None:
    plan = design()
    if abs(z - plan.upper[1]) < 1e-6:
        return
    ends = final(plan, 2, z)
    assert (ends.p_value < 0.025) == (z > plan.upper[1])
    assert (ends.low > 0) == (z > plan.upper[1])
    assert ends.low < ends.estimate < ends.high


def test_a_trial_stopped_early_is_more_extreme() -> None:
    assert final(design(), 1, 3.0).p_value < final(design(), 2, 9.0).p_value


@settings(max_examples=15)
@given(st.floats(0.5, 5), st.sampled_from([1, 2]))
def test_a_repeated_p_is_the_alpha_of_the_design_that_just_rejects(z: float, look: int) -> None:
    p = repeated_p(design, look, z)
    if 1e-11 < p < 0.49:
        assert design(p).upper[look - 1] == pytest.approx(z, abs=1e-6)


def test_a_repeated_interval_has_the_level_of_its_limit() -> None:
    assert repeated_level(design(), 1) == pytest.approx(1 - 2 * norm.sf(design().upper[0]))


def test_conditional_power_averages_to_power() -> None:
    """Over the law of the first statistic, conditional power is the power of the second look."""
    plan = powered(design(), 0.8)
    assert plan.drift is not None
    mean = plan.drift * 0.5**0.5
    later, _ = quad(
        lambda z: norm.pdf(z - mean) * conditional_power(plan, 1, z, plan.drift),
        mean - 8, plan.upper[0],
    )  # fmt: skip
    assert later == pytest.approx(performance(plan, plan.drift).efficacy[1], abs=1e-7)


def test_predictive_power_has_its_closed_form() -> None:
    """With one look left: Phi((z - c sqrt(t)) / sqrt(1 - t))."""
    plan, z, t = design(), 1.5, 0.5
    expected = norm.cdf((z - plan.upper[1] * t**0.5) / (1 - t) ** 0.5)
    assert predictive_power(plan, 1, z) == pytest.approx(expected, abs=1e-8)


def test_at_the_last_look_nothing_is_left_to_chance() -> None:
    assert conditional_power(design(), 2, 3.0) == 1.0
    assert conditional_power(design(), 2, 1.0) == 0.0


def test_a_look_that_is_not_planned_is_refused() -> None:
    with pytest.raises(InputError, match="not one of the 2 looks"):
        conditional_power(design(), 3, 1.0)
