"""What went wrong is recorded, and analysed as randomized; nothing takes a randomization back."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from equipoise.conduct import capture, close, dose, randomise, screen
from equipoise.conduct.allocation import open_allocation
from equipoise.errors import Refused
from equipoise.events.states import ORDER
from equipoise.events.types import AllocationOpened
from equipoise.rules.eligibility import judge
from equipoise.views.dataset import Dataset, build
from tests.conduct.ward import (
    BOARD,
    DATA,
    INVESTIGATOR,
    NURSE,
    PHARMACIST,
    STATISTICIAN,
    STUDY,
    Ward,
    study,
)


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """A trial that randomizes, with two participants before those who go wrong."""
    ward = Ward(study(tmp_path)).sealed()
    for number in ("P1", "P2"):
        ward.randomized(number)
    return ward


def _form(ward: Ward, number: str) -> int:
    """Return the number of the event of the participant's screening form."""
    return ward.trial.participant(number).forms["entry", "baseline"].seq


def _correct(ward: Ward, number: str, item: str, value: int | str) -> None:
    seq = _form(ward, number)
    capture.correct(ward.trial, DATA, STUDY, number, seq, {item: value}, "wrong in the chart")


def _deviation(ward: Ward, number: str, category: str) -> None:
    capture.deviate(ward.trial, INVESTIGATOR, STUDY, number, category, "found by the monitor")


def _opened(ward: Ward) -> tuple[Dataset, dict[tuple[str, int], str]]:
    """Lock, open, and return the dataset with the arms that the list gave to its slots."""
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, "a" * 64, "b" * 64, "fixed")
    close.lock(ward.trial, DATA, STUDY, "complete")
    close.sign_opening(ward.trial, INVESTIGATOR, STUDY, "a" * 64, "b" * 64, "agreed")
    open_allocation(ward.trial, BOARD, STUDY, ward.keys["board"], "a" * 64, "b" * 64)
    opened = ward.trial.state.opened
    assert isinstance(opened, AllocationOpened)
    arms = {(slot.stratum, slot.slot): slot.arm for slot in opened.slots}
    return build(ward.trial.state.protocol, ward.trial.participants.by_number, arms), arms


def test_a_wrong_stratum_stays_and_the_true_value_is_kept_beside_it(ward: Ward) -> None:
    slot = ward.randomized("P3", hand="left")
    _correct(ward, "P3", "hand", "right")
    _deviation(ward, "P3", "wrong stratum")
    nxt = ward.randomized("P4", hand="right")
    assert (slot.stratum, slot.slot) == ("hand=left", 2)
    assert (nxt.stratum, nxt.slot) == ("hand=right", 0)  # the correction took no slot there
    data, arms = _opened(ward)
    (row,) = data.participants.filter(data.participants["participant"] == "P3").to_dicts()
    assert (row["stratum"], row["slot"], row["hand"]) == ("hand=left", 2, "right")
    assert row["arm"] == arms["hand=left", 2]


def test_who_was_not_eligible_after_all_is_analysed_as_randomized(ward: Ward) -> None:
    slot = ward.randomized("P3")
    _correct(ward, "P3", "weight_kg", "39.0")
    protocol, person = ward.trial.state.protocol, ward.trial.participant("P3")
    verdict = judge(protocol.eligibility, protocol.all_forms().values(), person.values())
    assert not verdict.eligible
    with pytest.raises(Refused, match="cannot follow"):  # the verdict then is not taken back
        screen.assess(ward.trial, INVESTIGATOR, STUDY, "P3")
    _deviation(ward, "P3", "not eligible")
    data, arms = _opened(ward)
    assert data.arms()["P3"] == arms[slot.stratum, slot.slot]
    assert data.participants.height == 3


def test_who_got_anothers_kit_is_analysed_as_randomized(ward: Ward) -> None:
    """The nurse hangs P1's bag for P2, of the other arm, and says so afterwards."""
    for number in ("P1", "P2"):
        sheet = dose.worksheet_for(ward.trial, number, ward.keys["pharmacy"])
        kit = ward.trial.participant(number).kit or ""
        dose.prepare(ward.trial, PHARMACIST, STUDY, number, kit, sheet)
    others = ward.trial.participant("P1").kit or ""
    with pytest.raises(Refused, match="is not prepared for participant P2"):
        ward.start("P2", others)
    description = f"kit {others} was hung instead of the participant's own"
    capture.deviate(ward.trial, NURSE, STUDY, "P2", "wrong kit", description)
    data, arms = _opened(ward)
    assert arms["hand=left", 0] != arms["hand=left", 1]  # a block of two
    assert data.arms()["P2"] == arms["hand=left", 1]
    assert [d.category for d in ward.trial.participant("P2").deviations] == ["wrong kit"]


def test_one_person_under_two_numbers_keeps_both_slots(ward: Ward) -> None:
    ward.randomized("P3")
    with pytest.raises(Refused, match="is the same person as P3"):
        screen.screen(ward.trial, INVESTIGATOR, STUDY, "P4", sha256(b"P3").hexdigest())
    second = ward.randomized("P4")  # with another document, so with another fingerprint
    _deviation(ward, "P4", "same person as P3")
    data, arms = _opened(ward)
    assert data.participants.height == 4
    assert data.arms()["P4"] == arms[second.stratum, second.slot]


def test_a_slot_is_never_given_again(ward: Ward) -> None:
    first = ward.randomized("P3")
    capture.withdraw(ward.trial, INVESTIGATOR, STUDY, "P3", "treatment", "a mistake")
    _deviation(ward, "P3", "randomized by mistake")
    with pytest.raises(Refused):
        randomise.randomise(ward.trial, INVESTIGATOR, STUDY, "P3")
    assert ward.randomized("P4").slot == first.slot + 1
    data, _ = _opened(ward)
    assert set(data.arms()) == {"P1", "P2", "P3", "P4"}


def test_no_kind_of_event_takes_a_randomization_back() -> None:
    lowering = {kind for kind, step in ORDER.items() if any("randomized" in f for f in step.lowers)}
    assert lowering == set()
    assert "randomized" in ORDER["Randomized"].raises
    assert "randomized" in ORDER["Randomized"].bars  # and it happens once


@pytest.mark.parametrize("kind", sorted(set(ORDER) - {"Randomized"}))
def test_no_other_kind_raises_it_either(kind: str) -> None:
    assert not any(flag.startswith("randomized") for flag in ORDER[kind].raises)
