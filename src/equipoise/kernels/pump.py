"""A patient-controlled pump in plain numbers: :class:`equipoise.infusion.pump.Pump` for loops.

It answers as that pump does, to the last bit: the same sums in the same order. It knows one pump
that is started at minute 0, pressed, refilled and stopped; nobody pauses it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

RUNNING, EMPTY, STOPPED = 0, 1, 2
DELIVERED, LOCKOUT, LIMIT, DRY = -1, 0, 1, 2
"""Answers to a press; those from 0 on are the reasons of a denial."""
PICOLITRE = 1e-9  # in ml; below it, volumes are rounding


class Program(NamedTuple):
    """What the pump is set to, and what the ward does with it.

    Limits are infinite when there are none. ``stop_min`` is when the pump is taken down,
    ``bag_ml`` what each further bag holds, ``bags`` how many there are with the first,
    ``reserve_ml`` what is left when the nurse comes with the next, ``counter_ml`` what the pump's
    display resolves. ``relieving`` is the place of the drug that relieves pain. ``peaks`` is 0 when
    nobody asks for the highest concentrations.
    """

    bolus_ml: float
    bolus_rate_ml_h: float
    lockout_min: float
    background_ml_h: float
    reservoir_ml: float
    limit_1h_ml: float
    limit_4h_ml: float
    stop_min: float
    bag_ml: float
    bags: int
    reserve_ml: float
    counter_ml: float
    relieving: int
    peaks: int = 1


class Pump(NamedTuple):
    """The state of one pump. All arrays are scratch, used again for the next person.

    ``now`` is (time to which the past is settled); ``counts`` are (state, flows, boluses). ``bag``
    is (since when it hangs, ml infused when it is empty). ``start``, ``end``, ``rate`` are the
    flows up to now, ``total`` the ml infused before each; ``bolus`` holds (start, end). ``ahead``
    and ``found`` take up to three flows of the outlook (start, end, rate).
    """

    now: Floats
    counts: Counts
    bag: Floats
    start: Floats
    end: Floats
    rate: Floats
    total: Floats
    bolus: Floats
    ahead: Floats
    dry: Floats


@njit(cache=True, error_model="numpy")
def bolus_min(program: Program) -> float:
    """Return how long a bolus takes (min)."""
    return 60.0 * program.bolus_ml / program.bolus_rate_ml_h


@njit(cache=True, error_model="numpy")
def new_pump(program: Program) -> Pump:
    """Return a pump with room for all that can happen until it is stopped."""
    boluses = int(program.stop_min / max(program.lockout_min, 1.0 / 60.0)) + 4
    flows = 2 * boluses + 2 * int(program.bags) + 8
    return Pump(
        np.zeros(1), np.zeros(3, np.int64), np.zeros(2), np.zeros(flows), np.zeros(flows),
        np.zeros(flows), np.zeros(flows), np.zeros((boluses, 2)), np.zeros((3, 3)), np.zeros(1),
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def start(pump: Pump, program: Program) -> None:
    """Fill the reservoir and start the background at minute 0."""
    pump.now[0] = 0.0
    pump.counts[:] = 0
    pump.bag[0] = -math.inf
    pump.bag[1] = program.reservoir_ml


@njit(cache=True, error_model="numpy")
def volume(start_min: float, end_min: float, rate_ml_h: float) -> float:
    """Return the ml of a flow."""
    return rate_ml_h * (end_min - start_min) / 60.0


@njit(cache=True, error_model="numpy")
def outlook(pump: Pump, program: Program) -> int:
    """Write the flow from now on if nobody acts into ``ahead``; return how many pieces.

    ``dry`` becomes when the reservoir runs dry, infinity when it does not.
    """
    t, n = pump.now[0], 0
    pump.dry[0] = math.inf
    if pump.counts[0] == RUNNING:
        background, left = program.background_ml_h, _left(pump, _infused_now(pump))
        bolus_end = -math.inf
        if pump.counts[2] > 0:
            bolus_end = pump.bolus[pump.counts[2] - 1, 1]
        for piece in range(2):
            end = bolus_end if piece == 0 else math.inf
            rate = background + program.bolus_rate_ml_h if piece == 0 else background
            if end <= t or rate == 0.0:
                continue
            dry = t + 60.0 * left / rate
            if dry <= end:
                pump.dry[0] = dry
                n = _add(pump, n, t, dry, rate)
                return _add(pump, n, dry, math.inf, 0.0)
            n = _add(pump, n, t, end, rate)
            left -= volume(t, end, rate)
            t = end
    return _add(pump, n, t, math.inf, 0.0)


@njit(cache=True, error_model="numpy")
def _add(pump: Pump, n: int, start_min: float, end_min: float, rate: float) -> int:
    pump.ahead[n, 0], pump.ahead[n, 1], pump.ahead[n, 2] = start_min, end_min, rate
    return n + 1


@njit(cache=True, error_model="numpy")
def _infused_now(pump: Pump) -> float:
    n = pump.counts[1]
    if n == 0:
        return 0.0
    flow_ml = volume(pump.start[n - 1], pump.end[n - 1], pump.rate[n - 1])
    return float(pump.total[n - 1]) + flow_ml


@njit(cache=True, error_model="numpy")
def _left(pump: Pump, infused: float) -> float:
    left = pump.bag[1] - infused
    return left if left > PICOLITRE else 0.0


@njit(cache=True, error_model="numpy")
def infused_ml(pump: Pump, program: Program, t_min: float) -> float:
    """Return the volume infused by ``t_min``, which is now or later."""
    ahead_ml = 0.0
    if t_min > pump.now[0]:
        for i in range(outlook(pump, program)):
            end = min(pump.ahead[i, 1], t_min)
            if pump.ahead[i, 0] < end:
                ahead_ml += volume(pump.ahead[i, 0], end, pump.ahead[i, 2])
    return _infused_now(pump) + ahead_ml


@njit(cache=True, error_model="numpy")
def remaining_ml(pump: Pump, program: Program, t_min: float) -> float:
    """Return the volume in the reservoir at ``t_min``, which is now or later."""
    return _left(pump, infused_ml(pump, program, t_min))


@njit(cache=True, error_model="numpy")
def settle(pump: Pump, program: Program, t_min: float) -> None:
    """Turn what was the outlook into the past, up to ``t_min``."""
    for i in range(outlook(pump, program)):
        end = min(pump.ahead[i, 1], t_min)
        if pump.ahead[i, 0] < end:
            _record(pump, pump.ahead[i, 0], end, pump.ahead[i, 2])
    pump.now[0] = t_min
    if pump.dry[0] <= t_min:
        _enter(pump, EMPTY, pump.dry[0])


@njit(cache=True, error_model="numpy")
def _record(pump: Pump, start_min: float, end_min: float, rate: float) -> None:
    n = pump.counts[1]
    if n > 0 and pump.rate[n - 1] == rate:
        pump.end[n - 1] = end_min
        return
    pump.total[n] = 0.0
    if n > 0:
        last_ml = volume(pump.start[n - 1], pump.end[n - 1], pump.rate[n - 1])
        pump.total[n] = pump.total[n - 1] + last_ml
    pump.start[n], pump.end[n], pump.rate[n] = start_min, end_min, rate
    pump.counts[1] = n + 1


@njit(cache=True, error_model="numpy")
def _enter(pump: Pump, state: int, t_min: float) -> None:
    """Enter a state; unless it is running, a bolus under way ends for good."""
    pump.counts[0] = state
    n = pump.counts[2]
    if state != RUNNING and n > 0:
        pump.bolus[n - 1, 1] = min(pump.bolus[n - 1, 1], t_min)


@njit(cache=True, error_model="numpy")
def press(pump: Pump, program: Program, t_min: float) -> int:
    """Answer a press: ``DELIVERED``, or why not."""
    settle(pump, program, t_min)
    if pump.counts[0] != RUNNING:
        return DRY
    n = pump.counts[2]
    if n > 0:
        waited_s = np.rint(60.0 * (t_min - pump.bolus[n - 1, 0]))
        if waited_s < math.ceil(60.0 * program.lockout_min - 1e-6):
            return LOCKOUT
    if _exceeds(pump, program, t_min, 60.0, program.limit_1h_ml) or _exceeds(
        pump, program, t_min, 240.0, program.limit_4h_ml
    ):
        return LIMIT
    pump.bolus[n, 0], pump.bolus[n, 1] = t_min, t_min + bolus_min(program)
    pump.counts[2] = n + 1
    return DELIVERED


@njit(cache=True, error_model="numpy")
def _exceeds(
    pump: Pump, program: Program, t_min: float, window_min: float, limit_ml: float
) -> bool:
    """Return whether a bolus now would take some window over its limit."""
    if limit_ml == math.inf:
        return False
    end = t_min + bolus_min(program)
    flowed_min = 0.0
    for i in range(pump.counts[2] - 1, -1, -1):
        if pump.bolus[i, 1] <= end - window_min:
            break
        flowed_min += pump.bolus[i, 1] - max(pump.bolus[i, 0], end - window_min)
    boluses_ml = program.bolus_ml + program.bolus_rate_ml_h * flowed_min / 60.0
    background_ml = program.background_ml_h * window_min / 60.0
    return boluses_ml + background_ml > limit_ml + PICOLITRE


@njit(cache=True, error_model="numpy")
def refill(pump: Pump, program: Program, t_min: float) -> None:
    """Hang a fresh bag in place of the old one, with whatever that still held."""
    settle(pump, program, t_min)
    infused = infused_ml(pump, program, t_min)
    pump.bag[0], pump.bag[1] = t_min, infused + program.bag_ml
    _enter(pump, RUNNING, t_min)


@njit(cache=True, error_model="numpy")
def stop(pump: Pump, program: Program, t_min: float) -> None:
    """End the infusion for good."""
    settle(pump, program, t_min)
    _enter(pump, STOPPED, t_min)


@njit(cache=True, error_model="numpy")
def low_at(pump: Pump, program: Program, now_min: float) -> float:
    """Return when only the reserve is left if nobody presses; infinity if the pump stops first."""
    spare_ml = remaining_ml(pump, program, now_min) - program.reserve_ml
    if spare_ml <= 0.0:
        return now_min
    for i in range(outlook(pump, program)):
        begin, end = max(pump.ahead[i, 0], now_min), min(pump.ahead[i, 1], program.stop_min)
        if begin >= end:
            continue
        rate = pump.ahead[i, 2]
        flow_ml = volume(begin, end, rate)
        if flow_ml >= spare_ml:
            return float(begin + spare_ml / (rate / 60.0))
        spare_ml -= flow_ml
    return math.inf
