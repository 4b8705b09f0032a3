"""Follow-up: the calls after the ward, in the randomized study or one that extends it."""

from __future__ import annotations

from functools import partial

from equipoise.conduct import capture, screen
from equipoise.protocol.parts import Protocol, Visit
from equipoise.rehearsal.draw import number
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.visits import due, meet
from equipoise.rehearsal.ward import Treatment

ATTEMPTS = 5  # calls without an answer before somebody counts as lost


def plan_calls(stage: Stage, treatment: Treatment, protocol: Protocol) -> None:
    """Plan the follow-up visits of the study ``protocol``."""
    for index, visit in enumerate(protocol.schedule):
        if visit.phase == "follow-up":
            when = due(stage, treatment, visit, index)
            stage.agenda.at(when, partial(_call, stage, treatment, protocol, visit))


def _call(stage: Stage, treatment: Treatment, protocol: Protocol, visit: Visit) -> None:
    """Call the participant, who answers, does not wish to go on, or is out of reach."""
    if _has_left(stage, treatment, protocol):
        return
    if not _stays(stage, treatment, protocol, visit):
        return
    if protocol.extends and not _takes_part(stage, treatment, protocol, visit):
        return
    meet(stage, treatment, protocol, visit)


def _has_left(stage: Stage, treatment: Treatment, protocol: Protocol) -> bool:
    """Return whether nobody calls any more: lost, unwilling, or judged ineligible before."""
    person, study = stage.trial.participant(treatment.person.number), protocol.study
    if any(study in left for left in (person.lost, person.declined, person.withdrawn)):
        return True
    asked = protocol.extends is not None and study in person.consents
    return asked and study not in person.enrolled


def _stays(stage: Stage, treatment: Treatment, protocol: Protocol, visit: Visit) -> bool:
    """Return whether the participant is still there; record it when not."""
    study, person = protocol.study, treatment.person
    attrition = stage.world.attrition.get(study)
    if attrition is None:
        return True
    trial, staff, index = stage.trial, stage.cast.of(visit.by), protocol.schedule.index(visit)
    if person.draw.uniform(f"lost {study}", index) < number(attrition.lost, person.known):
        capture.lose(trial, staff, study, person.number, ATTEMPTS, "does not answer")
        return False
    if person.draw.uniform(f"withdraws {study}", index) < number(attrition.withdraws, person.known):
        if study in trial.participant(person.number).consents:
            capture.withdraw(
                trial, staff, study, person.number, "follow-up", "does not wish to go on"
            )
        else:
            screen.decline(trial, staff, study, person.number, "does not wish to")
        return False
    return True


def _takes_part(stage: Stage, treatment: Treatment, protocol: Protocol, visit: Visit) -> bool:
    """Return whether the participant is in the extending study; ask at the first call."""
    trial, staff, study = stage.trial, stage.cast.of(visit.by), protocol.study
    number_ = treatment.person.number
    if study not in trial.participant(number_).consents:
        screen.consent(trial, staff, study, number_, stage.language)
        if screen.assess(trial, stage.cast.investigator, study, number_).eligible:
            screen.enrol(trial, staff, study, number_)
    return study in trial.participant(number_).enrolled
