"""How a bag is made up for a person's weight, in steps that are the same in every arm.

The preparer who follows a worksheet of any arm draws the same volumes, in the same order, into
the same number of syringes: where the arm has no drug to draw, diluent is drawn instead. Only what
is in the ampoule differs. A worksheet tells the arm, so it is for unmasked eyes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from equipoise.errors import InputError
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Component, Mixture

AMOUNT = Decimal("0.01")
"""Amounts are rounded (half up) to this, in the component's unit."""
VOLUME_ML = Decimal("0.01")
"""Drawn volumes are rounded (half up) to this."""
PER_ML = Decimal("0.000001")
"""Concentrations are rounded (half up) to this, in the component's unit per ml."""

_UG = {"ug": Decimal(1), "mg": Decimal(1000)}
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One drug of the bag. Its repr tells nothing.

    ``amount`` in ``unit``; ``capped`` when the protocol's maximum decides it; ``volume_ml`` of drug
    to draw, None when the ampoule is not known; ``per_ml`` in ``unit`` per ml of the bag.
    """

    drug: str
    unit: str
    amount: Decimal
    capped: bool
    volume_ml: Decimal | None
    per_ml: Decimal

    def __repr__(self) -> str:
        return "Line(...)"

    def in_ml(self, volume_ml: Decimal) -> Decimal:
        """Return the amount, in ``unit``, in ``volume_ml`` of the bag: in a bolus, for one."""
        return _round(self.per_ml * volume_ml, PER_ML)

    @property
    def ug_per_ml(self) -> Decimal:
        """The concentration in micrograms per ml."""
        return self.per_ml * _UG[self.unit]


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One syringe: draw ``volume_ml`` of ``drug``, or of diluent when it is None, into the bag.

    The last step fills the bag with diluent. A volume is None when the ampoule is not known. Its
    repr tells what is the same in every arm.
    """

    number: int
    drug: str | None
    volume_ml: Decimal | None

    def __repr__(self) -> str:
        return f"Step(number={self.number}, volume_ml={self.volume_ml})"


@dataclass(frozen=True, slots=True, repr=False)
class Worksheet:
    """What to do for one bag of ``volume_ml``. Its repr tells no arm."""

    weight_kg: Decimal
    volume_ml: Decimal
    diluent: Text
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return f"Worksheet(volume_ml={self.volume_ml}, steps={len(self.steps)})"


def worksheet(mixture: Mixture, others: Iterable[Mixture], weight_kg: Decimal) -> Worksheet:
    """Return the worksheet of ``mixture`` for a person of ``weight_kg``.

    ``others`` are all mixtures of the protocol, in its order; ``mixture`` may be among them. Raises
    InputError when the weight is not above zero, when the steps cannot be the same for all
    mixtures (bags of different volume or diluent, or a drug that differs and has no ampoule), when
    a volume is too small to draw, or when the drugs do not fit into the bag.
    """
    if not (weight_kg.is_finite() and weight_kg > 0):
        raise InputError("weight_kg", f"{weight_kg} is not a body weight", "Correct the weight.")
    arms = list(others)
    if mixture not in arms:
        arms.append(mixture)
    _check_alike(arms)
    mine = _lines(mixture, weight_kg)
    everyones = [_lines(arm, weight_kg) for arm in arms]
    draws: list[tuple[str | None, Decimal | None]] = []
    for drug in dict.fromkeys(name for lines in everyones for name in lines):
        draws += _draws(drug, mine.get(drug), [lines.get(drug) for lines in everyones])
    draws.append((None, _fill([volume for _, volume in draws], mixture.volume_ml)))
    steps = (Step(number, drug, volume) for number, (drug, volume) in enumerate(draws, start=1))
    return Worksheet(
        weight_kg, mixture.volume_ml, mixture.diluent, tuple(mine.values()), tuple(steps)
    )


def _check_alike(arms: Sequence[Mixture]) -> None:
    if len({(arm.volume_ml, arm.diluent) for arm in arms}) > 1:
        raise InputError(
            "mixtures",
            "the bags of the arms differ in volume or diluent, which tells the arms apart",
            "Give every mixture the same volume_ml and diluent.",
        )


def _lines(mixture: Mixture, weight_kg: Decimal) -> dict[str, Line]:
    lines = {c.drug: _line(c, mixture.volume_ml, weight_kg) for c in mixture.components}
    if len(lines) < len(mixture.components):
        raise InputError(
            "mixtures", "a drug stands twice in one mixture", "Join its amounts in one component."
        )
    return lines


def _line(component: Component, bag_ml: Decimal, weight_kg: Decimal) -> Line:
    amount, capped = _amount(component, weight_kg)
    volume = None
    if component.ampoule is not None:
        volume = _round(amount * component.ampoule.volume_ml / component.ampoule.amount, VOLUME_ML)
        if volume == 0:
            raise InputError(
                f"mixtures: {component.drug}",
                f"{amount} {component.unit} is less than {VOLUME_ML} ml of the ampoule",
                "Dilute the ampoule first, and describe the diluted one.",
            )
    return Line(
        component.drug, component.unit, amount, capped, volume, _round(amount / bag_ml, PER_ML)
    )


def _amount(component: Component, weight_kg: Decimal) -> tuple[Decimal, bool]:
    """Return the amount, and whether the maximum decides it."""
    if component.amount is not None:
        return component.amount, False
    exact = (component.per_kg or _NOTHING) * weight_kg  # a component has the one or the other
    if component.maximum is not None and exact >= component.maximum:
        return component.maximum, True
    amount = _round(exact, AMOUNT)
    return amount if component.maximum is None else min(amount, component.maximum), False


def _draws(
    drug: str, mine: Line | None, everyones: Sequence[Line | None]
) -> list[tuple[str | None, Decimal | None]]:
    """Return what this arm draws while the others draw ``drug``: (drug or None, volume).

    The volumes of the arms, in order, cut the largest into portions: each arm draws every
    portion, of drug up to its own volume and of diluent above it.
    """
    unknown = [line for line in everyones if line is not None and line.volume_ml is None]
    if unknown:
        if len(set(everyones)) > 1:
            raise InputError(
                f"mixtures: {drug}",
                "its amount differs between the arms and the volume to draw is not known",
                "Add its ampoule, so that the other arms can draw as much diluent.",
            )
        return [(drug, None)]
    volumes = {_volume(line) for line in everyones}
    levels = sorted(volumes | {_NOTHING})
    return [(drug if top <= _volume(mine) else None, top - low) for low, top in pairwise(levels)]


def _volume(line: Line | None) -> Decimal:
    return _NOTHING if line is None or line.volume_ml is None else line.volume_ml


def _fill(draws: Sequence[Decimal | None], bag_ml: Decimal) -> Decimal | None:
    """Return the volume of diluent that fills the bag, None when a drawn volume is not known."""
    known = [volume for volume in draws if volume is not None]
    left = bag_ml - sum(known, _NOTHING)
    if left < 0:
        raise InputError(
            "mixtures",
            f"what is drawn exceeds the bag of {bag_ml} ml by {-left} ml",
            "Give the bag more volume, or use stronger ampoules.",
        )
    return left if len(known) == len(draws) else None


def _round(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_UP)
