"""The number of participants for a power, found by simulation, with attrition as planned.

Bisection, with the more trials the narrower the bracket; then a confirmation with trials that the
search has not seen, because the search is drawn to sizes that were lucky in its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble.uses.trials import Question, Share, with_slots

SMALLEST = 10
_CONFIRMATIONS = 6
_STEP = 1.05

Verdict = Literal["confirmed", "unconfirmed", "hopeless"]


@dataclass(frozen=True)
class Tried:
    """A size that was tried."""

    participants: int
    power: Share
    confirming: bool


@dataclass(frozen=True)
class Size:
    """What was found: ``participants`` is None when it is hopeless."""

    target: float
    largest: int
    participants: int | None
    verdict: Verdict
    tried: tuple[Tried, ...]
    exchangeable: bool


def size(asked: Question, *, target: float, trials: int, largest: int, step: int = 2) -> Size:
    """Return the least size, to about ``step`` people or 2 %, whose power reaches ``target``.

    It is confirmed when ``trials`` new trials have at least that power, and hopeless when the
    interval of ``largest`` participants lies below it.

    Raises:
        InputError: for a target outside 0 to 1, or fewer than 10 participants.
    """
    if not 0 < target < 1 or largest < SMALLEST:
        raise InputError("--power", f"{target:g} with up to {largest} participants is no aim",
                         f"Give a power below 1, and at least {SMALLEST} people.")  # fmt: skip
    if asked.exchangeable:
        return Size(target, largest, None, "hopeless", (), exchangeable=True)
    tried = list[Tried]()

    def power(n: int, count: int, *, confirming: bool = False) -> Share:
        # a confirmation begins where no search can have been
        first = (1 + sum(each.confirming for each in tried)) * trials if confirming else 0
        found = replace(with_slots(asked, n), participants=n).power(first, count)
        tried.append(Tried(n, found, confirming))
        return found

    few = max(100, trials // 8)
    low, high = SMALLEST, min(largest, max(2 * SMALLEST, asked.size))
    while power(high, few).value < target:
        if high == largest:
            break
        low, high = high, min(largest, 2 * high)
    if high == largest and power(largest, trials).interval[1] < target:
        return Size(target, largest, None, "hopeless", tuple(tried), exchangeable=False)
    first_width = width = high - low
    while width > max(step, 0.02 * high):
        middle = (low + high) // 2
        count = min(trials, few * max(1, first_width // width))
        if power(middle, count).value < target:
            low = middle
        else:
            high = middle
        width = high - low
    for _ in range(_CONFIRMATIONS):
        if power(high, trials, confirming=True).value >= target:
            return Size(target, largest, high, "confirmed", tuple(tried), exchangeable=False)
        if high == largest:
            break
        high = min(largest, int(high * _STEP) + 1)
    return Size(target, largest, high, "unconfirmed", tuple(tried), exchangeable=False)
