"""The modal solution against 60-digit arithmetic, the matrix exponential, and an ODE solver."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from equipoise.kernels.compartments import State, _cubic, advance, modes, plasma

Model = tuple[float, float, float, float, float, float]  # v1 v2 v3 (l) cl q2 q3 (l/min)
Course = list[tuple[float, float]]  # rate (ug/min), duration (min)

EMPTY: State = (0.0, 0.0, 0.0, 0.0)
GEPTS: Model = (14.3, 63.1, 261.6, 0.92, 1.55, 0.33)
HANNIVOORT: Model = (1.78, 30.3, 52.0, 0.686, 2.98, 0.602)
COURSE: Course = [(5.0, 10.0), (0.0, 60.0), (0.1, 600.0), (120.0, 1.0), (0.1, 720.0)]

powers_of_ten = st.floats(-2.0, 2.0).map(lambda x: 10.0**x)
models = st.tuples(*[powers_of_ten] * 6)
courses = st.lists(
    st.tuples(st.sampled_from([0.0, 0.02, 7.0]), st.floats(-3.0, 3.0).map(lambda x: 10.0**x)),
    max_size=2,
).map(lambda rest: [(5.0, 2.0), *rest])
nearly = st.sampled_from([0.0, 1e-15, -1e-12, 1e-8, -1e-4])


def run(model: Model, ke0: float, course: Course) -> State:
    mode, state = modes(*model), EMPTY
    for rate, duration in course:
        state = advance(state, mode, ke0, rate, duration)
    return state


def matrix(model: Any, ke0: Any) -> list[list[Any]]:
    """Amounts in three compartments and the effect-site concentration; the last column is input."""
    v1, v2, v3, cl, q2, q3 = model
    return [
        [-(cl + q2 + q3) / v1, q2 / v2, q3 / v3, 0 * ke0, ke0 / ke0],
        [q2 / v1, -q2 / v2, 0 * ke0, 0 * ke0, 0 * ke0],
        [q3 / v1, 0 * ke0, -q3 / v3, 0 * ke0, 0 * ke0],
        [ke0 / v1, 0 * ke0, 0 * ke0, -ke0, 0 * ke0],
        [0 * ke0] * 5,
    ]


def by_matrix_exponential(model: Model, ke0: float, course: Course) -> tuple[float, float]:
    a, x = np.array(matrix(model, ke0)), np.zeros(4)
    for rate, duration in course:
        x = (expm(a * duration) @ np.append(x, rate))[:4]
    return float(x[0] / model[0]), float(x[3])


def by_sixty_digits(model: Model, ke0: float, course: Course) -> tuple[float, float]:
    with localcontext() as context:
        context.prec = 60
        a, x = matrix([Decimal(v) for v in model], Decimal(ke0)), [Decimal(0)] * 4
        for rate, duration in course:
            step = exponential([[v * Decimal(duration) for v in row] for row in a])
            x = [row[0] for row in product(step, [[v] for v in [*x, Decimal(rate)]])][:4]
        return float(x[0] / Decimal(model[0])), float(x[3])


def exponential(a: list[list[Decimal]]) -> list[list[Decimal]]:
    """Taylor's series with scaling and squaring."""
    squarings = max(0, math.ceil(math.log2(max(sum(map(abs, row)) for row in a))) + 4)
    unit = [[Decimal(int(i == j)) for j in range(len(a))] for i in range(len(a))]
    total = term = unit
    for k in range(1, 32):
        term = [[v / k / 2**squarings for v in row] for row in product(term, a)]
        total = [
            [p + q for p, q in zip(*rows, strict=True)] for rows in zip(total, term, strict=True)
        ]
    for _ in range(squarings):
        total = product(total, total)
    return total


def product(a: list[list[Decimal]], b: list[list[Decimal]]) -> list[list[Decimal]]:
    columns = list(zip(*b, strict=True))
    return [[sum(map(Decimal.__mul__, row, c), Decimal(0)) for c in columns] for row in a]


@pytest.mark.parametrize("model", [GEPTS, HANNIVOORT])
def test_agrees_with_the_matrix_exponential(model: Model) -> None:
    for last in range(1, len(COURSE) + 1):
        state = run(model, 0.11, COURSE[:last])
        expected = by_matrix_exponential(model, 0.11, COURSE[:last])
        assert (plasma(state), state[3]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("model", [GEPTS, HANNIVOORT])
def test_agrees_with_a_tight_ode_solution(model: Model) -> None:
    a, x = np.array(matrix(model, 0.11)), np.zeros(4)
    for rate, duration in COURSE:

        def slope(_: float, y: Any, rate: float = rate) -> Any:
            return (a @ np.append(y, rate))[:4]

        solution = solve_ivp(slope, (0, duration), x, method="DOP853", rtol=1e-12, atol=1e-13)
        x = solution.y[:, -1]
    state = run(model, 0.11, COURSE)
    assert (plasma(state), state[3]) == pytest.approx((x[0] / model[0], x[3]), rel=1e-9)


@given(models, powers_of_ten, courses)
def test_agrees_with_sixty_digits_over_many_orders_of_magnitude(
    model: Model, ke0: float, course: Course
) -> None:
    state = run(model, ke0, course)
    expected = by_sixty_digits(model, ke0, course)
    assert (plasma(state), state[3]) == pytest.approx(expected, rel=1e-10, abs=1e-200)


@given(models, st.integers(0, 2), nearly, courses)
def test_effect_site_rate_may_equal_a_rate_of_the_plasma(
    model: Model, which: int, offset: float, course: Course
) -> None:
    ke0 = modes(*model)[which] * (1 + offset)
    state = run(model, ke0, course)
    assert state[3] == pytest.approx(by_sixty_digits(model, ke0, course)[1], rel=1e-10, abs=1e-200)


@given(models, nearly, courses)
def test_peripheral_compartments_may_be_equally_fast(
    model: Model, offset: float, course: Course
) -> None:
    v1, v2, _, cl, q2, q3 = model
    model = (v1, v2, v2 * q3 / q2 * (1 + offset), cl, q2, q3)
    state = run(model, 0.1, course)
    expected = by_sixty_digits(model, 0.1, course)
    assert (plasma(state), state[3]) == pytest.approx(expected, rel=1e-10, abs=1e-200)


@pytest.mark.parametrize(
    "model", [(14.3, 0.0, 0.0, 0.92, 0.0, 0.0), (14.3, 63.1, 0.0, 0.92, 1.55, 0.0),
              (14.3, 0.0, 63.1, 0.92, 0.0, 1.55)]
)  # fmt: skip
def test_one_and_two_compartments_are_the_limit_of_no_exchange(model: Model) -> None:
    v1, v2, v3, cl, q2, q3 = model
    barely = (v1, v2 or 1e-30, v3 or 1e-30, cl, q2 or 1e-30, q3 or 1e-30)
    state = run(model, 0.11, COURSE)
    expected = by_sixty_digits(barely, 0.11, COURSE)
    assert (plasma(state), state[3]) == pytest.approx(expected, rel=1e-12)


@given(st.tuples(*[powers_of_ten] * 4), powers_of_ten, courses)
def test_two_compartments_agree_with_sixty_digits(
    two: tuple[float, float, float, float], weak: float, course: Course
) -> None:
    v1, v2, cl, q2 = two
    model = (v1, v2, 0.0, cl, q2 * weak**3, 0.0)  # exchange may be feeble
    state = run(model, 0.1, course)
    expected = by_sixty_digits((v1, v2, 1.0, cl, q2 * weak**3, 0.0), 0.1, course)
    assert (plasma(state), state[3]) == pytest.approx(expected, rel=1e-10, abs=1e-200)


@given(models)
def test_the_closed_form_alone_gives_the_rates_of_the_matrix(model: Model) -> None:
    v1, v2, v3, cl, q2, q3 = model
    closed = _cubic(cl / v1, q2 / v1, q2 / v2, q3 / v1, q3 / v3)
    eigenvalues = np.linalg.eigvals(-np.array(matrix(model, 0.1))[:3, :3]).real
    largest = max(closed)
    assert list(closed) == pytest.approx(sorted(eigenvalues, reverse=True), abs=1e-6 * largest)


def test_one_compartment_is_the_textbook_formula() -> None:
    state = run((10.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0.05, [(20.0, 30.0), (0.0, 15.0)])
    assert plasma(state) == pytest.approx(20 * (1 - math.exp(-3)) * math.exp(-1.5), rel=1e-14)


@given(models)
def test_rates_interlace_and_coefficients_conserve_the_dose(model: Model) -> None:
    v1, v2, v3, cl, q2, q3 = model
    l1, l2, l3, c1, c2, c3 = modes(*model)
    slow, fast = sorted([q2 / v2, q3 / v3])
    assert 0 < l3 <= slow <= l2 <= fast <= l1 or slow == fast
    assert min(c1, c2, c3) >= 0
    assert v1 * (c1 + c2 + c3) == pytest.approx(1, rel=1e-14)
    assert cl * (c1 / l1 + c2 / l2 + c3 / l3) == pytest.approx(1, rel=1e-12)  # AUC = dose / CL


@given(models, powers_of_ten)
def test_steady_state_is_rate_over_clearance_in_plasma_and_effect_site(
    model: Model, ke0: float
) -> None:
    state = run(model, ke0, [(3.0, 1e9)])
    assert (plasma(state), state[3]) == pytest.approx((3.0 / model[3],) * 2, rel=1e-11)


@given(models, powers_of_ten, courses, st.floats(0.1, 10.0))
def test_courses_superpose(model: Model, ke0: float, course: Course, factor: float) -> None:
    other: Course = [(factor * (i + 1), duration) for i, (_, duration) in enumerate(course)]
    both: Course = [(r + s, d) for (r, d), (s, _) in zip(course, other, strict=True)]
    one, two, sum_ = (run(model, ke0, c) for c in (course, other, both))
    for i in range(4):
        assert sum_[i] == pytest.approx(one[i] + two[i], rel=1e-12, abs=1e-300)


@given(models, powers_of_ten, st.floats(0.01, 100.0), st.floats(0.0, 1.0))
def test_a_step_may_be_cut_anywhere(model: Model, ke0: float, dt: float, part: float) -> None:
    start = run(model, ke0, [(5.0, 2.0)])
    mode = modes(*model)
    cut = advance(start, mode, ke0, 0.3, part * dt)
    cut = advance(cut, mode, ke0, 0.3, dt - part * dt)
    assert cut == pytest.approx(advance(start, mode, ke0, 0.3, dt), rel=1e-10, abs=1e-290)


def test_no_time_changes_nothing() -> None:
    state = run(GEPTS, 0.11, COURSE)
    assert advance(state, modes(*GEPTS), 0.11, 50.0, 0.0) == state


@pytest.mark.parametrize("model", [GEPTS, HANNIVOORT])
def test_what_went_in_is_in_the_body_or_was_cleared(model: Model) -> None:
    rate, minutes, mode = 4.0, 300.0, modes(*model)
    # Clearance times the area under the plasma curve, by Gauss-Legendre on a geometric mesh.
    nodes, weights = np.polynomial.legendre.leggauss(12)
    area = 0.0
    for left, right in pairwise([0.0, *np.geomspace(0.05, minutes, 30)]):
        half = 0.5 * (right - left)
        for node, weight in zip(nodes, weights, strict=True):
            state = advance(EMPTY, mode, 0.11, rate, float(left + half * (1 + node)))
            area += half * weight * plasma(state)
    amounts = (expm(np.array(matrix(model, 0.11)) * minutes) @ np.array([0, 0, 0, 0, rate]))[:3]
    assert model[3] * area + amounts.sum() == pytest.approx(rate * minutes, rel=1e-9)
