"""The design and the population of a record, as USDM has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.exchange import usdm_codes as codes
from equipoise.exchange.ctgov_markup import plain
from equipoise.exchange.usdm_objects import ELEMENT, NOT_STATED, Json, Objects, html

_HEADING = re.compile(
    r"(?im)^[\s*#_]*(?P<kind>inclusion|exclusion)\s+criteri(?:a|on)[\s*#_]*:?[\s*#_]*$"
)
_ITEM = re.compile(r"(?m)^(?:[*-]|\d{1,3}\.)\s+")
_AGE = re.compile(r"(\d+(?:\.\d+)?) (year|month|week|day|hour|minute)s?", re.IGNORECASE)


def criteria(text: str) -> list[tuple[str, str]]:
    """Return the criteria of an eligibility text as (``inclusion`` or ``exclusion``, text).

    A criterion is an item at the margin with what is nested below it, or a paragraph where there
    are no items. Text that stands under neither heading is no criterion and is not returned.
    """
    found: list[tuple[str, str]] = []
    heads = list(_HEADING.finditer(text))
    for n, head in enumerate(heads):
        part = text[head.end() : heads[n + 1].start() if n + 1 < len(heads) else len(text)]
        items = _ITEM.split(part)
        listed = items[1:] if len(items) > 1 else re.split(r"\n\s*\n", part)
        lead = items[0].strip() if len(items) > 1 else ""
        kind = head["kind"].lower()
        found += [(kind, each.strip()) for each in [lead, *listed] if each.strip()]
    return found


def interventions(o: Objects) -> list[Json]:
    """Return the interventions in the record's order; their role the record does not say."""
    found = []
    for n, each in enumerate(o.module("armsInterventions").get("interventions") or (), 1):
        name, description = str(each.get("name") or ""), each.get("description")
        found.append(
            o.new(
                "StudyIntervention", name=f"INTERVENTION_{n}", label=name or None,
                description=plain(description) if description else None,
                role=o.code(codes.UNKNOWN),
                type=o.coded(each.get("type"), codes.INTERVENTION_TYPE),
                codes=o.mesh(name),
                extensionAttributes=o.extra(InterventionOtherName=each.get("otherNames")),
            )
        )  # fmt: skip
    return found


def study_design(o: Objects, interventions: list[Json], items: list[Json]) -> Json | None:
    """Return the design; None for expanded access, for which the model has no class.

    ``interventions`` are those made by :func:`interventions`; the texts of the criteria are put
    into ``items``, since they belong to the version of the study.
    """
    module = o.module("armsInterventions")
    kind = o.design.get("studyType")
    if kind not in codes.STUDY_TYPE:
        return None
    interventional = kind == "INTERVENTIONAL"
    population, listed = _population(o, module, interventions, items)
    made = o.new(
        "InterventionalStudyDesign" if interventional else "ObservationalStudyDesign",
        name="DESIGN_1", rationale=NOT_STATED,
        studyType=o.code(codes.STUDY_TYPE[kind]),
        studyPhase=_phase(o),
        characteristics=_characteristics(o),
        population=population, eligibilityCriteria=listed,
        studyInterventionIds=[each["id"] for each in interventions],
        objectives=_objectives(o), indications=_indications(o),
        biospecimenRetentions=_biospecimens(o),
    )  # fmt: skip
    arms = module.get("armGroups") or () if interventional else ()
    made |= _cells(o, arms, module.get("interventions") or (), interventions)
    return made | (_interventional(o) if interventional else _observational(o))


def _phase(o: Objects) -> Json | None:
    phases = tuple(o.design.get("phases") or ())
    if o.design.get("studyType") == "OBSERVATIONAL":
        phases = ("NA",)  # the model asks for a phase that such a study has not
    if not phases:
        return None
    term = codes.PHASE.get(phases)
    return o.alias(o.code(term) if term else o.coded("/".join(phases), {}))


def _characteristics(o: Objects) -> list[Json]:
    allocation = o.info.get("allocation")
    return [o.coded(allocation, codes.ALLOCATION)] if allocation else []


def _interventional(o: Objects) -> Json:
    purpose = o.info.get("primaryPurpose")
    masking = (o.info.get("maskingInfo") or {}).get("masking")
    return {
        "model": o.coded(o.info.get("interventionModel"), codes.MODEL),
        "intentTypes": [o.coded(purpose, codes.PURPOSE)] if purpose else [],
        "blindingSchema": o.alias(o.coded(masking, codes.BLINDING)) if masking else None,
    }


def _observational(o: Objects) -> Json:
    sampling = o.module("eligibility").get("samplingMethod")
    return {
        "model": o.coded(o.info.get("observationalModel"), codes.OBSERVATIONAL_MODEL),
        "timePerspective": o.coded(o.info.get("timePerspective"), codes.TIME_PERSPECTIVE),
        "samplingMethod": o.coded(sampling, codes.SAMPLING) if sampling else None,
    }


def _cells(
    o: Objects,
    arms: Sequence[Mapping[str, Any]],
    named: Sequence[Mapping[str, Any]],
    interventions: list[Json],
) -> Json:
    """Return arms, and one cell and element an arm that say which interventions it gets."""
    if not arms:
        return {"arms": [], "epochs": [], "elements": [], "studyCells": []}
    epoch = o.new(
        "StudyEpoch", name="EPOCH_1", label="Study", type=o.code(codes.UNKNOWN),
        notes=o.note("The record does not say epochs; this one is the whole study."),
    )  # fmt: skip
    made: Json = {"arms": [], "epochs": [epoch], "elements": [], "studyCells": []}
    for n, arm in enumerate(arms, start=1):
        description = arm.get("description")
        made["arms"].append(
            o.new(
                "StudyArm", name=f"ARM_{n}", label=arm.get("label"),
                description=plain(description) if description else None,
                type=o.coded(arm.get("type"), codes.ARM_TYPE),
                dataOriginDescription=NOT_STATED, dataOriginType=o.code(codes.UNKNOWN),
            )
        )  # fmt: skip
        given = [i["id"] for i, each in zip(interventions, named, strict=True)
                 if _gets(arm, each)]  # fmt: skip
        made["elements"].append(
            o.new("StudyElement", name=f"ELEMENT_{n}", label=arm.get("label"),
                     studyInterventionIds=given)
        )  # fmt: skip
        made["studyCells"].append(
            o.new("StudyCell", armId=made["arms"][-1]["id"], epochId=epoch["id"],
                     elementIds=[made["elements"][-1]["id"]])
        )  # fmt: skip
    return made


def _objectives(o: Objects) -> list[Json]:
    """Return an objective a level, since the model keeps endpoints under objectives."""
    found = []
    for level, (objective, endpoint) in codes.LEVELS.items():
        outcomes = o.module("outcomes").get(f"{level}Outcomes") or ()
        piece = level.capitalize() + "OutcomeTimeFrame"
        endpoints = []
        for n, each in enumerate(outcomes, start=1):
            description = each.get("description")
            endpoints.append(
                o.new(
                    "Endpoint", name=f"{level.upper()}_ENDPOINT_{n}",
                    label=each.get("measure"), text=html(each.get("measure") or NOT_STATED),
                    description=plain(description) if description else None,
                    purpose=NOT_STATED, level=o.code(endpoint),
                    extensionAttributes=o.extra(**{piece: each.get("timeFrame")}),
                )
            )  # fmt: skip
        if endpoints:
            found.append(
                o.new("Objective", name=f"{level.upper()}_OBJECTIVE", text=html(NOT_STATED),
                         level=o.code(objective), endpoints=endpoints)
            )  # fmt: skip
    return found


def _indications(o: Objects) -> list[Json]:
    note = "The record does not say whether the disease is rare; the model asks for an answer."
    return [
        o.new("Indication", name=f"INDICATION_{n}", label=str(name), isRareDisease=False,
                 codes=o.mesh(str(name)), notes=o.note(note))
        for n, name in enumerate(o.module("conditions").get("conditions") or (), start=1)
    ]  # fmt: skip


def _biospecimens(o: Objects) -> list[Json]:
    kept = o.design.get("bioSpec") or {}
    retention = kept.get("retention")
    if not retention:
        return []
    retained = retention != "NONE_RETAINED"
    description = kept.get("description")
    return [
        o.new(
            "BiospecimenRetention", name="BIOSPECIMEN_1", isRetained=retained,
            includesDNA=retention == "SAMPLES_WITH_DNA" if retained else None,
            description=plain(description) if description else None,
        )
    ]  # fmt: skip


def _population(
    o: Objects, module: Mapping[str, Any], interventions: list[Json], items: list[Json]
) -> tuple[Json, list[Json]]:
    """Return the population and the criteria; the texts of these are put into ``items``."""
    eligibility = o.module("eligibility")
    enrollment = o.design.get("enrollmentInfo") or {}
    planned = enrollment.get("count") if enrollment.get("type") == "ESTIMATED" else None
    ages = [_age(o, eligibility.get(name)) for name in ("minimumAge", "maximumAge")]
    volunteers = eligibility.get("healthyVolunteers")
    sex = eligibility.get("sex")
    silent = "The record does not say whether healthy people can take part; the model asks."
    listed = []
    for n, (kind, text) in enumerate(
        criteria(eligibility.get("eligibilityCriteria") or ""), start=1
    ):
        item = o.new("EligibilityCriterionItem", name=f"CRITERION_ITEM_{n}", text=html(text))
        items.append(item)
        category = codes.INCLUSION if kind == "inclusion" else codes.EXCLUSION
        listed.append(
            o.new("EligibilityCriterion", name=f"CRITERION_{n}", identifier=str(n),
                     category=o.code(category), criterionItemId=item["id"])
        )  # fmt: skip
    described = eligibility.get("studyPopulation")
    population = o.new(
        "StudyDesignPopulation", name="POPULATION_1",
        description=plain(described) if described else None,
        includesHealthySubjects=bool(volunteers),
        notes=None if isinstance(volunteers, bool) else o.note(silent),
        plannedEnrollmentNumber=(
            None if planned is None else o.new("Quantity", value=planned)
        ),
        plannedSex=[
            o.code(term) for name, term in codes.SEX.items() if sex in (name, "ALL")
        ],
        plannedAge=(
            o.new("Range", minValue=ages[0], maxValue=ages[1], isApproximate=False)
            if all(ages) else None
        ),
        criterionIds=[each["id"] for each in listed],
        cohorts=_cohorts(o, module, interventions),
        extensionAttributes=o.extra(
            EnrollmentCount=enrollment.get("count"), EnrollmentType=enrollment.get("type"),
            HealthyVolunteers=volunteers, Sex=sex,
            GenderBased=eligibility.get("genderBased"),
            GenderDescription=eligibility.get("genderDescription"),
            MinimumAge=eligibility.get("minimumAge"),
            MaximumAge=eligibility.get("maximumAge"),
        ),
    )  # fmt: skip
    return population, listed


def _age(o: Objects, text: Any) -> Json | None:
    found = _AGE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    value = float(found[1])
    unit = o.alias(o.code(codes.AGE_UNIT[found[2].lower()]))
    return o.new("Quantity", value=int(value) if value.is_integer() else value, unit=unit)


def _cohorts(o: Objects, module: Mapping[str, Any], interventions: list[Json]) -> list[Json]:
    """Return the groups of an observational study."""
    if o.design.get("studyType") != "OBSERVATIONAL":
        return []
    volunteers = bool(o.module("eligibility").get("healthyVolunteers"))
    found = []
    for n, group in enumerate(module.get("armGroups") or (), start=1):
        named = module.get("interventions") or ()
        gets = [
            o.new("ExtensionAttribute", url=f"{ELEMENT}ArmGroupInterventionName",
                     valueId=made["id"])
            for made, each in zip(interventions, named, strict=True)
            if _gets(group, each)
        ]  # fmt: skip
        description = group.get("description")
        found.append(
            o.new(
                "StudyCohort", name=f"COHORT_{n}", label=group.get("label"),
                description=plain(description) if description else None,
                includesHealthySubjects=volunteers, extensionAttributes=gets,
            )
        )  # fmt: skip
    return found


def _gets(arm: Mapping[str, Any], intervention: Mapping[str, Any]) -> bool:
    kind = str(intervention.get("type") or "").replace("_", " ").title()
    named = f"{kind}: {intervention.get('name', '')}"
    return arm.get("label") in (intervention.get("armGroupLabels") or ()) or named in (
        arm.get("interventionNames") or ()
    )
