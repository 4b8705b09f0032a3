"""Posted results as tables: participant flow, baseline characteristics, outcome measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equipoise.language import Language
from equipoise.registry.page.forest import Forest, forests
from equipoise.registry.page.reading import child, count, number, objects, text
from equipoise.registry.page.words import word
from equipoise.registry.record import Study, get


@dataclass(frozen=True, slots=True)
class Group:
    """A group of participants as the results name it."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table; ``level`` is how far it is set in, ``heading`` has no cells."""

    label: str
    cells: tuple[str, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a column for each group, and what stands under it."""

    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """One group in one period: numbers of participants, and the reasons for leaving."""

    title: str
    started: str
    completed: str
    left: str
    share: float | None
    reasons: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A period of the flow; ``grid`` says the same as the courses, for many groups."""

    title: str
    courses: tuple[Course, ...]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome measure with its table and analyses."""

    kind: str
    title: str
    time_frame: str
    description: str
    population: str
    what: str
    posted: bool
    expected: str
    grid: Grid
    forests: tuple[Forest, ...]


def groups(found: Any) -> tuple[Group, ...]:
    """Return the groups of a module of the results."""
    return tuple(
        Group(text(each.get("id")), text(each.get("title")), text(each.get("description")))
        for each in objects(found)
    )


def flow(study: Study, say: Language) -> list[Period]:
    """Return the periods of the participant flow."""
    module = get(study, "resultsSection.participantFlowModule")
    if not isinstance(module, Mapping):
        return []
    own = groups(module.get("groups"))
    return [_period(each, own, say) for each in objects(module.get("periods"))]


def _period(period: Mapping[str, Any], own: tuple[Group, ...], say: Language) -> Period:
    milestones = [
        (text(each.get("type")), _by_group(each.get("achievements"), "numSubjects"),
         text(each.get("comment")))
        for each in objects(period.get("milestones"))
    ]  # fmt: skip
    reasons = [
        (word(say, "reason", each.get("type")), _by_group(each.get("reasons"), "numSubjects"))
        for each in objects(period.get("dropWithdraws"))
    ]
    named = {kind: numbers for kind, numbers, _ in milestones}
    lines = [
        Line(word(say, "milestone", kind), tuple(numbers.get(g.id, "") for g in own))
        for kind, numbers, _ in milestones
    ]
    lines += [
        Line(reason, tuple(numbers.get(g.id, "") for g in own), 1) for reason, numbers in reasons
    ]
    notes = tuple(note for _, _, note in milestones if note)
    return Period(
        text(period.get("title")),
        tuple(_course(group, named, reasons) for group in own),
        Grid(own, tuple(lines), notes),
    )


def _course(
    group: Group,
    named: Mapping[str, Mapping[str, str]],
    reasons: Sequence[tuple[str, dict[str, str]]],
) -> Course:
    def of(kind: str) -> str:
        return named.get(kind, {}).get(group.id, "")

    started, completed = number(of("STARTED")), number(of("COMPLETED"))
    share = completed / started if started and completed is not None else None
    return Course(
        title=group.title,
        started=of("STARTED"),
        completed=of("COMPLETED"),
        left=of("NOT COMPLETED"),
        share=share,
        reasons=tuple(
            (name, n)
            for name, numbers in reasons
            if (n := numbers.get(group.id, "")) not in ("", "0")
        ),
        others=tuple(
            (kind, numbers[group.id])
            for kind, numbers in named.items()
            if kind not in ("STARTED", "COMPLETED", "NOT COMPLETED") and numbers.get(group.id)
        ),
    )


def baseline(study: Study, say: Language) -> Grid | None:
    """Return the baseline characteristics; None where none are posted."""
    module = get(study, "resultsSection.baselineCharacteristicsModule")
    if not isinstance(module, Mapping):
        return None
    own = groups(module.get("groups"))
    lines = _denominators(module.get("denoms"), own, say)
    notes = []
    for measure in objects(module.get("measures")):
        what = what_is_given(measure, say)
        title = text(measure.get("title"))
        lines.append(Line(f"{title} ({what})" if what else title))
        lines += _measured(measure, own, _units(module.get("denoms")), level=1)
        notes += [
            f"{title}: {note}"
            for key in ("description", "populationDescription")
            if (note := text(measure.get(key)))
        ]
    return Grid(own, tuple(lines), tuple(notes))


def outcomes(study: Study, say: Language) -> list[Measure]:
    """Return the outcome measures, primary ones first."""
    module = get(study, "resultsSection.outcomeMeasuresModule")
    found = objects(module.get("outcomeMeasures")) if isinstance(module, Mapping) else []
    order = ("PRIMARY", "SECONDARY", "OTHER_PRE_SPECIFIED", "POST_HOC")
    ranked = sorted(
        found,
        key=lambda each: order.index(each["type"]) if each.get("type") in order else len(order),
    )
    return [_measure(each, say) for each in ranked]


def _measure(measure: Mapping[str, Any], say: Language) -> Measure:
    own = groups(measure.get("groups"))
    lines = _denominators(measure.get("denoms"), own, say)
    lines += _measured(measure, own, _units(measure.get("denoms")), level=0)
    return Measure(
        kind=word(say, "outcome", measure.get("type")),
        title=text(measure.get("title")),
        time_frame=text(measure.get("timeFrame")),
        description=text(measure.get("description")),
        population=text(measure.get("populationDescription")),
        what=what_is_given(measure, say),
        posted=bool(objects(measure.get("classes"))),
        expected=text(measure.get("anticipatedPostingDate")),
        grid=Grid(own, tuple(lines), tuple(dict.fromkeys(_comments(measure)))),
        forests=tuple(forests(measure, say)),
    )


def what_is_given(measure: Mapping[str, Any], say: Language) -> str:
    """Return which parameter, dispersion and unit the numbers of a measure are."""
    parameter = word(say, "parameter", measure.get("paramType"))
    dispersion = text(measure.get("dispersionType"))
    if dispersion and dispersion != "NA":
        parameter = f"{parameter} ({word(say, 'dispersion', dispersion)})"
    unit = text(measure.get("unitOfMeasure"))
    if measure.get("paramType") == "COUNT_OF_PARTICIPANTS":
        unit = ""
    return ", ".join(part for part in (parameter, unit) if part)


def _denominators(denoms: Any, own: tuple[Group, ...], say: Language) -> list[Line]:
    lines = []
    for each in objects(denoms):
        numbers = _by_group(each.get("counts"), "value")
        units = text(each.get("units"))
        label = say("Participants") if units == "Participants" else units
        lines.append(Line(label, tuple(numbers.get(group.id, "") for group in own)))
    return lines


def _units(denoms: Any) -> dict[str, dict[str, str]]:
    return {
        text(each.get("units")): _by_group(each.get("counts"), "value") for each in objects(denoms)
    }


def _measured(
    measure: Mapping[str, Any],
    own: tuple[Group, ...],
    units: Mapping[str, Mapping[str, str]],
    level: int,
) -> list[Line]:
    """Return the lines of a measure: each class a heading when it has several categories."""
    counts = measure.get("paramType") in ("COUNT_OF_PARTICIPANTS", "COUNT_OF_UNITS")
    unit = text(measure.get("typeUnitsAnalyzed")) or text(measure.get("denomUnitsSelected"))
    whole = units.get(unit) or units.get("Participants") or next(iter(units.values()), {})
    title, lines = text(measure.get("title")), list[Line]()
    classes = objects(measure.get("classes"))
    for each in classes:
        own_denoms = _units(each.get("denoms"))
        of = own_denoms.get(unit) or next(iter(own_denoms.values()), None) or whole
        categories = objects(each.get("categories"))
        heading, deep = text(each.get("title")), level
        if heading and (len(categories) > 1 or text(child_title(categories))):
            lines.append(Line(heading, (), level))
            heading, deep = "", level + 1
        for category in categories:
            cells = _cells(category, own, of if counts else {})
            label = text(category.get("title")) or heading or title
            lines.append(Line(label, cells, deep))
    return lines


def child_title(categories: Sequence[Mapping[str, Any]]) -> object:
    """Return the title of the first category."""
    return categories[0].get("title") if categories else None


def _cells(
    category: Mapping[str, Any], own: tuple[Group, ...], of: Mapping[str, str]
) -> tuple[str, ...]:
    by_group: dict[str, str] = {}
    for each in objects(category.get("measurements")):
        group = text(each.get("groupId"))
        by_group[group] = value_text(each, of.get(group))
    return tuple(by_group.get(group.id, "") for group in own)


def value_text(measurement: Mapping[str, Any], of: str | None = None) -> str:
    """Return a measured value with its dispersion, or as a share of ``of`` participants."""
    value = text(measurement.get("value"))
    spread = text(measurement.get("spread"))
    low, high = text(measurement.get("lowerLimit")), text(measurement.get("upperLimit"))
    if low or high:
        return f"{value} ({low} – {high})"
    if spread:
        return f"{value} ({spread})"
    n, whole = count(value), count(of)
    if n is not None and whole:
        return f"{value} ({100 * n / whole:.1f}%)"
    return value


def _comments(measure: Mapping[str, Any]) -> list[str]:
    return [
        comment
        for each in objects(measure.get("classes"))
        for category in objects(each.get("categories"))
        for measurement in objects(category.get("measurements"))
        if (comment := text(measurement.get("comment")))
    ]


def _by_group(counts: Any, key: str) -> dict[str, str]:
    return {text(each.get("groupId")): text(each.get(key)) for each in objects(counts)}


def more(study: Study) -> Mapping[str, Any]:
    """Return the module of limitations, agreements and the point of contact."""
    return child(child(study, "resultsSection"), "moreInfoModule")
