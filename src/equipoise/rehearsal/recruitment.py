"""From the arrival on the ward to a slot: screening, consent, verdict, randomization."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from equipoise.conduct import capture, randomise, screen
from equipoise.protocol.parts import Visit
from equipoise.rehearsal.person import Person
from equipoise.rehearsal.stage import NOBODY, Stage
from equipoise.rehearsal.ward import Treatment, prepare_bag

Started = Callable[[Treatment], None]
"""Called when a participant's pump has started."""

FIRST_ARRIVAL_H, ARRIVALS_H = 9.0, 6.0
BAG_READY_H = 9.0
FIRST_PUMP_H, PUMPS_H = 13.0, 5.0


def arrivals(stage: Stage) -> Iterator[datetime]:
    """Yield when person 1, 2, … comes to the ward: a Poisson process in days, by daylight."""
    recruitment = stage.world.recruitment
    waited = 0.0
    for n in count(1):
        waited += stage.chance.exponential(NOBODY, "arrival", n)
        day = recruitment.starts_on + timedelta(days=int(waited * 7 / recruitment.per_week))
        hour = stage.chance.uniform(NOBODY, "arrival hour", n)
        yield stage.local(day, FIRST_ARRIVAL_H + ARRIVALS_H * hour)


def arrive(stage: Stage, person: Person, started: Started) -> None:
    """Come to the ward the day before surgery, and be randomized if willing and eligible."""
    if not _is_willing_and_eligible(stage, person):
        return
    study = stage.protocol.root.study
    slot = randomise.randomise(
        stage.trial, stage.cast.investigator, study, person.number, assign=stage.assign
    )
    tomorrow = stage.now().date() + timedelta(days=1)
    if stage.randomized in stage.leavers:
        stage.agenda.at(stage.local(tomorrow, 7.0), partial(_leave, stage, person))
        return
    stage.agenda.at(
        stage.local(tomorrow, BAG_READY_H), partial(_operate, stage, person, slot.kit, started)
    )


def _is_willing_and_eligible(stage: Stage, person: Person) -> bool:
    """Put the person on the screening list, fill in the forms, ask, and judge."""
    trial, investigator = stage.trial, stage.cast.investigator
    study, number = stage.protocol.root.study, person.number
    fingerprint = hashlib.sha256(f"virtual person {person.n}".encode()).hexdigest()
    screen.screen(trial, investigator, study, number, fingerprint)
    for visit in stage.protocol.root.schedule:
        if visit.phase == "screening":
            _record_screening(stage, person, visit)
    if person.draw.uniform("consent") >= stage.world.recruitment.consent:
        screen.decline(trial, investigator, study, number, "does not wish to")
        return False
    screen.consent(trial, investigator, study, number, stage.language)
    return screen.assess(trial, investigator, study, number).eligible is True


def _record_screening(stage: Stage, person: Person, visit: Visit) -> None:
    staff, study = stage.cast.of(visit.by), stage.protocol.root.study
    for form in visit.forms:
        entered = [item.id for item in stage.protocol.form(form).items if not item.derived]
        values = {item: person.screening.get(item) for item in entered}
        capture.record_form(stage.trial, staff, study, person.number, visit.visit, form, values)


def _leave(stage: Stage, person: Person) -> None:
    """Withdraw from treatment after randomization, before the pump."""
    capture.withdraw(
        stage.trial, stage.cast.investigator, stage.protocol.root.study, person.number,
        "treatment", "surgery was postponed",
    )  # fmt: skip


def _operate(stage: Stage, person: Person, kit: str, started: Started) -> None:
    """Have the bag prepared in the morning; the pump starts after surgery."""
    bag = prepare_bag(stage, person, kit)
    hour = FIRST_PUMP_H + PUMPS_H * person.draw.uniform("surgery ends")
    stage.agenda.at(
        stage.local(stage.now().date(), hour), lambda: started(Treatment(stage, person, bag))
    )
