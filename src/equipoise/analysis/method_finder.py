"""Which method gave a printed estimate: counts, and the text as it stands in a paper.

Every ratio, difference and odds ratio of two proportions in :mod:`.estimators` is tried in both
directions and under the roundings in use. What is found is consistent with the paper, not proved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import get_args

from equipoise.analysis.estimators import exact
from equipoise.analysis.estimators.binary import (
    DifferenceMethod,
    OddsMethod,
    RatioMethod,
    odds_ratio,
    risk_difference,
    risk_ratio,
)
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.errors import InputError

ROUNDINGS = {
    "half away from zero": ROUND_HALF_UP,
    "half to even": ROUND_HALF_EVEN,
    "cut off": ROUND_DOWN,
}
# a hyphen after a digit stands between two limits and is no minus
_NUMBER = re.compile(r"(?<![\d.])[-−]?\d*\.?\d+")

Counts = tuple[int, int, int, int]
"""Events and participants of the arm, then of the reference."""


@dataclass(frozen=True)
class Match:
    """A method that prints as it was printed; ``exchanged``: the other arm is the reference.

    ``percent``: as percentage points. ``roundings`` are all that do; ``value``, ``low``, ``high``
    and ``p_value`` stand before rounding.
    """

    measure: str
    method: str
    exchanged: bool
    percent: bool
    roundings: tuple[str, ...]
    value: float
    low: float
    high: float
    p_value: float


def find_methods(counts: Counts, printed: str, *, level: float = 0.95) -> list[Match]:
    """Return the methods that give the ``printed`` estimate with its interval.

    ``printed`` holds three numbers, estimate, lower and upper limit, in any words: ``0.76
    (0.65-0.90)``. Raises InputError for other texts and for counts that no trial has.
    """
    numbers = [text.replace("−", "-") for text in _NUMBER.findall(printed)]
    if len(numbers) != 3:
        raise InputError(
            "printed result",
            f"'{printed}' has {len(numbers)} numbers instead of an estimate and two limits",
            "Write it like 0.76 (0.65-0.90).",
        )
    events, n, events_ref, n_ref = counts
    found = []
    for exchanged in (False, True):
        table = (events_ref, n_ref, events, n) if exchanged else counts
        for method, estimate in _estimates(table, level):
            for percent in (False, True) if estimate.measure == "risk difference" else (False,):
                roundings = _roundings(estimate, numbers, percent=percent)
                if roundings:
                    found.append(_match(estimate, method, roundings, exchanged, percent))
    return found


def _estimates(table: Counts, level: float) -> Iterator[tuple[str, Estimate]]:
    families: tuple[tuple[Callable[..., Estimate], object], ...] = (
        (risk_ratio, RatioMethod),
        (risk_difference, DifferenceMethod),
        (odds_ratio, OddsMethod),
    )
    for function, methods in families:
        for method in get_args(methods):
            yield method, function(*table, level=level, method=method)
    yield "exact conditional", exact.odds_ratio(*table, level=level)


def _roundings(estimate: Estimate, numbers: list[str], *, percent: bool) -> tuple[str, ...]:
    values = [float(each) for each in (estimate.value, estimate.low, estimate.high)]
    return tuple(
        name
        for name, rule in ROUNDINGS.items()
        if all(
            _prints(value, text, rule, percent=percent)
            for value, text in zip(values, numbers, strict=True)
        )
    )


def _prints(value: float, text: str, rule: str, *, percent: bool) -> bool:
    exact_value = Decimal(repr(value)) * (100 if percent else 1)
    if not exact_value.is_finite():
        return False
    places = len(text.partition(".")[2])
    return exact_value.quantize(Decimal(1).scaleb(-places), rule) == Decimal(text)


def _match(
    estimate: Estimate,
    method: str,
    roundings: tuple[str, ...],
    exchanged: bool,  # noqa: FBT001 - private
    percent: bool,  # noqa: FBT001 - private
) -> Match:
    numbers = (estimate.value, estimate.low, estimate.high, estimate.p_value)
    return Match(
        estimate.measure, method, exchanged, percent, roundings, *(float(each) for each in numbers)
    )
