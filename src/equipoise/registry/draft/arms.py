"""Arms, mixtures, pump program and masking of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equipoise.registry import record as records
from equipoise.registry.draft.quantities import slug
from equipoise.registry.draft.sheet import CONFIRM, Draft, unique
from equipoise.registry.draft.treatment import Program, bag, plain_bag, program
from equipoise.registry.record import Study

ROLES = {
    "PARTICIPANT": "participant",
    "CARE_PROVIDER": "caregiver",
    "INVESTIGATOR": "investigator",
    "OUTCOMES_ASSESSOR": "outcomes assessor",
}
_TYPES = (
    "EXPERIMENTAL",
    "ACTIVE_COMPARATOR",
    "PLACEBO_COMPARATOR",
    "SHAM_COMPARATOR",
    "NO_INTERVENTION",
    "OTHER",
)


def arms(made: Draft, study: Study) -> None:
    """Draft the arms, and the mixtures and the pump program that their words describe."""
    named: dict[str, Any] = {}
    described: dict[str, str] = {}
    programmed: dict[str, str] = {}
    for group in records.arms(study):
        label = str(group.get("label") or "arm")
        name = unique(slug(label, 50), named)
        kind = group.get("type")
        named[name] = {"title": label, "type": kind if kind in _TYPES else "OTHER", "mixture": name}
        described[name] = str(group.get("description") or "")
        drugs = _drugs(study, group)
        given = _given(study, group)
        found = bag(described[name], drugs) or bag(given, drugs)
        programmed[name] = described[name] if program(described[name]) else given
        if found is not None:
            made.bags[name] = found
    if made.bags:
        for name, arm in named.items():
            placebo = arm["type"] == "PLACEBO_COMPARATOR" and name not in made.bags
            empty = plain_bag(described[name]) if placebo else None
            if empty is not None:
                made.bags[name] = empty
    made.data["arms"] = named
    made.note(("arms",), "The registered arms. Each names the mixture it gets.")
    if not made.bags and named:
        made.note(
            ("arms",),
            "No bag is described (drugs with amounts, in a volume or on a pump), so "
            "the mixtures are to be written.",
        )
    _mixtures(made)
    _pump(made, programmed)


def _drugs(study: Study, group: Mapping[str, Any]) -> list[str]:
    """Return the names of an arm's interventions, or of all where the arm names none."""
    named = group.get("interventionNames")
    own = [str(each).partition(": ")[2] for each in named] if isinstance(named, list) else []
    return own or [str(each.get("name") or "") for each in records.interventions(study)]


def _given(study: Study, group: Mapping[str, Any]) -> str:
    """Return what the record says of the interventions of an arm."""
    label = group.get("label")
    own = [
        each
        for each in records.interventions(study)
        if isinstance(each.get("armGroupLabels"), list) and label in each["armGroupLabels"]
    ]
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
            {
                key: value
                for key, value in (
                    ("drug", part.drug),
                    ("unit", part.unit),
                    ("amount", part.amount),
                    ("per_kg", part.per_kg),
                    ("maximum", part.maximum),
                )
                if value is not None
            }
            for part in found.parts
        ]
        made.data["mixtures"][name] = mixture
        made.note(("mixtures", name), f'{CONFIRM}: read from "{found.said}"')
        if missing:
            made.note(("mixtures", name), f"The arm does not say: {', '.join(missing)}.")
    made.assume(
        "mixtures",
        "The mixtures are those of the arms' descriptions.",
        "Read from the words by a program; ampoules are not registered.",
        "inferred",
    )


def _pump(made: Draft, described: Mapping[str, str]) -> None:
    found = {name: one for name, text in described.items() if (one := program(text)) is not None}
    if not found:
        return
    name, made.program = next(iter(found.items()))
    one = made.program
    volumes = {b.volume_ml for b in made.bags.values() if b.volume_ml is not None}
    given = {
        "bolus_ml": one.bolus_ml,
        "lockout_min": one.lockout_min,
        "background_ml_h": one.background_ml_h,
        "reservoir_ml": volumes.pop() if len(volumes) == 1 else None,
        "duration_h": one.duration_h,
        "limit_1h_ml": one.limit_1h_ml,
        "limit_4h_ml": one.limit_4h_ml,
    }
    made.data["pump"] = {key: value for key, value in given.items() if value is not None}
    missing = [
        key
        for key in (
            "bolus_ml",
            "bolus_rate_ml_h",
            "lockout_min",
            "background_ml_h",
            "reservoir_ml",
            "duration_h",
        )
        if given.get(key) is None
    ]
    made.note(("pump",), f'{CONFIRM}: read from "{one.said}"')
    if missing:
        made.note(("pump",), f"The record does not say: {', '.join(missing)}.")
    programs = {_settings(each) for each in found.values()}
    if len(programs) > 1:
        made.note(("pump",), f"The arms differ; this is the program of {name}.")
    made.assume(
        "pump",
        "The pump program is that of the arms' descriptions.",
        "Read from the words by a program; the reservoir is taken to hold the bag.",
        "inferred",
    )


def _settings(one: Program) -> tuple[object, ...]:
    return one.bolus_ml, one.lockout_min, one.background_ml_h, one.limit_1h_ml, one.limit_4h_ml


def masking(made: Draft, study: Study) -> None:
    """Draft who is masked; who may know the arm is never registered."""
    info = records.get(study, "protocolSection.designModule.designInfo", {})
    info = info if isinstance(info, Mapping) else {}
    if info.get("allocation") == "RANDOMIZED":
        made.note(
            ("masking",),
            "allocation: randomized, says the record; how is to be written "
            "(design, ratio, length, parties, readers).",
        )
    given = info.get("maskingInfo")
    given = given if isinstance(given, Mapping) else {}
    who = given.get("whoMasked")
    masked = [ROLES[w] for w in who if w in ROLES] if isinstance(who, list) else []
    if given.get("masking") in (None, "") and not masked:
        return
    made.data["masking"] = {"masked": masked, "unmasked": []}
    made.note(
        ("masking",),
        f"Registered as {given.get('masking')}. Who may know the arm, and who "
        "signs its opening, is not registered.",
    )
