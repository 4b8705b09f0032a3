"""A patient-controlled pump: what it may do when, what each press gets, and how it flows.

Legality is the table :data:`NEXT`. Between acts the flow is known in advance, so nothing is
stepped: the pump keeps the exact piecewise-constant flow up to its latest act, and computes the
rest on request. Times are minutes since any origin; presses come at whole seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Literal

from equipoise.errors import InputError, Refused
from equipoise.infusion.program import Program

__all__ = [
    "NEXT",
    "Act",
    "Change",
    "Delivered",
    "Denied",
    "Flow",
    "Program",
    "Pump",
    "Reason",
    "State",
]

Reason = Literal["off", "paused", "empty", "stopped", "lockout", "limit"]


class State(Enum):
    """What the pump is doing."""

    OFF = "off"
    RUNNING = "running"
    PAUSED = "paused"
    EMPTY = "empty"
    STOPPED = "stopped"


class Act(Enum):
    """What staff, or the end of the reservoir, can do to the pump."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RUN_DRY = "run dry"
    REFILL = "refill"
    STOP = "stop"


NEXT: Mapping[tuple[State, Act], State] = MappingProxyType(
    {
        (State.OFF, Act.START): State.RUNNING,
        (State.RUNNING, Act.PAUSE): State.PAUSED,
        (State.RUNNING, Act.RUN_DRY): State.EMPTY,
        (State.RUNNING, Act.REFILL): State.RUNNING,
        (State.RUNNING, Act.STOP): State.STOPPED,
        (State.PAUSED, Act.RESUME): State.RUNNING,
        (State.PAUSED, Act.REFILL): State.PAUSED,
        (State.PAUSED, Act.STOP): State.STOPPED,
        (State.EMPTY, Act.REFILL): State.RUNNING,
        (State.EMPTY, Act.STOP): State.STOPPED,
    }
)
"""Which act is legal in which state, and where it leads. A press is answered in every state."""

_HALTED: Mapping[State, Reason] = MappingProxyType(
    {
        State.OFF: "off",
        State.PAUSED: "paused",
        State.EMPTY: "empty",
        State.STOPPED: "stopped",
    }
)
_PICOLITRE = 1e-9  # in ml; below it, volumes are rounding


@dataclass(frozen=True, slots=True)
class Flow:
    """A constant flow from ``start_min`` to ``end_min``."""

    start_min: float
    end_min: float
    rate_ml_h: float

    @property
    def volume_ml(self) -> float:
        """The volume that flows."""
        return self.rate_ml_h * (self.end_min - self.start_min) / 60.0


@dataclass(frozen=True, slots=True)
class Change:
    """An act of staff, or running dry: when, which, the state after it, and the reason given."""

    t_min: float
    act: Act
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The answer to a press: a bolus, less than the full one when the reservoir ends within it.

    A pause or stop may cut it short later; the flow tells.
    """

    volume_ml: float


@dataclass(frozen=True, slots=True)
class Denied:
    """The answer to a press: nothing, and why."""

    reason: Reason


class Pump:
    """A pump with a full reservoir, off.

    A bolus flows at the bolus rate on top of the background. The lockout runs from the start of
    the bolus; presses during it are denied and do not lengthen it. A pause, a stop or an empty
    reservoir ends a bolus for good, and the lockout goes on. With a fresh bag the background of an
    empty pump resumes.

    Every act settles the past: times never go back (InputError), and an act that the table
    :data:`NEXT` does not know in the present state is Refused.
    """

    __slots__ = (
        "_bags",
        "_boluses",
        "_changes",
        "_flows",
        "_now",
        "_program",
        "_state",
        "_totals",
    )

    def __init__(self, program: Program) -> None:
        """Set the program and fill the reservoir."""
        self._program = program
        self._state = State.OFF
        self._now = -math.inf
        self._changes: list[Change] = []
        self._bags = [(-math.inf, program.reservoir_ml)]  # since when, ml infused when it is empty
        self._flows: list[Flow] = []  # up to now
        self._totals: list[float] = []  # ml infused before each of them
        self._boluses: list[tuple[float, float]] = []  # (start, end)

    # --- acts -------------------------------------------------------------------------------------

    def start(self, t_min: float) -> None:
        """Start the background."""
        self._act(t_min, Act.START, "")

    def pause(self, t_min: float, reason: str) -> None:
        """Halt all flow (occlusion, air in line, the pause key)."""
        self._act(t_min, Act.PAUSE, reason)

    def resume(self, t_min: float) -> None:
        """Let the background flow again."""
        self._act(t_min, Act.RESUME, "")

    def refill(self, t_min: float, volume_ml: float) -> None:
        """Put a fresh bag of ``volume_ml`` in place of the old one, with whatever that still held.

        Raises InputError when the volume is not above 0 or exceeds the reservoir.
        """
        self._settle(t_min)
        self._check(t_min, Act.REFILL)
        if not 0 < volume_ml <= self._program.reservoir_ml:
            raise InputError(
                "pump: refill",
                f"{volume_ml:g} ml do not go into a reservoir of {self._program.reservoir_ml:g} ml",
                "Give the volume of the fresh bag.",
            )
        self._bags.append((t_min, self.infused_ml(t_min) + volume_ml))
        self._enter(t_min, Act.REFILL, "")

    def stop(self, t_min: float, reason: str) -> None:
        """End the infusion for good."""
        self._act(t_min, Act.STOP, reason)

    def press(self, t_min: float) -> Delivered | Denied:
        """Answer the patient's press; raise InputError when ``t_min`` is not a whole second."""
        if not math.isfinite(t_min) or abs(60.0 * t_min - round(60.0 * t_min)) > 1e-6:
            raise InputError(
                "pump: press", f"{t_min} min is not a whole second", "Round to the second."
            )
        self._settle(t_min)
        reason = self._denial(t_min)
        if reason is not None:
            return Denied(reason)
        end = t_min + self._program.bolus_min
        self._boluses.append((t_min, end))
        dry = self.empty_at()
        if dry is None or dry >= end:
            return Delivered(self._program.bolus_ml)
        return Delivered(self._program.bolus_rate_ml_h * (dry - t_min) / 60.0)

    # --- what is, what was, and what will be if nobody acts ---------------------------------------

    @property
    def state(self) -> State:
        """The state at the latest act or press."""
        return self._state

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every act so far, and every running dry that an act or press has found."""
        return tuple(self._changes)

    def flows(self, since_min: float, until_min: float) -> tuple[Flow, ...]:
        """Return the flow between two times: contiguous, zero where halted, from the start on."""
        first = max(0, bisect_right(self._flows, since_min, key=_start) - 1)
        ahead, _ = self._outlook()
        found: list[Flow] = []
        for flow in (*self._flows[first:], *ahead):
            start, end = max(flow.start_min, since_min), min(flow.end_min, until_min)
            if start >= end:
                continue
            if found and found[-1].rate_ml_h == flow.rate_ml_h:
                start = found.pop().start_min
            found.append(Flow(start, end, flow.rate_ml_h))
        return tuple(found)

    def infused_ml(self, t_min: float) -> float:
        """Return the volume infused by ``t_min``."""
        if t_min > self._now:
            ahead = sum(flow.volume_ml for flow in self.flows(self._now, t_min))
            return self.infused_ml(self._now) + ahead
        i = bisect_right(self._flows, t_min, key=_start) - 1
        if i < 0:
            return 0.0
        flow = self._flows[i]
        return self._totals[i] + flow.rate_ml_h * (min(flow.end_min, t_min) - flow.start_min) / 60.0

    def remaining_ml(self, t_min: float) -> float:
        """Return the volume in the reservoir at ``t_min``."""
        bag = bisect_right(self._bags, t_min, key=_since) - 1
        left = self._bags[bag][1] - self.infused_ml(t_min)
        return left if left > _PICOLITRE else 0.0

    def empty_at(self) -> float | None:
        """Return when the reservoir runs dry, or ran dry if it is empty; None when it will not."""
        if self._state is State.EMPTY:
            return self._changes[-1].t_min
        return self._outlook()[1]

    # --- inside -----------------------------------------------------------------------------------

    def _act(self, t_min: float, act: Act, reason: str) -> None:
        self._settle(t_min)
        self._check(t_min, act)
        self._enter(t_min, act, reason)

    def _check(self, t_min: float, act: Act) -> None:
        if (self._state, act) not in NEXT:
            raise Refused(
                "pump",
                f"cannot {act.value} at {t_min:g} min, because the pump is {self._state.value}",
                "Look at the pump; record what was done to it in order.",
            )

    def _enter(self, t_min: float, act: Act, reason: str) -> None:
        self._state = NEXT[self._state, act]
        self._changes.append(Change(t_min, act, self._state, reason))
        if self._state is not State.RUNNING and self._boluses:
            start, end = self._boluses[-1]
            self._boluses[-1] = (start, min(end, t_min))

    def _settle(self, t_min: float) -> None:
        """Turn what was the outlook into the past, up to ``t_min``."""
        if not self._now <= t_min < math.inf:
            raise InputError(
                "pump",
                f"time cannot move from {self._now:g} to {t_min:g} min",
                "Tell the pump what happened in order of time.",
            )
        ahead, dry = self._outlook()
        for flow in ahead:
            if flow.start_min < min(flow.end_min, t_min):
                self._record(flow.start_min, min(flow.end_min, t_min), flow.rate_ml_h)
        self._now = t_min
        if dry is not None and dry <= t_min:
            self._enter(dry, Act.RUN_DRY, "")

    def _record(self, start: float, end: float, rate_ml_h: float) -> None:
        last = self._flows[-1] if self._flows else None
        if last is not None and last.rate_ml_h == rate_ml_h:
            self._flows[-1] = Flow(last.start_min, end, rate_ml_h)
            return
        self._totals.append(self._totals[-1] + last.volume_ml if last is not None else 0.0)
        self._flows.append(Flow(start, end, rate_ml_h))

    def _outlook(self) -> tuple[list[Flow], float | None]:
        """Return the flow from now on if nobody acts, and when the reservoir runs dry."""
        if self._state is State.OFF:
            return [], None
        t = self._now
        flows: list[Flow] = []
        if self._state is State.RUNNING:
            background, left = self._program.background_ml_h, self.remaining_ml(t)
            bolus_end = self._boluses[-1][1] if self._boluses else -math.inf
            bolus = background + self._program.bolus_rate_ml_h
            for end, rate in ((bolus_end, bolus), (math.inf, background)):
                if end <= t or rate == 0.0:
                    continue
                dry = t + 60.0 * left / rate
                if dry <= end:
                    return [*flows, Flow(t, dry, rate), Flow(dry, math.inf, 0.0)], dry
                flows.append(Flow(t, end, rate))
                left -= flows[-1].volume_ml
                t = end
        return [*flows, Flow(t, math.inf, 0.0)], None

    def _denial(self, t_min: float) -> Reason | None:
        if self._state is not State.RUNNING:
            return _HALTED[self._state]
        if self._boluses:
            waited_s = round(60.0 * (t_min - self._boluses[-1][0]))
            if waited_s < math.ceil(60.0 * self._program.lockout_min - 1e-6):
                return "lockout"
        return "limit" if self._exceeds_a_limit(t_min) else None

    def _exceeds_a_limit(self, t_min: float) -> bool:
        """Return whether a bolus now would take some window, at any later time, over its limit.

        The fullest window is the one that closes with the bolus. It is charged with what boluses
        deliver in it and with the background of a *whole* window, because background that has not
        flowed yet will flow while these boluses are still inside: Vasicek O, et al. Early
        validation of high-level system requirements with event calculus and answer set
        programming. ICLP 2024, doi:10.1017/S1471068424000280.
        """
        program = self._program
        end = t_min + program.bolus_min
        for window_min, limit_ml in program.limits:
            flowed_min = 0.0
            for bolus_start, bolus_end in reversed(self._boluses):
                if bolus_end <= end - window_min:
                    break
                flowed_min += bolus_end - max(bolus_start, end - window_min)
            boluses_ml = program.bolus_ml + program.bolus_rate_ml_h * flowed_min / 60.0
            background_ml = program.background_ml_h * window_min / 60.0
            if boluses_ml + background_ml > limit_ml + _PICOLITRE:
                return True
        return False


def _start(flow: Flow) -> float:
    return flow.start_min


def _since(bag: tuple[float, float]) -> float:
    return bag[0]
