"""The plan in words: analysis sets, estimands and analyses as the report prints them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.endpoints import Result
from equipoise.analysis.estimators.estimate import NOTES
from equipoise.analysis.plan import Step, steps
from equipoise.analysis.populations import Set
from equipoise.analysis.rounding import fixed, interval_text, p_text
from equipoise.language import Language
from equipoise.protocol.estimand import Endpoint, Procedure


@dataclass(frozen=True)
class SetLine:
    """An analysis set: its rule, size by arm, how many were left out by reason, and who."""

    title: str
    rule: str
    sizes: tuple[int, ...]
    reasons: tuple[tuple[str, tuple[int, ...]], ...]
    left: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlanLine:
    """An analysis that is planned, and whether it stands in a signed plan."""

    endpoint: str
    title: str
    main: bool
    estimand: tuple[str, ...]
    procedure: str
    function: str
    planned: bool


@dataclass(frozen=True)
class ProbeLine:
    """What a sensitivity analysis gave; ``why`` when it gave nothing."""

    endpoint: str
    title: str
    visit: str
    measure: str
    estimate: str
    p: str
    note: str
    why: str


def set_lines(analysis: Analysis, say: Language) -> list[SetLine]:
    """Return the analysis sets; each participant left out is counted under the first reason."""
    return [_set(analysis, each, say) for each in analysis.sets]


def _set(analysis: Analysis, found: Set, say: Language) -> SetLine:
    population = analysis.protocol.all_populations()[found.name]
    arms = tuple(found.sizes)

    def words(part: str) -> str:
        reason = population.reasons.get(part)
        return reason.get(say.code) if reason else say("does not hold: {rule}", rule=part)

    counts = found.reasons()
    parts = dict.fromkeys(part for part, _ in counts)
    return SetLine(
        population.title.get(say.code),
        population.rule,
        tuple(found.sizes.values()),
        tuple((words(part), tuple(counts.get((part, arm), 0) for arm in arms)) for part in parts),
        tuple((each.participant, "; ".join(map(words, each.failed))) for each in found.left),
    )


def plan_lines(analysis: Analysis, say: Language) -> list[PlanLine]:
    """Return every planned analysis, main and sensitivity, in the order of the protocol."""
    return [_line(analysis, step, say) for step in steps(analysis.protocol)]


def _line(analysis: Analysis, step: Step, say: Language) -> PlanLine:
    endpoint = analysis.protocol.all_endpoints()[step.endpoint]
    return PlanLine(
        endpoint=endpoint.title.get(say.code),
        title=step.title.get(say.code),
        main=step.sensitivity is None,
        estimand=tuple(_estimand(analysis, endpoint, step.population, say)),
        procedure=procedure_text(step.procedure, say),
        function=step.function,
        planned=analysis.planned(step.endpoint),
    )


def _estimand(
    analysis: Analysis, endpoint: Endpoint, population: str, say: Language
) -> Iterator[str]:
    """Say the attributes of ICH E9(R1), the variable but for its name."""
    root, estimand = analysis.protocol.root, endpoint.estimand
    arm, reference = (root.arms[each].title.get(say.code) for each in estimand.compare)
    if analysis.dummy:
        arm, reference = say("an arm"), say("another")
    yield say("treatment: {arm} against {reference}", arm=arm, reference=reference)
    sets = analysis.protocol.all_populations()
    title = sets[population].title.get(say.code) if population in sets else population
    yield say("population: {title}", title=title)
    for event in estimand.intercurrent:
        yield say(
            "intercurrent event: {event}, {strategy}",
            event=event.event.get(say.code),
            strategy=say(event.strategy),
        )
    yield say("summary: {measure}", measure=say(estimand.summary))


def procedure_text(procedure: Procedure, say: Language) -> str:
    """Return the method with all that it is given, as one line."""
    parts = [say(procedure.method), f"{100 * procedure.level:g}%"]
    if procedure.adjust_for:
        parts.append(say("adjusted for {items}", items=", ".join(procedure.adjust_for)))
    if procedure.stratify_by:
        parts.append(say("stratified by {items}", items=", ".join(procedure.stratify_by)))
    parts += [f"{name}: {value}" for name, value in procedure.options.items()]
    missing = procedure.handling
    parts.append(say("missing values: {method}", method=say(missing.method)))
    if missing.predictors:
        parts.append(say("imputed from {items}", items=", ".join(missing.predictors)))
    return "; ".join(parts)


def probe_lines(analysis: Analysis, say: Language) -> list[ProbeLine]:
    """Return what the sensitivity analyses gave, in the order of the protocol."""
    found: dict[tuple[str, int | None], list[Result]] = {}
    for result in analysis.sensitivity:
        found.setdefault((result.endpoint, result.sensitivity), []).append(result)
    lines = []
    for step in steps(analysis.protocol):
        place = step.sensitivity
        if place is None:
            continue
        why = analysis.failed_sensitivity.get((step.endpoint, place))
        title = analysis.protocol.all_endpoints()[step.endpoint].title.get(say.code)
        if why is not None:
            lines.append(ProbeLine(title, step.title.get(say.code), "", "", "", "", "", why))
        lines += [
            _probe(analysis, result, title, step, say)
            for result in found.get((step.endpoint, place), [])
        ]
    return lines


def _probe(analysis: Analysis, result: Result, title: str, step: Step, say: Language) -> ProbeLine:
    estimate = result.estimate
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    numbers = (float(estimate.value), float(estimate.low), float(estimate.high))
    return ProbeLine(
        endpoint=title,
        title=step.title.get(say.code),
        visit=analysis.protocol.visit(result.visit).title.get(say.code) if result.visit else "",
        measure=say(endpoint.estimand.summary),
        estimate=interval_text(*numbers, 2, say(" to ")),
        p=p_text(float(estimate.p_value)),
        note=_tipping(result, say)
        if result.tipping
        else say(NOTES[str(estimate.note)])
        if str(estimate.note)
        else "",
        why="",
    )


def _tipping(result: Result, say: Language) -> str:
    """Say how the missing must have turned out for another conclusion."""
    found = result.tipping
    assert found is not None
    if found.start is None:
        return say("An arm has nothing observed.")
    if found.nearest is None:
        return say("However the missing turned out, the conclusion stays.")
    events, events_ref = (
        int(at[place])
        for at, place in zip((found.assumed, found.assumed_ref), found.nearest, strict=True)
    )
    missing, missing_ref = (group.missing for group in result.groups)
    return say(
        "The conclusion changes with events in {a} of {m} missing in the arm and {b} of {n} in "
        "the reference; missing at random expects {x} and {y}.",
        a=events, m=missing, b=events_ref, n=missing_ref,
        x=fixed(found.at_random[0], 1), y=fixed(found.at_random[1], 1),
    )  # fmt: skip
