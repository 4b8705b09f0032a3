"""The report: one offline HTML page with inline pictures, every number traceable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.outcome_tables import estimate, groups, notes, p_value, repeated
from equipoise.analysis.page import fill_in
from equipoise.analysis.pictures import arm_names
from equipoise.analysis.plan_words import SetLine, set_lines
from equipoise.analysis.publication import Publication, publication
from equipoise.analysis.table import Cell
from equipoise.analysis.trace import of_result
from equipoise.language import Language

SHORT = 12
"""Digits of an identity that stand under a table; ``results.json`` has all of them."""


@dataclass(frozen=True)
class Card:
    """A primary outcome as it stands at the top of the page; ``arms`` are those compared."""

    title: str
    arms: dict[str, Cell]
    measure: str
    estimate: Cell
    p: Cell
    notes: tuple[str, ...]


def report(analysis: Analysis, say: Language, published: Publication | None = None) -> str:
    """Return the page in the language of ``say``. The same analysis gives the same bytes.

    ``published`` is what :func:`publication` makes of it, where that is already there.
    """
    made = published or publication(analysis, say)
    return fill_in("report.html", **_context(analysis, made, say))


def _context(analysis: Analysis, made: Publication, say: Language) -> dict[str, Any]:
    protocol, state = analysis.protocol, analysis.state
    serious = made.table("safety_serious")
    return {
        "say": say,
        "language": say.code,
        "short": SHORT,
        "protocol": protocol,
        "lineage": protocol.lineage(),
        "state": state,
        "made": made,
        "primary": _cards(analysis, say),
        "failed": {
            protocol.all_endpoints()[name].title.get(say.code): why
            for name, why in analysis.failed.items()
        },
        "courses": [results[0].endpoint for results in repeated(analysis)],
        "sets": _left_out(analysis, say),
        "serious": len(serious.rows) if serious else 0,
        "scenario": (
            protocol.scenarios[state.rehearsal.scenario].title.get(say.code)
            if state.rehearsal and state.rehearsal.scenario in protocol.scenarios
            else ""
        ),
    }


def _cards(analysis: Analysis, say: Language) -> list[Card]:
    found, names = [], arm_names(analysis, say)
    for result in analysis.results:
        endpoint = analysis.protocol.all_endpoints()[result.endpoint]
        if endpoint.role != "primary" or result.visit:
            continue
        trace = of_result(analysis, result)
        found.append(
            Card(
                endpoint.title.get(say.code),
                {names[arm]: cell for arm, cell in groups(endpoint, result, trace).items()},
                say(endpoint.estimand.summary),
                estimate(endpoint, result, trace, say),
                p_value(trace),
                tuple(notes(analysis, result, say)),
            )
        )
    return found


def _left_out(analysis: Analysis, say: Language) -> list[SetLine]:
    return [each for each in set_lines(analysis, say) if each.left]
