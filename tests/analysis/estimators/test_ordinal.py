from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from equipoise.analysis.estimators import binary, ordinal
from equipoise.analysis.estimators.estimate import Estimate

SCORES = np.array([3, 2, 4, 1, 3, 2, 4, 3, 1, 2, 0, 1, 3, 2, 1, 0])
TREATED = np.arange(16) < 8
AGE = np.array([41, 55, 38, 62, 47, 59, 33, 51, 44, 60, 36, 58, 49, 53, 40, 46])[:, None]
Z = special.ndtri(0.975)

# every arm has a low and a high score, so that the arms overlap
overlapping = st.lists(st.integers(0, 3), min_size=4, max_size=14).map(lambda y: [0, 3, *y, 0, 3])


def numbers(e: Estimate) -> tuple[float, float, float, float]:
    return float(e.value), float(e.low), float(e.high), float(e.p_value)


def joined(x: list[int], y: list[int]) -> tuple[Any, Any]:
    return np.array(x + y), np.arange(len(x) + len(y)) < len(x)


def loglik(parameters: Any, scores: Any, arm: Any) -> float:
    """The log likelihood from its definition; thresholds first, the effect last."""
    ladder = np.concatenate([[-np.inf], parameters[:-1], [np.inf]])
    kinds = np.searchsorted(np.unique(scores), scores)
    shift = parameters[-1] * arm
    chance = special.expit(ladder[kinds + 1] - shift) - special.expit(ladder[kinds] - shift)
    return float(np.log(np.maximum(chance, 1e-300)).sum())


def test_the_same_as_statsmodels() -> None:
    # statsmodels 0.15.0, OrderedModel(distr="logit"): effect, standard error, twice the rise of the
    # log likelihood over the model of age alone
    e = ordinal.odds_ratio(SCORES, TREATED, covariates=AGE)
    half = 1.12240476 * Z
    limits = 2.72408671 - half, 2.72408671 + half
    p = 2 * stats.norm.sf(2.72408671 / 1.12240476)
    assert numbers(e) == pytest.approx((*np.exp([2.72408671, *limits]), p), rel=1e-6)
    ratio = ordinal.odds_ratio(SCORES, TREATED, covariates=AGE, test="likelihood-ratio")
    assert float(ratio.p_value) == pytest.approx(stats.chi2.sf(7.1723412381899365, 1), rel=1e-9)
    assert ratio.value == e.value


def test_categories_are_but_an_order() -> None:
    names = np.array([-2.0, 0.1, 7, 8, 1000])[SCORES]
    assert numbers(ordinal.odds_ratio(names, TREATED)) == numbers(
        ordinal.odds_ratio(SCORES, TREATED)
    )


@settings(max_examples=20)
@given(x=overlapping, y=overlapping)
def test_no_parameters_are_likelier(x: list[int], y: list[int]) -> None:
    scores, arm = joined(x, y)
    e = ordinal.odds_ratio(scores, arm, test="likelihood-ratio")
    cuts = len(np.unique(scores)) - 1
    start = np.append(np.linspace(-1, 1, cuts), 0.0)

    def best(fixed: float | None = None) -> float:
        def loss(p: Any) -> float:
            q = np.append(p, fixed) if fixed is not None else p
            steps = np.concatenate([[q[0]], q[0] + np.cumsum(np.exp(q[1:cuts])), q[cuts:]])
            return -loglik(steps, scores, arm)

        opening = np.append(start[0], np.zeros(cuts - 1))
        guess = opening if fixed is not None else np.append(opening, 0.0)
        options: Any = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-9, "fatol": 1e-12}
        found = optimize.minimize(loss, guess, method="Nelder-Mead", options=options)
        return -float(found.fun)

    top = best()
    assert best(float(np.log(e.value))) == pytest.approx(top, abs=1e-6)
    for limit in (e.low, e.high):
        assert 2 * (top - best(float(np.log(limit)))) == pytest.approx(Z**2, abs=1e-5)
    assert float(e.p_value) == pytest.approx(stats.chi2.sf(2 * (top - best(0.0)), 1), abs=1e-5)


@given(
    table=st.tuples(*(st.integers(1, 30) for _ in range(4))),
    test=st.sampled_from(["wald", "likelihood-ratio"]),
)
def test_two_categories_are_the_odds_ratio_of_a_table(
    table: tuple[int, int, int, int], test: Any
) -> None:
    a, b, c, d = table
    scores = np.repeat([1, 0, 1, 0], table)
    arm = np.repeat([True, True, False, False], table)
    e = ordinal.odds_ratio(scores, arm, test=test)
    woolf = binary.odds_ratio(a, a + b, c, c + d, method="woolf")
    assert float(e.value) == pytest.approx(float(woolf.value), rel=1e-8)
    if test == "wald":
        assert numbers(e) == pytest.approx(numbers(woolf), rel=1e-7)
    else:
        g = stats.chi2_contingency([[a, b], [c, d]], correction=False, lambda_="log-likelihood")
        assert float(e.p_value) == pytest.approx(float(g.pvalue), abs=1e-6)


@given(x=overlapping, y=overlapping, test=st.sampled_from(["wald", "likelihood-ratio"]))
def test_swapping_the_arms_or_the_scale_inverts_the_ratio(
    x: list[int], y: list[int], test: Any
) -> None:
    scores, arm = joined(x, y)
    there = numbers(ordinal.odds_ratio(scores, arm, test=test))
    for back in (
        ordinal.odds_ratio(scores, ~arm, test=test),
        ordinal.odds_ratio(-scores, arm, test=test),
    ):
        value, low, high, p = numbers(back)
        assert there == pytest.approx((1 / value, 1 / high, 1 / low, p), rel=1e-7)


@settings(max_examples=30)
@given(x=overlapping, y=overlapping, seed=st.integers(0, 99))
def test_order_and_labels_change_nothing(x: list[int], y: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)  # noqa: TID251 - any order will do
    scores, arm = joined(x, y)
    site = np.arange(len(scores)) % 3
    there = ordinal.odds_ratio(scores, arm, strata=site)
    i = rng.permutation(len(scores))
    back = ordinal.odds_ratio(scores[i], arm[i], strata=(7 - 2 * site)[i])
    assert there.note == back.note
    assert numbers(there) == pytest.approx(numbers(back), rel=1e-6, nan_ok=True)


@settings(max_examples=50)
@given(x=overlapping, y=overlapping)
def test_proportionality_is_pearsons_distance_from_the_fitted_table(
    x: list[int], y: list[int]
) -> None:
    # against every table of two rows the score test is Pearson's of the fitted counts
    scores, arm = joined(x, y)
    kinds = np.unique(scores)
    if len(kinds) < 3:
        assert ordinal.proportionality_p(scores, arm) == 1
        return
    beta = float(np.log(ordinal.odds_ratio(scores, arm).value))

    def loss(p: Any) -> float:
        return -loglik(
            np.append(np.append(p[0], p[0] + np.cumsum(np.exp(p[1:]))), beta), scores, arm
        )

    found = optimize.minimize(loss, np.zeros(len(kinds) - 1), method="BFGS", options={"gtol": 1e-9})
    ladder = [-np.inf, found.x[0], *(found.x[0] + np.cumsum(np.exp(found.x[1:]))), np.inf]
    statistic = 0.0
    for side in (0, 1):
        expected = np.diff(special.expit(np.array(ladder) - side * beta)) * (arm == side).sum()
        observed = [((scores == kind) & (arm == side)).sum() for kind in kinds]
        statistic += float(((observed - expected) ** 2 / expected).sum())
    p = stats.chi2.sf(statistic, len(kinds) - 2)
    assert ordinal.proportionality_p(scores, arm) == pytest.approx(p, abs=1e-5)


def test_an_ensemble_is_its_trials_one_by_one() -> None:
    rng = np.random.default_rng(3)  # noqa: TID251 - any trials will do
    scores = rng.integers(0, 5, (6, 30)).astype(np.float64)
    scores[1, :4] = np.nan
    scores[2] = np.minimum(scores[2], 1)  # a trial of two categories
    scores[3] = 2  # one of equal scores
    arm = rng.random((6, 30)) < 0.5
    scores[4] = arm[4] * 2 + scores[4] % 2  # one whose arms do not overlap
    x, site = rng.normal(size=(6, 30, 1)), rng.integers(0, 2, (6, 30))
    tests: tuple[Any, ...] = ("wald", "likelihood-ratio")
    for test in tests:
        for more in (dict[str, Any](), {"covariates": x, "strata": site}):
            together = ordinal.odds_ratio(scores, arm, test=test, **more)
            apart = ordinal.proportionality_p(scores, arm, **more)
            for i in range(6):
                own = {key: value[i] for key, value in more.items()}
                alone = ordinal.odds_ratio(scores[i], arm[i], test=test, **own)
                assert together.note[i] == str(alone.note)
                for field in ("value", "low", "high", "p_value"):
                    got: Any = getattr(together, field)
                    assert got[i] == pytest.approx(
                        float(getattr(alone, field)), rel=1e-6, nan_ok=True
                    )
                p = ordinal.proportionality_p(scores[i], arm[i], **own)
                assert np.asarray(apart)[i] == pytest.approx(float(p), rel=1e-6, nan_ok=True)


def test_arms_that_do_not_overlap() -> None:
    for arm, value in ((TREATED, np.inf), (~TREATED, 0.0)):
        e = ordinal.odds_ratio([4, 4, 3, 3, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 0, 0], arm)
        assert e.note == "separated"
        assert numbers(e)[:3] == (value, 0, np.inf)
    # all likelihood is gained: P is that of a table of two categories without overlap
    e = ordinal.odds_ratio([1] * 8 + [0] * 8, TREATED)
    assert float(e.p_value) == pytest.approx(stats.chi2.sf(2 * 16 * np.log(2), 1), rel=1e-5)
    assert np.isnan(ordinal.proportionality_p([2] * 8 + [1] * 4 + [0] * 4, TREATED))


def test_what_cannot_be_estimated() -> None:
    same = ordinal.odds_ratio([2] * 16, TREATED)
    assert same.note == "no spread"
    assert numbers(same) == pytest.approx((np.nan, 0, np.inf, 1), nan_ok=True)
    none = ordinal.odds_ratio(np.where(TREATED, np.nan, SCORES), TREATED)
    assert none.note == "empty arm"
    assert np.isnan(numbers(none)).all()
    assert np.isnan(ordinal.proportionality_p(np.where(TREATED, np.nan, SCORES), TREATED))
    tied = ordinal.odds_ratio(SCORES, TREATED, strata=TREATED.astype(int))
    assert tied.note == "not estimable"
    assert np.isnan(numbers(tied)).all()
    # a covariate that sorts the scores perfectly leaves no effect of the arm to find
    led = ordinal.odds_ratio(SCORES, TREATED, covariates=SCORES[:, None])
    assert led.note in {"no convergence", "separated"}


@settings(max_examples=15)
@given(st.integers(2, 12), st.integers(1, 4), st.integers(0, 10**6))
def test_no_trial_raises_and_no_nan_is_silent(n: int, top: int, seed: int) -> None:
    rng = np.random.default_rng(seed)  # noqa: TID251 - a search for what breaks
    scores = rng.integers(0, top + 1, (20, n)).astype(np.float64)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    arm, site = rng.random((20, n)) < 0.5, rng.integers(0, 2, (20, n))
    tests: tuple[Any, ...] = ("wald", "likelihood-ratio")
    for test in tests:
        for strata in (None, site):
            e = ordinal.odds_ratio(scores, arm, strata=strata, test=test)
            note = np.asarray(e.note)
            for field in (e.value, e.low, e.high, e.p_value):
                assert not (np.isnan(np.asarray(field)) & (note == "")).any()
            given = ~np.isnan(np.asarray(e.value))
            assert (np.asarray(e.low)[given] <= np.asarray(e.value)[given]).all()
            assert (np.asarray(e.value)[given] <= np.asarray(e.high)[given]).all()
            if strata is None:
                assert not (note == "no convergence").any()


def test_missing_values_are_left_out() -> None:
    age = AGE.astype(np.float64)
    scores = SCORES.astype(np.float64)
    scores[2], age[5] = np.nan, np.nan
    keep = np.delete(np.arange(16), [2, 5])
    there = ordinal.odds_ratio(scores, TREATED, covariates=age)
    rest = ordinal.odds_ratio(scores[keep], TREATED[keep], covariates=age[keep])
    assert numbers(there) == pytest.approx(numbers(rest), rel=1e-9)
