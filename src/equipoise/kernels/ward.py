"""The time on the pump, for many people at once.

:func:`ward` decides about every person as :class:`equipoise.rehearsal.ward.Treatment` does with its
body and its pump: the same candidates kept, the same presses delivered and denied, the same bags.

Columns of ``body``, one row a person (:data:`BODY`): what their names say; times in minutes or,
with ``_s``, in seconds. ``night`` is the factor of the hazard from second ``night_from_s`` to
before ``night_to_s`` of the local day, ``started_s`` the second of the local day at which the pump
started, and ``shift_s`` is added to the local time ``shift_at_s`` after the start (infinity:
never), when the clocks change.

``models`` is ``(drugs, people, 7)`` in the order of :data:`equipoise.infusion.drug.PARAMETERS`: V1,
V2, V3 (l), clearance, Q2, Q3 (l/min), ke0 (1/min), of these persons. ``ug_per_ml`` is ``(drugs,
people)``, 0 for a drug that is not in the person's bag; then its model is not used, but for that of
the relieving drug.

``looks_s`` is ``(people, looks)``: whole seconds since the start at which somebody looks, in the
order in which the looks were planned; negative where nobody does.
"""

from __future__ import annotations

import heapq
import math
import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels import pump as machine
from equipoise.kernels.compartments import Modes, State, advance, modes
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import log
from equipoise.kernels.lanes import BATCH, walk
from equipoise.kernels.pain import (
    bound_per_min,
    candidate_min,
    least_reluctance,
    most_demanding_pain,
    most_noise,
    night_cost,
    noise_after,
    on_scale,
    relieved,
    reluctance,
    within_day,
    without_relief,
)
from equipoise.kernels.peak import LONGEST_MIN, highest_effect
from equipoise.kernels.philox import second_uniform, uniform
from equipoise.kernels.pump import DELIVERED, Floats, Program, Pump
from equipoise.kernels.quantiles import exponential_quantile, normal_quantile
from equipoise.kernels.schedule import DELIVERIES, Schedule, new_schedule
from equipoise.kernels.summits import summits

Words = NDArray[np.uint32]
Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]

BODY = (
    "start", "fading_min", "noise_sd", "noise_min", "effect", "relief", "ce50_ng_ml", "rebound",
    "rebound_min", "per_min", "demand_fading_min", "pain_slope", "night", "night_from_s",
    "night_to_s", "again", "gap_min", "started_s", "shift_at_s", "shift_s",
)  # fmt: skip
"""The columns of ``body``."""
(
    _START, _FADING, _NOISE_SD, _NOISE_MIN, _EFFECT, _RELIEF, _CE50, _REBOUND, _REBOUND_MIN,
    _PER_MIN, _DEMAND_FADING, _SLOPE, _NIGHT, _NIGHT_FROM, _NIGHT_TO, _AGAIN, _GAP, _STARTED,
    _SHIFT_AT, _SHIFT,
) = range(20)  # fmt: skip
REASONS = ("lockout", "limit", "empty")
"""The columns of ``denied``."""
ABOVE_BOUND = 1
"""The flag of a person whose hazard was above its bound: that person's results are wrong."""

PAIN_NOISE, DEMAND, AGAIN = 0x29690325, 0xDFFC177F, 0xB4C9E140
"""The numbers of the purposes under which the body draws, as chance.purpose_number gives them."""

_STOP, _CANDIDATE, _PRESS, _NURSE, _LOOK = range(5)  # looks are _LOOK + column
_MOST_GAPS = 99
_DAY_S = 86400.0


class Room(NamedTuple):
    """Scratch that every call would otherwise ask the system for: megabytes that are new to it."""

    schedule: Schedule
    given_s: Floats


_of_thread = threading.local()


def _room(looks: int) -> Room:
    """Return this thread's room for people with so many looks."""
    rooms: dict[int, Room] = _of_thread.__dict__.setdefault("rooms", {})
    if looks not in rooms:
        rooms[looks] = Room(new_schedule(looks), np.zeros((BATCH, DELIVERIES)))
    return rooms[looks]


def ward(
    seed_low: int, seed_high: int, trial: Words, person: Words, body: Floats, models: Floats,
    ug_per_ml: Floats, looks_s: Counts, program: Program, pain: Floats, demands: Counts,
    delivered: Counts, denied: Counts, infused_ml: Floats, bags: Counts, peak: Floats, flag: Flags,
) -> None:  # fmt: skip
    """Treat the people, and write what became of each into the arrays from ``pain`` on.

    ``pain`` ``(people, looks)`` is latent pain, NaN where nobody looks; ``demands``, ``delivered``
    ``(people,)`` and ``denied`` ``(people, reasons)`` count presses; ``infused_ml`` is what the
    pump's counter shows at its stop; ``bags`` are those hung, with the first; ``peak`` ``(drugs,
    people)`` is the highest effect-site concentration (ng/ml), 0 for a drug that is not in the bag,
    and all NaN when ``program.peaks`` is 0, which takes away half of the time;
    ``flag`` is 0, or :data:`ABOVE_BOUND`. Threads may call it at the same time.
    """
    _ward(
        seed_low, seed_high, trial, person, body, models, ug_per_ml, looks_s, program, pain,
        demands, delivered, denied, infused_ml, bags, peak, flag, _room(looks_s.shape[1]),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _ward(
    seed_low: int, seed_high: int, trial: Words, person: Words, body: Floats, models: Floats,
    ug_per_ml: Floats, looks_s: Counts, program: Program, pain: Floats, demands: Counts,
    delivered: Counts, denied: Counts, infused_ml: Floats, bags: Counts, peak: Floats, flag: Flags,
    room: Room,
) -> None:  # fmt: skip
    people, drugs = ug_per_ml.shape[1], ug_per_ml.shape[0]
    ordinary = program.limit_1h_ml == math.inf and program.limit_4h_ml == math.inf
    pump = machine.new_pump(program)
    if program.peaks == 0:
        peak[:] = math.nan
    left, unknown = np.ones(BATCH, np.uint8), np.zeros(BATCH, np.uint8)
    given_s, schedule = room.given_s, room.schedule
    relieving = program.relieving
    for first in range(0, people, BATCH):
        some = slice(first, min(first + BATCH, people))
        n = some.stop - first
        if ordinary:
            walk(
                seed_low, seed_high, trial[some], person[some], body[some],
                models[relieving, some], ug_per_ml[relieving, some], looks_s[some], program,
                pain[some], demands[some], delivered[some], denied[some], infused_ml[some],
                bags[some], given_s, left[:n], schedule,
            )  # fmt: skip
            for drug in range(drugs if program.peaks != 0 else 0):
                summits(
                    models[drug, some], ug_per_ml[drug, some], given_s, delivered[some], program,
                    left[:n], peak[drug, some], unknown[:n],
                )  # fmt: skip
                for k in range(n):
                    if unknown[k] == 1:
                        peak[drug, first + k] = peak_of_given(
                            models[drug, first + k], ug_per_ml[drug, first + k], program,
                            given_s[k], delivered[first + k], peak[drug, first + k],
                        )  # fmt: skip
        for k in range(n):
            i = first + k
            flag[i] = 0
            if left[k] == 1:
                treat(
                    seed_low, seed_high, trial[i], person[i], body[i], models[:, i],
                    ug_per_ml[:, i], looks_s[i], program, pump, pain[i], demands[i : i + 1],
                    delivered[i : i + 1], denied[i], infused_ml[i : i + 1], bags[i : i + 1],
                    peak[:, i], flag[i : i + 1],
                )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def treat(
    seed_low: int, seed_high: int, trial: int, person: int, body: Floats, models: Floats,
    ug_per_ml: Floats, looks_s: Counts, program: Program, pump: Pump, pain: Floats,
    demands: Counts, delivered: Counts, denied: Counts, infused_ml: Floats, bags: Counts,
    peak: Floats, flag: Flags,
) -> None:  # fmt: skip
    """Treat one person step by step, as :func:`ward` does many; ``pump`` is scratch."""
    machine.start(pump, program)
    start, noise_sd, slope = body[_START], body[_NOISE_SD], body[_SLOPE]
    drug = program.relieving
    model, ug = models[drug], ug_per_ml[drug]
    mode = modes(model[0], model[1], model[2], model[3], model[4], model[5])
    most = most_demanding_pain(start, noise_sd, body[_EFFECT], body[_RELIEF], slope)
    bound = bound_per_min(body[_PER_MIN], slope, most)
    night, limit = night_cost(body[_NIGHT]), most_noise(noise_sd, slope)
    state: State = (0.0, 0.0, 0.0, 0.0)
    noise = noise_sd * normal_quantile(uniform(seed_low, seed_high, trial, person, PAIN_NOISE, 0))
    looked_min, looks, candidates, exposure = 0.0, 0, 0, 0.0
    stop_s, stopped_min = int(np.rint(program.stop_min * 60.0)), math.inf
    demands[0], delivered[0], bags[0], flag[0] = 0, 0, 1, 0
    denied[:] = 0

    # Acts by second and order of planning.
    agenda = [(stop_s, 0, _STOP)]
    planned = 1
    first = True
    while first or len(agenda) > 0:
        if first:  # the start is an act that plans the next candidate, the next bag and the looks
            second, act = 0, -1
        else:
            second, _, act = heapq.heappop(agenda)
        now_min = second / 60.0
        look, wish, cost = act >= _LOOK, 0.0, 0.0
        if act == _CANDIDATE:
            u = second_uniform(seed_low, seed_high, trial, person, DEMAND, candidates)
            wish, cost = -log(u), night if _asleep(second, body) else 0.0
            least = least_reluctance(
                slope, most, start, body[_FADING], noise_sd, body[_EFFECT], body[_RELIEF], now_min
            )
            look = not wish <= least + cost
        if look and now_min > looked_min:
            state = _course_to(state, mode, model[6], ug, pump, program, looked_min, now_min)
            looks += 1
            fresh = uniform(seed_low, seed_high, trial, person, PAIN_NOISE, looks)
            noise = noise_after(
                noise, noise_sd, body[_NOISE_MIN], now_min - looked_min, normal_quantile(fresh)
            )
            looked_min = now_min
        felt = 0.0
        if look:
            shown = noise if act >= _LOOK else min(noise, limit)
            felt = without_relief(start, body[_FADING], shown, body[_EFFECT], now_min)
            felt = relieved(felt, body[_RELIEF], state[3], body[_CE50])
            if stopped_min <= now_min < stopped_min + body[_REBOUND_MIN]:
                felt += body[_REBOUND]
            felt = on_scale(felt)
        presses = act == _PRESS
        if act == _CANDIDATE and look:
            against = reluctance(slope, most, felt, 0.0)
            if not against >= 0.0:
                flag[0] = ABOVE_BOUND
            presses = wish > against + cost
        plan_bag = first
        if presses:
            demands[0] += 1
            answer = machine.press(pump, program, now_min)
            if answer == DELIVERED:
                delivered[0] += 1
                plan_bag = True
            else:
                denied[answer] += 1
        elif act == _NURSE and now_min < program.stop_min:
            left_ml = machine.remaining_ml(pump, program, now_min)
            low = left_ml <= program.reserve_ml + program.counter_ml
            if low and bags[0] < program.bags:
                machine.refill(pump, program, now_min)
                bags[0] += 1
                plan_bag = True
        elif act == _STOP:
            machine.stop(pump, program, program.stop_min)
            infused_ml[0] = machine.infused_ml(pump, program, program.stop_min)
            stopped_min = program.stop_min
        elif act >= _LOOK:
            pain[act - _LOOK] = felt
        if first:
            candidates += 1
            exposure += exponential_quantile(
                uniform(seed_low, seed_high, trial, person, DEMAND, candidates)
            )
            planned = _plan_candidate(
                agenda, planned, candidate_min(exposure, bound, body[_DEMAND_FADING]), program
            )
        if plan_bag:
            due_min = machine.low_at(pump, program, now_min)
            if due_min < math.inf:
                heapq.heappush(agenda, (int(due_min * 60.0) + 1, planned, _NURSE))
                planned += 1
        if act == _CANDIDATE:
            if presses:
                later, index = now_min, candidates * 100
                for _ in range(_MOST_GAPS):
                    u = uniform(seed_low, seed_high, trial, person, AGAIN, index)
                    if not u < body[_AGAIN]:
                        break
                    gap = body[_GAP] * exponential_quantile(
                        second_uniform(seed_low, seed_high, trial, person, AGAIN, index)
                    )
                    index += 1
                    later_s = int((later + max(gap, 1.0 / 60.0)) * 60.0) + 1
                    later = later_s / 60.0
                    if later < program.stop_min:
                        heapq.heappush(agenda, (later_s, planned, _PRESS))
                        planned += 1
            candidates += 1
            exposure += exponential_quantile(
                uniform(seed_low, seed_high, trial, person, DEMAND, candidates)
            )
            planned = _plan_candidate(
                agenda, planned, candidate_min(exposure, bound, body[_DEMAND_FADING]), program
            )
        if first:
            for column in range(looks_s.size):
                pain[column] = math.nan
                if looks_s[column] >= 0:
                    heapq.heappush(agenda, (int(looks_s[column]), planned, _LOOK + column))
                    planned += 1
        first = False
    for drug in range(ug_per_ml.size if program.peaks != 0 else 0):
        peak[drug] = _peak(models[drug], ug_per_ml[drug], pump) if ug_per_ml[drug] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _plan_candidate(
    agenda: list[tuple[int, int, int]], planned: int, t_min: float, program: Program
) -> int:
    if t_min < program.stop_min:
        second = int(t_min * 60.0) + 1
        if second / 60.0 < program.stop_min:
            heapq.heappush(agenda, (second, planned, _CANDIDATE))
            return planned + 1
    return planned


@njit(cache=True, nogil=True, error_model="numpy")
def _asleep(second: int, body: Floats) -> bool:
    """Return whether it is night on the local clock."""
    local = body[_STARTED] + second
    if second >= body[_SHIFT_AT]:
        local += body[_SHIFT]
    return within_day(
        local - _DAY_S * math.floor(local / _DAY_S), body[_NIGHT_FROM], body[_NIGHT_TO]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _course_to(
    state: State, mode: Modes, ke0: float, ug_per_ml: float, pump: Pump,
    program: Program, since_min: float, until_min: float,
) -> State:  # fmt: skip
    """Return the relieving drug's state at ``until_min``; pieces of equal flow are one step."""
    n, ahead = pump.counts[1], machine.outlook(pump, program)
    i = n
    while i > 0 and pump.end[i - 1] > since_min:
        i -= 1
    t_min, upto_min, rate = since_min, since_min, -1.0
    while i < n + ahead:
        if i < n:
            begin, end, flow = pump.start[i], pump.end[i], pump.rate[i]
        else:
            begin, end, flow = pump.ahead[i - n, 0], pump.ahead[i - n, 1], pump.ahead[i - n, 2]
        i += 1
        begin, end = max(begin, since_min), min(end, until_min)
        if begin >= end:
            continue
        if flow != rate and upto_min > t_min:
            state = advance(state, mode, ke0, rate / 60.0 * ug_per_ml, upto_min - t_min)
            t_min = upto_min
        rate, upto_min = flow, end
    return advance(state, mode, ke0, rate / 60.0 * ug_per_ml, upto_min - t_min)


@njit(cache=True, nogil=True, error_model="numpy")
def _peak(model: Floats, ug_per_ml: float, pump: Pump) -> float:
    """Return the highest effect-site concentration, also of the decline after the stop."""
    mode = modes(model[0], model[1], model[2], model[3], model[4], model[5])
    state: State = (0.0, 0.0, 0.0, 0.0)
    best = 0.0
    for i in range(pump.counts[1]):
        rate, dt = pump.rate[i] / 60.0 * ug_per_ml, pump.end[i] - pump.start[i]
        best = highest_effect(state, mode, model[6], rate, dt, best)
        state = advance(state, mode, model[6], rate, dt)
    return highest_effect(state, mode, model[6], 0.0, LONGEST_MIN, best)


@njit(cache=True, nogil=True, error_model="numpy")
def peak_of_given(
    model: Floats, ug_per_ml: float, program: Program, given_s: Floats, delivered: int,
    floor: float,
) -> float:  # fmt: skip
    """Return the highest effect-site concentration (ng/ml) of a person on the ordinary course.

    It is not below ``floor`` (ng/ml): where it cannot be higher need not be looked at closely.
    """
    mode = modes(model[0], model[1], model[2], model[3], model[4], model[5])
    state: State = (0.0, 0.0, 0.0, 0.0)
    best, t_min, ug = floor, 0.0, ug_per_ml / 60.0
    for k in range(2 * delivered + 1):
        if k == 2 * delivered:
            until_min = program.stop_min
        else:
            until_min = given_s[k // 2] / 60.0 + (k % 2) * machine.bolus_min(program)
            until_min = min(until_min, program.stop_min)  # a bolus may be under way
        rate = (program.background_ml_h + (k % 2) * program.bolus_rate_ml_h) * ug
        best = highest_effect(state, mode, model[6], rate, until_min - t_min, best)
        state = advance(state, mode, model[6], rate, until_min - t_min)
        t_min = until_min
    return highest_effect(state, mode, model[6], 0.0, LONGEST_MIN, best)
