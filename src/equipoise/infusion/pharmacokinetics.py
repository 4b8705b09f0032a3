"""The course of one drug's concentration in one person, exact between changes of the input.

This is the quantity layer over :mod:`equipoise.kernels.compartments`: litres, minutes, micrograms;
concentrations in ng/ml (= micrograms per litre).
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from equipoise.errors import InputError
from equipoise.kernels.compartments import advance, modes, plasma


@dataclass(frozen=True, slots=True)
class ThreeCompartment:
    """A mammillary model with an effect site, of one person.

    Volumes in l, clearances in l/min, ``ke0_min`` (plasma to effect site) per min. A model with
    fewer compartments has the clearance and volume of the absent ones at zero. Raises InputError
    when a number is not finite, is negative, or is zero where drug has to pass.
    """

    v1_l: float
    v2_l: float
    v3_l: float
    clearance_l_min: float
    q2_l_min: float
    q3_l_min: float
    ke0_min: float

    def __post_init__(self) -> None:
        """Refuse a model through which no drug can pass."""
        if not all(math.isfinite(value) and value >= 0 for value in astuple(self)):
            raise InputError(
                "pharmacokinetic model",
                f"{self} has a parameter that is negative or not a number",
                "Give volumes, clearances and ke0 as finite numbers, zero or more.",
            )
        if not (self.v1_l and self.clearance_l_min and self.ke0_min) or (
            (self.q2_l_min and not self.v2_l) or (self.q3_l_min and not self.v3_l)
        ):
            raise InputError(
                "pharmacokinetic model",
                f"{self} has a zero where drug has to pass",
                "V1, clearance, ke0, and the volume of every compartment in exchange are above 0.",
            )


class Course:
    """Concentrations of one drug in one person under piecewise-constant input, from none."""

    __slots__ = ("_ke0", "_modes", "_state", "_time_min")

    def __init__(self, model: ThreeCompartment, start_min: float = 0.0) -> None:
        """Start drug-free at ``start_min``."""
        self._modes = modes(
            model.v1_l,
            model.v2_l,
            model.v3_l,
            model.clearance_l_min,
            model.q2_l_min,
            model.q3_l_min,
        )
        self._ke0 = model.ke0_min
        self._state = (0.0, 0.0, 0.0, 0.0)
        self._time_min = float(start_min)

    @property
    def time_min(self) -> float:
        """The time to which the course has been advanced (min)."""
        return self._time_min

    def advance(self, t_min: float, rate_ug_min: float) -> None:
        """Move on to ``t_min``, drug having flowed in at ``rate_ug_min`` since the last time.

        Raises InputError when ``t_min`` lies before it. Any step is exact, however long.
        """
        if not t_min >= self._time_min:
            raise InputError(
                "concentration course",
                f"time cannot move back from {self._time_min} to {t_min} min",
                "Advance the course in order of time.",
            )
        dt = float(t_min) - self._time_min
        self._state = advance(self._state, self._modes, self._ke0, float(rate_ug_min), dt)
        self._time_min = float(t_min)

    def plasma(self) -> float:
        """Return the plasma concentration (ng/ml)."""
        return plasma(self._state)

    def effect(self) -> float:
        """Return the effect-site concentration (ng/ml)."""
        return self._state[3]
