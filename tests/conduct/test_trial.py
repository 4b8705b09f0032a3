"""The one door: who may act, what happens twice, and what happens at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from equipoise.chance import SystemEntropy
from equipoise.conduct import capture, randomise, screen
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Refused
from equipoise.events import types as t
from equipoise.events.types import DeviationRecorded
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.verify import verify
from tests.conduct.ward import ASSESSOR, INVESTIGATOR, NURSE, STUDY, Ward, study


def test_a_person_acts_only_in_a_delegated_role(ward: Ward) -> None:
    for stranger in (Staff("eve", "investigator"), Staff("nils", "investigator")):
        with pytest.raises(Refused, match="is not delegated this role"):
            screen.screen(ward.trial, stranger, STUDY, "P1", "a" * 64)
    assert ward.kinds().count("Screened") == 0


def test_a_role_records_only_what_it_may(ward: Ward) -> None:
    ward.screened("P1")
    with pytest.raises(Refused, match="may not record ConsentGiven"):
        screen.consent(ward.trial, NURSE, STUDY, "P1", "en")


def test_nothing_of_a_refused_act_is_recorded(ward: Ward) -> None:
    before = ward.store.head()
    with pytest.raises(Refused, match="ConsentGiven needs 'screened' first"):
        screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "en")
    assert ward.store.head() == before


def test_an_act_is_all_or_nothing(ward: Ward) -> None:
    ward.sealed().ready("P1")
    before = ward.store.head()
    fact = DeviationRecorded(category="c", description="d")
    withdrawn = t.Enrolled()
    with pytest.raises(Refused, match="Enrolled"):
        ward.trial.act(INVESTIGATOR, STUDY, "P1", lambda: [fact, withdrawn])
    assert ward.store.head() == before


def test_the_second_fact_of_an_act_may_rest_on_the_first(ward: Ward) -> None:
    ward.screened("P1")
    ward.trial.act(
        INVESTIGATOR,
        STUDY,
        "P1",
        lambda: [
            t.ConsentGiven(document_version="1.0", language="en"),
            t.ConsentWithdrawn(scope="treatment", reason="changed her mind"),
        ],
    )
    assert ward.kinds()[-2:] == ["ConsentGiven", "ConsentWithdrawn"]


def test_the_same_command_is_recorded_once_and_answered_alike(ward: Ward) -> None:
    ward.sealed().ready("P1")
    first = randomise.randomise(ward.trial, INVESTIGATOR, STUDY, "P1", command="click-1")
    head = ward.store.head()
    again = Trial(ward.store, ward.clock, SystemEntropy())  # another tab, after a lost reply
    assert randomise.randomise(again, INVESTIGATOR, STUDY, "P1", command="click-1") == first
    assert ward.store.head() == head


def test_an_unknown_study_or_participant_is_named(ward: Ward) -> None:
    with pytest.raises(Refused, match="study XX9999"):
        screen.screen(ward.trial, INVESTIGATOR, "XX9999", "P1", "a" * 64)
    with pytest.raises(InputError, match="participant P7: there is no participant"):
        ward.trial.participant("P7")


def test_a_fact_about_a_participant_names_one(ward: Ward) -> None:
    with pytest.raises(InputError, match="names no participant"):
        ward.trial.act(INVESTIGATOR, STUDY, None, lambda: [t.Screened(fingerprint="a" * 64)])


def test_times_and_stamps_are_those_of_the_act(ward: Ward) -> None:
    ward.screened("P1")
    onset = ward.clock.now()
    ward.wait(hours=3)
    capture.record_form(
        ward.trial, Staff("pat", "participant"), STUDY, "P1", "noon", "diary", {"sore": False},
        at=onset,
    )  # fmt: skip
    event = list(ward.trial.events())[-1]
    assert (event.occurred_at, event.recorded_at) == (onset, ward.clock.now())
    assert (event.by, event.role, event.study) == ("pat", "participant", STUDY)
    assert event.protocol == ward.trial.state.digests[STUDY]


def test_two_programs_on_one_ledger_see_each_other(ward: Ward) -> None:
    other = Trial(ward.store, ward.clock, SystemEntropy())
    ward.screened("P1")
    screen.consent(other, ASSESSOR, STUDY, "P1", "en")
    with pytest.raises(Refused, match="cannot follow 'consented XX0001'"):
        screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "en")


@pytest.mark.parametrize("people", [40])
def test_simultaneous_randomizations_get_one_slot_each_without_gaps(
    tmp_path: Path, people: int
) -> None:
    ward = Ward(study(tmp_path, ("length: 40", "length: 60")), SqliteStore.create(tmp_path / "l"))
    ward.sealed()
    numbers = [f"P{n}" for n in range(people)]
    for number in numbers:
        ward.ready(number)

    def enrol(number: str) -> int:
        store = SqliteStore.open(tmp_path / "l")
        mine = Trial(store, ward.clock, SystemEntropy())
        slot = randomise.randomise(
            mine, INVESTIGATOR, STUDY, number, command=f"click {number}"
        ).slot
        randomise.randomise(mine, INVESTIGATOR, STUDY, number, command=f"click {number}")
        store.close()
        return slot

    with ThreadPoolExecutor(10) as pool:
        slots = list(pool.map(enrol, numbers))
    assert sorted(slots) == list(range(people))
    assert verify(ward.store.read()).verified
    assert ward.kinds().count("Randomized") == people
