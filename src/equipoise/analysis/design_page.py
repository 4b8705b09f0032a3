"""The plan of a study in words, as JSON, and as a page: what its size can find."""

from __future__ import annotations

from typing import Any

from equipoise.analysis.design import Outlook, power_of
from equipoise.analysis.drawings.power import Curve, power_curves
from equipoise.analysis.page import fill_in
from equipoise.analysis.rounding import fixed
from equipoise.language import Language
from equipoise.protocol.estimand import Endpoint
from equipoise.protocol.parts import Protocol


def outcome_text(endpoint: Endpoint, value: float) -> str:
    """Return an assumed outcome as people say it: a percentage, or a mean."""
    return f"{fixed(100 * value, 1).removesuffix('.0')} %" if endpoint.of_events else f"{value:g}"


def lines(protocol: Protocol, found: Outlook, language: str) -> list[tuple[str, str]]:
    """Return what is planned and what comes of it, as label and text."""
    say, planning = Language(language), found.planning

    endpoint = protocol.all_endpoints()[planning.endpoint]

    def outcome(value: float) -> str:
        return outcome_text(endpoint, value)

    n, m = found.analysed
    told = [
        (say("Endpoint"), endpoint.title.get(language)),
        (
            say("Assumed"),
            say(
                "{arm} against {reference}",
                arm=outcome(planning.arm),
                reference=outcome(planning.reference),
            ),
        ),
        (say("Because"), f"{planning.because} ({say(planning.status)})"),
        (
            say("Size"),
            say("{n} randomized, {m} analysed", n=found.participants, m=n + m)
            + f" ({n} + {m}), "
            + say("{lost} lost", lost=f"{100 * planning.attrition:g} %"),
        ),
        (say("Power"), say("{power}, analytic", power=_percent(found.power))),
    ]
    if found.simulated:
        told.append(
            (
                "",
                say(
                    "{power} ± {error} in {trials} simulated trials, by the planned method",
                    power=_percent(found.simulated.power),
                    error=fixed(100 * found.simulated.error, 1),
                    trials=found.simulated.trials,
                ),
            )
        )
    wanted = _percent(planning.power)
    told.append((say("For {power} power", power=wanted), say("randomize {n}", n=found.needed)))
    if found.detectable is None:
        text = say("nothing: no outcome of the arm is far enough from the reference")
    else:
        text = say(
            "{arm} against {reference}",
            arm=outcome(found.detectable), reference=outcome(planning.reference),
        )  # fmt: skip
    told.append((say("This size finds with {power} power", power=wanted), text))
    return told


def verdict(found: Outlook, language: str) -> str:
    """Return one sentence on whether the trial can answer its question."""
    say, power = Language(language), _percent(found.power)
    if found.hopeless:
        return say(
            "Hopeless: with {power} power this trial misses the assumed effect more often than it "
            "finds it. It takes {n} participants, or a larger effect.",
            power=power, n=found.needed,
        )  # fmt: skip
    if found.power < found.planning.power:
        return say(
            "Too small: {power} power is less than the {wanted} wanted. It takes {n} participants.",
            power=power, wanted=_percent(found.planning.power), n=found.needed,
        )  # fmt: skip
    return say("Large enough: {power} power for the assumed effect.", power=power)


def as_json(found: Outlook) -> dict[str, Any]:
    """Return the plan as plain values."""
    simulated = found.simulated
    return {
        "endpoint": found.planning.endpoint,
        "reference": found.planning.reference,
        "arm": found.planning.arm,
        "attrition": found.planning.attrition,
        "status": found.planning.status,
        "participants": found.participants,
        "analysed": list(found.analysed),
        "power": found.power,
        "simulated_power": simulated.power if simulated else None,
        "simulated_error": simulated.error if simulated else None,
        "target_power": found.planning.power,
        "participants_needed": found.needed,
        "detectable_arm_outcome": found.detectable,
        "hopeless": found.hopeless,
    }


def picture(protocol: Protocol, found: Outlook, language: str) -> str:
    """Return power against size, for the assumed effect, half as much again, and twice as much."""
    say, planning = Language(language), found.planning
    step = planning.arm - planning.reference
    endpoint = protocol.all_endpoints()[planning.endpoint]
    curves = []
    for factor in (1.0, 1.5, 2.0):
        arm = planning.reference + factor * step
        if not endpoint.of_events or 0 < arm < 1:
            assumed = planning.model_copy(update={"arm": arm})
            label = say(
                "{arm} against {reference}",
                arm=outcome_text(endpoint, arm),
                reference=outcome_text(endpoint, planning.reference),
            )
            curves.append(Curve(label, power_of(protocol, assumed, found.sizes)))
    return power_curves(
        found.sizes, curves,
        planned=(found.participants, found.power), target=planning.power,
        planned_label=say("{n} planned", n=found.participants),
        target_label=say("{power} wanted", power=_percent(planning.power)),
        title=say("Power against the number of participants"),
        x_label=say("Participants randomized"), y_label=say("Power"),
        description=verdict(found, language),
    )  # fmt: skip


def page(protocol: Protocol, plans: list[Outlook], language: str) -> str:
    """Return the plan as one offline page."""
    return fill_in(
        "plan.html",
        protocol=protocol,
        language=language,
        say=Language(language),
        plans=[
            {
                "title": protocol.all_endpoints()[found.planning.endpoint].title.get(language),
                "lines": lines(protocol, found, language),
                "verdict": verdict(found, language),
                "hopeless": found.hopeless,
                "picture": picture(protocol, found, language),
            }
            for found in plans
        ],
    )


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 0)} %"
