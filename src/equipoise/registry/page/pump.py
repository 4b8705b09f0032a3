"""A program of patient-controlled analgesia, read from an arm's text, and drawn.

What is read is only what the text says in so many words. What follows from it by arithmetic
(concentrations, the most that an hour can give) is said to follow.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

_N = r"(\d+(?:\.\d+)?)"
_ML = r"\s*-?\s*ml\b"
_VOLUME = re.compile(
    rf"(?:dilut|made up|dissolv|mixed)[^.;]*?\b(?:to|in)\b[^.;\d]*{_N}{_ML}", re.IGNORECASE
)
_BOLUS = (
    re.compile(rf"{_N}{_ML}[\s-]*(?:per\s+)?(?:each\s+)?bolus", re.IGNORECASE),
    re.compile(rf"bolus(?:es)?(?:\s+dose)?[\s:,]*(?:of|is|was|at)?\s*{_N}{_ML}", re.IGNORECASE),
)
_LOCKOUT = (
    re.compile(
        rf"lock[\s-]?out(?:\s+(?:interval|time|period))?[\s:,]*(?:of|is|was|at)?\s*{_N}[\s-]*min",
        re.IGNORECASE,
    ),
    re.compile(rf"{_N}[\s-]*min(?:ute)?s?\.?[\s-]+lock[\s-]?out", re.IGNORECASE),
)
_RATE = rf"{_N}\s*ml\s*(?:/|per\s+)\s*h"
_BACKGROUND = (
    re.compile(
        rf"(?:background|basal|continuous)(?:\s+infusion)?(?:\s+rate)?[\s:,]*(?:of|is|was|at)?\s*"
        rf"{_RATE}",
        re.IGNORECASE,
    ),
    re.compile(rf"{_RATE}(?:our)?\s+(?:background|basal|continuous)", re.IGNORECASE),
)
_UNIT = r"(mg|µg|μg|mcg|ug|micrograms?|g)"
_COMPONENT = re.compile(
    rf"\b([A-Za-z][A-Za-z-]+)\s+(?:\(?at\s+)?{_N}\s*{_UNIT}\b(/kg)?(?!\s*/)"
    rf"(?:\s*\((?:[a-z ]+?)\s*{_N}\s*{_UNIT}\))?"
)
_NO_DRUG = frozenset(
    {"than", "of", "to", "at", "with", "and", "maximum", "dose", "total", "bolus", "or", "up"}
)
_HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Component:
    """A drug in the bag: its amount and unit, per kilogram or not, with the most it may be."""

    name: str
    amount: Decimal
    unit: str
    per_kg: bool
    most: Decimal | None


@dataclass(frozen=True, slots=True)
class Program:
    """What the pump is set to; None where the text does not say."""

    components: tuple[Component, ...]
    volume_ml: Decimal | None
    bolus_ml: Decimal | None
    lockout_min: Decimal | None
    background_ml_h: Decimal | None

    @property
    def boluses_h(self) -> int | None:
        """The most boluses that any 60 minutes can hold: one at once, then one each lockout."""
        if not self.lockout_min:
            return None
        return math.ceil(_HOUR_MIN / self.lockout_min)

    @property
    def most_ml_h(self) -> Decimal | None:
        """The most that 60 minutes can give."""
        if self.boluses_h is None or self.bolus_ml is None:
            return None
        return self.boluses_h * self.bolus_ml + (self.background_ml_h or Decimal(0))

    def concentration(self, component: Component) -> str:
        """Return what a millilitre holds; empty where that depends on the patient."""
        if component.per_kg or not self.volume_ml:
            return ""
        each = (component.amount / self.volume_ml).normalize()
        return f"{each:f} {component.unit}/ml"


def program(text: str) -> Program | None:
    """Return the program that a text describes; None when it names fewer than two settings."""
    bolus, lockout = _first(_BOLUS, text), _first(_LOCKOUT, text)
    background = _first(_BACKGROUND, text)
    if sum(each is not None for each in (bolus, lockout, background)) < 2:
        return None
    return Program(_components(text), _first((_VOLUME,), text), bolus, lockout, background)


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> Decimal | None:
    for pattern in patterns:
        if found := pattern.search(text):
            return Decimal(found[1])
    return None


def _components(text: str) -> tuple[Component, ...]:
    found: dict[str, Component] = {}
    for name, amount, unit, per_kg, most, most_unit in _COMPONENT.findall(text):
        if name.lower() in _NO_DRUG or name.lower() in found:
            continue
        limit = Decimal(most) if most and _symbol(most_unit) == _symbol(unit) else None
        found[name.lower()] = Component(name, Decimal(amount), _symbol(unit), bool(per_kg), limit)
    return tuple(found.values())


def _symbol(unit: str) -> str:
    return unit if unit in ("mg", "g") else "µg"


def drawing(found: Program, title: str, most: str, least: str) -> Markup:
    """Draw what the first hour can give: background alone, and with every bolus taken.

    ``most`` and ``least`` name the two lines. Empty where bolus or lockout are not given.
    """
    top = found.most_ml_h
    if top is None or found.bolus_ml is None or not found.lockout_min:
        return Markup()
    rate = found.background_ml_h or Decimal(0)
    left, right, base, height = 34, 244, 92, 72

    def x(minute: Decimal) -> str:
        return f"{left + (right - left) * minute / _HOUR_MIN:.1f}"

    def y(volume: Decimal) -> str:
        return f"{base - height * volume / top:.1f}"

    points, volume = list[str](), Decimal(0)
    for number in range(found.boluses_h or 0):
        minute = number * found.lockout_min
        points.append(f"{x(minute)},{y(volume + rate * minute / _HOUR_MIN)}")
        volume += found.bolus_ml
        points.append(f"{x(minute)},{y(volume + rate * minute / _HOUR_MIN)}")
    points.append(f"{x(Decimal(_HOUR_MIN))},{y(volume + rate)}")
    ticks = Markup("").join(
        Markup('<text class="tick" x="{}" y="106" text-anchor="middle">{}</text>').format(
            x(Decimal(minute)), minute
        )
        for minute in (0, 15, 30, 45, 60)
    )
    return Markup(
        '<svg class="pump" viewBox="0 0 330 112" role="img" aria-label="{title}">'
        "<title>{title}</title>"
        '<path class="axis" d="M{left} 12V{base}H{right}"/>{ticks}'
        '<text class="tick" x="256" y="106">min</text>'
        '<text class="tick" x="4" y="14">ml</text>'
        '<polyline class="band" points="{points} {right},{base}"/>'
        '<polyline class="most" points="{points}"/>'
        '<path class="least" d="M{left} {base}L{right} {end}"/>'
        '<text x="250" y="{label}">{most}</text><text x="250" y="{low}">{least}</text></svg>'
    ).format(
        title=title, left=left, right=right, base=base, ticks=ticks, points=" ".join(points),
        end=y(rate), label=base - height + 4, most=most, low=min(base, float(y(rate)) + 3),
        least=least,
    )  # fmt: skip
