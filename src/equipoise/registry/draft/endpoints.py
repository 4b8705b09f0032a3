"""Forms, schedule and endpoints of a draft, from the registered outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equipoise.registry import record as records
from equipoise.registry.draft import outcomes as planned
from equipoise.registry.draft.sheet import CONFIRM, Draft, unique
from equipoise.registry.record import Study

_REFERENCES = ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "ACTIVE_COMPARATOR")
RESULT_METHODS = {
    True: ("risk ratio", "risk ratio with Wald interval on the log scale"),
    False: ("mean difference", "Welch difference in means"),
}


def endpoints(made: Draft, study: Study) -> None:
    """Draft a form, visits and an endpoint for each outcome that is read."""
    made.outcomes = planned.outcomes(records.module(study, "outcomes"))
    forms = _forms(made)
    screening: dict[str, Any] = {
        "visit": "screening",
        "title": "Screening",
        "phase": "screening",
        "by": "investigator",
        "forms": ["screening"],
    }
    visits = [screening]
    by = "outcomes assessor"
    for visit in planned.visits(made.outcomes):
        due = [
            form
            for form, (_, one) in forms.items()
            if visit["visit"] in [m.name for m in one.moments]
        ]
        visits.append(visit | {"by": by, "forms": due})
    made.data["schedule"] = visits
    if len(visits) > 1:
        made.note(
            ("schedule",),
            "Days and months are those of the time frames; clock times and windows are assumed.",
        )
        made.assume(
            "visit_times",
            "Visits are at the times and within the windows of the schedule.",
            "Time frames give days or months; no clock time and no window is registered.",
            "assumed",
        )
    if made.outcomes:
        _compared_endpoints(made, forms)


def _forms(made: Draft) -> dict[str, tuple[str, planned.Outcome]]:
    """Add one form for each outcome; return its item and outcome by the form's name."""
    found: dict[str, tuple[str, planned.Outcome]] = {}
    forms = made.data["forms"]
    taken = {item["id"] for item in forms["screening"]["items"]}
    for one in made.outcomes:
        item = unique(one.name, taken)
        taken.add(item)
        form = unique(f"form_{one.name}", forms)
        data: dict[str, Any] = {"id": item, "type": "boolean" if one.of_events else "decimal"}
        if not one.of_events:
            data["precision"] = 1
            if one.low is not None and one.high is not None:
                data["range"] = [one.low, one.high]
        forms[form] = {"title": one.title, "items": [data | {"label": one.title}]}
        found[form] = (item, one)
    return found


def _compared_endpoints(made: Draft, forms: Mapping[str, tuple[str, planned.Outcome]]) -> None:
    pair = _compared(made.data["arms"])
    if pair is None:
        made.note(("forms",), "No endpoints are drafted: there are no two arms to compare.")
        return
    made.data["populations"] = {"randomized": {"title": "All randomized", "rule": "randomized"}}
    endpoints: dict[str, Any] = {}
    for form, (item, one) in forms.items():
        summary, method = RESULT_METHODS[one.of_events]
        visits = [moment.name for moment in one.moments]
        over = "value" if len(visits) < 2 else "any" if one.of_events else "each"
        endpoints[one.name] = {
            "title": one.title,
            "role": one.role,
            "time_frame": one.time_frame or "?",
            "variable": {"expression": item, "form": form, "visits": visits, "over": over},
            "estimand": {"population": "randomized", "summary": summary, "compare": list(pair)},
            "analysis": {"method": method},
        }
        kind = "a yes or no" if one.of_events else "a number"
        when = ", ".join(visits) or "no visit that the time frame names"
        made.note(
            ("endpoints", one.name),
            f"{CONFIRM}: {kind}, at {when}",
            *(f"doubtful: {d}" for d in one.doubts),
        )
    made.data["endpoints"] = endpoints
    made.assume(
        "endpoints",
        "Each outcome is the value of one item at the visits of its time frame, "
        "compared among all randomized by the method named.",
        "The record registers titles and time frames; variables, estimands and methods are "
        "the usual ones.",
        "assumed",
    )
    for role in ("primary", "secondary"):
        if sum(one.role == role for one in made.outcomes) == planned.OUTCOMES_MAX:
            made.note(
                ("endpoints",),
                f"The first {planned.OUTCOMES_MAX} {role} outcomes; see the record for others.",
            )


def _compared(arms: Mapping[str, Mapping[str, str]]) -> tuple[str, str] | None:
    """Return an arm and its reference: the first experimental one, and a comparator."""
    if len(arms) < 2:
        return None
    reference = next(
        (name for kind in _REFERENCES for name, arm in arms.items() if arm["type"] == kind),
        list(arms)[-1],
    )
    others = [name for name in arms if name != reference]
    first = next((name for name in others if arms[name]["type"] == "EXPERIMENTAL"), others[0])
    return first, reference
