from __future__ import annotations

import pytest

from equipoise.events.states import ORDER
from equipoise.events.types import fact_types
from equipoise.rules.audience import MAY_READ, WITHHELD, may_read, withheld

MASKED = ("caregiver", "investigator", "outcomes assessor", "data manager", "statistician")


def test_every_kind_declares_its_audience() -> None:
    assert set(MAY_READ) == set(ORDER)


def test_what_is_not_declared_is_denied() -> None:
    assert not may_read("SomethingNew", "investigator")
    assert not may_read("Randomized", "somebody")
    assert may_read("SomethingNew", "monitoring board")


def test_what_is_withheld_exists() -> None:
    for kind, fields in WITHHELD.items():
        assert fields <= set(fact_types()[kind].model_fields)


@pytest.mark.parametrize("role", MASKED)
def test_no_masked_role_reads_preparations_or_ciphertexts(role: str) -> None:
    assert not may_read("BagPrepared", role)
    assert {"sealed_list", "root"} <= withheld("AllocationSealed", role, "monitoring board")


@pytest.mark.parametrize("kind", ["PumpStarted", "DemandDelivered", "Randomized", "FormRecorded"])
def test_the_assessor_reads_nothing_that_others_saw_of_a_participant(kind: str) -> None:
    assert not may_read(kind, "outcomes assessor")


def test_the_board_sees_everything() -> None:
    assert all(may_read(kind, "monitoring board") for kind in MAY_READ)
    assert withheld("AllocationSealed", "monitoring board", "monitoring board") == frozenset()


@pytest.mark.parametrize("role", MASKED)
def test_no_masked_role_reads_what_pharmacists_write_freely(role: str) -> None:
    assert withheld("DeviationRecorded", role, "pharmacist") == {"category", "description"}
    assert withheld("DeviationRecorded", role, "caregiver") == frozenset()


def test_pharmacists_read_one_another() -> None:
    assert withheld("DeviationRecorded", "pharmacist", "pharmacist") == frozenset()
    assert withheld("DeviationRecorded", "monitoring board", "pharmacist") == frozenset()
