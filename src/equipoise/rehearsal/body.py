"""A virtual participant's body: pain, and the wish to press the button.

Pain is evaluated only when somebody looks (an assessment) or might press (a candidate demand).
Between those moments everything is exact: concentrations in modal form, the noise as a conditional
Ornstein-Uhlenbeck step, demands by thinning a bounded hazard. The formulas are those of
:mod:`equipoise.kernels.pain`. Times are minutes since the pump started.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from equipoise.errors import InputError
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.infusion.pump import Pump
from equipoise.kernels import pain as formula
from equipoise.kernels.elementary import log
from equipoise.kernels.quantiles import exponential_quantile
from equipoise.protocol.parts import DemandProcess, PainProcess
from equipoise.rehearsal.draw import Draw, Known, number

MIN_PER_H = 60.0


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
        self._most = formula.most_demanding_pain(
            self._start, self._noise_sd, self._effect, self._relief_max, demand.pain_slope
        )
        self._bound = formula.bound_per_min(self._per_min, demand.pain_slope, self._most)
        self._night = formula.night_cost(demand.night)
        self._exposure = 0.0  # the integral of the bound up to the last candidate
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
        return self._felt(t_min, self._noise)

    def _felt(self, t_min: float, noise: float) -> float:
        pain = formula.relieved(
            formula.without_relief(self._start, self._fading_min, noise, self._effect, t_min),
            self._relief_max,
            self._course.effect(),
            self._ce50_ng_ml,
        )
        if self._stopped_min <= t_min < self._stopped_min + self._rebound_min:
            pain += self._rebound
        return formula.on_scale(pain)

    def next_candidate(self) -> float:
        """Return the next moment at which the person might press; infinity when there is none."""
        self._candidates += 1
        self._exposure += self._draw.exponential("demand", self._candidates)
        return formula.candidate_min(self._exposure, self._bound, self._demand_fading_min)

    def presses(self, t_min: float) -> bool:
        """Return whether the person presses at the candidate ``t_min``.

        Nobody looks at the pain where none that is possible would make the person press.
        Raises InputError when the hazard is above its bound.
        """
        slope = self._demand.pain_slope
        wish = -log(self._draw.second("demand", self._candidates))
        night = self._night if self._asleep(t_min) else 0.0
        least = formula.least_reluctance(
            slope, self._most, self._start, self._fading_min, self._noise_sd, self._effect,
            self._relief_max, t_min,
        )  # fmt: skip
        if wish <= least + night:
            return False
        self._move_to(t_min)
        noise = min(self._noise, formula.most_noise(self._noise_sd, slope))
        reluctance = formula.reluctance(slope, self._most, self._felt(t_min, noise), 0.0)
        if not reluctance >= 0:
            raise InputError(
                "rehearsal: pain",
                f"pain at {t_min:g} min makes people press more than its model allows",
                "Give `fading_h`, `noise_time_h` and `ce50_ng_ml` above 0, `noise_sd` 0 or more.",
            )
        return wish > reluctance + night

    def impatient(self) -> list[float]:
        """Return the gaps (min) between further presses that follow this one."""
        gaps: list[float] = []
        first = self._candidates * 100  # at most a hundred presses follow one
        while (
            len(gaps) < 99 and self._draw.uniform("again", first + len(gaps)) < self._demand.again
        ):
            gap = exponential_quantile(self._draw.second("again", first + len(gaps)))
            gaps.append(gap * self._demand.gap_min)
        return gaps

    def _asleep(self, t_min: float) -> bool:
        now = self._started + timedelta(minutes=t_min)
        local = now.astimezone(self._zone).time()
        return within(local, self._demand.night_from, self._demand.night_to)

    def _move_to(self, t_min: float) -> None:
        if t_min <= self._time_min:
            return
        for flow in self._pump.flows(self._time_min, t_min):
            self._course.advance(flow.end_min, flow.rate_ml_h / MIN_PER_H * self._ug_per_ml)
        self._looks += 1
        self._noise = formula.noise_after(
            self._noise,
            self._noise_sd,
            self._noise_min,
            t_min - self._time_min,
            self._draw.normal("pain noise", self._looks),
        )
        self._time_min = t_min


def within(now: time, start: time, end: time) -> bool:
    """Return whether ``now`` lies from ``start`` to before ``end``, past midnight if need be."""
    if start <= end:
        return start <= now < end
    return now >= start or now < end
