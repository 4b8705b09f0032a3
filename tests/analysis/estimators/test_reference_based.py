from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_CONVERGENCE,
    NOTHING_OBSERVED,
)
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.analysis.estimators.reference_based import (
    Assumption,
    Strategy,
    bootstrap,
    conditional_mean,
    multiple_imputation,
)
from equipoise.chance import Chance
from equipoise.errors import InputError

N, Q = 80, 3
ARM = np.arange(N) % 2 == 0
Z = normals(Chance(1), (), np.arange(N), "z", 1)
FULL = normals(Chance(2), (), np.arange(N), "y", Q).cumsum(axis=1) + Z - ARM[:, None] * [0, 1, 2]
LEFT = uniforms(Chance(3), (), np.arange(N), "leave", 1) * 4 < np.arange(Q) - 1 + 0.8
Y = np.where(np.logical_or.accumulate(LEFT & (np.arange(Q) > 0), axis=1), np.nan, FULL)
STRATEGIES: tuple[Strategy, ...] = (
    "missing at random",
    "jump to reference",
    "copy reference",
    "copy increments in reference",
    "last mean carried forward",
)
DRAWS = Draws(Chance(9), 200)


def value(result: Any) -> float:
    return float(result.difference.value)


def test_there_are_missing_values() -> None:
    assert 0.1 < np.isnan(Y[:, -1]).mean() < 0.6
    assert not np.isnan(Y[:, 0]).any()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_with_nothing_missing_every_strategy_is_ancova(strategy: Strategy) -> None:
    x = np.column_stack([np.ones(N), ARM, Z])
    beta = np.linalg.lstsq(x, FULL[:, -1])[0]
    found = conditional_mean(FULL, ARM, Assumption(strategy), covariates=Z)
    assert value(found) == pytest.approx(beta[1], abs=1e-9)
    assert found.mean.value == pytest.approx(beta @ [1, 1, Z.mean()], abs=1e-9)
    assert found.mean_ref.value == pytest.approx(beta @ [1, 0, Z.mean()], abs=1e-9)
    drawn = multiple_imputation(FULL, ARM, DRAWS, Assumption(strategy), covariates=Z)
    assert value(drawn) == pytest.approx(beta[1], abs=1e-9)


def test_the_jackknife_is_the_analysis_without_each() -> None:
    assumption = Assumption("jump to reference")
    found = conditional_mean(Y, ARM, assumption, covariates=Z)
    without = np.array(
        [
            value(conditional_mean(np.delete(Y, i, 0), np.delete(ARM, i), assumption,
                                   covariates=np.delete(Z, i, 0)))
            for i in range(N)
        ]
    )  # fmt: skip
    se = np.sqrt((N - 1) / N * ((without - without.mean()) ** 2).sum())
    assert found.difference.high == pytest.approx(value(found) + 1.959964 * se, abs=1e-5)


def test_what_each_strategy_assumes() -> None:
    # two visits, no covariates: means by hand
    rest = normals(Chance(4), (), np.arange(40), "by hand", 2)
    arm = np.arange(40) < 20
    y = rest - arm[:, None] * [1.0, 3.0]
    y[:6, 1] = np.nan
    own, ref = y[arm], y[~arm]
    fitted = conditional_mean(y, arm)
    share = 6 / 20
    slope_mean = fitted.mean.value  # missing at random
    means = {s: float(conditional_mean(y, arm, Assumption(s)).mean.value) for s in STRATEGIES}
    first, first_ref, second_ref = own[:, 0].mean(), ref[:, 0].mean(), ref[:, 1].mean()

    def moved(assumed: float) -> float:
        """The mean at random, with the missing's mean at the second visit as assumed."""
        return float(slope_mean + share * (assumed - slope_mean))

    assert means["jump to reference"] == pytest.approx(moved(second_ref), abs=1e-9)
    increments = second_ref + first - first_ref
    assert means["copy increments in reference"] == pytest.approx(moved(increments), abs=1e-9)
    assert means["last mean carried forward"] == pytest.approx(moved(first), abs=1e-9)
    # under copy reference the missing keep what sets them apart from the reference at visit 1
    assert means["jump to reference"] != pytest.approx(means["copy reference"], abs=1e-3)


def test_the_order_of_participants_does_not_matter() -> None:
    order = np.argsort(uniforms(Chance(5), (), np.arange(N), "order", 1)[:, 0])
    for strategy in STRATEGIES:
        a = conditional_mean(Y, ARM, Assumption(strategy), covariates=Z)
        b = conditional_mean(Y[order], ARM[order], Assumption(strategy), covariates=Z[order])
        assert value(b) == pytest.approx(value(a), abs=1e-8)
        assert b.difference.low == pytest.approx(float(a.difference.low), abs=1e-7)
    shuffled = Draws(Chance(9), 20, order)
    for method in (multiple_imputation, bootstrap):
        c = method(Y, ARM, Draws(Chance(9), 20), covariates=Z)
        d = method(Y[order], ARM[order], shuffled, covariates=Z[order])
        assert value(d) == pytest.approx(value(c), abs=1e-8)
        assert d.difference.low == pytest.approx(float(c.difference.low), abs=1e-7)


@pytest.mark.parametrize("strategy", ["missing at random", "last mean carried forward"])
def test_swapping_the_arms_turns_the_difference_round(strategy: Strategy) -> None:
    a = conditional_mean(Y, ARM, Assumption(strategy), covariates=Z).difference
    b = conditional_mean(Y, ~ARM, Assumption(strategy), covariates=Z).difference
    assert (b.value, b.low, b.p_value) == pytest.approx((-a.value, -a.high, a.p_value), abs=1e-8)


def test_drawing_and_resampling_agree_with_the_means() -> None:
    for strategy in STRATEGIES:
        assumption = Assumption(strategy)
        mean = conditional_mean(Y, ARM, assumption, covariates=Z).difference
        drawn = multiple_imputation(Y, ARM, DRAWS, assumption, covariates=Z).difference
        again = bootstrap(Y, ARM, DRAWS, assumption, covariates=Z).difference
        se = float(mean.high - mean.low) / 3.92
        assert again.value == mean.value
        assert float(again.high - again.low) / 3.92 == pytest.approx(se, rel=0.2)
        assert drawn.value == pytest.approx(mean.value, abs=0.2 * se)
        # Rubin's variance keeps the information of missing at random
        assert float(drawn.high - drawn.low) / 3.92 > 0.9 * se


def test_delta_moves_what_was_imputed_and_no_more() -> None:
    lost = np.isnan(Y[:, -1]) & ARM
    base = conditional_mean(Y, ARM)
    moved = conditional_mean(Y, ARM, Assumption(delta=3.0 * ARM[:, None]))
    expected = value(base) + 3 * lost.sum() / ARM.sum()
    assert value(moved) == pytest.approx(expected, abs=1e-9)
    assert moved.mean_ref.value == pytest.approx(float(base.mean_ref.value), abs=1e-9)


def test_values_after_an_event_are_kept_but_not_modelled() -> None:
    first = np.full(N, Q)
    first[0] = 1  # an event after the first visit, the values after it observed
    wild = FULL.copy()
    wild[0, 1:] += 100
    kept = conditional_mean(wild, ARM, Assumption("jump to reference", first))
    x = np.column_stack([np.ones(N), ARM])
    assert value(kept) == pytest.approx(np.linalg.lstsq(x, wild[:, -1])[0][1], abs=1e-9)
    holes = Y.copy()
    holes[0] = wild[0]
    calm = np.where(np.arange(N)[:, None] == 0, FULL, holes)
    after = Q - np.argmax(~np.isnan(holes)[:, ::-1], axis=1)
    after[0] = 1
    a = conditional_mean(holes, ARM, Assumption("jump to reference", after)).difference
    b = conditional_mean(calm, ARM, Assumption("jump to reference", after)).difference
    assert a.value - b.value == pytest.approx(100 / ARM.sum(), abs=1e-9)


def test_who_has_no_value_at_all_takes_the_reference_mean() -> None:
    y = FULL.copy()
    y[0] = np.nan
    means = [float(conditional_mean(y, ARM, Assumption(s)).mean.value) for s in STRATEGIES[1:]]
    assert means == pytest.approx([means[0]] * 4, abs=1e-9)


@pytest.mark.parametrize("method", ["mean", "draw", "bootstrap"])
def test_what_cannot_be_imputed_has_a_note(method: str) -> None:
    def run(values: Any, arm: Any) -> Any:
        if method == "mean":
            return conditional_mean(values, arm)
        return (multiple_imputation if method == "draw" else bootstrap)(values, arm, DRAWS)

    gone = np.where(ARM[:, None] & (np.arange(Q) == Q - 1), np.nan, FULL)
    for values, arm, note in (
        (gone, ARM, NOTHING_OBSERVED),
        (np.full((N, Q), np.nan), ARM, NOTHING_OBSERVED),
        (FULL, np.ones(N, dtype=bool), EMPTY_ARM),
        (np.ones((N, Q)), ARM, NO_CONVERGENCE),
        (FULL[:, :1] * [1, 2, 3], ARM, NO_CONVERGENCE),
    ):
        for part in (run(values, arm).difference, run(values, arm).mean):
            assert part.note == note
            assert np.isnan([part.value, part.low, part.high, part.p_value]).all()


def test_bad_input_is_refused() -> None:
    for values, arm, z in (
        (FULL[:, 0], ARM, None),
        (FULL, ARM[1:], None),
        (FULL, ARM, np.where(np.arange(N) == 3, np.nan, 1.0)),
        (np.where(FULL[0, 0] == FULL, np.inf, FULL), ARM, None),
    ):
        with pytest.raises(InputError, match="reference-based imputation"):
            conditional_mean(values, arm, covariates=z)


def test_the_same_seed_gives_the_same_result() -> None:
    a, b = (multiple_imputation(Y, ARM, Draws(Chance(3), 10)).difference for _ in range(2))
    c = multiple_imputation(Y, ARM, Draws(Chance(4), 10)).difference
    assert (a.value, a.low) == (b.value, b.low)
    assert a.value != c.value
