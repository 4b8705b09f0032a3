"""The common task: people, their models, a pump program, given doses, a wish to press.

72 hours, three drugs with three compartments and an effect site each, all 21 parameters of a person
log-normal (25 %) around the drug files' typical values at 55 kg. The pump gives 1 ml/h, and 2 ml in
one minute on demand, with a lockout of 8 minutes. Given doses begin on whole minutes, so that a
grid of minutes can follow them exactly. Looks are at the same whole hours for everybody.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.infusion.drug import Covariates
from equipoise.infusion.drugs import drug
from equipoise.kernels.pump import Program
from equipoise.kernels.ward import BODY

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

DRUGS = ("sufentanil", "dexmedetomidine", "esketamine")
UG_PER_ML = (1.1, 1.0, 250.0)
STOP_MIN, BOLUSES = 4320, 8
PROGRAM = Program(
    2.0, 120.0, 8.0, 1.0, 200.0, math.inf, math.inf, float(STOP_MIN), 200.0, 3, 5.0, 0.01, 0
)
LOOKS_H = (2, 6, 12, 24, 36, 48, 60, 71)
WISH = {
    "fading_min": 195 * 60, "noise_sd": 0.76, "noise_min": 8 * 60, "relief": 4.0,
    "ce50_ng_ml": 0.06, "rebound": 0.0, "rebound_min": 0.0, "demand_fading_min": 114.3 * 60,
    "pain_slope": 0.25, "night": 0.68, "night_from_s": 79200, "night_to_s": 21600, "again": 0.35,
    "gap_min": 3, "shift_at_s": math.inf, "shift_s": 0,
}  # fmt: skip
"""The numbers of the pain and demand processes that are the same for everybody."""


@dataclass(frozen=True)
class Case:
    """Some people.

    ``models`` is (drugs, people, 7) in the order V1, V2, V3 (l), clearance, Q2, Q3 (l/min), ke0
    (1/min), ``ug_per_ml`` (drugs, people), ``bolus_min`` (people, BOLUSES), ``body`` (people,
    columns of the ward kernel), ``first`` the number of the first person.
    """

    models: Floats
    ug_per_ml: Floats
    bolus_min: Counts
    body: Floats
    first: int = 1

    @property
    def people(self) -> int:
        """How many there are."""
        return int(self.body.shape[0])

    def column(self, name: str) -> Floats:
        """Return a column of ``body``."""
        return np.ascontiguousarray(self.body[:, BODY.index(name)])

    def part(self, start: int, end: int) -> Case:
        """Return people ``start`` to before ``end``."""
        return replace(
            self, models=np.ascontiguousarray(self.models[:, start:end]),
            ug_per_ml=np.ascontiguousarray(self.ug_per_ml[:, start:end]),
            bolus_min=self.bolus_min[start:end], body=self.body[start:end],
            first=self.first + start,
        )  # fmt: skip


@dataclass(frozen=True)
class Lived:
    """What became of people with demand feedback, one entry each.

    ``pain`` is (people, looks); ``peak_ng_ml`` (drugs, people) is None where a peer does not keep
    the highest effect-site concentration.
    """

    demands: NDArray[Any]
    delivered: NDArray[Any]
    pain: NDArray[Any]
    peak_ng_ml: NDArray[Any] | None = None

    def means(self) -> dict[str, tuple[float, float]]:
        """Return (mean, standard error) of what all peers can be compared by."""
        found = {"demands": self.demands, "delivered": self.delivered}
        found |= {f"pain {h} h": self.pain[:, i] for i, h in enumerate(LOOKS_H)}
        root = math.sqrt(len(self.demands))
        return {k: (float(v.mean()), float(np.std(v)) / root) for k, v in found.items()}


def case(people: int, seed: int = 1) -> Case:
    """Return ``people`` people; the same for everybody who asks with this seed."""
    rng = np.random.default_rng(seed)  # noqa: TID251 - any people will do
    person = Covariates(weight_kg=55, age_y=27, height_cm=160, sex="female")
    typical = np.array([astuple(drug(name).typical(person)) for name in DRUGS])
    models = typical[:, None, :] * np.exp(
        math.sqrt(math.log(1 + 0.25**2)) * rng.normal(size=(len(DRUGS), people, 7))
    )
    supplemented = rng.integers(0, 2, people)
    # All three drugs for everybody: nobody's concentrations are free of charge.
    strength = np.repeat(np.array(UG_PER_ML)[:, None], people, axis=1)
    gaps = rng.integers(20, STOP_MIN // BOLUSES, (people, BOLUSES))
    columns: dict[str, Any] = WISH | {
        "start": rng.normal(2.95, 1.57, people), "effect": -1.0 * supplemented,
        "per_min": 0.31 / 60 * np.exp(math.sqrt(math.log(1.64)) * rng.normal(size=people)),
        "started_s": rng.integers(13 * 60, 18 * 60, people) * 60.0,
    }  # fmt: skip
    body = np.stack([np.broadcast_to(columns[name], people) for name in BODY], axis=1)
    return Case(models, strength, np.cumsum(gaps, axis=1), np.ascontiguousarray(body, np.float64))


def flows(of: Case, i: int) -> list[tuple[float, float, float]]:
    """Return person ``i``'s given doses as (start, end, ml/min), end to end from 0 to the stop."""
    background = PROGRAM.background_ml_h / 60
    bolus = background + PROGRAM.bolus_rate_ml_h / 60
    long = 60 * PROGRAM.bolus_ml / PROGRAM.bolus_rate_ml_h
    pieces, at = [], 0.0
    for start in of.bolus_min[i].astype(float):
        pieces += [(at, start, background), (start, start + long, bolus)]
        at = start + long
    return [*pieces, (at, float(STOP_MIN), background)]
