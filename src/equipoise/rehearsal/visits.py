"""When participants and staff meet: planned visits, and those that are missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from equipoise.conduct import capture
from equipoise.protocol.parts import Protocol, Visit
from equipoise.rehearsal.draw import number
from equipoise.rehearsal.forms import fill_in
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.ward import MIN_PER_H, Treatment

FIRST_CALL_H, CALLS_H = 10.0, 8.0
ON_WARD_MIN = 14 * 24 * MIN_PER_H  # latent pain is simulated no longer
AFTER_START = timedelta(minutes=10)  # nobody is assessed before the pump runs


def plan_ward_rounds(stage: Stage, treatment: Treatment) -> None:
    """Plan the visits of the treatment phase."""
    protocol = stage.protocol.root
    for index, visit in enumerate(protocol.schedule):
        if visit.phase == "treatment":
            when = due(stage, treatment, visit, index)
            stage.agenda.at(when, partial(meet, stage, treatment, protocol, visit))


def due(stage: Stage, treatment: Treatment, visit: Visit, index: int) -> datetime:
    """Return when ``visit``, at ``index`` of its study's schedule, takes place: in its window."""
    day0, draw = treatment.started_at.date(), treatment.person.draw
    jitter = draw.uniform(f"time of visit {visit.visit}", index) - 0.5
    if visit.phase == "follow-up":
        off = timedelta(days=round(jitter * float(visit.window_d or 0)))
        hour = FIRST_CALL_H + CALLS_H * draw.uniform(f"hour of visit {visit.visit}", index)
        return stage.local(months_later(day0, visit.month or 0) + off, hour)
    assert visit.day is not None  # a treatment visit has its day and hour
    assert visit.at is not None
    hours = visit.at.hour + visit.at.minute / 60
    planned = stage.local(day0 + timedelta(days=visit.day), hours)
    planned += timedelta(hours=jitter * float(visit.window_h or 0))
    return max(planned, treatment.started_at + AFTER_START)


def meet(stage: Stage, treatment: Treatment, protocol: Protocol, visit: Visit) -> None:
    """Meet the person who records ``visit`` of the study ``protocol``, or miss them."""
    person, staff, study = treatment.person, stage.cast.of(visit.by), protocol.study
    attrition = stage.world.attrition.get(study)
    chance = number(attrition.visit_missed, person.known) if attrition else 0.0
    if person.draw.uniform("visit missed", stage.visit_index[visit.visit]) < chance:
        capture.miss_visit(stage.trial, staff, study, person.number, visit.visit, "not on the ward")
        return
    _feel(treatment)
    for form in visit.forms:
        fill_in(stage, person, study, visit, form)


def _feel(treatment: Treatment) -> None:
    """Let expressions know the moment: hours since the start, and pain as long as it is felt."""
    t_min = treatment.minutes()
    treatment.person.known["hours"] = t_min / MIN_PER_H
    treatment.person.known["pain"] = treatment.pain() if t_min < ON_WARD_MIN else 0.0


def months_later(day: date, months: int) -> date:
    """Return the same day of the month ``months`` later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
