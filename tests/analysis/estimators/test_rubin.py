from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from equipoise.analysis.estimators.noise import normals
from equipoise.analysis.estimators.rubin import combine, pool, pool_bootstrap
from equipoise.chance import Chance
from equipoise.errors import InputError

Q = [-0.20, -0.18, -0.23, -0.19, -0.21]
U = [0.0036, 0.0035, 0.0037, 0.0036, 0.0034]

numbers = st.lists(st.integers(-50, 50).map(lambda i: i / 8), min_size=2, max_size=8)


def test_as_mice_pools() -> None:
    # mice::pool.scalar(Q, U, n = 199, k = 2)
    p = pool(Q, U, df_complete=197)
    found = (p.value, p.within, p.between, p.variance, p.df, p.increase, p.missing_information)
    expected = (-0.202, 0.00356, 0.00037, 0.004004, 113.109354061493, 0.1247191011236)
    assert found == pytest.approx((*expected, 0.126204171356), rel=1e-10)


def test_the_estimate_is_a_t_interval() -> None:
    e = pool(Q, U, df_complete=197).estimate("risk difference", 0.95, "m")
    student = stats.t(113.109354061493)
    half = student.ppf(0.975) * np.sqrt(0.004004)
    assert (e.low, e.high) == pytest.approx((-0.202 - half, -0.202 + half), abs=1e-9)
    assert e.p_value == pytest.approx(2 * student.cdf(-0.202 / np.sqrt(0.004004)), abs=1e-10)
    assert e.note == ""


def test_ratios_are_pooled_as_logarithms() -> None:
    p = pool(np.log([0.7, 0.8]), [0.02, 0.03])
    e = p.estimate("risk ratio", 0.9, "m", ratio=True)
    assert e.value == pytest.approx(np.sqrt(0.56))
    assert np.log(e.low * e.high) == pytest.approx(2 * np.log(e.value))
    assert e.low < e.value < e.high


@settings(deadline=None, max_examples=50)
@given(numbers, st.integers(-9, 9), st.integers(1, 9))
def test_shifting_and_scaling(values: list[float], shift: int, scale: int) -> None:
    u = np.linspace(1, 2, len(values))
    a = pool(values, u, df_complete=50)
    b = pool(np.array(values) * scale + shift, u * scale**2, df_complete=50)
    assert b.value == pytest.approx(a.value * scale + shift, abs=1e-9)
    assert b.variance == pytest.approx(a.variance * scale**2, rel=1e-9)
    assert b.df == pytest.approx(a.df, rel=1e-6)
    assert a.variance >= a.within
    assert a.df <= 50


def test_where_nothing_differs_the_complete_data_are_kept() -> None:
    p = pool([0.5, 0.5, 0.5], [0.04, 0.04, 0.04], df_complete=17)
    found = [float(v) for v in (p.variance, p.df, p.increase, p.missing_information)]
    assert found == pytest.approx([0.04, 17, 0, 0])
    assert np.isinf(pool([0.5, 0.5], [0.04, 0.04]).df)


def test_no_variance_at_all() -> None:
    for value, p in ((0.0, 1.0), (0.5, 0.0)):
        e = pool([value, value], [0.0, 0.0]).estimate("risk difference", 0.95, "m")
        assert (e.value, e.low, e.high, e.p_value) == (value, value, value, p)


def test_trials_are_pooled_apart() -> None:
    p = pool([Q, [1.0] * 5], [U, [2.0] * 5], df_complete=[197, 10])
    assert p.df == pytest.approx([113.109354061493, 10])
    assert p.value == pytest.approx([-0.202, 1])


def test_infinitely_many_imputations_have_normal_limits() -> None:
    p = combine(0.1, 0.01, 0.004, 1.0, np.inf, np.inf)
    assert p.variance == pytest.approx(0.014)
    e = p.estimate("risk difference", 0.95, "m")
    assert e.high == pytest.approx(0.1 + 1.959964 * np.sqrt(0.014), abs=1e-6)
    assert np.isnan(combine(np.nan, np.nan, np.nan, 1.0, np.inf, np.inf).estimate("", 0.9, "").low)


def test_the_bootstrap_takes_imputation_noise_out() -> None:
    # samples with variance 4 between them, imputations with variance 9 within
    z = normals(Chance(1), (), np.arange(4000), "samples", 3)
    q = 5 + 2 * z[:, :1] + 3 * z[:, 1:]
    p = pool_bootstrap(q)
    assert p.value == pytest.approx(5, abs=0.2)
    assert p.variance == pytest.approx(4, rel=0.15)
    # by hand, two samples of two
    small = pool_bootstrap([[1.0, 2.0], [4.0, 6.0]])
    among, inside = 2 * np.var([1.5, 5.0], ddof=1), (0.5 + 2.0) / 2
    variance = 3 / 4 * among - inside / 2
    df = variance**2 / ((3 / 4 * among) ** 2 + (inside / 2) ** 2 / 2)
    assert small.variance == pytest.approx(variance)
    assert small.df == max(df, 3.0)


def test_one_is_not_enough() -> None:
    with pytest.raises(InputError, match="imputations: 1 cannot be pooled"):
        pool([0.1], [0.1])
    with pytest.raises(InputError, match="bootstrap"):
        pool_bootstrap([[0.1, 0.2]])
    with pytest.raises(InputError, match="bootstrap"):
        pool_bootstrap([[0.1], [0.2]])
    with pytest.raises(InputError, match="confidence level"):
        pool([0.1, 0.2], [1, 1]).estimate("", 1.0, "")
