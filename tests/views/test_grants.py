"""Masking per person, participant and time: default deny."""

from __future__ import annotations

from datetime import timedelta

from equipoise.conduct import close
from equipoise.conduct.allocation import lift_masking
from equipoise.conduct.unmask import admit_accident, unmask
from equipoise.events import types as t
from tests.conduct.ward import (
    ASSESSOR,
    BOARD,
    DATA,
    INVESTIGATOR,
    STAFF,
    STUDY,
    Ward,
)
from tests.small import events

UNMASKED = {"phil"}  # the sample protocol unmasks its pharmacist


def _knowing(ward: Ward, participant: str) -> set[str]:
    return {s.person for s in STAFF if ward.trial.grants.may_know(s.person, participant)}


def test_at_first_only_unmasked_roles_may_know(ward: Ward) -> None:
    assert _knowing(ward, "P1") == UNMASKED
    assert not ward.trial.grants.may_know("a stranger", "P1")


def test_an_emergency_is_one_person_one_participant_from_then_on(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    ward.randomized("P2")
    ward.wait(hours=1)
    moment = ward.clock.now()
    key = ward.keys["duty desk"]
    unmask(ward.trial, INVESTIGATOR, STUDY, "P1", "overdose", "asleep", key)
    grants = ward.trial.grants
    assert _knowing(ward, "P1") == UNMASKED | {"ina"}
    assert _knowing(ward, "P2") == UNMASKED
    assert grants.may_know("ina", "P1", moment)
    assert not grants.may_know("ina", "P1", moment - timedelta(seconds=1))


def test_an_accident_unmasks_who_admits_it(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    admit_accident(ward.trial, ASSESSOR, STUDY, "P1", "the participant said it")
    assert _knowing(ward, "P1") == UNMASKED | {"ada"}
    assert [g.why for g in ward.trial.grants.given if g.person == "ada"] == ["by accident"]


def test_an_analysis_lifts_masking_for_named_persons_only(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    close.lock(ward.trial, DATA, STUDY, "complete")
    lift_masking(ward.trial, BOARD, STUDY, ["stan"], "publication of the first study")
    assert _knowing(ward, "P1") == UNMASKED | {"stan"}


def test_a_second_delegation_of_an_unmasked_role_adds_no_second_grant(ward: Ward) -> None:
    again = t.StaffDelegated(person="phil", name="Phil", roles=("pharmacist", "caregiver"))
    ward.trial.act(INVESTIGATOR, STUDY, None, lambda: [again])
    assert [g.person for g in ward.trial.grants.given] == ["phil"]


def test_in_the_rehearsal_nobody_else_knows_before_the_opening() -> None:
    kinds = [event.kind for event in events()]
    assert kinds.index("AllocationOpened") > max(
        place for place, kind in enumerate(kinds) if kind == "FormRecorded"
    )


def test_every_person_with_an_unmasked_role_has_a_grant_of_their_own(ward: Ward) -> None:
    second = t.StaffDelegated(person="paula", name="Paula", roles=("pharmacist",))
    ward.trial.act(INVESTIGATOR, STUDY, None, lambda: [second])
    assert [g.person for g in ward.trial.grants.given] == ["phil", "paula"]
    assert ward.trial.grants.may_know("paula", "P1")
