"""The report: one offline HTML page with inline pictures, every number traceable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from equipoise import __version__
from equipoise.analysis import pictures
from equipoise.analysis.analyse import Analysis
from equipoise.analysis.baseline import Cell, Row
from equipoise.analysis.endpoints import Group, Result
from equipoise.analysis.estimators.descriptive import summarize
from equipoise.analysis.estimators.estimate import NOTES
from equipoise.analysis.flow import diagram
from equipoise.analysis.plan_words import plan_lines, probe_lines, set_lines
from equipoise.analysis.rounding import count_text, fixed, interval_text, p_text, spread_text
from equipoise.infusion.drugs import drug, drugs
from equipoise.language import Language


@dataclass(frozen=True)
class Line:
    """One planned comparison as it is printed."""

    title: str
    visit: str
    role: str
    arms: tuple[str, ...]
    missing: tuple[int, ...]
    measure: str
    estimate: str
    p: str
    method: str
    note: str
    adjusted: str
    handling: str


def report(analysis: Analysis, say: Language) -> str:
    """Return the page in the language of ``say``. The same analysis gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("equipoise.analysis", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(_context(analysis, say))


def _context(analysis: Analysis, say: Language) -> dict[str, Any]:
    protocol, state = analysis.protocol, analysis.state
    endpoints = protocol.all_endpoints()
    lines = [_line(analysis, result, say) for result in analysis.results]
    by_summary: dict[str, list[Result]] = {}
    for result in analysis.results:
        if result.visit is None:
            by_summary.setdefault(endpoints[result.endpoint].estimand.summary, []).append(result)
    ratios = by_summary.get("risk ratio", [])
    scores = by_summary.get("mean difference", [])
    return {
        "say": say,
        "language": say.code,
        "protocol": protocol,
        "lineage": protocol.lineage(),
        "state": state,
        "analysis": analysis,
        "arms": pictures.arm_names(analysis, say),
        "software": f"equipoise {__version__}",
        "flow": diagram(analysis, say),
        "primary": [
            line
            for line, r in zip(lines, analysis.results, strict=True)
            if endpoints[r.endpoint].role == "primary"
        ],
        "single": [line for line in lines if not line.visit],
        "failed": {
            endpoints[name].title.get(say.code): why for name, why in analysis.failed.items()
        },
        "forest": pictures.ratios(analysis, ratios, say) if ratios else "",
        "scores": pictures.scores(analysis, scores, say) if len(scores) > 1 else "",
        "courses": list(_courses(analysis, lines, say)),
        "sets": set_lines(analysis, say),
        "plan": plan_lines(analysis, say),
        "probes": probe_lines(analysis, say),
        "families": _families(analysis, say),
        "table1": [_table1_row(row, say) for row in analysis.table1],
        "use": pictures.use(analysis, say),
        "dose_rates": _dose_rates(analysis, say),
        "concentrations": pictures.concentrations(analysis, say) if analysis.bands else "",
        "adverse_events": (
            pictures.adverse_events(analysis, say) if analysis.data.adverse_events.height else ""
        ),
        "serious": analysis.data.adverse_events.filter(
            analysis.data.adverse_events["serious"]
        ).to_dicts(),
        "conduct": _conduct(analysis),
        "scenario": (
            protocol.scenarios[state.rehearsal.scenario].title.get(say.code)
            if state.rehearsal and state.rehearsal.scenario in protocol.scenarios
            else ""
        ),
    }


def _courses(analysis: Analysis, lines: list[Line], say: Language) -> Iterator[dict[str, Any]]:
    repeated = [
        (result, line)
        for result, line in zip(analysis.results, lines, strict=True)
        if result.visit is not None
    ]
    for _, pairs in groupby(repeated, key=lambda pair: pair[0].endpoint):
        rows = list(pairs)
        yield {
            "title": rows[0][1].title,
            "figure": pictures.course(analysis, [result for result, _ in rows], say),
            "distribution": pictures.distribution(analysis, [result for result, _ in rows], say),
            "lines": [line for _, line in rows],
        }


def _line(analysis: Analysis, result: Result, say: Language) -> Line:
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    estimate = result.estimate
    places = 1 if endpoint.estimand.summary == "median difference" else 2
    visit = analysis.protocol.visit(result.visit).title.get(say.code) if result.visit else ""
    return Line(
        title=endpoint.title.get(say.code),
        visit=visit,
        role=say(endpoint.role),
        arms=tuple(_group(endpoint.estimand.summary, group) for group in result.groups),
        missing=tuple(group.missing for group in result.groups),
        measure=say(endpoint.estimand.summary),
        estimate=interval_text(
            float(estimate.value), float(estimate.low), float(estimate.high), places, say(" to ")
        ),
        p=p_text(float(estimate.p_value)),
        method=endpoint.analysis.method,
        note=say(NOTES[str(estimate.note)]) if str(estimate.note) else "",
        adjusted=next(
            (
                p_text(each.p_value)
                for family in analysis.adjusted
                for each in family
                if (each.endpoint, each.visit) == (result.endpoint, result.visit)
            ),
            "",
        ),
        handling=say(result.procedure.handling.method),
    )


def _families(analysis: Analysis, say: Language) -> list[dict[str, Any]]:
    return [
        {
            "title": family.title.get(say.code),
            "procedure": say(family.procedure),
            "alpha": f"{family.alpha:g}",
        }
        for part in analysis.protocol.lineage()
        for family in part.multiplicity
    ]


def _group(summary: str, group: Group) -> str:
    if summary in ("risk ratio", "risk difference", "odds ratio"):
        return count_text(group.events, group.n, denominator=True)
    figures = summarize(list(group.values))
    if summary == "mean difference":
        return spread_text(float(figures.mean), float(figures.sd), 2)
    low, high = fixed(float(figures.q1), 0), fixed(float(figures.q3), 0)
    return f"{fixed(float(figures.median), 0)} ({low}–{high})"


def _table1_row(row: Row, say: Language) -> dict[str, Any]:
    label = row.label.get(say.code)
    if row.category:
        label += f": {row.category.get(say.code)}"
    return {
        "label": label,
        "unit": row.unit or "",
        "cells": [_table1_cell(cell) for cell in row.cells],
        "difference": "" if row.difference is None else fixed(row.difference, 2),
    }


def _table1_cell(cell: Cell) -> str:
    if cell.count is not None:
        text = count_text(cell.count, cell.n)
    else:
        text = spread_text(cell.mean or 0.0, cell.sd or 0.0)
    return f"{text} [{cell.missing}]" if cell.missing else text


def _dose_rates(analysis: Analysis, say: Language) -> list[dict[str, Any]]:
    names = pictures.arm_names(analysis, say)
    rates = {(rate.drug, rate.arm): rate.ug_kg_h for rate in analysis.dose_rates}
    return [
        {
            "drug": drug(name).names["zh" if say.code == "zh" else "en"]
            if name in drugs()
            else name,
            "rates": [
                fixed(rates[name, arm], 3 if rates[name, arm] < 1 else 1)
                if (name, arm) in rates
                else "–"
                for arm in names
            ],
        }
        for name in dict.fromkeys(rate.drug for rate in analysis.dose_rates)
    ]


def _conduct(analysis: Analysis) -> dict[str, int]:
    people = analysis.people.by_number.values()
    return {
        "forms": sum(len(person.forms) for person in people),
        "missed": sum(len(person.missed) for person in people),
        "deviations": sum(len(person.deviations) for person in people),
        "corrections": analysis.people.corrections,
    }
