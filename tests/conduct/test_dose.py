from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from equipoise.chance import SeededEntropy
from equipoise.conduct import capture, dose, screen
from equipoise.conduct.allocation import new_reader_key
from equipoise.conduct.randomise import randomise
from equipoise.errors import InputError, Refused
from equipoise.infusion.mixture import Worksheet
from tests.conduct.ward import ADULT, INVESTIGATOR, NURSE, PHARMACIST, STUDY, Ward, study


def _sheet(ward: Ward, number: str) -> Worksheet:
    return dose.worksheet_for(ward.trial, number, ward.keys["pharmacy"])


def test_the_pharmacists_key_opens_the_slot_and_nobody_elses(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    sheet = _sheet(ward, "P1")
    assert sheet.weight_kg == Decimal("60.0")
    assert {line.drug for line in sheet.lines} in ({"balmol", "calmol"}, {"calmol"})
    stranger = new_reader_key("pharmacy", SeededEntropy(2, "stranger"))
    with pytest.raises(InputError):
        dose.worksheet_for(ward.trial, "P1", stranger)


def test_both_arms_occur_and_what_is_recorded_is_alike(ward: Ward) -> None:
    ward.sealed()
    sheets = []
    for number in ("P1", "P2"):  # a block of two holds each arm once
        slot = ward.randomized(number)
        sheets.append(_sheet(ward, number))
        dose.prepare(ward.trial, PHARMACIST, STUDY, number, slot.kit, sheets[-1])
    assert {len(sheet.lines) for sheet in sheets} == {1, 2}
    facts = [e.fact.model_dump() for e in ward.trial.events() if e.kind == "BagPrepared"]
    assert [{**fact, "kit": ""} for fact in facts] == [
        {
            "kit": "",
            "weight_kg": Decimal("60.0"),
            "volume_ml": Decimal(100),
            "steps": facts[0]["steps"],
        }
    ] * 2


def test_no_slot_no_worksheet(ward: Ward) -> None:
    ward.sealed().ready("P1")
    with pytest.raises(Refused, match="participant P1: has no slot"):
        _sheet(ward, "P1")


def test_a_kit_is_the_participants_own_and_prepared_once(ward: Ward) -> None:
    ward.sealed()
    mine, others = ward.randomized("P1"), ward.randomized("P2")
    sheet = _sheet(ward, "P1")
    with pytest.raises(Refused, match=f"kit {others.kit}: does not belong to participant P1"):
        dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", others.kit, sheet)
    dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", mine.kit, sheet)
    with pytest.raises(Refused, match="is prepared already"):
        dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", mine.kit, sheet)


def test_the_pump_starts_on_a_prepared_bag_of_this_participant(ward: Ward) -> None:
    ward.sealed()
    mine = ward.randomized("P1")
    with pytest.raises(Refused, match="is not prepared for participant P1"):
        ward.start("P1", mine.kit)
    ward.treated("P2")
    with pytest.raises(Refused, match="is not prepared for participant P2"):
        ward.start("P2", mine.kit)


def test_other_settings_than_the_protocols_are_a_documented_deviation(ward: Ward) -> None:
    ward.sealed()
    slot = ward.randomized("P1")
    dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", slot.kit, _sheet(ward, "P1"))
    ward.start("P1", slot.kit, bolus_ml="3")
    assert ward.kinds()[-2:] == ["PumpStarted", "DeviationRecorded"]
    (deviation,) = ward.trial.participant("P1").deviations
    assert deviation.description.startswith("bolus 3 ml, lockout 10 min, background 1 ml/h instead")
    assert "of 2, 10, 1" in deviation.description


def test_the_log_of_the_pump(ward: Ward) -> None:
    ward.sealed().treated("P1")
    ward.wait(hours=1)
    now = ward.clock.now()
    dose.delivered(ward.trial, NURSE, STUDY, "P1", Decimal("2.00"), now)
    dose.denied(ward.trial, NURSE, STUDY, "P1", "lockout", now)
    ward.wait(hours=23)
    ward.stop("P1")
    pump = ward.trial.participant("P1").running()
    assert [(p.volume_ml, p.denied) for p in pump.presses] == [
        (Decimal("2.00"), None),
        (None, "lockout"),
    ]
    assert (pump.infused_ml, pump.stop_reason) == (Decimal("24.00"), "completed")
    with pytest.raises(Refused, match="needs 'pump running' first"):
        dose.delivered(ward.trial, NURSE, STUDY, "P1", Decimal(2), ward.clock.now())


def test_a_second_bag_comes_from_the_same_slot(ward: Ward) -> None:
    first = ward.sealed().treated("P1")
    person = ward.trial.participant("P1")
    kits = dose.kits_of(ward.trial, person)
    assert kits[0] == first.kit
    assert len(set(kits)) == 3
    with pytest.raises(Refused, match="is not a prepared, unused bag"):
        dose.replace_bag(ward.trial, NURSE, STUDY, "P1", kits[1], Decimal("95.0"))
    dose.prepare(ward.trial, PHARMACIST, STUDY, "P1", kits[1], _sheet(ward, "P1"))
    dose.replace_bag(ward.trial, NURSE, STUDY, "P1", kits[1], Decimal("95.0"))
    assert [kit for _, kit in person.running().bags] == [kits[0], kits[1]]
    with pytest.raises(Refused, match="is not a prepared, unused bag"):
        dose.replace_bag(ward.trial, NURSE, STUDY, "P1", kits[0], Decimal("95.0"))


def test_the_weight_is_the_item_that_the_protocol_names(tmp_path: Path) -> None:
    ward = Ward(
        study(
            tmp_path, ("weight_kg", "mass_kg"), ("pump:\n", "body: {weight_kg: mass_kg}\npump:\n")
        )
    )
    ward.sealed()
    screen.screen(ward.trial, INVESTIGATOR, STUDY, "P1", "a" * 64)
    values = {name: value for name, value in ADULT.items() if name != "weight_kg"}
    capture.record_form(
        ward.trial, INVESTIGATOR, STUDY, "P1", "entry", "baseline", {**values, "mass_kg": "60.0"}
    )
    screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "en")
    assert screen.assess(ward.trial, INVESTIGATOR, STUDY, "P1").eligible
    randomise(ward.trial, INVESTIGATOR, STUDY, "P1")
    assert _sheet(ward, "P1").weight_kg == Decimal("60.0")
