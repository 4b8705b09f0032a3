from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from equipoise.conduct import capture, randomise, screen
from equipoise.conduct._allocator import Request, Stock, Taken, verify_assignments
from equipoise.conduct._seal import seal
from equipoise.conduct._sealed_list import SealedList
from equipoise.errors import Refused
from equipoise.events.types import Randomized
from equipoise.rules.allocation import check_kit_code
from tests.conduct.stock import minimizing
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


# --- minimization ---------------------------------------------------------------------------------


@pytest.fixture
def stock(tmp_path: Path) -> Ward:
    """A trial whose list is a stock."""
    return Ward(minimizing(tmp_path)).sealed()


def _allocator(ward: Ward) -> randomise.Assign:
    assert ward.trial.sealed_list
    stock = Stock(ward.trial.sealed_list, ward.keys["robot"])
    return lambda request: stock.assign(request).kit


def _assigned(ward: Ward, number: str, assign: randomise.Assign) -> Randomized:
    return randomise.randomise(ward.trial, INVESTIGATOR, STUDY, number, assign=assign)


def test_minimization_needs_its_allocator(stock: Ward) -> None:
    stock.ready("P1")
    with pytest.raises(Refused, match="minimization needs the allocator") as caught:
        _randomise(stock, "P1")
    assert "equipoise allocator" in caught.value.problem.todo
    assert "Randomized" not in stock.kinds()


def test_the_allocator_names_the_slot_and_its_kit(stock: Ward) -> None:
    assign = _allocator(stock)
    slots = []
    for number in range(12):
        stock.ready(f"P{number}", hand=["left", "right"][number % 2])
        slots.append(_assigned(stock, f"P{number}", assign))
    assert {slot.stratum for slot in slots} == {"all"}
    assert len({slot.slot for slot in slots}) == 12
    assert [slot.slot for slot in slots] != list(range(12))
    sealed = stock.trial.sealed_list
    assert sealed
    assert all((kits := sealed.kits("all", s.slot)) and kits.code == s.kit for s in slots)
    assert set(slots[0].model_dump()) == {"stratum", "slot", "kit"}
    assert verify_assignments(sealed, stock.keys["robot"], randomise.taken_of(stock.trial)) == []


def test_the_allocator_is_told_factors_as_they_were_in_the_order_of_randomization(
    stock: Ward,
) -> None:
    assign, asked = _allocator(stock), list[Request]()

    def listen(request: Request) -> str:
        asked.append(request)
        return assign(request)

    for number in ("P1", "P2", "P3"):
        stock.ready(number, hand="left")
    second = _assigned(stock, "P2", listen)
    seq = stock.trial.participant("P2").forms["entry", "baseline"].seq
    capture.correct(stock.trial, INVESTIGATOR, STUDY, "P2", seq, {"hand": "right"}, "mixed up")
    first = _assigned(stock, "P1", listen)
    _assigned(stock, "P3", listen)
    left = {"hand": "left"}
    taken = [Taken(slot=slot.slot, factors=left) for slot in (second, first)]
    assert [list(request.taken) for request in asked] == [[], taken[:1], taken]
    assert all(request.factors == left for request in asked)


def test_who_may_not_be_randomized_is_not_asked_about(stock: Ward) -> None:
    stock.screened("P1")

    def never(request: Request) -> str:
        raise AssertionError(request)

    with pytest.raises(Refused, match="first"):
        _assigned(stock, "P1", never)
    stock.ready("P2", hand=None)
    with pytest.raises(Refused, match="'hand' decides the stratum and is not recorded"):
        _assigned(stock, "P2", never)


def test_a_kit_that_is_gone_or_unknown_is_not_believed(stock: Ward) -> None:
    stock.ready("P1").ready("P2")
    slot = _assigned(stock, "P1", _allocator(stock))
    for kit in (slot.kit, "34567896"):
        with pytest.raises(Refused, match="named a kit that is not there to give"):
            _assigned(stock, "P2", lambda request, kit=kit: kit)  # type: ignore[misc]
    assert stock.kinds().count("Randomized") == 1


def test_a_list_with_another_minimization_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def altered(*given: Any) -> SealedList:
        sealed = seal(*given)
        rule = sealed.publication.minimization
        assert rule
        other = rule.model_copy(update={"probability": "0.99"})
        known = sealed.publication.model_copy(update={"minimization": other})
        return sealed.model_copy(update={"publication": known})

    monkeypatch.setattr("tests.conduct.ward.seal", altered)
    with pytest.raises(Refused, match="does not fit the protocol's minimization"):
        Ward(minimizing(tmp_path)).sealed()
