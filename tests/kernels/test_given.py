"""Many people side by side against one alone, the matrix exponential, an ODE solver, balances."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from equipoise.kernels.compartments import advance, modes
from equipoise.kernels.given import MOST_SEGMENTS, TILE, L, given

Floats = NDArray[np.float64]
Model = tuple[float, float, float, float, float, float, float]
Course = list[tuple[float, float]]  # end (min), rate (ml/h)

GEPTS: Model = (14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.17559)
HANNIVOORT: Model = (1.78, 30.3, 52.0, 0.686, 2.98, 0.602, 0.11)
UG_PER_ML = 3.0
COURSE: Course = [(30.0, 10.0), (31.0, 120.0), (240.0, 10.0), (240.5, 150.0), (600.0, 0.0),
                  (900.0, 4.0), (901.0, 2.0)]  # fmt: skip
HOURS = np.linspace(0.0, 1440.0, 25)

around = st.tuples(*[st.floats(0.3, 3.0)] * 7)
powers_of_ten = st.floats(-2.0, 2.0).map(lambda x: 10.0**x)
exotic = st.tuples(*[powers_of_ten] * 7)
histories = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.02, 1.0, 5.0, 59.0, 60.0, 400.0]) | st.floats(0.05, 200.0),
        st.sampled_from([0.0, 1.0, 1.0, 120.0]) | st.floats(0.1, 50.0),
    ),
    max_size=8,
).map(lambda steps: [(sum(d for d, _ in steps[: i + 1]), r) for i, (_, r) in enumerate(steps)])
waits = st.lists(st.sampled_from([0.0, 0.1, 7.0, 60.0, 60.0]) | st.floats(0.05, 90.0), min_size=1,
                 max_size=12)  # fmt: skip


def side_by_side(models: Any, courses: list[Course], times: Any) -> Floats:
    """Plasma and effect site, (2, people, times)."""
    people = np.array([models])
    offsets = np.cumsum([0, *map(len, courses)])
    rows = np.array([row for course in courses for row in course], float).reshape(-1, 2)
    out = np.full((1, 2, people.shape[1], len(times)), np.nan)
    given(people, np.full((1, people.shape[1]), UG_PER_ML), rows[:, 0].copy(), rows[:, 1].copy(),
          offsets, np.array(times, float), 0, people.shape[1], out)  # fmt: skip
    return np.asarray(out[0])


def alone(model: Model, course: Course, times: Any) -> Floats:
    """The same for one person, stepped by the scalar solution."""
    mode, state, now, found = modes(*model[:6]), (0.0, 0.0, 0.0, 0.0), 0.0, []
    left = [*course, (math.inf, 0.0)]
    for t in times:
        while now < t or left[0][0] < t:
            end, rate = left[0]
            to = min(max(end, now), t)
            state = advance(state, mode, model[6], rate / 60 * UG_PER_ML, to - now)
            now = to
            if end <= t:
                left.pop(0)
        found.append((state[0] + state[1] + state[2], state[3]))
    return np.array(found).T


def varied(factors: tuple[float, ...], of: Model = GEPTS) -> Model:
    return tuple(f * p for f, p in zip(factors, of, strict=True))  # type: ignore[return-value]


def matrix(model: Model) -> Floats:
    """Amounts in three compartments, the effect site; the last column is input of 1 ug/min."""
    v1, v2, v3, cl, q2, q3, ke0 = model
    return np.array([
        [-(cl + q2 + q3) / v1, q2 / v2, q3 / v3, 0, 1],
        [q2 / v1, -q2 / v2, 0, 0, 0],
        [q3 / v1, 0, -q3 / v3, 0, 0],
        [ke0 / v1, 0, 0, -ke0, 0],
        [0, 0, 0, 0, 0],
    ])  # fmt: skip


@pytest.mark.parametrize("model", [GEPTS, HANNIVOORT])
def test_agrees_with_the_matrix_exponential(model: Model) -> None:
    a, x, now, expected = matrix(model), np.zeros(5), 0.0, []
    times = [15.0, 30.5, 31.0, 100.0, 240.2, 300.0, 700.0, 1000.0, 4000.0]
    for t in sorted({*times, *(end for end, _ in COURSE)}):
        rate = next((rate for end, rate in COURSE if end >= t), 0.0)
        x = expm(a * (t - now)) @ [*x[:4], rate / 60 * UG_PER_ML]
        now = t
        if t in times:
            expected.append((x[0] / model[0], x[3]))
    found = side_by_side([model], [COURSE], times)
    assert found[:, 0] == pytest.approx(np.array(expected).T, rel=1e-9)


def test_agrees_with_a_tight_solution_by_lsoda() -> None:
    a, x, now, expected = matrix(GEPTS), np.zeros(4), 0.0, np.zeros((2, 0))
    for end, rate in [*COURSE, (1440.0, 0.0)]:

        def slope(_: float, y: Any, rate: float = rate) -> Any:
            return (a @ [*y, rate / 60 * UG_PER_ML])[:4]

        here = np.array([hour for hour in HOURS if now < hour <= end])
        at = np.unique([*here, end])
        states = solve_ivp(
            slope, (now, end), x, "LSODA", at, jac=lambda *_: a[:4, :4], rtol=1e-11, atol=1e-13
        ).y  # fmt: skip
        x, now = states[:, -1], end
        expected = np.hstack([expected, states[[0, 3], : here.size] / [[GEPTS[0]], [1]]])
    found = side_by_side([GEPTS], [COURSE], HOURS)[:, 0]
    assert found[:, 1:] == pytest.approx(expected, rel=1e-7)
    assert not found[:, 0].any()


@drawn(st.lists(st.tuples(around, histories), min_size=1, max_size=5), waits)
def test_people_side_by_side_are_as_each_alone(
    people: list[tuple[tuple[float, ...], Course]], steps: list[float]
) -> None:
    models, times = [varied(factors) for factors, _ in people], np.cumsum(steps)
    found = side_by_side(models, [course for _, course in people], times)
    for i, (_, course) in enumerate(people):
        assert found[:, i] == pytest.approx(alone(models[i], course, times), rel=1e-12, abs=1e-250)


@drawn(st.lists(exotic, min_size=1, max_size=5), histories, waits)
def test_models_over_many_orders_of_magnitude(
    models: list[Model], course: Course, steps: list[float]
) -> None:
    times = np.cumsum(steps)
    found = side_by_side(models, [course], times)
    for i, model in enumerate(models):
        assert found[:, i] == pytest.approx(alone(model, course, times), rel=1e-10, abs=1e-200)


@drawn(around, st.integers(0, 2), st.sampled_from([0.0, 1e-12, -1e-7, 3e-6, -1e-4, 1e-3]))
def test_the_effect_site_may_be_as_fast_as_an_exponential(
    factors: tuple[float, ...], which: int, offset: float
) -> None:
    model = varied(factors)
    model = (*model[:6], modes(*model[:6])[which] * (1 + offset))
    found = side_by_side([GEPTS, model, HANNIVOORT], [COURSE], HOURS)[:, 1]
    assert found == pytest.approx(alone(model, COURSE, HOURS), rel=1e-12, abs=1e-250)


@pytest.mark.parametrize(
    "model",
    [
        (14.3, 0.0, 0.0, 0.92, 0.0, 0.0, 0.1),
        (14.3, 0.0, 0.0, 1.43, 0.0, 0.0, 0.1),  # ke0 is the elimination rate
        (14.3, 63.1, 0.0, 0.92, 1.55, 0.0, 0.1),
        (14.3, 0.0, 63.1, 0.92, 0.0, 1.55, 0.1),
        (14.3, 63.1, 126.2, 0.92, 1.55, 3.1, 0.1),  # the other compartments are equally fast
    ],
)
def test_fewer_compartments_and_equal_rates(model: Model) -> None:
    found = side_by_side([GEPTS, model], [COURSE], HOURS)[:, 1]
    assert found == pytest.approx(alone(model, COURSE, HOURS), rel=1e-12, abs=1e-250)


@pytest.mark.parametrize("later_min", [1e-6, 1e-3, 0.02, 1.0])
def test_soon_after_the_first_drug_no_digits_are_lost(later_min: float) -> None:
    times = [20.0, 20 + later_min, 500.0]
    course = [(20.0, 0.0), (30.0, 60.0)]
    expected = alone(GEPTS, course, times)
    assert side_by_side([GEPTS], [course], times)[:, 0] == pytest.approx(expected, rel=1e-12)


@drawn(around, histories, st.floats(0.1, 10.0))
def test_courses_superpose(factors: tuple[float, ...], course: Course, factor: float) -> None:
    other = [(end, factor * (i + 1)) for i, (end, _) in enumerate(course)]
    both = [(end, r + s) for (end, r), (_, s) in zip(course, other, strict=True)]
    one, two, whole = np.moveaxis(
        side_by_side([varied(factors)] * 3, [course, other, both], HOURS), 1, 0
    )
    assert whole == pytest.approx(one + two, rel=2e-12, abs=1e-250)


@drawn(around)
def test_steady_state_is_rate_over_clearance(factors: tuple[float, ...]) -> None:
    model = varied(factors)
    found = side_by_side([model], [[(1e9, 20.0)]], [1e7, 1e8])
    assert found == pytest.approx(np.full((2, 1, 2), 20 / 60 * UG_PER_ML / model[3]), rel=1e-11)


@pytest.mark.parametrize("model", [GEPTS, HANNIVOORT])
def test_what_went_in_is_cleared(model: Model) -> None:
    """Clearance times the area under the curve, by Gauss-Legendre on a geometric mesh."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.array([0, *np.geomspace(0.05, 30, 12), *(30 + np.geomspace(0.05, 1e5, 40))])
    half = np.diff(edges)[:, None] / 2
    times = edges[:-1, None] + half * (1 + nodes)
    plasma, effect = side_by_side([model], [[(30.0, 100.0)]], times.ravel())[:, 0]
    dose_ug = 100 / 60 * 30 * UG_PER_ML
    for course in (plasma, effect):
        area = float((half * weights * course.reshape(times.shape)).sum())
        assert model[3] * area == pytest.approx(dose_ug, rel=1e-9)


def some_people(count: int) -> tuple[list[Model], list[Course]]:
    """Everybody different: models, and when and how often there is more."""
    models, courses = [], []
    for i in range(count):
        factors = [1 + 0.5 * math.sin(1.7 * i + 2.3 * k) for k in range(7)]
        if i == 5:  # two compartments: its exponentials are found another way
            factors[2], factors[5] = 0.0, 0.0
        models.append(varied(tuple(factors)))
        starts = [13.7 * (i % 11 + 1) * (j + 1) for j in range(i % 9)]
        courses.append([seg for at in starts for seg in ((at, 1.0), (at + 1, 121.0))])
    return models, courses


@pytest.mark.parametrize("times", [1, TILE, TILE + 1, 2 * TILE + 1])
def test_nobody_is_touched_by_neighbours(times: int) -> None:
    """To the bit, wherever people stand, and however many there are."""
    models, courses = some_people(2 * L + 3)
    at = 60.0 * np.arange(1, times + 1)
    whole = side_by_side(models, courses, at)
    for some in (slice(1), slice(5, 9), slice(L - 1, L + 1), slice(L, 2 * L + 3)):
        part = side_by_side(models[some], courses[some], at)
        assert (part == whole[:, some]).all()


def test_people_can_be_shared_out() -> None:
    models, courses = some_people(150)
    rows = np.array([row for course in courses for row in course])
    offsets, out = np.cumsum([0, *map(len, courses)]), np.zeros((1, 2, 150, HOURS.size))
    strength = np.full((1, 150), UG_PER_ML)
    for start, stop in pairwise([0, 70, 71, 150]):
        given(np.array([models]), strength, rows[:, 0].copy(), rows[:, 1].copy(), offsets, HOURS,
              start, stop, out)  # fmt: skip
    assert (out[0] == side_by_side(models, courses, HOURS)).all()


def test_drugs_flow_together_and_all_may_have_one_course() -> None:
    models, _ = some_people(L + 2)
    rows = np.array(COURSE)
    out = np.zeros((2, 2, L + 2, HOURS.size))
    strength = np.array([[UG_PER_ML] * (L + 2), [0.0] * (L + 2)])
    given(np.array([models, models[::-1]]), strength, rows[:, 0].copy(), rows[:, 1].copy(),
          np.array([0, len(COURSE)]), HOURS, 0, L + 2, out)  # fmt: skip
    assert (out[0] == side_by_side(models, [COURSE] * (L + 2), HOURS)).all()
    assert not out[1].any()
    strength[:] = UG_PER_ML
    given(np.array([models, models[::-1]]), strength, rows[:, 0].copy(), rows[:, 1].copy(),
          np.array([0, len(COURSE)]), HOURS, 0, L + 2, out)  # fmt: skip
    assert (out[1] == out[0][:, ::-1]).all()


def test_long_histories_are_followed_too() -> None:
    """A person with one goes alone; the neighbour does not."""
    minute = [(0.1 * (i + 1), 5.0 + i % 3) for i in range(MOST_SEGMENTS + 1)]
    found = side_by_side([GEPTS, GEPTS], [minute, COURSE], HOURS)
    for i, course in enumerate((minute, COURSE)):
        assert found[:, i] == pytest.approx(alone(GEPTS, course, HOURS), rel=1e-12)


def test_looking_more_often_changes_nothing() -> None:
    often = np.arange(0, 1441, 7.5)
    seldom = side_by_side([GEPTS, HANNIVOORT], [COURSE], often[::8])
    found = side_by_side([GEPTS, HANNIVOORT], [COURSE], often)
    assert found[:, :, ::8] == pytest.approx(seldom, rel=1e-12)
