from __future__ import annotations

import pytest

from equipoise.conduct.unmask import print_card, unmask, unmask_by_card
from equipoise.errors import InputError, Refused
from tests.conduct.ward import ASSESSOR, INVESTIGATOR, STUDY, Ward


def _unmask(
    ward: Ward, number: str = "P1", reason: str = "overdose", key: str = "duty desk"
) -> str:
    arm = unmask(ward.trial, INVESTIGATOR, STUDY, number, reason, "cannot be woken", ward.keys[key])
    return arm.reveal().title.en


def test_the_request_is_in_the_ledger_and_the_arm_is_not(ward: Ward) -> None:
    ward.sealed()
    shown = []
    for number in ("P1", "P2"):
        ward.randomized(number)
        shown.append(_unmask(ward, number))
    assert sorted(shown) == ["Balm", "Salve"]
    facts = [e.fact.model_dump() for e in ward.trial.events() if e.kind == "EmergencyUnmasked"]
    assert facts[0] == facts[1] == {
        "reason": "overdose", "explanation": "cannot be woken", "source": "key",
    }  # fmt: skip


def test_the_request_is_durable_before_the_slot_is_opened(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.sealed().randomized("P1")

    def breaks(*_: object) -> None:
        assert ward.kinds()[-1] == "EmergencyUnmasked"
        raise RuntimeError("power cut")

    monkeypatch.setattr("equipoise.conduct.unmask.open_slot", breaks)
    with pytest.raises(RuntimeError, match="power cut"):
        _unmask(ward)
    assert ward.kinds()[-1] == "EmergencyUnmasked"


@pytest.mark.parametrize(
    ("number", "reason", "key", "error", "says"),
    [
        ("P9", "overdose", "duty desk", InputError, "participant P9: there is no participant"),
        ("P2", "overdose", "duty desk", Refused, "has no slot, so there is no arm"),
        ("P1", "curiosity", "duty desk", InputError, "'curiosity' is not on the list"),
        ("P1", "overdose", "pharmacy", InputError, "is the key of 'pharmacy', and emergencies"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_recorded(
    ward: Ward, number: str, reason: str, key: str, error: type[Exception], says: str
) -> None:
    ward.sealed().randomized("P1")
    ward.screened("P2")
    before = ward.store.head()
    with pytest.raises(error, match=says):
        _unmask(ward, number, reason, key)
    assert ward.store.head() == before


def test_only_the_investigator_asks(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    with pytest.raises(Refused, match="may not record EmergencyUnmasked"):
        unmask(ward.trial, ASSESSOR, STUDY, "P1", "overdose", "", ward.keys["duty desk"])


def test_a_card_opened_offline_is_recorded_later_and_checked(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    ward.randomized("P2")
    card = print_card(ward.trial, "P1", ward.keys["duty desk"]).reveal()
    opened_at = ward.clock.now()
    ward.wait(hours=5)

    def by_card(number: str, text: str) -> str:
        arm = unmask_by_card(
            ward.trial, INVESTIGATOR, STUDY, number, "overdose", "server down", text, opened_at
        )
        return arm.reveal().title.en

    assert by_card("P1", card).lower() in card
    event = list(ward.trial.events())[-1]
    assert (event.occurred_at, event.recorded_at) == (opened_at, ward.clock.now())
    assert event.fact.model_dump()["source"] == "card"
    before = ward.store.head()
    with pytest.raises(
        InputError, match="is for slot 0 of stratum 'hand=left', not for participant P2"
    ):
        by_card("P2", card)
    digit = next(c for c in card.split("nonce: ")[1] if c.isalnum())
    forged = card.replace(f"nonce: {digit}", f"nonce: {'0' if digit != '0' else '1'}")
    with pytest.raises(InputError, match="does not fit the commitment"):
        by_card("P1", forged)
    assert ward.store.head() == before


def test_the_card_and_the_arm_do_not_print_themselves(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    key = ward.keys["duty desk"]
    arm = unmask(ward.trial, INVESTIGATOR, STUDY, "P1", "overdose", "", key)
    assert f"{arm} {print_card(ward.trial, 'P1', key)!r}" == "sealed sealed"
