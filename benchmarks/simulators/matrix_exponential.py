"""scipy.linalg.expm: exact propagators, a Python loop."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from benchmarks.simulators.case import DRUGS, PROGRAM, STOP_MIN, Case, Floats, Lived
from benchmarks.simulators.lsoda import system
from benchmarks.simulators.thinning import Step, live

TITLE = "scipy expm"
HOW = "one exact propagator a minute in the open loop, one an event with feedback; Python loop"
PACKAGE = "scipy"
SIZES = (10, 8)


def _propagator(a: Floats, b: Floats, minutes: float) -> tuple[Floats, Floats]:
    """Return (E, F) with x after ``minutes`` of flow q = E x + F q; drugs are separate blocks."""
    blocks = np.zeros((len(DRUGS), 5, 5))
    for d in range(len(DRUGS)):
        at = slice(4 * d, 4 * d + 4)
        blocks[d, :4, :4], blocks[d, :4, 4] = a[at, at], b[at]
    found = expm(blocks * minutes)
    return found[:, :4, :4], found[:, :4, 4]


def open_loop(of: Case, every_min: int) -> Floats:
    """Step every minute."""
    points = STOP_MIN // every_min
    out = np.empty((of.people, len(DRUGS), 2, points))
    background = PROGRAM.background_ml_h / 60
    for i in range(of.people):
        e, f = _propagator(*system(of, i), 1.0)
        flow = np.full(STOP_MIN, background)
        flow[of.bolus_min[i]] += PROGRAM.bolus_ml
        x, v1 = np.zeros((len(DRUGS), 4, 1)), of.models[:, i, 0]
        for minute in range(STOP_MIN):
            x = e @ x + f[:, :, None] * flow[minute]
            if (minute + 1) % every_min == 0:
                point = (minute + 1) // every_min - 1
                out[i, :, 0, point] = x[:, 0, 0] / v1
                out[i, :, 1, point] = x[:, 3, 0]
    return out


def feedback(of: Case) -> Lived:
    """Step from event to event."""

    def stepper(of: Case, i: int) -> Step:
        a, b = system(of, i)
        x = np.zeros((len(DRUGS), 4, 1))

        def step(minutes: float, rate: float) -> float:
            nonlocal x
            e, f = _propagator(a, b, minutes)
            x = e @ x + f[:, :, None] * rate
            return float(x[0, 3, 0])

        return step

    return live(of, stepper)
