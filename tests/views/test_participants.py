from __future__ import annotations

from collections import Counter

from equipoise.events import types as t
from equipoise.views.participants import Participants
from tests.conduct.test_capture import _diary
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward
from tests.small import PARENT, PEOPLE, events
from tests.small import STUDY as FOLLOW_UP


def _folded() -> Participants:
    people = Participants()
    for event in events():
        people.apply(event)
    return people


def test_the_fold_counts_what_the_ledger_says() -> None:
    people = _folded().by_number.values()
    kinds = Counter(event.kind for event in events())
    assert len(people) == kinds["Screened"]
    assert sum(person.randomized for person in people) == kinds["Randomized"] == PEOPLE
    assert sum(person.treated for person in people) == kinds["PumpStarted"]
    assert sum(FOLLOW_UP in person.enrolled for person in people) == kinds["Enrolled"]
    assert sum(len(person.forms) for person in people) == kinds["FormRecorded"]
    assert sum(len(person.adverse_events) for person in people) == kinds["AdverseEventReported"]
    presses = [press for person in people if person.pump for press in person.pump.presses]
    assert sum(press.volume_ml is not None for press in presses) == kinds["DemandDelivered"]
    assert sum(press.denied is not None for press in presses) == kinds["DemandDenied"]
    assert (
        sum(PARENT in person.declined for person in people)
        + sum(FOLLOW_UP in person.declined for person in people)
        == (kinds["ConsentDeclined"])
    )


def test_replaying_gives_what_living_gave(ward: Ward) -> None:
    ward.sealed().treated("P1")
    _diary(ward, {"sore": True, "soreness": 4})
    replayed = Participants()
    for event in ward.trial.events():
        replayed.apply(event)
    assert replayed.by_number == ward.trial.participants.by_number


def test_a_correction_changes_the_form_and_is_counted(ward: Ward) -> None:
    ward.screened("P1")
    people = ward.trial.participants
    seq = people.by_number["P1"].forms["entry", "baseline"].seq
    assert people.form_of(seq) == ("entry", "baseline")
    assert people.form_of(1) is None
    ward.trial.act(
        INVESTIGATOR, STUDY, "P1",
        lambda: [t.ValueCorrected(corrects=seq, item="age_y", value=41, reason="misread")],
    )  # fmt: skip
    assert people.by_number["P1"].values()["age_y"] == 41
    assert people.corrections == 1
