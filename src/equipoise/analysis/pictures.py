"""The figures of a report, from an analysis; labels in the report's language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.drawings.figures import (
    Bands,
    Reference,
    Spread,
    bands_over_time,
    domain_scores,
    spreads,
    time_course,
)
from equipoise.analysis.drawings.forest import Row, forest
from equipoise.analysis.drawings.missing_patterns import missing_patterns
from equipoise.analysis.drawings.score_distribution import score_distribution
from equipoise.analysis.drawings.tipping_point import tipping_point
from equipoise.analysis.endpoints import Result, planned
from equipoise.analysis.estimators.descriptive import summarize
from equipoise.analysis.estimators.missingness import patterns
from equipoise.analysis.estimators.rank import score_counts
from equipoise.analysis.facts import of_dataset
from equipoise.analysis.rounding import count_text, interval_text
from equipoise.analysis.sample import draw
from equipoise.infusion.drugs import drug
from equipoise.language import Language

SCORE_MAX = 10  # of a numeric rating scale


def arm_names(analysis: Analysis, say: Language) -> dict[str, str]:
    """Return the title of each arm, in the protocol's order; dummy arms say so."""
    root = analysis.protocol.root
    if analysis.dummy:
        return {arm: say("Dummy {n}", n=place) for place, arm in enumerate(root.arms, start=1)}
    return {arm: part.title.get(say.code) for arm, part in root.arms.items()}


def compared(what: str, analysis: Analysis, result: Result, say: Language) -> str:
    """Return ``what`` with the arms that a result compares; a trial of two goes without them."""
    names = arm_names(analysis, say)
    if len(names) == 2:
        return what
    arm, reference = (names[group.arm] for group in result.groups)
    arms = say("{arm} against {reference}", arm=arm, reference=reference)
    return say("{what}, {arms}", what=what, arms=arms)


def course(analysis: Analysis, results: Sequence[Result], say: Language) -> str:
    """Draw a repeated measure by arm and visit: median and quartiles."""
    endpoint = analysis.protocol.all_endpoints()[results[0].endpoint]
    names = arm_names(analysis, say)
    visits = [
        analysis.protocol.visit(result.visit).title.get(say.code)
        for result in results
        if result.visit
    ]
    figures = [[summarize(np.array(group.values)) for group in r.groups] for r in results]
    order = [group.arm for group in results[0].groups]

    def grid(name: str) -> list[list[float]]:
        return [
            [float(getattr(visit[place], name)) for visit in figures] for place in range(len(order))
        ]

    return time_course(
        visits,
        [names[arm] for arm in order],
        grid("median"),
        grid("q1"),
        grid("q3"),
        grid("n"),
        y_label=say("median, quartiles"),
        title=endpoint.title.get(say.code),
        y_range=(0, 10),
    )


def distribution(analysis: Analysis, results: Sequence[Result], say: Language) -> str:
    """Draw the share of each score by arm and visit; empty unless the scores are 0 to 10."""
    values = [value for r in results for group in r.groups for value in group.values]
    if not values or set(values) - set(range(SCORE_MAX + 1)):
        return ""
    names = arm_names(analysis, say)
    counts = [
        [score_counts(np.array(result.groups[place].values), SCORE_MAX) for result in results]
        for place in range(len(results[0].groups))
    ]
    return score_distribution(
        [analysis.protocol.visit(r.visit).title.get(say.code) for r in results if r.visit],
        [names[group.arm] for group in results[0].groups],
        counts,
        x_label=say("participants"),
        score_label=say("score"),
        title=analysis.protocol.all_endpoints()[results[0].endpoint].title.get(say.code),
    )


def ratios(analysis: Analysis, results: Sequence[Result], say: Language) -> str:
    """Draw the binary endpoints as a forest of risk ratios.

    Sides are named where every row compares the same arms; otherwise each row says which.
    """
    names = arm_names(analysis, say)
    pairs = {tuple(group.arm for group in result.groups) for result in results}
    arms = next(iter(pairs)) if len(pairs) == 1 else tuple(names)
    sides = [say("favours {arm}", arm=names[arm]) for arm in arms] if len(pairs) == 1 else ["", ""]
    endpoints = analysis.protocol.all_endpoints()
    rows = [
        Row(
            compared(endpoints[result.endpoint].title.get(say.code), analysis, result, say),
            float(result.estimate.value),
            float(result.estimate.low),
            float(result.estimate.high),
            interval_text(
                float(result.estimate.value),
                float(result.estimate.low),
                float(result.estimate.high),
                to=say(" to "),
            ),
            tuple(_events(result, arm) for arm in arms),
        )
        for result in results
    ]
    return forest(
        rows,
        x_label=say("risk ratio"),
        title=say("Binary outcomes"),
        heads=("", *(names[arm] for arm in arms)),
        text_head=say("risk ratio (95% CI)"),
        sides=(sides[0], sides[1]),
    )


def _events(result: Result, arm: str) -> str:
    group = next((each for each in result.groups if each.arm == arm), None)
    return count_text(group.events, group.n, denominator=True) if group else ""


def scores(analysis: Analysis, results: Sequence[Result], say: Language) -> str:
    """Draw mean scores with 95 % intervals by arm, one line for each endpoint."""
    names = arm_names(analysis, say)
    endpoints = analysis.protocol.all_endpoints()
    compared = {group.arm for result in results for group in result.groups}
    order = [arm for arm in names if arm in compared]
    value, low, high = (np.full((len(order), len(results)), np.nan) for _ in range(3))
    for column, result in enumerate(results):
        for group in result.groups:
            row = order.index(group.arm)
            figures = summarize(np.array(group.values))
            half = 1.96 * float(figures.sd) / np.sqrt(max(group.n, 1))
            value[row, column] = float(figures.mean)
            low[row, column], high[row, column] = (
                value[row, column] - half,
                value[row, column] + half,
            )
    return domain_scores(
        [endpoints[r.endpoint].title.get(say.code) for r in results],
        [names[arm] for arm in order],
        value,
        low,
        high,
        x_label=say("mean score, 95% CI"),
        title=say("Scores by arm"),
    )


def missing(analysis: Analysis, name: str, say: Language) -> str:
    """Draw which visits of a repeated measure are missing, by arm; empty where none is."""
    protocol = analysis.protocol
    endpoint = protocol.all_endpoints()[name]
    population, procedure = planned(endpoint, None)
    sets = protocol.all_populations()
    facts = of_dataset(protocol, analysis.data)
    sample = draw(protocol, facts, endpoint, procedure, sets[population]).compact()
    if not sample.unobserved.any():
        return ""
    # column 1 counts the arm, column 0 the reference
    found = patterns(sample.values, sample.treated)
    names = arm_names(analysis, say)
    return missing_patterns(
        [protocol.visit(visit).title.get(say.code) for visit in sample.visits],
        [names[arm] for arm in endpoint.estimand.compare],
        found.observed,
        found.counts[:, ::-1],
        observed_label=say("with a value"),
        missing_label=say("missing"),
        title=say("{title}: which visits are missing", title=endpoint.title.get(say.code)),
    )


def tipping(analysis: Analysis, result: Result, say: Language) -> str:
    """Draw the result under every way in which the missing could have turned out."""
    found = result.tipping
    if found is None or found.start is None:
        return ""
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    names = arm_names(analysis, say)
    arm, reference = (names[each] for each in endpoint.estimand.compare)
    nearest = None
    if found.nearest is not None:
        nearest = (
            float(found.assumed[found.nearest[0]]),
            float(found.assumed_ref[found.nearest[1]]),
        )
    return tipping_point(
        found.assumed,
        found.assumed_ref,
        found.estimate.p_value,
        found.verdict,
        level=result.procedure.level,
        at_random=found.at_random,
        nearest=nearest,
        title=say("{title}: what the missing would have to be", title=endpoint.title.get(say.code)),
        x_label=say("events assumed among the missing, {arm}", arm=reference),
        y_label=say("events assumed among the missing, {arm}", arm=arm),
        below_label=say("fewer in {arm}", arm=arm),
        above_label=say("fewer in {arm}", arm=reference),
        at_random_label=say("missing at random"),
        nearest_label=say("nearest other conclusion"),
    )


def use(analysis: Analysis, say: Language) -> str:
    """Draw the infused volume and the presses of every treated participant."""
    names = arm_names(analysis, say)
    treated = analysis.data.participants.filter(analysis.data.participants["treated"])
    columns = {
        "infused_ml": say("volume infused (ml)"),
        "boluses": say("boluses"),
        "demands": say("presses of the button"),
    }
    panels = [
        Spread(
            label,
            [treated.filter(treated["arm"] == arm)[column].cast(float).to_numpy() for arm in names],
        )
        for column, label in columns.items()
    ]
    return spreads(list(names.values()), panels, title=say("Use of the pump"))


def concentrations(analysis: Analysis, say: Language) -> str:
    """Draw predicted effect-site concentrations by drug and arm, beside published anchors."""
    names = arm_names(analysis, say)
    found = {(band.drug, band.arm): band for band in analysis.bands}
    panels = []
    for name in dict.fromkeys(band.drug for band in analysis.bands):
        known = drug(name)
        hours = next(band.hours for band in analysis.bands if band.drug == name)
        rows = [
            found[name, arm].effect_ng_ml
            if (name, arm) in found
            else np.full((3, len(hours)), np.nan)
            for arm in names
        ]
        panels.append(
            Bands(
                known.names.get("zh" if say.code == "zh" else "en", name),
                say("effect site (ng/ml)"),
                hours,
                [row[1] for row in rows],
                [row[0] for row in rows],
                [row[2] for row in rows],
                [Reference(mark.ng_ml, mark.names[say.code]) for mark in known.landmarks],  # type: ignore[index]
            )
        )
    return bands_over_time(
        list(names.values()),
        panels,
        x_label=say("hours since the pump started"),
        title=say("Predicted concentrations"),
        x_ticks=(0, 24, 48, 72),
    )
