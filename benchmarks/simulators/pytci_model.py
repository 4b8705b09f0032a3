"""PyTCI: one model object a drug and person, exact integration."""

from __future__ import annotations

import numpy as np
from PyTCI.models.base import Three

from benchmarks.simulators.case import DRUGS, PROGRAM, STOP_MIN, Case, Floats, Lived
from benchmarks.simulators.thinning import Step, live

TITLE = "PyTCI, exact"
HOW = "its model object, stepped every minute in the open loop, to each event with feedback"
PACKAGE = "pytci"
SIZES = (3, 4)


def _models(of: Case, i: int) -> list[Three]:
    found = []
    for d in range(len(DRUGS)):
        v1, v2, v3, clearance, q2, q3, ke0 = map(float, of.models[d, i])
        model = Three()
        model.v1, model.v2, model.v3 = v1, v2, v3
        model.Q1, model.Q2, model.Q3, model.keo = clearance, q2, q3, ke0
        model.from_clearances()
        model.setup()
        model.set_integrator("exact")
        found.append(model)
    return found


def open_loop(of: Case, every_min: int) -> Floats:
    """Step every minute."""
    out = np.empty((of.people, len(DRUGS), 2, STOP_MIN // every_min))
    for i in range(of.people):
        flow = np.full(STOP_MIN, PROGRAM.background_ml_h / 60)
        flow[of.bolus_min[i]] += PROGRAM.bolus_ml
        for d, model in enumerate(_models(of, i)):
            ug_s = flow * of.ug_per_ml[d, i] / 60
            for minute in range(STOP_MIN):
                model.giveoverseconds(float(ug_s[minute]), 60)
                if (minute + 1) % every_min == 0:
                    out[i, d, :, (minute + 1) // every_min - 1] = model.x1, model.xeo
    return out


def feedback(of: Case) -> Lived:
    """Step from event to event."""

    def stepper(of: Case, i: int) -> Step:
        models, strength = _models(of, i), of.ug_per_ml[:, i]

        def step(minutes: float, rate: float) -> float:
            for model, ug_per_ml in zip(models, strength, strict=True):
                model.giveoverseconds(float(rate * ug_per_ml) / 60, 60 * minutes)
            return float(models[0].xeo)

        return step

    return live(of, stepper)
