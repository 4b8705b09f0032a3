"""What a rule may ask of a participant as a whole: the names, and of what kind each is."""

from __future__ import annotations

from collections.abc import Mapping

from equipoise.protocol.expression import Kind

FACTS: Mapping[str, Kind] = {
    "randomized": "boolean",
    "eligible": "boolean",  # confirmed before randomization
    "treated": "boolean",  # the study pump was started
    "enrolled": "boolean",  # in a study that follows up
    "withdrawn": "boolean",  # consent was, from treatment or follow-up
    "lost": "boolean",  # to follow-up
    "completed_treatment": "boolean",  # the pump ran for the planned time
    "stopped_early": "boolean",  # it was stopped before
    "pump_h": "number",  # hours the pump ran
    "infused_ml": "number",
    "demands": "number",  # presses of the button
    "boluses": "number",
    "bags": "number",  # hung on the pump
    "visits_missed": "number",  # recorded as missed
    "deviations": "number",  # documented departures from the protocol
}

DEVIATION = "deviation_"
"""``deviation_wrong_kit`` is the number of deviations of the category *wrong kit*."""

VISIT_H = "visit_h"
"""Hours from the start of treatment to the visit looked at; in rules of intercurrent events."""


def deviation(category: str) -> str:
    """Return the name of the fact that counts deviations of a category."""
    return DEVIATION + "_".join(category.lower().split())
