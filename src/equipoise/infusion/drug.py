"""What is known of a drug: its model in a typical person, and how persons differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from equipoise.errors import InputError
from equipoise.infusion.pharmacokinetics import ThreeCompartment
from equipoise.kernels.elementary import exp, log1p

PARAMETERS = tuple(field.name for field in fields(ThreeCompartment))
"""The parameters of a model, in the order in which a person's normals are handed in."""


@dataclass(frozen=True, slots=True)
class Covariates:
    """What a model may ask of a person. Raises InputError when a number makes no sense."""

    weight_kg: float
    age_y: float
    height_cm: float
    sex: Literal["female", "male"]

    def __post_init__(self) -> None:
        """Refuse numbers that no person has."""
        for name in ("weight_kg", "age_y", "height_cm"):
            value = getattr(self, name)
            if not 0 < value < 300:
                raise InputError(f"covariates: {name}", f"{value} makes no sense", "Correct it.")


@dataclass(frozen=True, slots=True)
class Source:
    """A publication, and where it is found: its DOI where known."""

    citation: str
    link: str


@dataclass(frozen=True, slots=True)
class Landmark:
    """A published concentration (ng/ml) at which the drug does something, to compare with."""

    ng_ml: float
    names: Mapping[Literal["en", "zh"], str]
    source: Source


@dataclass(frozen=True, slots=True)
class Variability:
    """How one parameter differs between persons: log-normal around the typical value.

    ``cv`` is the coefficient of variation (0.24 for 24 %); ``source`` is None when the figure is
    assumed; ``note`` says why it is used here.
    """

    cv: float
    source: Source | None
    note: str

    @property
    def assumed(self) -> bool:
        """Whether the figure rests on no publication."""
        return self.source is None

    @property
    def sd_log(self) -> float:
        """The standard deviation of the logarithm: cv**2 = exp(sd_log**2) - 1."""
        return math.sqrt(log1p(self.cv * self.cv))


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug of the infusion.

    ``names`` are by language, ``unit`` is the one in which it is prescribed, ``typical`` gives the
    model of a typical person of these covariates, ``variability`` is by parameter name,
    ``landmarks`` are published effect concentrations.
    """

    name: str
    names: Mapping[Literal["en", "zh"], str]
    unit: Literal["ug", "mg"]
    typical: Callable[[Covariates], ThreeCompartment]
    variability: Mapping[str, Variability]
    sources: tuple[Source, ...]
    landmarks: tuple[Landmark, ...] = ()

    def individual(self, person: Covariates, normals: Sequence[float]) -> ThreeCompartment:
        """Return the model of one person of these covariates.

        ``normals`` are standard normal numbers, one for each of :data:`PARAMETERS`. A parameter
        without variability ignores its number, so that adding variability to one parameter leaves
        the others of every person as they were. Raises InputError when their count is wrong.
        """
        if len(normals) != len(PARAMETERS):
            raise InputError(
                f"drug {self.name}",
                f"{len(normals)} normal numbers for {len(PARAMETERS)} parameters",
                f"Give one for each of {', '.join(PARAMETERS)}.",
            )
        typical = self.typical(person)
        drawn = {
            name: getattr(typical, name) * exp(self.variability[name].sd_log * normal)
            for name, normal in zip(PARAMETERS, normals, strict=True)
            if name in self.variability
        }
        return replace(typical, **drawn)
