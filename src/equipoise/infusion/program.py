"""What a patient-controlled pump is set to."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from equipoise.errors import InputError
from equipoise.protocol import parts


@dataclass(frozen=True, slots=True)
class Program:
    """What the pump is set to. Limits count boluses and background together.

    Raises InputError when a setting is impossible, when a bolus would outlast the lockout, or
    when a limit leaves no room for a single bolus.
    """

    bolus_ml: float
    bolus_rate_ml_h: float
    lockout_min: float
    background_ml_h: float
    reservoir_ml: float
    limit_1h_ml: float | None = None
    limit_4h_ml: float | None = None

    @classmethod
    def of(cls, pump: parts.Pump) -> Program:
        """Return the program that a protocol prescribes."""
        return cls(
            float(pump.bolus_ml),
            float(pump.bolus_rate_ml_h),
            float(pump.lockout_min),
            float(pump.background_ml_h),
            float(pump.reservoir_ml),
            None if pump.limit_1h_ml is None else float(pump.limit_1h_ml),
            None if pump.limit_4h_ml is None else float(pump.limit_4h_ml),
        )

    def __post_init__(self) -> None:
        """Refuse a program under which the pump could not keep its word."""
        numbers = [value for value in astuple(self) if value is not None]
        if not all(math.isfinite(n) and n >= 0 for n in numbers) or not (
            self.bolus_ml and self.bolus_rate_ml_h and self.reservoir_ml
        ):
            raise InputError(
                "pump program",
                f"{self} has a setting that is negative, or zero where volume has to flow",
                "Give bolus, bolus rate and reservoir above 0, and the rest 0 or more.",
            )
        if self.lockout_min < self.bolus_min:
            raise InputError(
                "pump program: lockout_min",
                f"the lockout of {self.lockout_min:g} min is shorter than the bolus, "
                f"which takes {self.bolus_min:g} min",
                "Lengthen the lockout, or deliver the bolus faster.",
            )
        for window_min, limit_ml in self.limits:
            least = self.bolus_ml + self.background_ml_h * window_min / 60.0
            if limit_ml < least:
                raise InputError(
                    f"pump program: limit_{window_min // 60}h_ml",
                    f"{limit_ml:g} ml leaves no room for one bolus beside the background",
                    f"Give at least {least:g} ml, or no limit.",
                )

    @property
    def bolus_min(self) -> float:
        """How long a bolus takes (min)."""
        return 60.0 * self.bolus_ml / self.bolus_rate_ml_h

    @property
    def limits(self) -> tuple[tuple[int, float], ...]:
        """Each limit as (window in min, ml)."""
        pairs = ((60, self.limit_1h_ml), (240, self.limit_4h_ml))
        return tuple((window, limit) for window, limit in pairs if limit is not None)
