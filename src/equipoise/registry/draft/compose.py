"""A protocol drafted from a record: what its fields and words say, and what stays to be said.

Nothing is filled in that the record does not give, except where a trial cannot be written down
without it; then it stands under ``assumptions`` as assumed. What is read from words is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from equipoise.registry import record as records
from equipoise.registry.draft import outcomes as planned
from equipoise.registry.draft.quantities import slug
from equipoise.registry.draft.screening import NOT_A_CRITERION, Drafted, criteria, items
from equipoise.registry.draft.treatment import Bag, Program, bag, program
from equipoise.registry.draft.writing import Path
from equipoise.registry.record import Study

ROLES = {
    "PARTICIPANT": "participant", "CARE_PROVIDER": "caregiver",
    "INVESTIGATOR": "investigator", "OUTCOMES_ASSESSOR": "outcomes assessor",
}  # fmt: skip
_TYPES = ("EXPERIMENTAL", "ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR",
          "NO_INTERVENTION", "OTHER")  # fmt: skip
_REFERENCES = ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "ACTIVE_COMPARATOR")
CONFIRM = "confirm"
RESULT_METHODS = {
    True: ("risk ratio", "risk ratio with Wald interval on the log scale"),
    False: ("mean difference", "Welch difference in means"),
}


@dataclass
class Draft:
    """The drafted protocol: plain data in the file's order, and comments by place.

    ``criteria``, ``bags``, ``program`` and ``outcomes`` are what it was made from.
    """

    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[Path, list[str]] = field(default_factory=dict)
    criteria: list[Drafted] = field(default_factory=list)
    bags: dict[str, Bag] = field(default_factory=dict)
    program: Program | None = None
    outcomes: list[planned.Outcome] = field(default_factory=list)
    assumptions: list[dict[str, str]] = field(default_factory=list)

    def note(self, path: Path, *lines: str) -> None:
        """Put comments above a place."""
        self.comments.setdefault(path, []).extend(lines)

    def assume(self, name: str, says: str, because: str, status: str) -> None:
        """Name something that somebody has to confirm."""
        entry = {"id": name, "says": says, "because": because, "status": status}
        if entry not in self.assumptions:
            self.assumptions.append(entry)


def draft(study: Study) -> Draft:
    """Draft a protocol from a record. Any record gives one; how much it says depends on it."""
    made = Draft()
    _head(made, study)
    _arms(made, study)
    _masking(made, study)
    _eligibility(made, study)
    _outcomes(made, study)
    made.data["assumptions"] = made.assumptions
    made.note(("assumptions",), "What was inferred from words or assumed for want of them. Check "
              "each, give its source, and set its status to found.")  # fmt: skip
    return made


def _head(made: Draft, study: Study) -> None:
    number = records.nct_id(study) or "UNKNOWN"
    made.note((), f"A draft from the registry record of {number}, to be confirmed by a person line "
              "by line.", "Comments say from which words a value was read. What the record does not "
              "say is left out; `equipoise check` on this folder lists what is missing.")  # fmt: skip
    others = sorted(set(re.findall(r"NCT\d{8}", " ".join(records.texts(study)))) - {number})
    if others:
        made.note((), f"The record names {', '.join(others[:5])}: if this study follows up the "
                  "participants of one of them, say `extends: …` and leave its arms out.")  # fmt: skip
    made.data["study"] = number
    made.data["version"] = 1
    start = records.partial_date(records.module(study, "status").get("startDateStruct"))
    if start is not None:
        made.data["effective_on"] = start.first
        if start.first != start.last:
            made.note(("effective_on",), f"The record gives the month only: {start.text}.")
    made.data["title"] = records.title(study)
    made.data["consent_version"] = "to be confirmed"
    site = next((each for each in records.locations(study) if each.get("facility")), None)
    if site is not None:
        zones = _zones(str(site.get("country") or ""))
        made.data["site"] = {"name": str(site["facility"])}
        if len(zones) == 1:
            made.data["site"]["zone"] = zones[0]
        elif zones:
            made.note(("site",), f"zone: one of {', '.join(zones[:6])}")


def _zones(country: str) -> list[str]:
    """Return the time zones of a country by its English name."""
    from babel import Locale
    from babel.core import get_global

    codes = {name: code for code, name in Locale("en").territories.items() if len(code) == 2}
    code = codes.get(country) or codes.get(country.split(",")[0])
    return list(get_global("territory_zones").get(code, [])) if code else []


# --- arms, bags, pump -----------------------------------------------------------------------


def _arms(made: Draft, study: Study) -> None:
    arms: dict[str, Any] = {}
    described: dict[str, str] = {}
    for group in records.arms(study):
        label = str(group.get("label") or "arm")
        name = _unique(slug(label, 50), arms)
        kind = group.get("type")
        arms[name] = {"title": label, "type": kind if kind in _TYPES else "OTHER", "mixture": name}
        described[name] = str(group.get("description") or "")
        drugs = _drugs(study, group)
        given = _given(study, group)
        found = bag(described[name], drugs) or bag(given, drugs)
        if program(described[name]) is None:
            described[name] = given
        if found is not None:
            made.bags[name] = found
    made.data["arms"] = arms
    made.note(("arms",), "The registered arms. Each names the mixture it gets.")
    if not made.bags and arms:
        made.note(("arms",), "No bag is described (drugs with amounts, in a volume or on a pump), so "
                  "the mixtures are to be written.")  # fmt: skip
    _mixtures(made)
    _pump(made, described)


def _drugs(study: Study, group: Mapping[str, Any]) -> list[str]:
    """Return the names of an arm's interventions, or of all where the arm names none."""
    named = group.get("interventionNames")
    own = [str(each).partition(": ")[2] for each in named] if isinstance(named, list) else []
    return own or [str(each.get("name") or "") for each in records.interventions(study)]


def _given(study: Study, group: Mapping[str, Any]) -> str:
    """Return what the record says of the interventions of an arm."""
    label = group.get("label")
    own = [each for each in records.interventions(study)
           if isinstance(each.get("armGroupLabels"), list) and label in each["armGroupLabels"]]  # fmt: skip
    return " ".join(
        f"{each.get('name')}: {text if text.endswith('.') else text + '.'}"
        for each in own
        if (text := str(each.get("description") or "").strip())
    )


def _mixtures(made: Draft) -> None:
    if not made.bags:
        return
    made.data["mixtures"] = {}
    for name, found in made.bags.items():
        mixture: dict[str, Any] = {}
        missing = []
        for key, value in (("diluent", found.diluent), ("volume_ml", found.volume_ml)):
            if value is None:
                missing.append(key)
            else:
                mixture[key] = value
        mixture["components"] = [
            {key: value for key, value in (
                ("drug", part.drug), ("unit", part.unit), ("amount", part.amount),
                ("per_kg", part.per_kg), ("maximum", part.maximum)) if value is not None}
            for part in found.parts
        ]  # fmt: skip
        made.data["mixtures"][name] = mixture
        made.note(("mixtures", name), f'{CONFIRM}: read from "{found.said}"')
        if missing:
            made.note(("mixtures", name), f"The arm does not say: {', '.join(missing)}.")
    made.assume("mixtures", "The mixtures are those of the arms' descriptions.",
                "Read from the words by a program; ampoules are not registered.", "inferred")  # fmt: skip


def _pump(made: Draft, described: Mapping[str, str]) -> None:
    found = {name: one for name, text in described.items() if (one := program(text)) is not None}
    if not found:
        return
    name, made.program = next(iter(found.items()))
    one = made.program
    volumes = {b.volume_ml for b in made.bags.values() if b.volume_ml is not None}
    given = {
        "bolus_ml": one.bolus_ml, "lockout_min": one.lockout_min,
        "background_ml_h": one.background_ml_h,
        "reservoir_ml": volumes.pop() if len(volumes) == 1 else None, "duration_h": one.duration_h,
        "limit_1h_ml": one.limit_1h_ml, "limit_4h_ml": one.limit_4h_ml,
    }  # fmt: skip
    made.data["pump"] = {key: value for key, value in given.items() if value is not None}
    missing = [key for key in ("bolus_ml", "bolus_rate_ml_h", "lockout_min", "background_ml_h",
                               "reservoir_ml", "duration_h") if given.get(key) is None]  # fmt: skip
    made.note(("pump",), f'{CONFIRM}: read from "{one.said}"')
    if missing:
        made.note(("pump",), f"The record does not say: {', '.join(missing)}.")
    programs = {_settings(each) for each in found.values()}
    if len(programs) > 1:
        made.note(("pump",), f"The arms differ; this is the program of {name}.")
    made.assume("pump", "The pump program is that of the arms' descriptions.",
                "Read from the words by a program; the reservoir is taken to hold the bag.", "inferred")  # fmt: skip


def _settings(one: Program) -> tuple[object, ...]:
    return one.bolus_ml, one.lockout_min, one.background_ml_h, one.limit_1h_ml, one.limit_4h_ml


def _masking(made: Draft, study: Study) -> None:
    info = records.get(study, "protocolSection.designModule.designInfo", {})
    info = info if isinstance(info, Mapping) else {}
    if info.get("allocation") == "RANDOMIZED":
        made.note(("masking",), "allocation: randomized, says the record; how is to be written "
                  "(design, ratio, length, parties, readers).")  # fmt: skip
    masking = info.get("maskingInfo")
    masking = masking if isinstance(masking, Mapping) else {}
    who = masking.get("whoMasked")
    masked = [ROLES[w] for w in who if w in ROLES] if isinstance(who, list) else []
    if masking.get("masking") in (None, "") and not masked:
        return
    made.data["masking"] = {"masked": masked, "unmasked": []}
    made.note(("masking",), f"Registered as {masking.get('masking')}. Who may know the arm, and who "
              "signs its opening, is not registered.")  # fmt: skip


# --- eligibility ----------------------------------------------------------------------------


def _eligibility(made: Draft, study: Study) -> None:
    made.criteria = criteria(study)
    entries: list[dict[str, Any]] = []
    for place, each in enumerate(made.criteria):
        entry: dict[str, Any] = {"id": each.id, "kind": each.side, "text": each.text or "?"}
        if each.reading.rule is None:
            entry["not_applicable"] = NOT_A_CRITERION
        else:
            entry["rule"] = each.reading.rule
        entries.append(entry)
        made.note(("eligibility", place), *_told(each))
    made.data["eligibility"] = entries
    made.note(("eligibility",), "Each criterion in the registered words. An inclusion criterion is "
              "met when its rule is true, an exclusion criterion when it is false; while an answer "
              "is missing, neither.")  # fmt: skip
    weighed = any(part.per_kg for found in made.bags.values() for part in found.parts)
    made.data["forms"] = {
        "screening": {"title": "Screening", "items": items(made.criteria, weighed=weighed)}
    }
    made.note(("forms", "screening"), "What the rules ask, with usual limits where they are known.")
    if entries:
        made.assume("eligibility_rules", "The rules mean what the registered criteria say.",
                    "Read from the words by a program.", "inferred")  # fmt: skip


_HOW = {
    "computed": "computed from measurements",
    "mixed": "computed from measurements and questions",
    "conditions": "asked, yes or no",
    "question": "asked as a whole: the words were not taken apart",
    "judgement": "left to the investigator's judgement",
    "not a criterion": "no criterion: it happens after randomization",
}


def _told(each: Drafted) -> list[str]:
    place = f" (characters {each.start} to {each.end})" if each.start is not None else " (a field)"
    lines = [f"{CONFIRM}: {_HOW[each.reading.how]}{place}"]
    if each.reading.rest:
        lines.append("not in the rule: " + "; ".join(f'"{words}"' for words in each.reading.rest))
    lines += [f"doubtful: {doubt}" for doubt in (*each.doubts, *each.reading.doubts)]
    return lines


# --- outcomes -------------------------------------------------------------------------------


def _outcomes(made: Draft, study: Study) -> None:
    made.outcomes = planned.outcomes(records.module(study, "outcomes"))
    forms = _forms(made)
    screening: dict[str, Any] = {"visit": "screening", "title": "Screening", "phase": "screening",
                                 "by": "investigator", "forms": ["screening"]}  # fmt: skip
    visits = [screening]
    by = "outcomes assessor"
    for visit in planned.visits(made.outcomes):
        due = [form for form, (_, one) in forms.items()
               if visit["visit"] in [m.name for m in one.moments]]  # fmt: skip
        visits.append(visit | {"by": by, "forms": due})
    made.data["schedule"] = visits
    if len(visits) > 1:
        made.note(("schedule",), "Days and months are those of the time frames; clock times and "
                  "windows are assumed.")  # fmt: skip
        made.assume("visit_times", "Visits are at the times and within the windows of the schedule.",
                    "Time frames give days or months; no clock time and no window is registered.", "assumed")  # fmt: skip
    if made.outcomes:
        _endpoints(made, forms)


def _forms(made: Draft) -> dict[str, tuple[str, planned.Outcome]]:
    """Add one form for each outcome; return its item and outcome by the form's name."""
    found: dict[str, tuple[str, planned.Outcome]] = {}
    forms = made.data["forms"]
    taken = {item["id"] for item in forms["screening"]["items"]}
    for one in made.outcomes:
        item = _unique(one.name, taken)
        taken.add(item)
        form = _unique(f"form_{one.name}", forms)
        data: dict[str, Any] = {"id": item, "type": "boolean" if one.of_events else "decimal"}
        if not one.of_events:
            data["precision"] = 1
            if one.low is not None and one.high is not None:
                data["range"] = [one.low, one.high]
        forms[form] = {"title": one.title, "items": [data | {"label": one.title}]}
        found[form] = (item, one)
    return found


def _endpoints(made: Draft, forms: Mapping[str, tuple[str, planned.Outcome]]) -> None:
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
            "title": one.title, "role": one.role, "time_frame": one.time_frame or "?",
            "variable": {"expression": item, "form": form, "visits": visits, "over": over},
            "estimand": {"population": "randomized", "summary": summary, "compare": list(pair)},
            "analysis": {"method": method},
        }  # fmt: skip
        lines = [f'{CONFIRM}: {"a yes or no" if one.of_events else "a number"}, at '
                 f'{", ".join(visits) or "no visit that the time frame names"}']  # fmt: skip
        made.note(("endpoints", one.name), *lines, *(f"doubtful: {d}" for d in one.doubts))
    made.data["endpoints"] = endpoints
    made.assume("endpoints", "Each outcome is the value of one item at the visits of its time frame, "
                "compared among all randomized by the method named.",
                "The record registers titles and time frames; variables, estimands and methods are "
                "the usual ones.", "assumed")  # fmt: skip
    for role in ("primary", "secondary"):
        if sum(one.role == role for one in made.outcomes) == planned.OUTCOMES_MAX:
            made.note(("endpoints",), f"The first {planned.OUTCOMES_MAX} {role} outcomes; see the "
                      "record for others.")  # fmt: skip


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


def _unique(name: str, taken: Mapping[str, Any] | Sequence[str] | set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name[:55]}_{number}"
    return found
