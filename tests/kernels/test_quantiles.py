"""The quantile functions against SciPy, Python's own AS 241, and the C library's logarithm."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy.special import ndtri

from equipoise.kernels.elementary import log
from equipoise.kernels.quantiles import exponential_quantile, normal_quantile

# Both tails down to the smallest number the generator can give, and the middle.
TAIL = 2.0 ** -np.linspace(1.0, 53.0, 2001)
PROBABILITIES = np.concatenate([TAIL, np.linspace(0.001, 0.999, 1999), 1.0 - TAIL[:-1]])


def test_normal_quantile_agrees_with_scipy() -> None:
    ours = np.array([normal_quantile(float(p)) for p in PROBABILITIES])
    np.testing.assert_allclose(ours, ndtri(PROBABILITIES), rtol=2e-15, atol=5e-15)


def test_normal_quantile_agrees_with_the_standard_library() -> None:
    theirs = NormalDist()
    for p in PROBABILITIES[::7]:
        assert normal_quantile(float(p)) == pytest.approx(theirs.inv_cdf(float(p)), abs=4e-15)


def test_normal_quantile_prints_the_table_of_as_241() -> None:
    # The check values of the paper's routine PPND16.
    assert normal_quantile(0.25) == pytest.approx(-0.6744897501960817, rel=1e-15)
    assert normal_quantile(0.001) == pytest.approx(-3.090232306167814, rel=1e-15)
    assert normal_quantile(1e-20) == pytest.approx(-9.262340089798408, rel=1e-15)


def test_normal_quantile_is_odd_around_one_half() -> None:
    for p in PROBABILITIES[PROBABILITIES < 0.5]:
        exact = math.ldexp(round(math.ldexp(float(p), 53)), -53) or 2.0**-53
        assert normal_quantile(1.0 - exact) == -normal_quantile(exact)
    assert normal_quantile(0.5) == 0.0


def test_logarithm_is_right_to_the_last_place_or_the_one_before() -> None:
    for x in [*PROBABILITIES, 1.0, math.sqrt(2), math.nextafter(math.sqrt(2), 2), 3.7, 1e300]:
        exact = math.log(float(x))
        assert abs(log(float(x)) - exact) <= math.ulp(exact)


def test_exponential_quantile_agrees_with_the_definition() -> None:
    for p in PROBABILITIES:
        assert exponential_quantile(float(p)) == pytest.approx(-math.log1p(-float(p)), rel=1e-15)


@pytest.mark.skipif(not hasattr(log, "py_func"), reason="nothing is compiled")
@pytest.mark.parametrize("function", [log, normal_quantile, exponential_quantile])
def test_compiled_code_fuses_nothing_and_calls_no_logarithm(function: Any) -> None:
    # A fused multiply-add or the C library's log would give other last digits on other machines.
    compiled = njit(function.py_func)
    compiled(0.01)
    (code,) = compiled.inspect_llvm().values()
    assert "fmul double" in code
    for telltale in (" fast ", " contract ", "fmuladd", "@llvm.fma", "@llvm.log", "@log"):
        assert telltale not in code
