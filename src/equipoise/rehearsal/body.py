"""A virtual participant's body: pain, and the wish to press the button.

Pain is evaluated only when somebody looks (an assessment) or might press (a candidate demand).
Between those moments everything is exact: concentrations in modal form, the noise as a conditional
Ornstein-Uhlenbeck step (Uhlenbeck and Ornstein 1930), demands by thinning a bounded hazard (Lewis
and Shedler 1979). Times are minutes since the pump started.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.infusion.pump import Pump
from equipoise.protocol.parts import DemandProcess, PainProcess
from equipoise.rehearsal.draw import Draw, Known, number

MIN_PER_H = 60.0
PAIN_MAX = 10.0
PAIN_REFERENCE = 5.0  # the pain at which a demand process states its rate


@dataclass(frozen=True, slots=True)
class Relief:
    """The opioid in the bag: its model in this person, and its concentration."""

    model: ThreeCompartment
    ug_per_ml: float


class Body:
    """One person on one pump."""

    def __init__(
        self, pain: PainProcess, demand: DemandProcess, known: Known, draw: Draw, pump: Pump,
        relief: Relief, started_at: datetime,
    ) -> None:  # fmt: skip
        """Connect ``pump``, which starts at minute 0, ``started_at`` in local time.

        ``known`` holds the person's covariates and ``effect_pain``, what the bag's supplements do.
        """
        self._start = number(pain.start, known)
        self._fading_min = number(pain.fading_h, known) * MIN_PER_H
        self._noise_sd = number(pain.noise_sd, known)
        self._noise_min = number(pain.noise_time_h, known) * MIN_PER_H
        self._relief_max = number(pain.relief, known)
        self._ce50_ng_ml = number(pain.ce50_ng_ml, known)
        self._rebound = number(pain.rebound, known)
        self._rebound_min = number(pain.rebound_h, known) * MIN_PER_H
        self._effect = float(known.get("effect_pain", 0.0))
        self._per_min = number(demand.per_h, known) / MIN_PER_H
        self._demand_fading_min = number(demand.fading_h, known) * MIN_PER_H
        self._demand = demand
        self._draw = draw
        self._pump = pump
        self._course = Course(relief.model)
        self._ug_per_ml = relief.ug_per_ml
        self._started, self._zone = started_at.astimezone(UTC), started_at.tzinfo
        self._noise = self._noise_sd * draw.normal("pain noise", 0)
        self._looks = 0
        self._candidates = 0
        self._time_min = 0.0
        self._stopped_min = math.inf

    def pump_stopped(self, t_min: float) -> None:
        """Let the body feel from ``t_min`` on that the pump is gone."""
        self._stopped_min = t_min

    def pain(self, t_min: float) -> float:
        """Return latent pain at rest, 0 to 10, at ``t_min``, not earlier than the last look."""
        self._move_to(t_min)
        effect_site = self._course.effect()
        pain = (
            self._start * math.exp(-t_min / self._fading_min)
            + self._noise
            + self._effect
            - self._relief_max * effect_site / (effect_site + self._ce50_ng_ml)
        )
        if self._stopped_min <= t_min < self._stopped_min + self._rebound_min:
            pain += self._rebound
        return min(max(pain, 0.0), PAIN_MAX)

    def next_candidate(self, t_min: float) -> float:
        """Return the next moment after ``t_min`` at which the person might press."""
        self._candidates += 1
        return t_min + self._draw.exponential("demand", self._candidates) / self._bound()

    def presses(self, t_min: float) -> bool:
        """Return whether the person presses at the candidate ``t_min``."""
        hazard = self._hazard(t_min, self.pain(t_min))
        return self._draw.uniform("press", self._candidates) * self._bound() < hazard

    def impatient(self) -> list[float]:
        """Return the gaps (min) between further presses that follow this one."""
        gaps: list[float] = []
        first = self._candidates * 100  # at most a hundred presses follow one
        while (
            len(gaps) < 99 and self._draw.uniform("again", first + len(gaps)) < self._demand.again
        ):
            gap = self._draw.exponential("gap", first + len(gaps))
            gaps.append(gap * self._demand.gap_min)
        return gaps

    def _bound(self) -> float:
        """Return a rate (1/min) that the hazard never exceeds."""
        return self._per_min * math.exp(abs(self._demand.pain_slope) * (PAIN_MAX - PAIN_REFERENCE))

    def _hazard(self, t_min: float, pain: float) -> float:
        rate = self._per_min * math.exp(
            self._demand.pain_slope * (pain - PAIN_REFERENCE) - t_min / self._demand_fading_min
        )
        now = self._started + timedelta(minutes=t_min)
        local = now.astimezone(self._zone).time()
        asleep = within(local, self._demand.night_from, self._demand.night_to)
        return rate * self._demand.night if asleep else rate

    def _move_to(self, t_min: float) -> None:
        if t_min <= self._time_min:
            return
        for flow in self._pump.flows(self._time_min, t_min):
            self._course.advance(flow.end_min, flow.rate_ml_h / MIN_PER_H * self._ug_per_ml)
        self._looks += 1
        kept = math.exp(-(t_min - self._time_min) / self._noise_min)
        fresh = self._noise_sd * math.sqrt(1 - kept * kept)
        self._noise = kept * self._noise + fresh * self._draw.normal("pain noise", self._looks)
        self._time_min = t_min


def within(now: time, start: time, end: time) -> bool:
    """Return whether ``now`` lies from ``start`` to before ``end``, past midnight if need be."""
    if start <= end:
        return start <= now < end
    return now >= start or now < end
