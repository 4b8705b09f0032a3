"""Each role is one person, and each person has what the trial's rules ask for."""

from __future__ import annotations

import pytest

from equipoise.conduct.trial import Staff
from equipoise.rehearsal.cast import PEOPLE, cast, delegations
from equipoise.rules.authority import MAY_RECORD
from tests.refusal import refusal


def test_everybody_in_the_cast_is_delegated_their_one_role() -> None:
    people = cast()
    members = {people.investigator, people.nurse, people.pharmacist}
    members |= {people.data_manager, people.statistician, people.board}
    delegated = {Staff(given.person, role) for given in delegations() for role in given.roles}
    assert members <= delegated
    assert len({given.person for given in delegations()}) == len(delegations()) == len(PEOPLE)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_finds_its_person(role: str) -> None:
    assert cast().of(role) == Staff(PEOPLE[role][0], role)


def test_every_role_that_records_something_is_played_but_the_participants() -> None:
    roles = {role for allowed in MAY_RECORD.values() for role in allowed}
    assert roles - {"participant"} <= PEOPLE.keys()


def test_a_role_that_nobody_plays_is_named() -> None:
    problem = refusal(cast().of, "participant")
    assert "participant" in problem.where
    assert "outcomes assessor" in problem.todo
