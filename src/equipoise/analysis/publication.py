"""All that is published of an analysis: numbered tables and figures, limits, and their origin.

HTML (:mod:`.report`), Word (:mod:`.word`), LaTeX, CSV and ``results.json`` are made from it, so
they say the same. A new table is one line in :func:`_tables`, a new figure one in
:func:`_figures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from equipoise.analysis import outcome_tables, pictures, tables
from equipoise.analysis.analyse import Analysis
from equipoise.analysis.checklist import checklist_table
from equipoise.analysis.endpoints import Result
from equipoise.analysis.flow import diagram
from equipoise.analysis.limits import limits
from equipoise.analysis.safety_tables import Print, incidence_figure, safety_tables, volcano_figure
from equipoise.analysis.summary import exposure, flow
from equipoise.analysis.table import Table
from equipoise.analysis.trace import (
    Trace,
    identity,
    joint_identity,
    number,
    of_result,
    origin,
    provenance,
)
from equipoise.language import Language

FORMAT = "equipoise-results/1"


@dataclass(frozen=True)
class Figure:
    """A picture with its caption, and the results that it draws."""

    name: str
    title: str
    svg: str
    notes: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()
    number: int = 0

    def alone(self) -> str:
        """Return the picture for a file of its own, without what fits it into a page."""
        return self.svg.replace("max-width:100%;height:auto;", "", 1)

    def size_pt(self) -> tuple[float, float]:
        """Return width and height in points."""
        width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', self.svg[:400])[:2]
        return float(width), float(height)


@dataclass(frozen=True)
class Publication:
    """The tables and figures of one analysis in one language, in the order of their numbers.

    ``marks`` say on their face what the data are not: of patients, or by their arms.
    """

    title: str
    marks: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    limits: tuple[str, ...]
    source: dict[str, Any]

    @cached_property
    def _origin(self) -> str:
        return origin(self.source)

    def identity_of(self, trace: Trace) -> str:
        """Return the identity of one result."""
        return identity(trace, self._origin)

    def identity(self, shown: Table | Figure) -> str:
        """Return the identity of all results of a table or figure; empty where it has none."""
        traces = shown.traces() if isinstance(shown, Table) else shown.traces
        return joint_identity([self.identity_of(each) for each in traces]) if traces else ""

    def table(self, name: str) -> Table | None:
        """Return the table of this name, None where the trial has none."""
        return next((each for each in self.tables if each.name == name), None)

    def figure(self, name: str) -> Figure | None:
        """Return the figure of this name, None where the trial has none."""
        return next((each for each in self.figures if each.name == name), None)

    def results(self) -> dict[str, Any]:
        """Return every result once, and every printed cell with the result it shows, as JSON."""
        shown: list[Table | Figure] = [*self.tables, *self.figures]
        traces = {
            trace.id: trace
            for each in shown
            for trace in (each.traces() if isinstance(each, Table) else each.traces)
        }
        return {
            "format": FORMAT,
            "provenance": {**self.source, "origin": self._origin},
            "results": [
                {
                    "id": each.id,
                    "identity": self.identity_of(each),
                    "function": each.function,
                    "options": dict(each.options),
                    "planned": each.planned,
                    "values": dict(each.values),
                }
                for each in traces.values()
            ],
            "tables": [self._table(each) for each in self.tables],
            "figures": [
                {
                    "name": each.name,
                    "number": each.number,
                    "title": each.title,
                    "identity": self.identity(each),
                    "results": [trace.id for trace in each.traces],
                }
                for each in self.figures
            ],
        }

    def _table(self, table: Table) -> dict[str, Any]:
        return {
            "name": table.name,
            "number": table.number,
            "title": table.title,
            "identity": self.identity(table),
            "columns": list(table.columns),
            "rows": [
                [
                    {"text": c.text}
                    | ({"result": c.trace.id, "fields": list(c.fields)} if c.trace else {})
                    for c in row.cells
                ]
                for row in table.rows
            ],
        }


def publication(analysis: Analysis, say: Language) -> Publication:
    """Return what is published of an analysis in the language of ``say``."""
    found = [each for each in _tables(analysis, say) if each is not None and each.rows]
    numbered = [replace(each, number=n) for n, each in enumerate(found, start=1)]
    figures = [
        replace(each, number=n)
        for n, each in enumerate((f for f in _figures(analysis, say) if f.svg), start=1)
    ]
    told = tuple(limits(analysis, say))
    where = {t.name: say("Table {n}", n=t.number) for t in numbered}
    where |= {f"figure_{f.name}": say("Figure {n}", n=f.number) for f in figures}
    checklist = replace(checklist_table(analysis, where, say), number=len(numbered) + 1)
    return Publication(
        analysis.protocol.title.get(say.code),
        tuple(_marks(analysis, say)),
        (*numbered, checklist),
        tuple(figures),
        told,
        provenance(analysis),
    )


def _marks(analysis: Analysis, say: Language) -> Iterator[str]:
    if analysis.state.rehearsal:
        yield say(
            "REHEARSAL: virtual participants. No patient took part, and nothing here is evidence."
        )
    if analysis.dummy:
        yield say("DUMMY ARMS: the grouping is made up. Differences between arms mean nothing.")


def _tables(analysis: Analysis, say: Language) -> Iterator[Table | None]:
    yield tables.baseline_table(analysis, say)
    yield tables.sets_table(analysis, say)
    yield tables.plan_table(analysis, say)
    yield outcome_tables.outcomes_table(analysis, say)
    yield outcome_tables.absolute_table(analysis, say)
    yield outcome_tables.sensitivity_table(analysis, say)
    for results in outcome_tables.repeated(analysis):
        yield outcome_tables.course_table(analysis, results, say)
    yield tables.exposure_table(analysis, say)
    yield from safety_tables(_safety(analysis, say))
    yield tables.conduct_table(analysis, say)
    yield from tables.assumption_tables(analysis, say)
    yield tables.origin_table(analysis, say)


def _figures(analysis: Analysis, say: Language) -> Iterator[Figure]:
    yield Figure(
        "flow",
        say("Participant flow"),
        diagram(analysis, say),
        (
            say(
                "After CONSORT 2025. Every number is counted from the ledger, and each box equals "
                "what enters it. Each excluded person is counted under the first criterion that "
                "was not met."
            ),
        ),
        (Trace("flow", "equipoise.analysis.summary.flow", dict(_flat("", flow(analysis)))),),
    )
    endpoints = analysis.protocol.all_endpoints()
    single: dict[str, list[Result]] = {}
    for result in analysis.results:
        if result.visit is None:
            single.setdefault(endpoints[result.endpoint].estimand.summary, []).append(result)
    ratios, scores = single.get("risk ratio", []), single.get("mean difference", [])
    if ratios:
        drawn = pictures.ratios(analysis, ratios, say)
        yield Figure("forest", say("Binary outcomes"), drawn, (), _traces(analysis, ratios))
    if len(scores) > 1:
        drawn = pictures.scores(analysis, scores, say)
        yield Figure("scores", say("Scores by arm"), drawn, (), _traces(analysis, scores))
    for result in analysis.sensitivity:
        if result.tipping:
            yield _tipping(analysis, result, say)
    yield from _courses(analysis, say)
    yield Figure("use", say("Use of the pump"), pictures.use(analysis, say), (), (_use(analysis),))
    if analysis.bands:
        yield Figure(
            "concentrations",
            say("Predicted concentrations"),
            pictures.concentrations(analysis, say),
            (
                say(
                    "Predicted from each pump's log with published models of a typical person of "
                    "the participant's weight, height, age and sex; median and 5 to 95 % of "
                    "participants. Lines: published effect concentrations. Nothing was measured "
                    "in blood."
                ),
            ),
            (_predicted(analysis),),
        )
    shown = _safety(analysis, say)
    yield Figure("adverse_events", say("Adverse events"), incidence_figure(shown))
    yield Figure(
        "volcano",
        say("Adverse events: size and strength of differences"),
        volcano_figure(shown),
        (say("The area of a point is by the participants who had the event."),),
    )


def _safety(analysis: Analysis, say: Language) -> Print:
    return Print(analysis.safety, analysis.protocol, pictures.arm_names(analysis, say), say)


def _courses(analysis: Analysis, say: Language) -> Iterator[Figure]:
    endpoints = analysis.protocol.all_endpoints()
    for results in outcome_tables.repeated(analysis):
        name = results[0].endpoint
        title = endpoints[name].title.get(say.code)
        traces = _traces(analysis, results)
        note = () if endpoints[name].of_events else (say("Median and quartiles by arm."),)
        drawn = "" if endpoints[name].of_events else pictures.course(analysis, results, say)
        yield Figure(f"course_{name}", title, drawn, note, traces)
        yield Figure(
            f"distribution_{name}",
            say("{title}: share of each score", title=title),
            pictures.distribution(analysis, results, say),
            (),
            traces,
        )
        observed = say("Participants of the main analysis set, by the visits with a value.")
        yield Figure(
            f"missing_{name}",
            say("{title}: which visits are missing", title=title),
            pictures.missing(analysis, name, say),
            (observed,),
            traces,
        )


def _tipping(analysis: Analysis, result: Result, say: Language) -> Figure:
    title = analysis.protocol.all_endpoints()[result.endpoint].title.get(say.code)
    return Figure(
        f"tipping_{result.endpoint}_{result.sensitivity}",
        say("{title}: what the missing would have to be", title=title),
        pictures.tipping(analysis, result, say),
        (
            say(
                "Every way in which the missing outcomes could have turned out is analysed as the "
                "plan says; nothing is simulated."
            ),
        ),
        (of_result(analysis, result),),
    )


def _use(analysis: Analysis) -> Trace:
    arms = [exposure(analysis, arm) for arm in analysis.protocol.root.arms]
    return Trace("exposure.use", "equipoise.analysis.summary.exposure", dict(_flat("arms", arms)))


def _predicted(analysis: Analysis) -> Trace:
    return Trace(
        "exposure.effect_site",
        "equipoise.analysis.exposure.bands",
        {
            f"{band.drug}.{band.arm}.highest_median_ng_ml": number(np.nanmax(band.effect_ng_ml[1]))
            for band in analysis.bands
        },
    )


def _traces(analysis: Analysis, results: list[Result]) -> tuple[Trace, ...]:
    return tuple(of_result(analysis, result) for result in results)


def _flat(path: str, value: Any) -> Iterator[tuple[str, float | int | str | None]]:
    """Yield a nested value as dotted names and plain values; members of a list by their arm."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), each)
    elif isinstance(value, list):
        for each in value:
            yield from _flat(f"{path}.{each['arm']}", {k: v for k, v in each.items() if k != "arm"})
    else:
        yield path, value
