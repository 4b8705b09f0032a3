"""Checks of what is compared: endpoints, estimands, analysis sets, assumptions, the record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from equipoise.protocol.check_analysis import asked
from equipoise.protocol.estimand import Endpoint
from equipoise.protocol.source import Finding, Path
from equipoise.protocol.study import Study, kinds_of

_LOST = re.compile(r"\b(lost|loss) to follow[- ]?up\b|失访", re.IGNORECASE)

# The record's words for who is masked, and the protocol's.
_MASKED_ROLES = {
    "PARTICIPANT": "participant",
    "CARE_PROVIDER": "caregiver",
    "INVESTIGATOR": "investigator",
    "OUTCOMES_ASSESSOR": "outcomes assessor",
}


def variables(study: Study) -> Iterator[Finding]:
    """An endpoint's variable is over a form that its visits have."""
    planned = {visit.visit: visit for visit in study.protocol.visits()}
    for name, endpoint in study.protocol.endpoints.items():
        variable, path = endpoint.variable, ("endpoints", name, "variable")
        yield from study.unknown((*path, "form"), variable.form, study.forms, "form")
        for place, visit in enumerate(variable.visits):
            at: Path = (*path, "visits", place)
            yield from study.unknown(at, visit, planned, "visit")
            if visit in planned and variable.form not in planned[visit].forms:
                what = f"form `{variable.form}` is not due at visit `{visit}`"
                yield Finding(at, what, "Take another visit, or add the form to this one.")
            if visit in variable.visits[:place]:
                yield Finding(at, f"visit `{visit}` is named twice", "Name it once.")
        if not variable.visits:
            yield Finding((*path, "visits"), "it is measured at no visit", "Name one at least.")
        if variable.over == "value" and len(variable.visits) > 1:
            what = f"`over: value` takes one visit, not {len(variable.visits)}"
            todo = "Use `any` (true at one of them) or `each` (repeated measure)."
            yield Finding((*path, "over"), what, todo)
        if variable.over == "area":
            yield from _area(study, endpoint, path)
        if variable.form in study.forms:
            yield from _expression(study, endpoint, path)


def _area(study: Study, endpoint: Endpoint, path: Path) -> Iterator[Finding]:
    """An area lies between visits that are planned one after the other, and is a number."""
    visits, at = endpoint.variable.visits, (*path, "visits")
    planned = {each.visit: each for each in study.protocol.visits()}
    hours = [planned[visit].planned_h for visit in visits if visit in planned]
    if len(visits) < 2:
        yield Finding(at, "`over: area` needs two visits at least", "Name more, or take `value`.")
    elif None in hours:
        what = "`over: area` needs visits with a planned time"
        yield Finding(at, what, "Leave out screening visits.")
    elif any(b <= a for a, b in pairwise(h for h in hours if h is not None)):
        what = "`over: area` needs visits in the order of their times"
        yield Finding(at, what, "Sort them.")
    if endpoint.of_events:
        what = f"an area is a number, and a {endpoint.estimand.summary} is of events"
        yield Finding((*path, "over"), what, "Compare means or medians.")


def _expression(study: Study, endpoint: Endpoint, path: Path) -> Iterator[Finding]:
    form = study.forms[endpoint.variable.form]
    kinds = kinds_of({item.id: item for item in form.items})
    of_events = endpoint.of_events or endpoint.variable.over == "any"
    yield from study.expression(
        (*path, "expression"),
        endpoint.variable.expression,
        kinds,
        wanted="boolean" if of_events else "number",
    )


def estimands(study: Study) -> Iterator[Finding]:
    """An estimand compares two arms in an analysis set of the study."""
    arms, sets = study.protocol.root.arms, study.protocol.all_populations()
    for name, endpoint in study.protocol.endpoints.items():
        estimand, path = endpoint.estimand, ("endpoints", name, "estimand")
        yield from study.unknown((*path, "population"), estimand.population, sets, "population")
        for place, arm in enumerate(estimand.compare):
            if "arms" not in study.broken:
                yield from study.unknown((*path, "compare", place), arm, arms, "arm")
        if estimand.compare[0] == estimand.compare[1]:
            what = f"arm `{estimand.compare[0]}` is compared with itself"
            yield Finding((*path, "compare"), what, "Write [arm, reference arm].")


def primary(study: Study) -> Iterator[Finding]:
    """A study has a primary endpoint."""
    roles = {endpoint.role for endpoint in study.protocol.endpoints.values()}
    if "primary" not in roles and not study.broken:
        at: Path = ("endpoints",) if study.protocol.endpoints else ()
        yield Finding(at, "no endpoint is primary", "Say which one decides.", "warning")


def populations(study: Study) -> Iterator[Finding]:
    """An analysis set is a rule over what happened to a participant."""
    for name, population in study.protocol.populations.items():
        path: Path = ("populations", name, "rule")
        kinds = asked(study, population.rule, {})
        yield from study.expression(path, population.rule, kinds, wanted="boolean")


def assumptions(study: Study) -> Iterator[Finding]:
    """Each assumption has its own id."""
    ids = [assumption.id for assumption in study.protocol.assumptions]
    for place, name in enumerate(ids):
        if name in ids[:place]:
            what = f"assumption `{name}` is there twice"
            yield Finding(("assumptions", place), what, "Rename one of them.")


def loss_to_follow_up(study: Study) -> Iterator[Finding]:
    """Loss to follow-up is missing data, never a criterion with a rule."""
    for place, criterion in enumerate(study.protocol.eligibility):
        text = f"{criterion.text.en} {criterion.text.zh or ''}"
        if criterion.rule is not None and _LOST.search(text):
            what = "loss to follow-up happens after randomization and excludes nobody"
            todo = "Say `not_applicable` instead of a rule; the outcome is missing data."
            yield Finding(("eligibility", place, "rule"), what, todo)


def record_identity(study: Study) -> Iterator[Finding]:
    """The record is that of this study."""
    if study.record is not None and study.record.nct_id != study.protocol.study:
        what = f"the record beside it is that of {study.record.nct_id}"
        yield Finding(("study",), what, "Put the study's own record.json into the folder.")


def record_arms(study: Study) -> Iterator[Finding]:
    """The arms are those that were registered, by type."""
    arms = study.protocol.root.arms
    if study.record is None or not study.record.arms or not arms:
        return
    registered = Counter(str(arm.type) for arm in study.record.arms)
    planned = Counter(str(arm.type) for arm in arms.values())
    if registered != planned:
        what = f"the record has the arms {_listed(registered)}, the protocol {_listed(planned)}"
        at: Path = ("arms",) if study.first else ("extends",)
        yield Finding(at, what, "Correct the one that is wrong, in the registry too.", "warning")


def _listed(types: Counter[str]) -> str:
    return ", ".join(sorted(f"{count} {kind}" for kind, count in types.items()))


def record_masking(study: Study) -> Iterator[Finding]:
    """Who was registered as masked is masked."""
    masking = study.protocol.root.masking
    registered = (study.record.who_masked if study.record else None) or ()
    for who in registered if masking else ():
        role = _MASKED_ROLES.get(str(who))
        if role is not None and masking is not None and role not in masking.masked:
            what = f"the {role} is masked in the record and not in the protocol"
            at: Path = ("masking", "masked") if study.first else ("extends",)
            yield Finding(at, what, "Correct the one that is wrong.", "warning")


def record_criteria(study: Study) -> Iterator[Finding]:
    """A criterion of the record that was forgotten would be noticed by their number."""
    text = study.record.criteria if study.record else None
    if not text:
        return
    registered = len(re.findall(r"^\s*(?:\d+[.)]|[*-])\s+", text, re.MULTILINE))
    if registered > len(study.protocol.eligibility):
        what = (
            f"the record lists {registered} criteria and the protocol "
            f"{len(study.protocol.eligibility)}"
        )
        yield Finding(("eligibility",), what, "Compare them one by one.", "note")


CHECKS = (
    variables,
    estimands,
    primary,
    populations,
    assumptions,
    loss_to_follow_up,
    record_identity,
    record_arms,
    record_masking,
    record_criteria,
)
