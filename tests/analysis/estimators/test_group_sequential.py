from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from equipoise.analysis.estimators.group_sequential import (
    crossing,
    family,
    hwang_shih_decani,
    inflation,
    kim_demets,
    obrien_fleming_type,
    performance,
    pocock_type,
    powered,
    spending,
    with_futility,
)
from equipoise.chance import Chance
from equipoise.errors import InputError
from equipoise.kernels.quantiles import normal_quantile

looks = st.lists(st.floats(0.05, 0.95), min_size=0, max_size=4, unique=True).map(
    lambda t: [*sorted(t), 1.0]
)
spendings = st.sampled_from(
    [obrien_fleming_type, pocock_type, hwang_shih_decani(-4), hwang_shih_decani(0), kim_demets(3)]
)


def test_textbook_limits() -> None:
    """Five looks, two-sided 5 %: Jennison and Turnbull 2000, tables 2.1 and 2.3."""
    even = [0.2, 0.4, 0.6, 0.8, 1]
    assert family(even, 0.05, "Pocock", sides=2).upper[0] == pytest.approx(2.413, abs=5e-4)
    assert family(even, 0.05, "O'Brien-Fleming", sides=2).upper[-1] == pytest.approx(
        2.040, abs=5e-4
    )


def test_one_look_is_the_ordinary_test() -> None:
    design = spending([1], 0.025, obrien_fleming_type)
    assert design.upper == pytest.approx([norm.isf(0.025)])
    assert inflation(design, 0.9) == pytest.approx(1.0)


@settings(max_examples=30)
@given(looks, spendings)
def test_a_spending_function_is_spent_as_it_says(t: list[float], spend: object) -> None:
    if any(b - a < 0.02 for a, b in pairwise([0.0, *t])):
        return
    design = spending(t, 0.025, spend)  # type: ignore[arg-type]
    wanted = [spend(look, 0.025) for look in t]  # type: ignore[operator]
    assert design.alpha_spent() == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=20)
@given(st.floats(0, 4), spendings)
def test_what_a_design_does_adds_up_to_one(drift: float, spend: object) -> None:
    design = with_futility([0.3, 0.7, 1], 0.025, 0.9, spend, pocock_type)  # type: ignore[arg-type]
    does = performance(design, drift)
    assert does.efficacy.sum() + does.futility.sum() == pytest.approx(1.0, abs=1e-9)
    assert 0.3 <= does.mean_information <= 1


def test_futility_spends_its_share_and_the_limits_meet() -> None:
    design = with_futility([0.5, 1], 0.025, 0.9, obrien_fleming_type, pocock_type)
    assert design.drift is not None
    does = performance(design, design.drift)
    assert does.power == pytest.approx(0.9, abs=1e-9)
    assert does.futility[0] == pytest.approx(pocock_type(0.5, 0.1), abs=1e-9)
    assert design.lower[-1] == design.upper[-1]
    binding = with_futility([0.5, 1], 0.025, 0.9, obrien_fleming_type, pocock_type, binding=True)
    assert binding.upper[-1] < design.upper[-1]  # relies on stopping, so asks for less
    assert binding.alpha_spent()[-1] == pytest.approx(0.025, abs=1e-9)


def test_crossings_against_simulation() -> None:
    """100,000 paths by counter-based chance; four standard errors."""
    t, upper, lower, drift, n = (0.4, 0.8, 1.0), (2.5, 2.2, 2.0), (-0.5, 0.5, 2.0), 1.7, 100_000
    chance = Chance(11)
    steps = np.sqrt(np.diff([0, *t]))
    normals = np.array([[chance.normal(0, f"look {k}", i) for i in range(n)] for k in range(3)])
    paths = np.cumsum(normals * steps[:, None] + drift * steps[:, None] ** 2, axis=0)
    z = paths / np.sqrt(np.array(t))[:, None]
    up, down = crossing(t, upper, lower, drift)
    going = np.ones(n, dtype=bool)
    for k in range(3):
        for chance_of, crossed in ((up[k], z[k] >= upper[k]), (down[k], z[k] < lower[k])):
            share = np.mean(going & crossed)
            assert abs(share - chance_of) < 4 * np.sqrt(chance_of * (1 - chance_of) / n)
        going &= (z[k] < upper[k]) & (z[k] >= lower[k])
    assert normal_quantile(0.5) == 0.0


def test_power_is_reached_at_the_drift() -> None:
    design = powered(family([0.5, 1], 0.05, "Pocock", sides=2), 0.8)
    assert design.drift is not None
    assert performance(design, design.drift).power == pytest.approx(0.8, abs=1e-9)
    assert performance(design, -design.drift).power == pytest.approx(0.8, abs=1e-9)
    assert performance(design, 0.0).power == pytest.approx(0.05, abs=1e-9)
    assert design.nominal_p[0] == pytest.approx(0.0294 / 2, abs=5e-5)


@pytest.mark.parametrize("bad", [[], [0.5], [0.5, 0.4, 1], [0.0, 1], [0.5, 1.2]])
def test_looks_that_make_no_sense_are_refused(bad: list[float]) -> None:
    with pytest.raises(InputError, match="looks"):
        spending(bad, 0.025, pocock_type)


def test_an_alpha_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match="alpha"):
        spending([0.5, 1], 0.7, pocock_type)
