"""The tables of outcomes: planned analyses, absolute differences, sensitivity, courses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.endpoints import Group, Result
from equipoise.analysis.estimators.binary import risk_difference
from equipoise.analysis.estimators.estimate import NOTES
from equipoise.analysis.pictures import arm_names, compared
from equipoise.analysis.plan import steps
from equipoise.analysis.plan_words import ProbeLine, probe_lines
from equipoise.analysis.rounding import count_text, fixed, interval_text, p_text
from equipoise.analysis.table import BESIDE, Cell, Row, Table, heading, line
from equipoise.analysis.trace import ESTIMATORS, Trace, adjusted_p, number, of_result
from equipoise.language import Language
from equipoise.protocol.estimand import Endpoint

ROLES = ("primary", "secondary", "other")
_ESTIMATE = ("value", "low", "high")


def outcomes_table(analysis: Analysis, say: Language) -> Table:
    """Return each planned comparison that is one number, by role; and what failed, with why."""
    single = [result for result in analysis.results if result.visit is None]
    adjusted = any(adjusted_p(analysis, result) is not None for result in single)
    rows: list[Row] = []
    for role in ROLES:
        mine = [r for r in single if _endpoint(analysis, r.endpoint).role == role]
        failed = [n for n in analysis.failed if _endpoint(analysis, n).role == role]
        if mine or failed:
            rows.append(heading(_role(role, say)))
        rows += [_outcome(analysis, result, say, adjusted=adjusted) for result in mine]
        rest = len(arm_names(analysis, say)) + 3 + adjusted
        rows += [_failed(analysis, name, say, rest) for name in failed]
    return Table(
        "outcomes",
        say("Outcomes"),
        (
            say("Outcome"), *arm_names(analysis, say).values(), say("Comparison"),
            _interval_head(single, say), "P", *([say("P, adjusted")] if adjusted else []),
        ),
        tuple(rows),
        (
            say(
                "Binary: events/analysed (%). Scores: mean (SD) or median (quartiles). P values "
                "are adjusted for multiple testing only where an adjusted one is shown."
            ),
        ),
        words=frozenset({0, 3}),
    )  # fmt: skip


def _role(role: str, say: Language) -> str:
    return {
        "primary": say("Primary outcomes"),
        "secondary": say("Secondary outcomes"),
        "other": say("Other outcomes"),
    }[role]


def _outcome(analysis: Analysis, result: Result, say: Language, *, adjusted: bool) -> Row:
    endpoint, trace = _endpoint(analysis, result.endpoint), of_result(analysis, result)
    return line(
        Cell(endpoint.title.get(say.code), notes=tuple(notes(analysis, result, say))),
        *_by_arm(analysis, result, trace),
        compared(say(endpoint.estimand.summary), analysis, result, say),
        estimate(endpoint, result, trace, say),
        p_value(trace),
        *([_adjusted(trace)] if adjusted else []),
        level=1,
    )


def _failed(analysis: Analysis, name: str, say: Language, rest: int) -> Row:
    why = say("Could not be estimated: {why}", why=analysis.failed[name])
    title = _endpoint(analysis, name).title.get(say.code)
    return line(Cell(title, notes=(why,)), *[""] * rest, level=1)


def notes(analysis: Analysis, result: Result, say: Language) -> Iterator[str]:
    """Yield what a reader must know of one result: plan, missing values, what was done instead."""
    if not analysis.planned(result.endpoint):
        yield say("Not in a signed plan.")
    missing = [group.missing for group in result.groups]
    if any(missing):
        yield say(
            "Outcome missing: {n}, dealt with as: {method}.",
            n=" + ".join(map(str, missing)),
            method=say(result.procedure.handling.method),
        )
    if str(result.estimate.note):
        yield say(NOTES[str(result.estimate.note)])


def groups(endpoint: Endpoint, result: Result, trace: Trace) -> dict[str, Cell]:
    """Return the observed figures of the compared arms, as the endpoint's summary asks for them."""
    return {group.arm: _group(endpoint, group, trace) for group in result.groups}


def _by_arm(analysis: Analysis, result: Result, trace: Trace) -> list[Cell]:
    """Return a cell for each arm of the trial, empty where it is not compared."""
    found = groups(_endpoint(analysis, result.endpoint), result, trace)
    return [found.get(arm, Cell("")) for arm in analysis.protocol.root.arms]


def _group(endpoint: Endpoint, group: Group, trace: Trace) -> Cell:
    def of(*names: str) -> tuple[str, ...]:
        return tuple(f"{group.arm}.{name}" for name in names)

    if endpoint.of_events:
        return Cell(count_text(group.events, group.n, denominator=True), trace, of("events", "n"))
    mean, sd, median, q1, q3 = (
        _shown(trace.values[name]) for name in of("mean", "sd", "median", "q1", "q3")
    )
    if endpoint.estimand.summary == "mean difference":
        return Cell(f"{fixed(mean, 2)} ({fixed(sd, 2)})", trace, of("mean", "sd"))
    # a quartile of whole scores can lie between two of them
    places = 0 if all(v == int(v) for v in (median, q1, q3) if v == v) else 1  # noqa: PLR0124 - NaN
    text = f"{fixed(median, places)} ({fixed(q1, places)}–{fixed(q3, places)})"
    return Cell(text, trace, of("median", "q1", "q3"))


def estimate(endpoint: Endpoint, result: Result, trace: Trace, say: Language) -> Cell:
    """Return the estimate with its interval; ratios and mean differences with two decimals."""
    places = 1 if endpoint.estimand.summary == "median difference" else 2
    found = result.estimate
    numbers = (float(found.value), float(found.low), float(found.high))
    return Cell(interval_text(*numbers, places, say(" to ")), trace, _ESTIMATE)


def p_value(trace: Trace) -> Cell:
    """Return the P value as journals print it."""
    return Cell(p_text(_shown(trace.values["p_value"])), trace, ("p_value",))


def _adjusted(trace: Trace) -> Cell:
    value = trace.values["p_adjusted"]
    return Cell("") if value is None else Cell(p_text(_shown(value)), trace, ("p_adjusted",))


def absolute_table(analysis: Analysis, say: Language) -> Table | None:
    """Return the risk differences of the binary outcomes, beside their planned ratios.

    CONSORT 2025 asks for both. Among those observed; score interval of Miettinen and Nurminen.
    """
    rows = []
    for result in analysis.results:
        endpoint = _endpoint(analysis, result.endpoint)
        if not endpoint.of_events or endpoint.estimand.summary == "risk difference":
            continue
        arm, reference = result.groups
        level = result.procedure.level
        found = risk_difference(
            arm.events, arm.n, reference.events, reference.n,
            level=level, method="miettinen-nurminen",
        )  # fmt: skip
        values: dict[str, float | int | str | None] = {
            name: number(getattr(found, name)) for name in _ESTIMATE
        }
        for group in result.groups:
            values |= {f"{group.arm}.events": group.events, f"{group.arm}.n": group.n}
        trace = Trace(
            ".".join(["absolute", result.endpoint, *([result.visit] if result.visit else [])]),
            f'{ESTIMATORS}.binary.risk_difference(method="miettinen-nurminen")',
            values,
            {"compare": list(endpoint.estimand.compare), "level": level, "missing": "left out"},
            planned=False,
        )
        value, low, high = (100 * float(getattr(found, name)) for name in _ESTIMATE)
        text = interval_text(value, low, high, 1, say(" to "))
        rows.append(
            line(
                compared(_title(analysis, result, say), analysis, result, say),
                *_by_arm(analysis, result, trace),
                Cell(text, trace, _ESTIMATE),
            )
        )
    if not rows:
        return None
    return Table(
        "absolute",
        say("Absolute differences of the binary outcomes"),
        (
            say("Outcome"),
            *arm_names(analysis, say).values(),
            say("Risk difference, percentage points (95% CI)"),
        ),
        tuple(rows),
        (
            say(
                "Not a planned analysis: it describes those observed. Miettinen-Nurminen score "
                "interval, without a P value."
            ),
        ),
    )


def sensitivity_table(analysis: Analysis, say: Language) -> Table | None:
    """Return what the sensitivity analyses gave, in the order of the protocol."""
    found: dict[tuple[str, int | None], list[Result]] = {}
    for result in analysis.sensitivity:
        found.setdefault((result.endpoint, result.sensitivity), []).append(result)
    order = [
        result
        for step in steps(analysis.protocol)
        if step.sensitivity is not None
        for result in found.get((step.endpoint, step.sensitivity), [])
    ]
    results, rows = iter(order), []
    for endpoint, lines in groupby(probe_lines(analysis, say), key=lambda each: each.endpoint):
        rows.append(heading(endpoint))
        rows += [_probe(analysis, each, None if each.why else next(results), say) for each in lines]
    if not rows:
        return None
    return Table(
        "sensitivity",
        say("Sensitivity analyses"),
        (
            say("What differs"), *arm_names(analysis, say).values(), say("Comparison"),
            _interval_head(order, say), "P",
        ),
        tuple(rows),
        (
            say(
                "Each is the main analysis but for what is named. The counts are of those "
                "observed; what is assumed of the others follows from the method."
            ),
        ),
        words=frozenset({0, 3}),
    )  # fmt: skip


def _probe(analysis: Analysis, each: ProbeLine, result: Result | None, say: Language) -> Row:
    label = f"{each.title}, {each.visit}" if each.visit else each.title
    if result is None:
        why = say("Could not be estimated: {why}", why=each.why)
        rest = len(arm_names(analysis, say)) + 3
        return line(Cell(label, notes=(why,)), *[""] * rest, level=1)
    endpoint, trace = _endpoint(analysis, result.endpoint), of_result(analysis, result)
    planned = () if trace.planned else (say("Not in a signed plan."),)
    return line(
        Cell(label, notes=(*planned, *((each.note,) if each.note else ()))),
        *_by_arm(analysis, result, trace),
        compared(each.measure, analysis, result, say),
        estimate(endpoint, result, trace, say),
        p_value(trace),
        level=1,
    )


def course_table(analysis: Analysis, results: list[Result], say: Language) -> Table:
    """Return the visits of one repeated measure, with P values of each and adjusted."""
    endpoint = _endpoint(analysis, results[0].endpoint)
    rows = []
    for result in results:
        trace = of_result(analysis, result)
        visit = analysis.protocol.visit(str(result.visit)).title.get(say.code)
        rows.append(
            line(
                Cell(visit, notes=tuple(notes(analysis, result, say))),
                *_by_arm(analysis, result, trace),
                estimate(endpoint, result, trace, say),
                p_value(trace),
                _adjusted(trace),
            )
        )
    measure = say(endpoint.estimand.summary)
    return Table(
        f"course_{results[0].endpoint}",
        compared(endpoint.title.get(say.code), analysis, results[0], say),
        (
            say("Visit"), *arm_names(analysis, say).values(),
            _interval_head(results, say, measure), "P", say("P, adjusted"),
        ),
        tuple(rows),
        (
            say(
                "Binary: events/analysed (%). Scores: mean (SD) or median (quartiles). P at each "
                "visit is for itself; adjusted P values are those of the plan's families."
            ),
        ),
    )  # fmt: skip


def repeated(analysis: Analysis) -> list[list[Result]]:
    """Return the results of each repeated measure, visit by visit."""
    several = [result for result in analysis.results if result.visit is not None]
    return [list(each) for _, each in groupby(several, key=lambda result: result.endpoint)]


def _interval_head(results: list[Result], say: Language, measure: str = "") -> str:
    levels = sorted({result.procedure.level for result in results}) or [0.95]
    return say(
        "{what} ({level}% CI)",
        what=measure[:1].upper() + measure[1:] or say("Estimate"),
        level=" / ".join(f"{100 * level:g}" for level in levels),
    ).replace("% CI", f"%{BESIDE}CI")


def _endpoint(analysis: Analysis, name: str) -> Endpoint:
    return analysis.protocol.all_endpoints()[name]


def _title(analysis: Analysis, result: Result, say: Language) -> str:
    title = _endpoint(analysis, result.endpoint).title.get(say.code)
    if not result.visit:
        return title
    return f"{title}, {analysis.protocol.visit(result.visit).title.get(say.code)}"


def _shown(value: float | str | None) -> float:
    return float("nan") if value is None else float(value)
