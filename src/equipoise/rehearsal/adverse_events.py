"""Adverse events: who has one, when, how bad, and the nurse's report."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Literal

from equipoise.conduct import capture
from equipoise.events.types import AdverseEventReported
from equipoise.protocol.parts import AdverseEventChance
from equipoise.rehearsal.draw import number
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.ward import MIN_PER_H, Treatment

LATEST_H = 120.0
MODERATE = 0.3  # the share that is moderate or worse
LASTS_H = 8.0  # on average


def plan_adverse_events(stage: Stage, treatment: Treatment) -> None:
    """Draw which events the participant has, and plan their onsets around each median."""
    draw, known = treatment.person.draw, treatment.person.known
    for index, event in enumerate(stage.world.adverse_events):
        if draw.uniform("adverse event", index) < number(event.chance, known):
            onset_h = event.median_h * 2 ** draw.normal("adverse event time", index)
            report = partial(_report, stage, treatment, event, index)
            treatment.plan(min(onset_h, LATEST_H) * MIN_PER_H, report)


def _report(stage: Stage, treatment: Treatment, event: AdverseEventChance, index: int) -> None:
    """Have the nurse report the event at its onset."""
    draw, onset = treatment.person.draw, stage.clock.now()
    lasts_h = draw.exponential("adverse event lasts", index) * LASTS_H
    grade = draw.uniform("adverse event grade", index)
    report = AdverseEventReported(
        term=event.term,
        organ_system=_organ_system(stage, event.term),
        severity=severity(event, grade),
        serious=draw.uniform("adverse event serious", index) < event.serious,
        related="possible",
        outcome="recovered",
        ended_at=(onset + timedelta(hours=lasts_h)).replace(microsecond=0),
    )
    study, number_ = stage.protocol.root.study, treatment.person.number
    capture.report_adverse_event(stage.trial, stage.cast.nurse, study, number_, report, onset)


def severity(event: AdverseEventChance, grade: float) -> Literal["mild", "moderate", "severe"]:
    """Return how bad the event is for ``grade``, a uniform number."""
    if grade < event.severe:
        return "severe"
    return "moderate" if grade < MODERATE else "mild"


def _organ_system(stage: Stage, term: str) -> str:
    return next(
        listed.organ_system
        for protocol in stage.protocol.lineage()
        for listed in protocol.adverse_events
        if listed.term.en == term
    )
