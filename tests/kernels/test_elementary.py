"""The elementary functions against 60 digits, and against what a compiler might make of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from equipoise.kernels import elementary
from equipoise.kernels.quantiles import near_normal_quantile, normal_quantile

EXACT: dict[str, Callable[[Decimal], Decimal]] = {
    "exp": lambda x: x.exp(),
    "expm1": lambda x: x.exp() - 1,
    "log": lambda x: x.ln(),
    "log1p": lambda x: (1 + x).ln(),
}
anywhere = st.floats(-700, 700).filter(lambda x: abs(x) > 1e-30) | st.floats(1e-20, 1)
positive = st.floats(1e-300, 1e300) | st.floats(0.5, 2) | st.floats(1e-20, 1)
above_minus_1 = st.floats(-0.999, -1e-20) | st.floats(1e-20, 1) | st.floats(1, 1e200)


def units(name: str, x: float) -> float:
    """Return the error in units in the last place of the exact value."""
    with localcontext() as context:
        context.prec = 60
        exact = EXACT[name](Decimal(x))
        found = Decimal(getattr(elementary, name)(x))
        return float(abs(found - exact) / Decimal(math.ulp(float(exact))))


@given(anywhere)
def test_exp_is_right_to_a_unit_in_the_last_place(x: float) -> None:
    assert units("exp", x) < 1


@given(anywhere)
def test_expm1_does_not_cancel(x: float) -> None:
    assert units("expm1", x) < 2


@given(positive)
def test_log_is_right_to_a_unit_in_the_last_place(x: float) -> None:
    assert units("log", x) < 1


@given(above_minus_1)
def test_log1p_does_not_cancel(x: float) -> None:
    assert units("log1p", x) < 2


def test_outside_their_range_they_end_in_0_and_infinity() -> None:
    assert elementary.exp(-709.0) == elementary.exp(-math.inf) == 0
    assert elementary.exp(710.0) == elementary.exp(math.inf) == math.inf
    assert elementary.expm1(-800.0) == -1
    assert elementary.expm1(800.0) == math.inf
    assert elementary.exp(0.0) == 1
    assert elementary.log(1.0) == elementary.expm1(0.0) == elementary.log1p(0.0) == 0


@pytest.mark.skipif(not hasattr(elementary.exp, "py_func"), reason="nothing is compiled")
@pytest.mark.parametrize("function", [elementary.exp, elementary.log, elementary.expm1,
                                      elementary.log1p, near_normal_quantile])  # fmt: skip
def test_a_loop_gives_the_bits_of_a_single_call_and_fuses_nothing(function: Any) -> None:
    @njit(error_model="numpy")
    def many(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    x = np.linspace(1e-9, 1 - 1e-9, 1001)
    out = np.empty_like(x)
    many(x, out)
    assert [function(float(v)) for v in x] == out.tolist()
    (code,) = many.inspect_llvm().values()
    assert "x double>" in code  # vectors
    for telltale in (" fast ", " contract ", "fmuladd", "@llvm.fma", "@llvm.exp", "@llvm.log"):
        assert telltale not in code


def test_the_quantile_without_a_branch_is_the_other_or_not_a_number() -> None:
    for p in [*np.linspace(0.001, 0.999, 999), 1e-10, 2.0**-36, 1 - 1e-10]:
        assert near_normal_quantile(float(p)) == normal_quantile(float(p))
    assert math.isnan(near_normal_quantile(1e-12))
