"""The course with which every drug is compared with figures computed elsewhere.

A person of 55 kg; background 1 ml/h; 2-ml boluses delivered in 1 min. The figures to reproduce
were computed with a matrix exponential on a 1-min grid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from equipoise.infusion.drug import Covariates, Drug
from equipoise.infusion.pharmacokinetics import Course

PERSON = Covariates(weight_kg=55, age_y=15, height_cm=160, sex="female")
EVERY_9_6_HOURS = [240 + 576 * i for i in range(8)]  # 4, 13.6, ... 71.2 h
EVERY_8_MINUTES = range(0, 720, 8)


@dataclass(frozen=True)
class Figures:
    """Concentrations in ng/ml as printed; ``minute`` of the effect-site peak."""

    plasma_24_h: str
    plasma_72_h: str
    one_bolus_peak: str
    one_bolus_effect_peak: str
    minute: int
    plasma_12_h_pressing_every_8_min: str


def by_the_minute(
    drug: Drug, ug_per_ml: float, until_min: int, boluses: Iterable[int], background_ml_h: float
) -> tuple[list[float], list[float]]:
    """Plasma and effect-site concentrations at 0, 1, ... ``until_min``."""
    course, starts = Course(drug.typical(PERSON)), set(boluses)
    plasma, effect = [0.0], [0.0]
    for minute in range(until_min):
        ml_min = background_ml_h / 60 + (2.0 if minute in starts else 0.0)
        course.advance(minute + 1.0, ml_min * ug_per_ml)
        plasma.append(course.plasma())
        effect.append(course.effect())
    return plasma, effect


def check(drug: Drug, ug_per_ml: float, expected: Figures) -> None:
    """Compare every figure to its printed digits."""
    days, _ = by_the_minute(drug, ug_per_ml, 4320, EVERY_9_6_HOURS, 1.0)
    once, effect = by_the_minute(drug, ug_per_ml, 60, [0], 0.0)
    pressed, _ = by_the_minute(drug, ug_per_ml, 720, EVERY_8_MINUTES, 1.0)
    assert expected == Figures(
        _as_printed(days[1440], expected.plasma_24_h),
        _as_printed(days[4320], expected.plasma_72_h),
        _as_printed(max(once), expected.one_bolus_peak),
        _as_printed(max(effect), expected.one_bolus_effect_peak),
        effect.index(max(effect)),
        _as_printed(pressed[720], expected.plasma_12_h_pressing_every_8_min),
    )


def _as_printed(value: float, like: str) -> str:
    decimals = len(like.partition(".")[2])
    return f"{value:.{decimals}f}"
