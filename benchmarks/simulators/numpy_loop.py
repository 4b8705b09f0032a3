"""A vectorised loop over minutes in plain NumPy, float64, as a careful user would write it."""

from __future__ import annotations

import numpy as np

from benchmarks.simulators.case import (
    DRUGS,
    LOOKS_H,
    PROGRAM,
    STOP_MIN,
    WISH,
    Case,
    Floats,
    Lived,
)
from benchmarks.simulators.modal import modal

TITLE = "NumPy loop over minutes"
HOW = "everybody side by side in float64; a press is drawn once a minute"
PACKAGE = "numpy"
SIZES = (1000, 1000)
VARIANTS = (200, 1000, 10_000)
"""The sizes at which its feedback is measured: arrays that fit a cache, and that do not."""
NEVER = -1_000_000


def open_loop(of: Case, every_min: int) -> Floats:
    """Step every minute."""
    m = modal(of)
    x = np.zeros_like(m.gain)
    out = np.empty((of.people, len(DRUGS), 2, STOP_MIN // every_min))
    background, upcoming = PROGRAM.background_ml_h / 60, {}
    for person, minutes in enumerate(of.bolus_min):
        for minute in minutes:
            upcoming.setdefault(int(minute), []).append(person)
    for minute in range(STOP_MIN):
        flow = np.full(of.people, background)
        if minute in upcoming:
            flow[upcoming[minute]] += PROGRAM.bolus_ml
        x += m.gain * (flow - x)
        if (minute + 1) % every_min == 0:
            point = (minute + 1) // every_min - 1
            out[:, :, 0, point] = (m.plasma * x).sum(axis=1).T
            out[:, :, 1, point] = (m.effect * x).sum(axis=1).T
    return out


def feedback(of: Case) -> Lived:
    """Step every minute: feel, press, flow."""
    m, n = modal(of), of.people
    rng = np.random.default_rng((8, of.first))  # noqa: TID251
    start, effect, per_min = (of.column(name) for name in ("start", "effect", "per_min"))
    started = of.column("started_s") / 60
    kept = np.exp(-1 / WISH["noise_min"])
    fresh = WISH["noise_sd"] * np.sqrt(1 - kept * kept)
    noise = WISH["noise_sd"] * rng.standard_normal(n)
    x, site, peak = np.zeros_like(m.gain), np.zeros((len(DRUGS), n)), np.zeros((len(DRUGS), n))
    last, later = np.full(n, NEVER), np.full(n, NEVER)
    demands, delivered, bags = (np.zeros(n, np.int64) for _ in range(3))
    bag_ml = np.full(n, PROGRAM.reservoir_ml)
    pain_at = np.empty((n, len(LOOKS_H)))
    background, again = PROGRAM.background_ml_h / 60, WISH["again"]
    for minute in range(STOP_MIN):
        pain = start * np.exp(-minute / WISH["fading_min"]) + noise + effect
        pain -= WISH["relief"] * site[0] / (site[0] + WISH["ce50_ng_ml"])
        np.clip(pain, 0, 10, out=pain)
        if minute % 60 == 0 and minute // 60 in LOOKS_H:
            pain_at[:, LOOKS_H.index(minute // 60)] = pain
        hazard = per_min * np.exp(WISH["pain_slope"] * (pain - 5))
        hazard *= np.exp(-minute / WISH["demand_fading_min"])
        clock = (started + minute) % 1440
        hazard[(clock >= 1320) | (clock < 360)] *= WISH["night"]
        u = rng.random(n)
        who = np.flatnonzero((u < hazard) | (later == minute))
        flow = np.full(n, background)
        if who.size:
            demands[who] += 1
            share = np.where(u[who] < hazard[who], u[who] / hazard[who], rng.random(who.size))
            impatient = who[share < again]
            gap = -WISH["gap_min"] * np.log(share[share < again] / again)
            later[impatient] = minute + np.maximum(gap.astype(np.int64), 1)
            who = who[(minute - last[who] >= PROGRAM.lockout_min) & (bag_ml[who] > 0)]
            delivered[who] += 1
            last[who] = minute
            flow[who] += PROGRAM.bolus_ml
        bag_ml -= flow
        low = (bag_ml <= PROGRAM.reserve_ml) & (bags < PROGRAM.bags - 1)
        bag_ml[low] = PROGRAM.bag_ml
        bags += low
        x += m.gain * (flow - x)
        site = (m.effect * x).sum(axis=1)
        np.maximum(peak, site, out=peak)
        noise *= kept
        noise += fresh * rng.standard_normal(n)
    return Lived(demands, delivered, pain_at, peak)
