from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.analysis.estimators import binary, stratified
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError
from tests.analysis.estimators.test_score import tables

# Elmunzer BJ et al. N Engl J Med 2012;366:1414-1422: pancreatitis by sex
SEX = ([20, 7], [229, 66], [43, 9], [247, 60])

ESTIMATORS: list[tuple[Callable[..., Estimate], dict[str, Any]]] = [
    (stratified.risk_ratio, {}),
    (stratified.risk_ratio, {"method": "miettinen-nurminen"}),
    (stratified.odds_ratio, {}),
    (stratified.risk_difference, {}),
    (stratified.risk_difference, {"method": "sato"}),
    (stratified.risk_difference, {"method": "greenland-robins"}),
]
every_estimator = pytest.mark.parametrize(("estimator", "options"), ESTIMATORS)
FIELDS = ("value", "low", "high", "p_value")


def numbers(e: Estimate) -> list[float]:
    return [float(getattr(e, field)) for field in FIELDS]


@st.composite
def strata(draw: st.DrawFn) -> Any:
    rows = draw(st.lists(tables(40), min_size=1, max_size=4))
    return tuple(np.array(rows).T)


@every_estimator
@settings(max_examples=40)
@given(counts=strata())
def test_an_interval_holds_its_estimate_and_nothing_is_silently_undefined(
    estimator: Callable[..., Estimate], options: Any, counts: Any
) -> None:
    e = estimator(*counts, **options)
    value, low, high, p = numbers(e)
    assert not np.isnan([low, high, p]).any()
    assert 0 <= p <= 1
    if np.isnan(value):
        assert e.note in {"no events", "no contrast"}
    else:
        assert low - 1e-9 <= value <= high + 1e-9


@every_estimator
@settings(max_examples=40)
@given(counts=strata())
def test_swapping_the_arms_turns_the_contrast_round(
    estimator: Callable[..., Estimate], options: Any, counts: Any
) -> None:
    x1, n1, x0, n0 = counts
    value, low, high, p = numbers(estimator(*counts, **options))
    other, below, above, q = numbers(estimator(x0, n0, x1, n1, **options))
    with np.errstate(divide="ignore"):
        turn = np.negative if estimator is stratified.risk_difference else np.reciprocal
        expected = [float(turn(np.float64(v))) for v in (other, above, below)]
    assert [value, low, high] == pytest.approx(expected, rel=1e-7, abs=1e-9, nan_ok=True)
    assert p == pytest.approx(q, rel=1e-9)


@every_estimator
@settings(max_examples=30)
@given(counts=strata(), seed=st.integers(0, 5))
def test_the_order_of_strata_does_not_matter(
    estimator: Callable[..., Estimate], options: Any, counts: Any, seed: int
) -> None:
    turned = tuple(np.roll(c, seed) for c in counts)
    expected = numbers(estimator(*counts, **options))
    assert numbers(estimator(*turned, **options)) == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("estimator", "options", "plain", "method"),
    [
        (stratified.risk_ratio, {}, binary.risk_ratio, "katz"),
        (
            stratified.risk_ratio,
            {"method": "miettinen-nurminen"},
            binary.risk_ratio,
            "miettinen-nurminen",
        ),
        (stratified.odds_ratio, {}, binary.odds_ratio, "woolf"),
        (stratified.risk_difference, {}, binary.risk_difference, "miettinen-nurminen"),
        (
            stratified.risk_difference,
            {"method": "greenland-robins"},
            binary.risk_difference,
            "wald",
        ),
    ],
)
@settings(max_examples=40)
@given(counts=tables(80))
def test_one_stratum_is_no_stratum(
    estimator: Any, options: Any, plain: Any, method: str, counts: Any
) -> None:
    ours = estimator(*([c] for c in counts), **options)
    theirs = plain(*counts, method=method)
    assert numbers(ours) == pytest.approx(numbers(theirs), rel=1e-7, abs=1e-9, nan_ok=True)
    assert ours.note == theirs.note


@settings(max_examples=40)
@given(counts=tables(80))
def test_cmh_of_one_stratum_is_the_n_minus_one_test(counts: Any) -> None:
    p = stratified.cochran_mantel_haenszel_p(*([c] for c in counts))
    assert float(p) == pytest.approx(float(binary.risk_difference(*counts).p_value), rel=1e-9)
    assert stratified.cochran_mantel_haenszel_p(*([c] for c in counts), corrected=True) >= p
    assert stratified.homogeneity_p(*([c] for c in counts)) == 1


@every_estimator
def test_an_ensemble_is_its_trials(estimator: Callable[..., Estimate], options: Any) -> None:
    x1 = np.array([[[20, 7], [0, 3]], [[0, 0], [5, 66]]])
    e = estimator(x1, SEX[1], SEX[2], SEX[3], **options)
    assert np.shape(e.value) == np.shape(e.note) == (2, 2)
    for where in np.ndindex(2, 2):
        one = estimator(x1[where], SEX[1], SEX[2], SEX[3], **options)
        assert [getattr(e, f)[where] for f in FIELDS] == pytest.approx(numbers(one), rel=1e-12)


@every_estimator
def test_a_stratum_with_one_arm_says_nothing(
    estimator: Callable[..., Estimate], options: Any
) -> None:
    expected = numbers(estimator(*SEX, **options))
    wider = [[*c, more] for c, more in zip(SEX, (3, 5, 0, 0), strict=True)]
    assert numbers(estimator(*wider, **options)) == pytest.approx(expected, rel=1e-12)
    nothing = estimator([0], [0], [1], [2], **options)
    assert nothing.note == "empty arm"
    assert np.isnan(numbers(nothing)).all()


def test_score_interval_and_cmh_test_agree() -> None:
    x = np.arange(16)
    x1 = np.stack(np.broadcast_arrays(x[:, None], 4), axis=-1)
    x0 = np.stack(np.broadcast_arrays(x[None, :], 6), axis=-1)
    for estimator in (stratified.risk_difference, stratified.risk_ratio):
        e = estimator(x1, [15, 20], x0, [15, 25], method="miettinen-nurminen")
        null = 0 if estimator is stratified.risk_difference else 1
        assert np.array_equal((e.low > null) | (e.high < null), e.p_value < 0.05)


def test_one_odds_ratio_is_homogeneous_and_opposite_ones_are_not() -> None:
    same = stratified.homogeneity_p([10, 20], [50, 100], [20, 40], [50, 100])
    opposite = stratified.homogeneity_p([10, 30], [50, 50], [30, 10], [50, 50])
    assert same == pytest.approx(1, abs=1e-9)
    assert opposite < 1e-7
    plain = stratified.homogeneity_p([10, 25], [50, 60], [30, 10], [50, 45], tarone=False)
    assert stratified.homogeneity_p([10, 25], [50, 60], [30, 10], [50, 45]) >= plain


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(InputError):
        stratified.odds_ratio([5], [4], [1], [4])
