from __future__ import annotations

import json
from typing import Any

import pytest

from equipoise.conduct import capture, close
from equipoise.conduct.allocation import open_allocation
from equipoise.conduct.disclose import readable
from equipoise.conduct.trial import Staff
from equipoise.conduct.unmask import unmask
from equipoise.errors import Refused
from tests.conduct.test_capture import _diary
from tests.conduct.ward import (
    ASSESSOR,
    BOARD,
    DATA,
    INVESTIGATOR,
    NURSE,
    PATIENT,
    PHARMACIST,
    STATISTICIAN,
    STUDY,
    Ward,
)


def _kinds(ward: Ward, staff: Staff) -> set[str]:
    return {shown["kind"] for shown in readable(ward.trial, staff)}


def test_each_role_reads_what_its_work_needs(ward: Ward) -> None:
    ward.sealed().treated("P1")
    _diary(ward, {"sore": False})
    assert "BagPrepared" in _kinds(ward, PHARMACIST)
    assert "BagPrepared" not in _kinds(ward, NURSE) | _kinds(ward, INVESTIGATOR)
    assert {"PumpStarted", "Randomized"} <= _kinds(ward, NURSE)
    assert not {"PumpStarted", "Randomized", "FormRecorded", "Screened"} & _kinds(ward, ASSESSOR)
    assert "FormRecorded" in _kinds(ward, INVESTIGATOR) & _kinds(ward, DATA)
    assert "FormRecorded" not in _kinds(ward, NURSE)
    assert _kinds(ward, PATIENT) == {"FormRecorded"}
    assert _kinds(ward, BOARD) == set(ward.kinds())


def test_who_recorded_sees_their_own(ward: Ward) -> None:
    ward.sealed().treated("P1")
    mine = [shown for shown in readable(ward.trial, NURSE) if shown["by"] == NURSE.person]
    assert [shown["kind"] for shown in mine] == ["PumpStarted"]


def test_no_digest_and_no_ciphertext_is_shown_to_masked_roles(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    (sealed,) = (s for s in readable(ward.trial, INVESTIGATOR) if s["kind"] == "AllocationSealed")
    assert set(sealed["content"]) == {"specification", "slots"}
    text = json.dumps(list(readable(ward.trial, DATA)))
    assert "fingerprint" not in text
    assert ward.store.head().digest.hex() not in text


def test_others_learn_that_an_emergency_happened_not_why(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    unmask(ward.trial, INVESTIGATOR, STUDY, "P1", "death", "private", ward.keys["duty desk"])
    (seen,) = (s for s in readable(ward.trial, DATA) if s["kind"] == "EmergencyUnmasked")
    assert seen["content"] == {"reason": "death", "source": "key"}
    assert "EmergencyUnmasked" not in _kinds(ward, ASSESSOR) | _kinds(ward, STATISTICIAN)
    (own,) = (s for s in readable(ward.trial, INVESTIGATOR) if s["kind"] == "EmergencyUnmasked")
    assert own["content"]["explanation"] == "private"


def test_the_opened_allocation_is_read_by_those_with_a_grant(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, "a" * 64, "b" * 64, "fixed")
    close.lock(ward.trial, DATA, STUDY, "complete")
    close.sign_opening(ward.trial, INVESTIGATOR, STUDY, "a" * 64, "b" * 64, "agreed")
    assert "AllocationOpened" not in _kinds(ward, STATISTICIAN)
    open_allocation(ward.trial, BOARD, STUDY, ward.keys["board"], "a" * 64, "b" * 64)
    assert "AllocationOpened" in _kinds(ward, STATISTICIAN)


def test_a_stranger_reads_nothing(ward: Ward) -> None:
    with pytest.raises(Refused, match="is not delegated this role"):
        list(readable(ward.trial, Staff("eve", "investigator")))


def test_masked_roles_learn_that_the_pharmacy_deviated_not_how(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    capture.deviate(ward.trial, PHARMACIST, STUDY, "P1", "ampoule", "the second balmol broke")
    capture.deviate(ward.trial, NURSE, STUDY, "P1", "pump", "stood still for an hour")
    for reader in (INVESTIGATOR, DATA, STATISTICIAN):
        contents = [s["content"] for s in _shown(ward, reader, "DeviationRecorded")]
        assert contents == [{}, {"category": "pump", "description": "stood still for an hour"}]
    assert "balmol broke" in str(_shown(ward, BOARD, "DeviationRecorded"))


def test_a_correction_is_shown_by_its_place_and_no_event_is_counted(ward: Ward) -> None:
    ward.screened("P1")
    form = ward.trial.store.head().seq
    capture.correct(ward.trial, DATA, STUDY, "P1", form, {"age_y": 41}, "misread")
    (shown,) = _shown(ward, INVESTIGATOR, "ValueCorrected")
    assert shown["content"] == {
        "item": "age_y", "value": 41, "reason": "misread", "visit": "entry", "form": "baseline",
    }  # fmt: skip
    close.lock(ward.trial, DATA, STUDY, "complete")
    (shown,) = _shown(ward, INVESTIGATOR, "DataLocked")
    assert shown["content"] == {"meaning": "complete"}


def _shown(ward: Ward, staff: Staff, kind: str) -> list[dict[str, Any]]:
    return [shown for shown in readable(ward.trial, staff) if shown["kind"] == kind]
