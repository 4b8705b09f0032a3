"""equipoise: exact from event to event, whatever lies between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.simulators.case import DRUGS, LOOKS_H, PROGRAM, STOP_MIN, Case, Floats, Lived
from equipoise.infusion.population import Flows
from equipoise.kernels.given import given
from equipoise.kernels.ward import REASONS, ward

TITLE = "equipoise"
HOW = "float64, exact; strides between the points asked for, presses to the second, by thinning"
PACKAGE = "equipoise"
SIZES = (4096, 16_384)
IN_THREADS = True


def open_loop(of: Case, every_min: int, threads: int = 1) -> Floats:
    """Follow everybody to each point asked for."""
    flowing = _flows(of)
    times = np.arange(every_min, STOP_MIN + 1, every_min, dtype=np.float64)
    out = np.empty((len(DRUGS), 2, of.people, times.size))

    def run(part: tuple[int, int]) -> None:
        given(of.models, of.ug_per_ml, flowing.end_min, flowing.rate_ml_h, flowing.offsets, times,
              *part, out)  # fmt: skip

    _in_threads(run, of.people, threads)
    return np.moveaxis(out, 2, 0)


def _flows(of: Case) -> Flows:
    """Return given doses: background and bolus in turn, and background to the stop."""
    n, boluses = of.bolus_min.shape
    lasts_min = 60 * PROGRAM.bolus_ml / PROGRAM.bolus_rate_ml_h
    end_min = np.full((n, 2 * boluses + 1), float(STOP_MIN))
    end_min[:, :-1:2], end_min[:, 1::2] = of.bolus_min, of.bolus_min + lasts_min
    rate_ml_h = np.full_like(end_min, PROGRAM.background_ml_h)
    rate_ml_h[:, 1::2] += PROGRAM.bolus_rate_ml_h
    offsets = np.arange(n + 1) * end_min.shape[1]
    return Flows(end_min.ravel(), rate_ml_h.ravel(), offsets)


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
