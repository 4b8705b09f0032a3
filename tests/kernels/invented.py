"""Invented people on invented pumps, treated by the scalar rehearsal and by the ward kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from equipoise.chance import Chance
from equipoise.clock import SimulatedClock
from equipoise.infusion.pharmacokinetics import ThreeCompartment
from equipoise.kernels.pump import Program
from equipoise.kernels.ward import BODY, REASONS, ward
from equipoise.protocol import parts
from equipoise.rehearsal import ward as treatment
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.draw import Draw

TYPICAL = np.array([
    [14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.17559],
    [1.78, 30.3, 52.0, 0.686, 2.98, 0.602, 0.0428],
    [11.6, 39.0, 174.0, 1.48, 2.43, 1.21, 0.11],
])  # fmt: skip
PROGRAM: dict[str, Any] = {
    "bolus_ml": 2, "bolus_rate_ml_h": 120, "lockout_min": 8, "background_ml_h": 1,
    "reservoir_ml": 200, "duration_h": 72,
}  # fmt: skip
DAY = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass
class Ward:
    """People under one pump program; ``seed`` makes them up."""

    people: int = 40
    seed: int = 1
    program: dict[str, Any] = field(default_factory=dict)
    bag_ml: float | None = None
    bags: int = 3
    drugs: int = 3
    numbers: dict[str, float] = field(default_factory=dict)
    strength: float | None = None
    looks: int = 8
    looks_until_h: float = 200.0

    def __post_init__(self) -> None:
        self.pump = parts.Pump.model_validate(
            {key: Decimal(str(value)) for key, value in (PROGRAM | self.program).items()}
        )
        rng, n = np.random.default_rng(self.seed), self.people  # noqa: TID251 - any people will do
        self.trial = rng.integers(0, 5, n).astype(np.uint32)
        self.person = np.arange(1, n + 1, dtype=np.uint32)
        columns = {
            "start": rng.normal(2.7, 1.6, n), "fading_min": rng.uniform(20, 200, n) * 60,
            "noise_sd": rng.uniform(0, 1.2, n), "noise_min": rng.uniform(2, 12, n) * 60,
            "effect": rng.choice([0.0, -1.0], n), "relief": rng.uniform(0, 5, n),
            "ce50_ng_ml": rng.uniform(0.01, 0.2, n), "rebound": rng.choice([0.0, 1.5], n),
            "rebound_min": rng.uniform(0, 20, n) * 60, "per_min": rng.lognormal(-0.8, 0.8, n) / 60,
            "demand_fading_min": rng.uniform(20, 200, n) * 60,
            "pain_slope": np.full(n, 0.25), "night": np.full(n, 0.68),
            "night_from_s": np.full(n, 79200.0), "night_to_s": np.full(n, 21600.0),
            "again": np.full(n, 0.35), "gap_min": np.full(n, 3.0),
            "started_s": rng.integers(13 * 3600, 18 * 3600, n).astype(float),
            "shift_at_s": np.full(n, math.inf), "shift_s": np.zeros(n),
        }  # fmt: skip
        columns |= {key: np.full(n, value) for key, value in self.numbers.items()}
        self.body = np.stack([columns[name] for name in BODY], axis=1)
        spread = rng.lognormal(0, 0.3, (self.drugs, n, 7))
        self.models = TYPICAL[: self.drugs, None, :] * spread
        strength = np.array([1.1, 0.5, 250.0])[: self.drugs, None] * rng.uniform(0.5, 2, (1, n))
        self.ug_per_ml = np.ascontiguousarray(
            strength if self.strength is None else np.full((self.drugs, n), self.strength)
        )
        self.looks_s = rng.integers(600, int(self.looks_until_h * 3600), (n, self.looks))
        self.looks_s[rng.uniform(size=self.looks_s.shape) < 0.1] = -1

    @property
    def settings(self) -> Program:
        pump, full = self.pump, float(self.pump.reservoir_ml)
        stop_min = round(float(pump.duration_h) * 3600) / 60
        hour, four = (
            math.inf if x is None else float(x) for x in (pump.limit_1h_ml, pump.limit_4h_ml)
        )
        return Program(
            float(pump.bolus_ml), float(pump.bolus_rate_ml_h), float(pump.lockout_min),
            float(pump.background_ml_h), full, hour, four, stop_min,
            full if self.bag_ml is None else self.bag_ml, self.bags, treatment.reserve_ml(pump),
            float(treatment.COUNTER_ML), 0,
        )  # fmt: skip


def empty(n: int, looks: int, drugs: int) -> dict[str, Any]:
    """Return arrays for the results, filled with what must not remain."""
    return {
        "pain": np.full((n, looks), -1.0), "demands": np.full(n, -1), "delivered": np.full(n, -1),
        "denied": np.full((n, len(REASONS)), -1), "infused_ml": np.full(n, -1.0),
        "bags": np.full(n, -1), "peak": np.full((drugs, n), -1.0),
        "flag": np.full(n, 255, np.uint8),
    }  # fmt: skip


def by_kernel(
    of: Ward, *, seed: int = 77, block: slice = slice(None), peaks: int = 1
) -> dict[str, Any]:
    """Return what the kernel says of the people in ``block``."""
    person = of.person[block]
    out = empty(person.size, of.looks_s.shape[1], of.drugs)
    ward(
        seed % 2**32, seed // 2**32, of.trial[block], person, of.body[block],
        np.ascontiguousarray(of.models[:, block]), np.ascontiguousarray(of.ug_per_ml[:, block]),
        of.looks_s[block], of.settings._replace(peaks=peaks), *out.values(),
    )  # fmt: skip
    return out


def by_treatment(of: Ward, i: int, *, seed: int = 77) -> dict[str, Any]:
    """Return what :class:`Treatment` makes of person ``i``, with conduct played by a recorder."""
    body = dict(zip(BODY, of.body[i], strict=True))
    log: list[tuple[str, Any]] = []
    clock = SimulatedClock(DAY + timedelta(seconds=body["started_s"]))
    kits = [f"K{k}" for k in range(of.bags)]
    prepared = {"K0": DAY}
    record = SimpleNamespace(prepared=prepared)
    full = of.settings.bag_ml
    dose = SimpleNamespace(
        program_of=lambda trial: of.pump,
        start_pump=lambda *_: None,
        delivered=lambda *args: log.append(("delivered", args[4])),
        denied=lambda *args: log.append(("denied", args[4])),
        kits_of=lambda *_: kits,
        worksheet_for=lambda *_: SimpleNamespace(lines=(), volume_ml=Decimal(str(full))),
        prepare=lambda *args: prepared.update({args[4]: DAY}),
        replace_bag=lambda *args: log.append(("bag", args[4])),
        stop_pump=lambda *args: log.append(("stopped", args[5])),
    )
    pain = {
        "start": body["start"], "fading_h": body["fading_min"] / 60, "noise_sd": body["noise_sd"],
        "noise_time_h": body["noise_min"] / 60, "drug": "x", "relief": body["relief"],
        "ce50_ng_ml": body["ce50_ng_ml"], "rebound": body["rebound"],
        "rebound_h": body["rebound_min"] / 60,
    }  # fmt: skip
    demand = {
        "per_h": body["per_min"] * 60, "fading_h": body["demand_fading_min"] / 60,
        "pain_slope": body["pain_slope"], "night": body["night"],
        "night_from": _clock(body["night_from_s"]), "night_to": _clock(body["night_to_s"]),
        "again": body["again"], "gap_min": body["gap_min"],
    }  # fmt: skip
    stage = SimpleNamespace(
        trial=SimpleNamespace(participant=lambda number: record),
        cast=SimpleNamespace(nurse=None, pharmacist=None),
        protocol=SimpleNamespace(root=SimpleNamespace(study="S")),
        clock=clock, now=clock.now, agenda=Agenda(clock), pharmacy_key=None,
        world=SimpleNamespace(
            felt=lambda drugs: {"effect_pain": body["effect"]},
            pain=parts.PainProcess.model_validate(pain),
            demand=parts.DemandProcess.model_validate(demand),
        ),
    )  # fmt: skip
    draw = Draw(Chance(seed, int(of.trial[i])), int(of.person[i]))
    person = SimpleNamespace(n=int(of.person[i]), number="P", draw=draw, known={})
    model = ThreeCompartment(*map(float, of.models[0, i]))
    felt = np.full(of.looks_s.shape[1], math.nan)
    with (
        mock.patch.object(treatment, "dose", dose),
        mock.patch.object(treatment, "_covariates"),
        mock.patch.object(
            treatment, "drug", return_value=SimpleNamespace(individual=lambda *_: model)
        ),
    ):
        bag = treatment.Bag("K0", full, {"x": float(of.ug_per_ml[0, i])})
        on = treatment.Treatment(stage, person, bag)  # type: ignore[arg-type]

        def look(column: int) -> None:
            felt[column] = on.pain()

        for column, second in enumerate(of.looks_s[i]):
            if second >= 0:
                on.plan(float(second) / 60, partial(look, column))
        stage.agenda.run(lambda: None)
    answers = [what for kind, what in log if kind == "denied"]
    delivered = [what for kind, what in log if kind == "delivered"]
    return {
        "pain": felt, "demands": len(answers) + len(delivered), "delivered": len(delivered),
        "denied": [answers.count(reason) for reason in REASONS],
        "infused_ml": on._pump.infused_ml(of.settings.stop_min),
        "bags": len(prepared), "log": log, "pump": on._pump,
    }  # fmt: skip


def _clock(second: float) -> time:
    return (datetime.min + timedelta(seconds=second)).time()  # noqa: DTZ901
