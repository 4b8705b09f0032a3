"""What a monitoring board has to decide by: the planned limits, and where the trial stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.group_sequential import (
    Boundaries,
    Spend,
    hwang_shih_decani,
    kim_demets,
    obrien_fleming_type,
    pocock_type,
    powered,
    spending,
    with_futility,
)
from equipoise.analysis.estimators.stopping import conditional_power, predictive_power
from equipoise.errors import InputError
from equipoise.protocol.planning import Monitoring


@dataclass(frozen=True)
class Standing:
    """The trial at one look, from 1: its statistic, the limits there, and what is still likely.

    ``z`` is positive where the arm does better. Conditional power assumes the trend seen, the
    effect planned for, or none.
    """

    look: int
    information: float
    z: float
    upper: float
    lower: float
    stops_for_efficacy: bool
    stops_for_futility: bool
    power_by_trend: float
    power_by_plan: float
    power_without_effect: float
    predictive: float


def boundaries(plan: Monitoring) -> Boundaries:
    """Return the limits of the planned looks, with the drift for which they have their power."""
    spend = _spend(plan.spending, plan.parameter)
    if plan.futility is None:
        return powered(spending(plan.looks, plan.alpha, spend), plan.power)
    futility = _spend(plan.futility, plan.futility_parameter)
    return with_futility(plan.looks, plan.alpha, plan.power, spend, futility, binding=plan.binding)


def standing(
    plan: Monitoring, look: int, found: Estimate, *, better: str, information: float | None = None
) -> Standing:
    """Return where the trial stands at ``look`` by what was found for the monitored endpoint.

    ``information`` is what was really there at the look, the planned share unless given: the
    limits are then those of a trial with that look. Raises :class:`InputError` for a look that is
    not planned, or an estimate without a P value.
    """
    if not 1 <= look <= len(plan.looks):
        raise InputError(
            "look", f"{look} is not one of the {len(plan.looks)} planned", "Count them from 1."
        )
    if not np.isfinite(float(found.p_value)):
        raise InputError(
            f"endpoint '{plan.endpoint}'",
            "has no P value yet, so the board has nothing to go by",
            "Look again when both arms have outcomes.",
        )
    design = boundaries(_at(plan, look, information))
    z = _signed(found, better)
    last = look == len(plan.looks)
    upper, lower = design.upper[look - 1], design.lower[look - 1]
    return Standing(
        look=look,
        information=design.information[look - 1],
        z=z,
        upper=upper,
        lower=lower,
        stops_for_efficacy=z >= upper,
        stops_for_futility=z < lower and not last,
        power_by_trend=conditional_power(design, look, z),
        power_by_plan=conditional_power(design, look, z, design.drift),
        power_without_effect=conditional_power(design, look, z, 0.0),
        predictive=float(z >= upper) if last else predictive_power(design, look, z),
    )


def _at(plan: Monitoring, look: int, information: float | None) -> Monitoring:
    if information is None:
        return plan
    looks = (*plan.looks[: look - 1], information, *plan.looks[look:])
    return plan.model_copy(update={"looks": looks})


def _spend(name: str, parameter: float | None) -> Spend:
    if name == "Hwang-Shih-DeCani":
        return hwang_shih_decani(parameter if parameter is not None else -4.0)
    if name == "Kim-DeMets":
        return kim_demets(parameter if parameter is not None else 3.0)
    return {"O'Brien-Fleming type": obrien_fleming_type, "Pocock type": pocock_type}[name]


def _signed(found: Estimate, better: str) -> float:
    """Return the normal deviate of the two-sided P value, positive where the arm does better."""
    null = 1.0 if "ratio" in found.measure else 0.0
    above = float(found.value) > null
    size = -float(special.ndtri(float(found.p_value) / 2))
    return size if above == (better == "higher") else -size
