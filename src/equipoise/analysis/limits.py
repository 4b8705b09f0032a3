"""What a reader must bear in mind, found from the facts of an analysis."""

from __future__ import annotations

from collections.abc import Iterator

from equipoise.analysis.analyse import Analysis
from equipoise.language import Language


def limits(analysis: Analysis, say: Language) -> Iterator[str]:
    """Yield the limits of an analysis that follow from its data, plan and protocol."""
    if analysis.state.rehearsal:
        yield say(
            "The data are simulated: they show what the plan would do, and nothing about patients."
        )
    if analysis.dummy:
        yield say("The arms are made up: every comparison is of two arbitrary groups.")
    if not analysis.as_planned():
        yield say("Plan or code are not those that were signed before the allocation was opened.")
    yield from _outcomes(analysis, say)
    if not any(part.multiplicity for part in analysis.protocol.lineage()):
        yield say("No P value is adjusted for the number of comparisons.")
    else:
        yield say("P values are adjusted within the planned families, and not between them.")
    if analysis.bands:
        yield say("Concentrations are predicted by published models, not measured.")
    open_ends = sum(
        each.status in ("assumed", "unknown")
        for part in analysis.protocol.lineage()
        for each in part.assumptions
    )
    if open_ends:
        yield say(
            "{n} parts of the protocol are assumed or unknown; the tables of assumptions say "
            "which, and why.",
            n=open_ends,
        )


def _outcomes(analysis: Analysis, say: Language) -> Iterator[str]:
    endpoints = analysis.protocol.all_endpoints()
    for result in analysis.results:
        endpoint = endpoints[result.endpoint]
        missing = sum(group.missing for group in result.groups)
        if endpoint.role == "primary" and result.visit is None and missing:
            yield say(
                "{title}: {missing} of {n} have no outcome; what is assumed of them is not known "
                "to be true.",
                title=endpoint.title.get(say.code),
                missing=missing,
                n=missing + sum(group.n for group in result.groups),
            )
    for name in analysis.failed:
        yield say(
            "{title} was planned and could not be estimated.",
            title=endpoints[name].title.get(say.code),
        )
    for name, place in analysis.failed_sensitivity:
        yield say(
            "{title} was planned and could not be estimated.",
            title=endpoints[name].analysis.sensitivity[place].title.get(say.code)
            + f" ({endpoints[name].title.get(say.code)})",
        )
    unsigned = [n for n in endpoints if not analysis.planned(n)]
    if unsigned:
        yield say("{n} endpoints do not stand in a signed plan.", n=len(unsigned))
