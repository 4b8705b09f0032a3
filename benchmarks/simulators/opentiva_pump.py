"""opentiva: a grid of seconds, with the infusions given beforehand."""

from __future__ import annotations

import numpy as np
from opentiva.pump import Pump
from opentiva.sufentanil import Gepts

from benchmarks.simulators.case import DRUGS, STOP_MIN, Case, Floats, flows

TITLE = "opentiva"
HOW = "its grid of seconds; its list of infusions is fixed before it runs, so no feedback"
PACKAGE = "opentiva"
SIZES = (1, None)
feedback = None


def open_loop(of: Case, every_min: int) -> Floats:
    """Run one pump a drug and person."""
    out = np.empty((of.people, len(DRUGS), 2, STOP_MIN // every_min))
    for i in range(of.people):
        for d in range(len(DRUGS)):
            v1, v2, v3, clearance, q2, q3, ke0 = map(float, of.models[d, i])
            model = Gepts(1, 27, 55, 160)  # any: its numbers are replaced
            model.v1, model.ke0 = v1, ke0
            model.k10, model.k12, model.k13 = clearance / v1, q2 / v1, q3 / v1
            model.k21, model.k31 = q2 / v2, q3 / v3
            pump = Pump(model, 1, 60 * STOP_MIN + 2, max_infusion_rate=10**9)
            for start, end, rate in flows(of, i):
                dose = rate / 60 * float(of.ug_per_ml[d, i])
                pump.add_infusion(round(60 * start), dose, round(60 * (end - start)))
            rows = pump.run()[60 * every_min :: 60 * every_min]
            out[i, d] = rows[: out.shape[-1], 1:3].T
    return out
