"""scipy.integrate.solve_ivp with LSODA: one system of 12 equations a person."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.simulators.case import DRUGS, STOP_MIN, Case, Floats, Lived, flows
from benchmarks.simulators.thinning import Step, live

TITLE = "scipy solve_ivp, LSODA"
HOW = "12 equations, relative tolerance 1e-8; restarted where the flow changes"
PACKAGE = "scipy"
SIZES = (3, 3)
TOLERANCE = (1e-8, 1e-10)


def system(of: Case, i: int) -> tuple[Floats, Floats]:
    """Return (A, B) of x' = A x + B q: per drug amounts in three compartments, then ng/ml."""
    a, b = np.zeros((12, 12)), np.zeros(12)
    for d in range(len(DRUGS)):
        v1, v2, v3, clearance, q2, q3, ke0 = of.models[d, i]
        at = slice(4 * d, 4 * d + 4)
        a[at, at] = [
            [-(clearance + q2 + q3) / v1, q2 / v2, q3 / v3, 0],
            [q2 / v1, -q2 / v2, 0, 0],
            [q3 / v1, 0, -q3 / v3, 0],
            [ke0 / v1, 0, 0, -ke0],
        ]
        b[4 * d] = of.ug_per_ml[d, i]
    return a, b


def open_loop(of: Case, every_min: int, tolerance: tuple[float, float] = TOLERANCE) -> Floats:
    """Solve from change to change of the flow."""
    return np.array([_course(of, i, every_min, tolerance) for i in range(of.people)])


def _course(of: Case, i: int, every_min: int, tolerance: tuple[float, float]) -> Floats:
    a, b = system(of, i)
    x, points = np.zeros(12), []
    asked = np.arange(every_min, STOP_MIN + 1, every_min, dtype=float)
    for start, end, rate in flows(of, i):
        here = asked[(asked > start) & (asked <= end)]
        at = here if here.size and here[-1] == end else np.append(here, end)
        states = _solve(a, b * rate, x, end - start, at - start, tolerance)
        x = states[:, -1]
        points.append(states[:, : here.size])
    states = np.concatenate(points, axis=1).reshape(len(DRUGS), 4, -1)
    return np.stack([states[:, 0] / of.models[:, i, 0, None], states[:, 3]], axis=1)


def _solve(
    a: Floats, inflow: Floats, x: Floats, long: float, at: Floats, tolerance: tuple[float, float]
) -> Floats:
    def slope(_: float, state: Floats) -> Floats:
        return a @ state + inflow

    jacobian: Callable[[float, Floats], Floats] = lambda _, __: a  # noqa: E731
    found = solve_ivp(
        slope, (0.0, long), x, "LSODA", at, rtol=tolerance[0], atol=tolerance[1], jac=jacobian
    )
    assert found.success, found.message
    return found.y


def feedback(of: Case) -> Lived:
    """Solve from event to event."""

    def stepper(of: Case, i: int) -> Step:
        a, b = system(of, i)
        x = np.zeros(12)

        def step(minutes: float, rate: float) -> float:
            nonlocal x
            x = _solve(a, b * rate, x, minutes, np.array([minutes]), TOLERANCE)[:, -1]
            return float(x[3])

        return step

    return live(of, stepper)
