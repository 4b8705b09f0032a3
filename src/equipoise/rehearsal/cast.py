"""The staff of a rehearsal: one person for each role, with a name that says what they are."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.conduct.trial import Staff
from equipoise.errors import InputError
from equipoise.events.types import StaffDelegated

PEOPLE = {
    "investigator": ("inv1", "Rehearsal investigator"),
    "caregiver": ("nurse1", "Rehearsal ward nurse"),
    "outcomes assessor": ("assessor1", "Rehearsal outcomes assessor"),
    "pharmacist": ("pharm1", "Rehearsal pharmacist"),
    "data manager": ("data1", "Rehearsal data manager"),
    "statistician": ("stat1", "Rehearsal trial statistician"),
    "monitoring board": ("board1", "Rehearsal board statistician"),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts; each person holds one role."""

    investigator: Staff
    nurse: Staff
    pharmacist: Staff
    data_manager: Staff
    statistician: Staff
    board: Staff

    def of(self, role: str) -> Staff:
        """Return the person with ``role``; raise :class:`InputError` when nobody has it."""
        if role not in PEOPLE:
            raise InputError(
                f"role '{role}'",
                "is played by nobody in a rehearsal",
                f"Give the visit to one of {', '.join(PEOPLE)}.",
            )
        return _member(role)


def cast() -> Cast:
    """Return the whole cast."""
    return Cast(
        investigator=_member("investigator"),
        nurse=_member("caregiver"),
        pharmacist=_member("pharmacist"),
        data_manager=_member("data manager"),
        statistician=_member("statistician"),
        board=_member("monitoring board"),
    )


def _member(role: str) -> Staff:
    return Staff(PEOPLE[role][0], role)


def delegations() -> list[StaffDelegated]:
    """Return the delegation of every member of the cast."""
    return [
        StaffDelegated(person=person, name=name, roles=(role,))
        for role, (person, name) in PEOPLE.items()
    ]
