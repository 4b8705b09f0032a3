from __future__ import annotations

import pytest

from equipoise.events.states import ORDER
from equipoise.rules.authority import MAY_RECORD, may_record


def test_every_kind_of_event_has_somebody_who_may_record_it() -> None:
    assert set(MAY_RECORD) == set(ORDER)
    assert all(MAY_RECORD.values())


def test_what_is_not_declared_is_denied() -> None:
    assert not may_record("SomethingNew", "investigator")
    assert not may_record("Randomized", "participant")


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("BagPrepared", "pharmacist"),
        ("EmergencyUnmasked", "investigator"),
        ("AnalysisPlanSigned", "statistician"),
        ("DataLocked", "data manager"),
        ("AllocationOpened", "monitoring board"),
        ("PumpStarted", "caregiver"),
    ],
)
def test_some_acts_belong_to_one_role_alone(kind: str, role: str) -> None:
    assert MAY_RECORD[kind] == {role}


def test_who_measures_the_outcome_neither_doses_nor_randomizes() -> None:
    for kind in ("Randomized", "BagPrepared", "PumpStarted", "EmergencyUnmasked"):
        assert not may_record(kind, "outcomes assessor")
