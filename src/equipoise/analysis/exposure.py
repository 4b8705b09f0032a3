"""What participants received: volumes, doses, and the concentrations that models predict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from equipoise.infusion.drug import Covariates
from equipoise.infusion.drugs import drug, drugs
from equipoise.infusion.population import Flows, concentrations
from equipoise.protocol.parts import Component, Protocol
from equipoise.views.dataset import Dataset
from equipoise.views.participants import Participant, PumpCourse

MIN_PER_H = 60.0
UG = {"ug": 1.0, "mg": 1000.0}


@dataclass(frozen=True)
class DoseRate:
    """The mean infusion rate of one drug in one arm, per kg body weight."""

    arm: str
    drug: str
    ug_kg_h: float


@dataclass(frozen=True)
class Band:
    """Predicted concentrations of a drug over time in one arm: rows are 5, 50 and 95 %."""

    arm: str
    drug: str
    hours: NDArray[np.float64]
    plasma_ng_ml: NDArray[np.float64]
    effect_ng_ml: NDArray[np.float64]
    participants: int


def components(protocol: Protocol, arm: str) -> tuple[Component, ...]:
    """Return what the bag of ``arm`` holds."""
    return protocol.root.mixtures[protocol.root.arms[arm].mixture].components


def concentration_ug_ml(
    protocol: Protocol, arm: str, component: Component, weight_kg: float
) -> float:
    """Return the concentration of a component in the bag of a person of ``weight_kg``."""
    mixture = protocol.root.mixtures[protocol.root.arms[arm].mixture]
    if component.amount is not None:
        amount = component.amount
    else:
        amount = (component.per_kg or Decimal(0)) * Decimal(str(weight_kg))
        amount = min(amount, component.maximum) if component.maximum is not None else amount
    return float(amount) * UG[component.unit] / float(mixture.volume_ml)


def dose_rates(protocol: Protocol, data: Dataset) -> list[DoseRate]:
    """Return the mean over participants of each drug's dose per kg and hour of pump time."""
    weight = protocol.root.body.weight_kg
    rates: dict[tuple[str, str], list[float]] = {}
    for row in data.participants.iter_rows(named=True):
        if not (row["infused_ml"] and row["pump_h"] and row.get(weight)):
            continue
        for component in components(protocol, row["arm"]):
            per_ml = concentration_ug_ml(protocol, row["arm"], component, row[weight])
            rate = row["infused_ml"] * per_ml / row[weight] / row["pump_h"]
            rates.setdefault((row["arm"], component.drug), []).append(rate)
    return [DoseRate(arm, name, float(np.mean(each))) for (arm, name), each in rates.items()]


def bands(protocol: Protocol, data: Dataset, people: Mapping[str, Participant]) -> list[Band]:
    """Return hourly concentrations by arm and drug, from pump logs and each drug's typical model.

    Empty without a pump, or without the covariates that models ask for; a drug without a model is
    left out. The models give a typical person of the participant's covariates, so the bands show
    differences in dosing and body size, not in individual pharmacokinetics.
    """
    pump, body = protocol.root.pump, protocol.root.body
    needed = {body.weight_kg, body.age_y, body.height_cm, body.sex}
    if pump is None or not needed <= set(data.participants.columns):
        return []
    hours = np.arange(0, float(pump.duration_h) + 1)
    found: dict[tuple[str, str], list[_Dosed]] = {}
    for row in data.participants.iter_rows(named=True):
        course = people[row["participant"]].pump
        if course is None or course.stopped_at is None:
            continue
        who = _covariates(protocol, row)
        segments = in_order(flow(course, float(pump.bolus_rate_ml_h)))
        for component in components(protocol, row["arm"]):
            if component.drug not in drugs():
                continue
            per_ml = concentration_ug_ml(protocol, row["arm"], component, who.weight_kg)
            model = astuple(drug(component.drug).typical(who))
            found.setdefault((row["arm"], component.drug), []).append(
                _Dosed(model, per_ml, segments)
            )
    return [_band(arm, name, hours, each) for (arm, name), each in found.items()]


@dataclass(frozen=True)
class _Dosed:
    """A participant's model of a drug, its concentration in the bag, what the pump gave."""

    model: tuple[float, ...]
    ug_per_ml: float
    segments: list[tuple[float, float]]


def _band(arm: str, name: str, hours: NDArray[np.float64], each: list[_Dosed]) -> Band:
    plasma, effect = concentrations(
        [dosed.model for dosed in each],
        [dosed.ug_per_ml for dosed in each],
        Flows.each(dosed.segments for dosed in each),
        hours * MIN_PER_H,
    )
    levels = [5, 50, 95]
    return Band(
        arm,
        name,
        hours,
        np.percentile(plasma, levels, axis=0),
        np.percentile(effect, levels, axis=0),
        len(each),
    )


def flow(course: PumpCourse, bolus_rate_ml_h: float) -> Iterator[tuple[float, float]]:
    """Yield (end in min since the start, rate in ml/h) of the pump's flow, from its log."""
    stop_min = _minutes(course, course.stopped_at)
    background = float(course.background_ml_h)
    for press in course.boluses:
        start = _minutes(course, press.at)
        length = float(press.volume_ml or 0) / bolus_rate_ml_h * MIN_PER_H
        yield start, background
        yield min(start + length, stop_min), background + bolus_rate_ml_h
    yield stop_min, background
    yield float("inf"), 0.0


def in_order(segments: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return segments that never end before the one before: a log may have boluses overlap."""
    ends, rates = zip(*segments, strict=True)
    return list(zip(accumulate(ends, max), rates, strict=True))


def _minutes(course: PumpCourse, when: object) -> float:
    return (when - course.started_at).total_seconds() / MIN_PER_H  # type: ignore[operator,no-any-return]


def _covariates(protocol: Protocol, row: Mapping[str, object]) -> Covariates:
    body = protocol.root.body
    return Covariates(
        weight_kg=float(str(row[body.weight_kg])),
        age_y=float(str(row[body.age_y])),
        height_cm=float(str(row[body.height_cm])),
        sex="male" if row[body.sex] == body.male else "female",
    )
