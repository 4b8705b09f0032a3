"""Drawing a value from a distribution written in a protocol.

Each draw is keyed by (participant, purpose, index), so it does not depend on what else is drawn
or when. Numbers in a distribution may be expressions over values drawn before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from equipoise.chance import Chance
from equipoise.errors import InputError
from equipoise.events.types import Value
from equipoise.kernels.elementary import exp, log1p
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Distribution, Item

Known = Mapping[str, float | str | bool]
Drawn = float | int | str | bool | None


def number(expression: float | str, known: Known) -> float:
    """Return the value of a number or an expression over ``known``."""
    if isinstance(expression, int | float):
        return float(expression)
    return parse(expression).number(known)


class Draw:
    """Draws for one participant of one rehearsed trial."""

    def __init__(self, chance: Chance, participant: int) -> None:
        """Draw from ``chance`` under the participant's number."""
        self._source = chance
        self._participant = participant

    def uniform(self, purpose: str, index: int = 0) -> float:
        """Return a uniform number in (0, 1)."""
        return self._source.uniform(self._participant, purpose, index)

    def second(self, purpose: str, index: int = 0) -> float:
        """Return the other uniform number at the same address."""
        return self._source.second(self._participant, purpose, index)

    def normal(self, purpose: str, index: int = 0) -> float:
        """Return a standard normal number."""
        return self._source.normal(self._participant, purpose, index)

    def exponential(self, purpose: str, index: int = 0) -> float:
        """Return an exponential number with mean 1."""
        return self._source.exponential(self._participant, purpose, index)

    def value(self, how: Distribution, known: Known, purpose: str, index: int = 0) -> Drawn:
        """Return a value of distribution ``how``; None when it turns out missing."""
        if "missing" in how and self.uniform(f"{purpose} missing", index) < number(
            how["missing"], known
        ):
            return None
        drawn: Drawn = _draw(self, how, known, purpose, index)
        if "clip" in how and isinstance(drawn, int | float):
            low, high = (number(bound, known) for bound in how["clip"])
            drawn = type(drawn)(min(max(drawn, low), high))
        return drawn


def _draw(
    draw: Draw, how: Distribution | float | str, known: Known, purpose: str, index: int
) -> Any:
    if not isinstance(how, Mapping):
        return number(how, known)
    kind = next(key for key in how if key not in ("missing", "clip"))
    if kind not in _KINDS:
        raise InputError(
            f"distribution of '{purpose}'",
            f"'{kind}' is not a kind of distribution",
            f"Use one of {', '.join(_KINDS)}.",
        )
    return _KINDS[kind](draw, how[kind], known, purpose, index)


def _constant(draw: Draw, given: Any, known: Known, purpose: str, index: int) -> Drawn:
    del draw, purpose, index
    return number(given, known) if isinstance(given, str) else given


def _chance(draw: Draw, p: Any, known: Known, purpose: str, index: int) -> bool:
    return draw.uniform(purpose, index) < number(p, known)


def _logistic(draw: Draw, predictor: Any, known: Known, purpose: str, index: int) -> bool:
    odds = exp(number(predictor, known))
    return draw.uniform(purpose, index) < odds / (1 + odds)


def _choice(draw: Draw, weights: Any, known: Known, purpose: str, index: int) -> str:
    parts = {str(code): number(weight, known) for code, weight in weights.items()}
    up_to = list(accumulate(parts.values()))  # sum() adds up differently from Python 3.12 on
    target = draw.uniform(purpose, index) * up_to[-1]
    reached = (code for code, top in zip(parts, up_to, strict=True) if target < top)
    return next(reached, next(reversed(parts)))  # rounding may leave the very end uncovered


def _uniform(draw: Draw, bounds: Any, known: Known, purpose: str, index: int) -> float:
    low, high = (number(bound, known) for bound in bounds)
    return low + (high - low) * draw.uniform(purpose, index)


def _normal(draw: Draw, given: Any, known: Known, purpose: str, index: int) -> float:
    mean, sd = (number(part, known) for part in given)
    return mean + sd * draw.normal(purpose, index)


def _lognormal(draw: Draw, given: Any, known: Known, purpose: str, index: int) -> float:
    median, cv = (number(part, known) for part in given)
    return median * exp(math.sqrt(log1p(cv * cv)) * draw.normal(purpose, index))


def _rounded(draw: Draw, inner: Any, known: Known, purpose: str, index: int) -> int:
    return math.floor(float(_draw(draw, inner, known, purpose, index)) + 0.5)


_KINDS: dict[str, Callable[[Draw, Any, Known, str, int], Any]] = {
    "constant": _constant,
    "chance": _chance,
    "logistic": _logistic,
    "choice": _choice,
    "uniform": _uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "rounded": _rounded,
}


def as_recorded(item: Item, drawn: Drawn) -> Value:
    """Return a drawn value as a person would enter it: rounded, within the item's range."""
    if drawn is None or item.type in ("text", "date"):
        return None if drawn is None else str(drawn)
    if item.type == "boolean":
        return bool(drawn)
    if item.type == "choice":
        return str(drawn)
    value = float(drawn)
    if item.range is not None:
        value = min(max(value, float(item.range[0])), float(item.range[1]))
    if item.type == "integer":
        return math.floor(value + 0.5)
    return f"{value:.{item.precision}f}"


def as_known(value: Value) -> float | str | bool:
    """Return a recorded value as expressions take it: numbers as floats, nothing as 0."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value if isinstance(value, bool) else float(value)
