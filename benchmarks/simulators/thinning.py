"""Demand feedback for simulators that step one person: what their user would write in Python.

The wish to press by thinning (Lewis and Shedler 1979, doi:10.1002/nav.3800260304), so that the
simulator is called from event to event and not for every minute.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

import numpy as np

from benchmarks.simulators.case import LOOKS_H, PROGRAM, STOP_MIN, WISH, Case, Lived

Step = Callable[[float, float], float]
"""Go on so many minutes at so many ml/min; return the first drug at its effect site (ng/ml)."""
PRESS, CANDIDATE, BOLUS_ENDS, LOOK = range(4)


def live(of: Case, stepper: Callable[[Case, int], Step]) -> Lived:
    """Treat everybody; ``stepper`` gives a person's simulator, at the start."""
    each = [_one(of, i, stepper(of, i)) for i in range(of.people)]
    demands, delivered, pain = (np.array(column) for column in zip(*each, strict=True))
    return Lived(demands, delivered, pain)


def _one(of: Case, i: int, step: Step) -> tuple[int, int, list[float]]:
    rng = np.random.default_rng((7, of.first + i))  # noqa: TID251
    start, effect, per_min = (of.column(name)[i] for name in ("start", "effect", "per_min"))
    started_s = of.column("started_s")[i]
    sd, slope, fading = WISH["noise_sd"], WISH["pain_slope"], WISH["demand_fading_min"]
    bound = per_min * math.exp(slope * 5)
    background = PROGRAM.background_ml_h / 60
    bolus_rate, bolus_h = PROGRAM.bolus_rate_ml_h / 60, PROGRAM.bolus_ml / PROGRAM.bolus_rate_ml_h
    agenda = [(60.0 * hour, LOOK) for hour in LOOKS_H]
    exposure, now, rate, site, last = 0.0, 0.0, background, 0.0, -math.inf
    noise, noised = sd * rng.normal(), 0.0
    demands, delivered, felt = 0, 0, []

    def candidate() -> None:
        nonlocal exposure
        exposure += rng.exponential()
        share = exposure / (bound * fading)
        at = -fading * math.log1p(-share) if share < 1 else math.inf
        if at < STOP_MIN:
            heapq.heappush(agenda, (at, CANDIDATE))

    candidate()
    while agenda:
        at, act = heapq.heappop(agenda)
        if at > now:
            site = step(at - now, rate)
            now = at
        if act == BOLUS_ENDS:
            rate = background
            continue
        presses = act == PRESS
        if act in (LOOK, CANDIDATE):
            kept = math.exp(-(now - noised) / WISH["noise_min"])
            noise = kept * noise + sd * math.sqrt(1 - kept * kept) * rng.normal()
            noised = now
            pain = start * math.exp(-now / WISH["fading_min"]) + noise + effect
            pain -= WISH["relief"] * site / (site + WISH["ce50_ng_ml"])
            pain = min(max(pain, 0.0), 10.0)
            if act == LOOK:
                felt.append(pain)
                continue
            clock_s = (started_s + 60 * now) % 86400
            night = clock_s >= WISH["night_from_s"] or clock_s < WISH["night_to_s"]
            kept = math.exp(slope * (pain - 10)) * (WISH["night"] if night else 1.0)
            presses = rng.uniform() < kept
            if presses:
                later = now
                while rng.uniform() < WISH["again"]:
                    later += rng.exponential() * WISH["gap_min"]
                    if later < STOP_MIN:
                        heapq.heappush(agenda, (later, PRESS))
            candidate()
        if presses:
            demands += 1
            if now - last >= PROGRAM.lockout_min:
                delivered, last, rate = delivered + 1, now, background + bolus_rate
                heapq.heappush(agenda, (now + 60 * bolus_h, BOLUS_ENDS))
    return demands, delivered, felt
