from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.conduct import capture, randomise, screen
from equipoise.errors import Refused
from equipoise.events.types import Randomized
from equipoise.rules.allocation import check_kit_code
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward, study


def _randomise(ward: Ward, number: str) -> Randomized:
    return randomise.randomise(ward.trial, INVESTIGATOR, STUDY, number)


def test_not_before_the_list_is_sealed(ward: Ward) -> None:
    ward.ready("P1")
    with pytest.raises(Refused, match="the sealed list is not published yet"):
        _randomise(ward, "P1")


def test_not_without_consent_in_force(ward: Ward) -> None:
    ward.sealed().screened("P1")
    screen.assess(ward.trial, INVESTIGATOR, STUDY, "P1")
    with pytest.raises(Refused, match="needs 'consented XX0001' first"):
        _randomise(ward, "P1")
    ward.ready("P2")
    capture.withdraw(ward.trial, INVESTIGATOR, STUDY, "P2", "treatment", "changed his mind")
    with pytest.raises(Refused, match="cannot follow 'withdrawn XX0001'"):
        _randomise(ward, "P2")


def test_not_without_a_favourable_verdict_as_it_is_now(ward: Ward) -> None:
    ward.sealed().screened("P1", age_y=17)
    screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "en")
    screen.assess(ward.trial, INVESTIGATOR, STUDY, "P1")
    with pytest.raises(Refused, match="needs 'eligible XX0001' first"):
        _randomise(ward, "P1")
    ward.ready("P2")
    seq = ward.trial.participant("P2").forms["entry", "baseline"].seq
    capture.correct(ward.trial, INVESTIGATOR, STUDY, "P2", seq, {"age_y": 16}, "wrong birthday")
    screen.assess(ward.trial, INVESTIGATOR, STUDY, "P2")
    with pytest.raises(Refused, match="needs 'eligible XX0001' first"):
        _randomise(ward, "P2")


def test_once_per_person(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    with pytest.raises(Refused, match="cannot follow 'randomized'"):
        _randomise(ward, "P1")


def test_each_stratum_is_used_in_its_own_order(ward: Ward) -> None:
    ward.sealed()
    taken = [
        (slot.stratum, slot.slot)
        for n, hand in enumerate(["left", "right", "left", "left", "right"])
        for slot in [ward.randomized(f"P{n}", hand=hand)]
    ]
    left, right = "hand=left", "hand=right"
    assert taken == [(left, 0), (right, 0), (left, 1), (left, 2), (right, 1)]


def test_the_event_names_the_slots_kit_and_no_arm(ward: Ward) -> None:
    slot = ward.sealed().randomized("P1")
    assert check_kit_code(slot.kit) == slot.kit
    sealed = ward.trial.sealed_list
    assert sealed
    kit = sealed.kits("hand=left", 0)
    assert kit
    assert slot.kit == kit.code
    assert set(slot.model_dump()) == {"stratum", "slot", "kit"}
    assert not {"balm", "salve"} & {slot.kit.lower(), slot.stratum}


def test_an_exhausted_stratum_stops_and_says_so(tmp_path: Path) -> None:
    small = study(tmp_path, ("length: 40", "length: 2"), ("participants: 40", "participants: 2"))
    ward = Ward(small).sealed()
    for number in ("P1", "P2"):
        ward.randomized(number)
    ward.ready("P3")
    with pytest.raises(Refused, match="stratum 'hand=left': all 2 slots of the list are taken"):
        _randomise(ward, "P3")
    assert ward.randomized("P4", hand="right").slot == 0


def test_the_stratum_must_be_recorded(ward: Ward) -> None:
    ward.sealed().ready("P1", hand=None)
    with pytest.raises(Refused, match="'hand' decides the stratum and is not recorded"):
        _randomise(ward, "P1")


def test_a_correction_after_randomization_moves_nobody(ward: Ward) -> None:
    slot = ward.sealed().randomized("P1", hand="left")
    seq = ward.trial.participant("P1").forms["entry", "baseline"].seq
    capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"hand": "right"}, "mixed up")
    person = ward.trial.participant("P1")
    assert (person.stratum, person.slot) == ("hand=left", slot.slot)
