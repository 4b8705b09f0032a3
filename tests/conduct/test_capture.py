from __future__ import annotations

import pytest

from equipoise.conduct import capture
from equipoise.errors import InputError, Refused
from equipoise.events.types import AdverseEventReported, Value
from equipoise.ledger.verify import verify
from tests.conduct.ward import INVESTIGATOR, NURSE, PATIENT, STUDY, Ward


def _diary(ward: Ward, values: dict[str, Value], visit: str = "noon") -> None:
    capture.record_form(ward.trial, PATIENT, STUDY, "P1", visit, "diary", values)


def test_values_are_stored_as_they_were_meant(ward: Ward) -> None:
    ward.screened("P1", weight_kg="61")
    stored = ward.trial.participant("P1").forms["entry", "baseline"].values
    assert stored["weight_kg"] == "61.0"
    assert "heavy" not in stored  # computed, never stored


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"sore": True, "soreness": 11}, "soreness"),
        ({"sore": False, "soreness": 3}, "soreness"),
        ({"sore": True}, "soreness"),
        ({"sore": "maybe"}, "sore"),
        ({"sore": False, "itch": 1}, "itch"),
    ],
)
def test_a_value_that_its_item_does_not_take_is_refused_by_name(
    ward: Ward, values: dict[str, Value], says: str
) -> None:
    ward.screened("P1")
    with pytest.raises(InputError, match=says):
        _diary(ward, values)
    assert ("noon", "diary") not in ward.trial.participant("P1").forms


def test_a_form_is_recorded_once(ward: Ward) -> None:
    ward.screened("P1")
    _diary(ward, {"sore": False})
    with pytest.raises(Refused, match="is recorded already"):
        _diary(ward, {"sore": False})
    _diary(ward, {"sore": False}, visit="night")


def test_a_visit_belongs_to_its_role_and_its_forms(ward: Ward) -> None:
    ward.screened("P1")
    with pytest.raises(Refused, match="the protocol gives it to the participant"):
        capture.record_form(ward.trial, NURSE, STUDY, "P1", "noon", "diary", {"sore": False})
    with pytest.raises(InputError, match="form 'baseline': is not due at visit 'noon'"):
        capture.record_form(ward.trial, PATIENT, STUDY, "P1", "noon", "baseline", {})
    with pytest.raises(InputError, match="visit 'dawn': is not in the schedule"):
        _diary(ward, {"sore": False}, visit="dawn")


def test_a_correction_adds_and_names_the_first(ward: Ward) -> None:
    ward.screened("P1")
    _diary(ward, {"sore": True, "soreness": 7})
    seq = ward.store.head().seq
    capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"soreness": 1}, "slip of the pen")
    first, second = list(ward.trial.events())[-2:]
    assert first.fact.model_dump()["values"]["soreness"] == 7
    assert second.fact.model_dump() == {
        "corrects": seq,
        "item": "soreness",
        "value": 1,
        "reason": "slip of the pen",
    }
    assert ward.trial.participant("P1").forms["noon", "diary"].values["soreness"] == 1


@pytest.mark.parametrize(
    ("item", "value", "reason", "says"),
    [
        ("soreness", 11, "because", "soreness"),
        ("soreness", 5, "  ", "gives no reason"),
        ("sore", False, "because", "soreness"),  # would hide what is recorded
    ],
)
def test_a_correction_is_held_to_the_same_rules(
    ward: Ward, item: str, value: Value, reason: str, says: str
) -> None:
    ward.screened("P1")
    _diary(ward, {"sore": True, "soreness": 7})
    seq = ward.store.head().seq
    with pytest.raises(InputError, match=says):
        capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {item: value}, reason)
    assert ward.store.head().seq == seq


def test_a_branch_is_corrected_with_what_hangs_on_it(ward: Ward) -> None:
    ward.screened("P1")
    _diary(ward, {"sore": False})
    seq = ward.store.head().seq
    capture.correct(
        ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"sore": True, "soreness": 4}, "misheard"
    )
    assert ward.kinds()[-2:] == ["ValueCorrected", "ValueCorrected"]
    assert ward.trial.participant("P1").forms["noon", "diary"].values == {
        "sore": True,
        "soreness": 4,
    }
    capture.correct(
        ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"sore": False, "soreness": None}, "again"
    )
    assert verify(ward.store.read()).verified


def test_only_a_form_of_this_participant_is_corrected(ward: Ward) -> None:
    ward.screened("P1").screened("P2")
    other = ward.trial.participant("P2").forms["entry", "baseline"].seq
    for seq in (1, other, 999):
        with pytest.raises(InputError, match=f"event {seq}: is not a form recorded for"):
            capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"age_y": 41}, "why")


def test_what_else_is_told_of_a_participant(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    itch = AdverseEventReported(
        term="Itch", organ_system="Skin disorders", severity="mild", serious=False,
        related="possible", outcome="recovered",
    )  # fmt: skip
    onset = ward.clock.now()
    ward.wait(hours=2)
    capture.report_adverse_event(ward.trial, NURSE, STUDY, "P1", itch, onset)
    capture.miss_visit(ward.trial, NURSE, STUDY, "P1", "noon", "asleep")
    capture.deviate(ward.trial, NURSE, STUDY, "P1", "timing", "an hour late")
    capture.withdraw(ward.trial, INVESTIGATOR, STUDY, "P1", "follow-up", "moves away")
    capture.lose(ward.trial, INVESTIGATOR, STUDY, "P1", 3, "no answer")
    person = ward.trial.participant("P1")
    assert person.adverse_events == [(onset, itch)]
    assert person.missed == {"noon": "asleep"}
    assert [d.category for d in person.deviations] == ["timing"]
    assert person.withdrawn[STUDY][1] == "moves away"
    assert person.lost[STUDY][1] == "no answer"
    assert person.randomized
