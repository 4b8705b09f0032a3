"""How fast the ward kernel treats people: ``python benchmarks/bench_ward.py``.

The people are those of the shipped study's size: 72 hours on the pump, three drugs, log-normal
parameters, ten looks. Times are of the processor, the shortest of several runs; the frequency is
that of a loop whose length in cycles is known (a chain of multiplications).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit

from equipoise.kernels.pump import Program
from equipoise.kernels.ward import BODY, REASONS, ward

TYPICAL = np.array([
    [14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.17559],
    [1.4, 23.8, 40.9, 0.57, 2.49, 0.50, 0.0428],
    [9.1, 30.6, 136.7, 1.24, 2.03, 1.01, 0.11],
])  # fmt: skip
_REPEATS = 11
PROGRAM = Program(2.0, 120.0, 8.0, 1.0, 200.0, math.inf, math.inf, 4320.0, 200.0, 3, 5.0, 0.01, 0)


def people(n: int, seed: int = 1) -> dict[str, Any]:
    """Return the arguments of ``n`` people, half of them with supplements in the bag."""
    rng = np.random.default_rng(seed)  # noqa: TID251 - any people will do
    supplemented = rng.integers(0, 2, n)
    started = rng.uniform(13 * 3600, 18 * 3600, n).astype(np.int64)
    columns: dict[str, Any] = {
        "start": rng.normal(2.95, 1.57, n), "fading_min": 195 * 60, "noise_sd": 0.76,
        "noise_min": 8 * 60, "effect": -1.0 * supplemented, "relief": 4.0, "ce50_ng_ml": 0.06,
        "rebound": 1.2 * (rng.uniform(size=n) < 0.126), "rebound_min": 12 * 60,
        "per_min": 0.31 / 60 * np.exp(math.sqrt(math.log(1.64)) * rng.normal(size=n)),
        "demand_fading_min": 114.3 * 60, "pain_slope": 0.25, "night": 0.68,
        "night_from_s": 79200, "night_to_s": 21600, "again": 0.35, "gap_min": 3,
        "started_s": started, "shift_at_s": math.inf, "shift_s": 0,
    }  # fmt: skip
    body = np.stack([np.broadcast_to(columns[name], n) for name in BODY], axis=1).astype(float)
    models = TYPICAL[:, None, :] * np.exp(0.26 * rng.normal(size=(3, n, 7)))
    strength = np.array([1.1, 1.0, 250.0])[:, None] * np.ones(n)
    strength[1:] *= supplemented
    hours = np.array([20, 32, 44, 56, 68, 80, 92, 104, 116, 128]) * 3600
    looks = (hours - started[:, None] + rng.uniform(-3600, 3600, (n, 10))).astype(np.int64)
    return {
        "trial": np.zeros(n, np.uint32), "person": np.arange(1, n + 1, dtype=np.uint32),
        "body": body, "models": models, "ug_per_ml": strength, "looks_s": np.maximum(looks, 600),
    }  # fmt: skip


def results(n: int, drugs: int = 3, looks: int = 10) -> dict[str, Any]:
    """Return arrays to be filled."""
    return {
        "pain": np.empty((n, looks)), "demands": np.empty(n, np.int64),
        "delivered": np.empty(n, np.int64), "denied": np.empty((n, len(REASONS)), np.int64),
        "infused_ml": np.empty(n), "bags": np.empty(n, np.int64), "peak": np.empty((drugs, n)),
        "flag": np.empty(n, np.uint8),
    }  # fmt: skip


@njit(cache=True)
def _chain(n: int) -> float:
    """Make ``n`` multiplications, each of which waits for the one before: 3 cycles on AMD Zen."""
    x = 1.0
    for _ in range(n):
        x *= 1.0000000001
    return x


def gigahertz() -> float:
    """Return the frequency while this runs."""
    _chain(1)
    n = 50_000_000
    return 3 * n / _seconds(lambda: _chain(n)) / 1e9


def _seconds(act: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    act()
    return clock() - start


def run(who: dict[str, Any], out: dict[str, Any], peaks: int = 1) -> None:
    """Treat everybody."""
    everything = [*who.values(), PROGRAM._replace(peaks=peaks), *out.values()]
    ward(2023, 0, *everything)


def main(n: int = 40_000) -> None:
    """Measure and print."""
    sets = [(people(n, seed), results(n)) for seed in (1, 2)]
    run(*sets[0])
    ghz = max(gigahertz() for _ in range(5))
    out = sets[0][1]
    print(
        f"{ghz:.2f} GHz; {out['demands'].mean():.1f} demands, {out['delivered'].mean():.1f} given"
    )
    for peaks, name in ((0, "without peaks"), (1, "with peaks")):
        one = min(_seconds(lambda peaks=peaks: run(*sets[0], peaks)) for _ in range(_REPEATS))

        def both(peaks: int = peaks) -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda pair: run(*pair, peaks), sets))

        two = min(_seconds(both, time.perf_counter) for _ in range(_REPEATS))
        print(f"{name:14} 1 thread {n / one:>10,.0f} people/s, {one / n * ghz * 1e9:,.0f} cycles")
        print(f"{'':14} 2 threads {2 * n / two:>9,.0f} people/s (wall)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
