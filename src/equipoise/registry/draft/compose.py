"""A protocol drafted from a record: what its fields and words say, and what stays to be said.

Nothing is filled in that the record does not give, except where a trial cannot be written down
without it; then it stands under ``assumptions`` as assumed. What is read from words is inferred.
"""

from __future__ import annotations

import re
from typing import Any

from babel import Locale
from babel.core import get_global

from equipoise.registry import record as records
from equipoise.registry.draft.arms import arms, masking
from equipoise.registry.draft.endpoints import endpoints
from equipoise.registry.draft.screening import NOT_A_CRITERION, Drafted, criteria, items
from equipoise.registry.draft.sheet import CONFIRM, Draft
from equipoise.registry.record import Study


def draft(study: Study) -> Draft:
    """Draft a protocol from a record. Any record gives one; how much it says depends on it."""
    made = Draft()
    _head(made, study)
    arms(made, study)
    masking(made, study)
    _eligibility(made, study)
    endpoints(made, study)
    made.data["assumptions"] = made.assumptions
    made.note(
        ("assumptions",),
        "What was inferred from words or assumed for want of them. Check "
        "each, give its source, and set its status to found.",
    )
    return made


def _head(made: Draft, study: Study) -> None:
    number = records.nct_id(study) or "UNKNOWN"
    made.note(
        (),
        f"A draft from the registry record of {number}, to be confirmed by a person line by line.",
        "Comments say from which words a value was read. What the record does not "
        "say is left out; `equipoise check` on this folder lists what is missing.",
    )
    design = records.module(study, "design")
    allocation = records.get(design, "designInfo.allocation")
    if design.get("studyType") not in (None, "INTERVENTIONAL") or allocation not in (
        None,
        "RANDOMIZED",
    ):
        made.note((), "The record is not that of a randomized trial; what a protocol needs for one "
                  "is listed as missing all the same.")  # fmt: skip
    others = sorted(set(re.findall(r"NCT\d{8}", " ".join(records.texts(study)))) - {number})
    if others:
        made.note(
            (),
            f"The record names {', '.join(others[:5])}: if this study follows up the "
            "participants of one of them, say `extends: …` and leave its arms out.",
        )
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
    codes = {name: code for code, name in Locale("en").territories.items() if len(code) == 2}
    code = codes.get(country) or codes.get(country.split(",", maxsplit=1)[0])
    return list(get_global("territory_zones").get(code, [])) if code else []


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
    made.note(
        ("eligibility",),
        "Each criterion in the registered words. An inclusion criterion is "
        "met when its rule is true, an exclusion criterion when it is false; while an answer "
        "is missing, neither.",
    )
    weighed = any(part.per_kg for found in made.bags.values() for part in found.parts)
    made.data["forms"] = {
        "screening": {"title": "Screening", "items": items(made.criteria, weighed=weighed)}
    }
    made.note(("forms", "screening"), "What the rules ask, with usual limits where they are known.")
    if entries:
        made.assume(
            "eligibility_rules",
            "The rules mean what the registered criteria say.",
            "Read from the words by a program.",
            "inferred",
        )


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
