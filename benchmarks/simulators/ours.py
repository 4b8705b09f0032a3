"""equipoise: exact from event to event, whatever lies between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit

from benchmarks.simulators.case import DRUGS, LOOKS_H, PROGRAM, STOP_MIN, Case, Floats, Lived
from equipoise.kernels.compartments import advance, modes
from equipoise.kernels.ward import REASONS, ward

TITLE = "equipoise"
HOW = "float64, exact from event to event; presses to the second, drawn by thinning"
PACKAGE = "equipoise"
SIZES = (1024, 16_384)
IN_THREADS = True


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(models: Any, ug_per_ml: Any, bolus: Any, every: int, background: float, ml: float,
            out: Any) -> None:  # fmt: skip
    for i in range(out.shape[0]):
        for d in range(models.shape[0]):
            v1, v2, v3, clearance, q2, q3, ke0 = models[d, i]
            mode = modes(v1, v2, v3, clearance, q2, q3)
            state = (0.0, 0.0, 0.0, 0.0)
            now, b, flow, ends = 0, 0, background, -1
            point = 1
            while now < STOP_MIN:
                then = point * every
                if ends > now:
                    then = min(then, ends)
                elif b < bolus.shape[1]:
                    then = min(then, bolus[i, b])
                state = advance(state, mode, ke0, flow * ug_per_ml[d, i], float(then - now))
                now = then
                if now == ends:
                    flow = background
                if b < bolus.shape[1] and now == bolus[i, b]:
                    flow, ends, b = background + ml, now + 1, b + 1
                if now == point * every:
                    out[i, d, 0, point - 1] = state[0] + state[1] + state[2]
                    out[i, d, 1, point - 1] = state[3]
                    point += 1


def open_loop(of: Case, every_min: int, threads: int = 1) -> Floats:
    """Advance from change to change of the flow, and to each point asked for."""
    out = np.empty((of.people, len(DRUGS), 2, STOP_MIN // every_min))
    background, ml = PROGRAM.background_ml_h / 60, PROGRAM.bolus_ml

    def run(part: tuple[int, int]) -> None:
        some = of.part(*part)
        _follow(some.models, some.ug_per_ml, some.bolus_min, every_min, background, ml,
                out[slice(*part)])  # fmt: skip

    _in_threads(run, of.people, threads)
    return out


def feedback(of: Case, threads: int = 1) -> Lived:
    """Run the ward kernel."""
    n, looks = of.people, len(LOOKS_H)
    out: dict[str, Any] = {
        "pain": np.empty((n, looks)), "demands": np.empty(n, np.int64),
        "delivered": np.empty(n, np.int64), "denied": np.empty((n, len(REASONS)), np.int64),
        "infused_ml": np.empty(n), "bags": np.empty(n, np.int64),
        "peak": np.empty((len(DRUGS), n)), "flag": np.empty(n, np.uint8),
    }  # fmt: skip
    person = np.arange(of.first, of.first + n, dtype=np.uint32)
    looks_s = np.broadcast_to(np.array([3600 * hour for hour in LOOKS_H]), (n, looks))

    def run(part: tuple[int, int]) -> None:
        some, at = of.part(*part), slice(*part)
        results = {k: np.ascontiguousarray(v[:, at]) if k == "peak" else v[at]
                   for k, v in out.items()}  # fmt: skip
        ward(
            2023, 0, np.zeros(some.people, np.uint32), person[at], some.body, some.models,
            some.ug_per_ml, np.ascontiguousarray(looks_s[at]), PROGRAM, *results.values(),
        )  # fmt: skip
        out["peak"][:, at] = results["peak"]

    _in_threads(run, n, threads)
    assert not out["flag"].any()
    return Lived(out["demands"], out["delivered"], out["pain"], out["peak"])


def _in_threads(run: Any, people: int, threads: int) -> None:
    cuts = [people * t // threads for t in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, pairwise(cuts)))
