from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.conduct._card import Arm, Card
from equipoise.conduct._seal import open_all
from equipoise.conduct._sealed_list import (
    PartyCommitment,
    Publication,
    SealedList,
    SealedSlot,
    slot_digests,
)
from equipoise.conduct._verify import is_proven, verify_opened, verify_use
from equipoise.errors import Problem
from equipoise.rules.allocation import Annex, Specification
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct.ceremony import SPEC, Ceremony
from tests.conduct.stock import stocked

ROOM = Ceremony()
SEALED = ROOM.seal()
KNOWN = SEALED.publication
CARDS = open_all(SEALED, ROOM.key("pharmacy"))
SLOTS = range(len(CARDS))
OTHER_PART = PartyCommitment(party="a", commitment="00" * 32)
TODO = "Ask who held the list which of the two is genuine."


def _claims(**changed: Any) -> list[Problem]:
    """Verify the opened allocation with something changed; the publication is the true one."""
    claim: dict[str, Any] = {
        "published": KNOWN,
        "spec": SPEC,
        "annex": ROOM.annex,
        "parts": ROOM.parts,
        "sealed": SEALED,
        "cards": CARDS,
    }
    return verify_opened(**(claim | changed))


def _problems(*said: tuple[str, str]) -> list[Problem]:
    return [Problem(where, what, TODO) for where, what in said]


def _place(number: int) -> str:
    return f"slot {CARDS[number].slot} of stratum {CARDS[number].stratum!r}"


def _card(number: int, **changed: Any) -> list[Card]:
    return [*CARDS[:number], replace(CARDS[number], **changed), *CARDS[number + 1 :]]


def _slots(number: int, *, consistent: bool, **fields: Any) -> SealedList:
    """Change a slot; when ``consistent``, make the list's own publication fit it."""
    slots = list(SEALED.slots)
    slots[number] = slots[number].model_copy(update=fields)
    return _list(slots, consistent=consistent)


def _list(slots: list[SealedSlot], *, consistent: bool) -> SealedList:
    known = KNOWN.model_copy(update=slot_digests(slots)) if consistent else KNOWN
    return SealedList(publication=known, slots=tuple(slots))


ROOT = ("sealed list", "the root of the commitments: not as published")
KITS = ("sealed list", "the kit map: not as published")
BOXES = ("sealed list", "the ciphertexts: not as published")
OWN_ROOT = ("sealed list", "its slots do not give the root of the commitments as published")
OWN_KITS = ("sealed list", "its slots do not give the kit map as published")
OWN_BOXES = ("sealed list", "its slots do not give the ciphertexts as published")
ORDER = ("sealed list", "its slots are not those promised, in order")
NOT_COMMITTED = "the opened arm and nonce are not those committed to"
NOT_THE_SEEDS = "the arm is not the one that the seed gives"


def test_what_was_published_verifies() -> None:
    assert _claims() == []
    again = SealedList.from_bytes(SEALED.to_bytes())
    assert _claims(sealed=again, published=again.publication, cards=CARDS[::-1]) == []


# --- changed after publication --------------------------------------------------------------------


@pytest.mark.parametrize("number", SLOTS)
def test_a_changed_arm_is_named(number: int) -> None:
    cards = _card(number, arm=Arm(1 - CARDS[number].arm.reveal()))
    assert _claims(cards=cards) == _problems(
        (_place(number), NOT_COMMITTED), (_place(number), NOT_THE_SEEDS)
    )


def test_an_arm_that_the_specification_does_not_have_is_named() -> None:
    assert _claims(cards=_card(0, arm=Arm(255))) == _problems(
        (_place(0), NOT_COMMITTED), (_place(0), NOT_THE_SEEDS)
    )


@given(st.sampled_from(SLOTS), st.binary(min_size=32, max_size=32))
def test_a_changed_nonce_is_named(number: int, nonce: bytes) -> None:
    cards = _card(number, nonce=Secret(nonce))
    assert _claims(cards=cards) == _problems((_place(number), NOT_COMMITTED))


def test_two_exchanged_slots_are_named() -> None:
    one, two = next((i, j) for i in SLOTS for j in SLOTS if _arm(i) != _arm(j))
    cards = list(CARDS)
    for here, there in ((one, two), (two, one)):
        cards[here] = replace(CARDS[here], arm=CARDS[there].arm, nonce=CARDS[there].nonce)
    assert _claims(cards=cards) == _problems(
        (_place(one), NOT_COMMITTED),
        (_place(two), NOT_COMMITTED),
        (_place(one), NOT_THE_SEEDS),
        (_place(two), NOT_THE_SEEDS),
    )


def _arm(number: int) -> int:
    return CARDS[number].arm.reveal()


def test_a_card_of_another_slot_or_stratum_is_named() -> None:
    moved = _claims(cards=_card(0, slot=6))
    assert moved == _problems(
        ("slot 6 of stratum 'sex=f'", "is opened but not in the list"),
        (_place(0), "is not opened"),
        ("slot 6 of stratum 'sex=f'", NOT_THE_SEEDS),
    )
    moved = _claims(cards=_card(0, stratum="sex=x"))
    assert moved == _problems(
        ("slot 0 of stratum 'sex=x'", "is opened but not in the list"),
        (_place(0), "is not opened"),
        ("slot 0 of stratum 'sex=x'", NOT_THE_SEEDS),
    )
    moved = _claims(cards=_card(0, stratum="sex=m"))
    assert ("slot 0 of stratum 'sex=m'", "is opened twice") in [(p.where, p.what) for p in moved]


def test_a_card_of_another_trial_is_named() -> None:
    assert _claims(cards=_card(5, trial="NCT00000002")) == _problems((_place(5), NOT_COMMITTED))


def test_a_slot_that_is_not_opened_is_named() -> None:
    assert _claims(cards=CARDS[:4] + CARDS[5:]) == _problems((_place(4), "is not opened"))
    assert len(_claims(cards=[])) == 12


def test_a_slot_that_is_opened_twice_is_named() -> None:
    assert _claims(cards=[*CARDS, CARDS[2]]) == _problems((_place(2), "is opened twice"))


@pytest.mark.parametrize("party", sorted(ROOM.parts))
def test_a_changed_part_of_the_seed_names_its_party(party: str) -> None:
    (problem,) = _claims(parts=ROOM.parts | {party: bytes(32)})
    assert problem.where == f"allocation.seed: {party}"
    assert problem.what == "its part does not match its commitment"


def test_a_changed_annex_is_named() -> None:
    nonce = ROOM.annex.reveal().nonce
    stated = _problems(("annex", "it is not the one that was committed to"))
    assert _claims(annex=Annex(nonce, (4, 2))) == stated
    assert _claims(annex=Annex(bytes(32), (2, 4))) == stated


@pytest.mark.parametrize(
    "spec", [replace(SPEC, arms=("control", "treated")), replace(SPEC, length=5)]
)
def test_a_changed_specification_is_named(spec: Specification) -> None:
    assert _claims(spec=spec) == _problems(
        ("specification", "it is not the one that was published")
    )


def test_a_changed_root_is_named() -> None:
    known = KNOWN.model_copy(update={"root": "00" * 32})
    assert _claims(sealed=SEALED.model_copy(update={"publication": known})) == _problems(ROOT)
    assert _claims(published=known) == _problems(ROOT, OWN_ROOT)


def test_a_changed_commitment_is_named_with_its_slot() -> None:
    said = [(_place(3), NOT_COMMITTED)]
    loose = _slots(3, consistent=False, commitment="00" * 32)
    assert _claims(sealed=loose) == _problems(OWN_ROOT, *said)
    consistent = _slots(3, consistent=True, commitment="00" * 32)
    assert _claims(sealed=consistent) == _problems(ROOT, OWN_ROOT, *said)


def test_a_slot_replaced_with_its_card_is_named() -> None:
    """The strongest forger: another arm with a commitment that fits it."""
    forged = replace(CARDS[3], arm=Arm(1 - _arm(3)))
    sealed = _slots(3, consistent=True, commitment=forged.commitment().hex())
    cards = [*CARDS[:3], forged, *CARDS[4:]]
    assert _claims(sealed=sealed, cards=cards) == _problems(
        ROOT, OWN_ROOT, (_place(3), NOT_THE_SEEDS)
    )
    everything = sealed.publication
    assert _claims(sealed=sealed, cards=cards, published=everything) == _problems(
        (_place(3), NOT_THE_SEEDS)
    )


def test_a_changed_kit_map_is_named() -> None:
    for fields in ({"kit": "34567896"}, {"replacements": ("34567896", "456789AY")}):
        assert _claims(sealed=_slots(3, consistent=False, **fields)) == _problems(OWN_KITS)
        assert _claims(sealed=_slots(3, consistent=True, **fields)) == _problems(KITS, OWN_KITS)


def test_two_exchanged_kits_are_named() -> None:
    slots = list(SEALED.slots)
    slots[0] = SEALED.slots[0].model_copy(update={"kit": SEALED.slots[1].kit})
    slots[1] = SEALED.slots[1].model_copy(update={"kit": SEALED.slots[0].kit})
    assert _claims(sealed=_list(slots, consistent=False)) == _problems(OWN_KITS)


def test_a_kit_that_is_given_twice_or_is_none_is_named() -> None:
    twice = SEALED.slots[0].replacements[1]
    assert _claims(sealed=_slots(3, consistent=False, kit=twice)) == _problems(
        OWN_KITS, (f"kit {twice}", "is given twice")
    )
    assert _claims(sealed=_slots(3, consistent=False, kit="34567897")) == _problems(
        OWN_KITS, ("kit 34567897", "is not a kit code")
    )


def test_changed_ciphertexts_are_named() -> None:
    changed = {"boxes": SEALED.slots[4].boxes}
    assert _claims(sealed=_slots(3, consistent=False, **changed)) == _problems(OWN_BOXES)
    assert _claims(sealed=_slots(3, consistent=True, **changed)) == _problems(BOXES, OWN_BOXES)


def test_slots_out_of_order_left_out_or_renamed_are_named() -> None:
    slots = list(SEALED.slots)
    turned = [slots[1], slots[0], *slots[2:]]
    assert _claims(sealed=_list(turned, consistent=False)) == _problems(
        OWN_ROOT, OWN_KITS, OWN_BOXES, ORDER
    )
    assert _problems(ORDER)[0] in _claims(sealed=_list(slots[:-1], consistent=False))
    said = _claims(sealed=_list(slots[:-1], consistent=False))
    assert Problem(_place(11), "is opened but not in the list", TODO) in said
    renamed = _slots(3, consistent=True, stratum="sex=x")
    assert _claims(sealed=renamed)[0] == _problems(ORDER)[0]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"trial": "NCT00000002"}, "the trial"),
        ({"specification": "00" * 32}, "the digest of the specification"),
        ({"annex": "00" * 32}, "the commitment to the annex"),
        ({"parts": ()}, "the parties' commitments"),
        (
            {"parts": (PartyCommitment(party="a", commitment="00" * 32),)},
            "the parties' commitments",
        ),
        ({"readers": KNOWN.readers[:1]}, "the readers"),
        ({"strata": ("sex=m", "sex=f")}, "the strata"),
        ({"length": 7}, "the length"),
        ({"root": "00" * 32}, "the root of the commitments"),
        ({"kits": "00" * 32}, "the kit map"),
        ({"boxes": "00" * 32}, "the ciphertexts"),
        ({"origin": ()}, "the sealed annex and parts"),
    ],
)
def test_every_field_of_the_publication_is_compared(changed: dict[str, Any], name: str) -> None:
    known = KNOWN.model_copy(update=changed)
    sealed = SEALED.model_copy(update={"publication": known})
    assert _claims(sealed=sealed) == _problems(("sealed list", f"{name}: not as published"))


def test_no_field_of_the_publication_is_forgotten() -> None:
    compared = {
        "trial", "specification", "annex", "parts", "readers", "strata", "length", "root", "kits",
        "boxes", "origin", "minimization",
    }  # fmt: skip
    assert set(Publication.model_fields) == {"format"} | compared


@given(st.integers(2, 2**32))
def test_another_ceremony_does_not_verify(seed: int) -> None:
    room = Ceremony(part_seed=seed)
    assert _claims(parts=room.parts)


# --- one card, and the root alone -----------------------------------------------------------------


def test_a_card_is_proven_with_the_root_alone() -> None:
    paths = [SEALED.proof(card.stratum, card.slot) or () for card in CARDS]
    for number, card in enumerate(CARDS):
        assert is_proven(KNOWN, card, paths[number])
        assert not is_proven(KNOWN, card, paths[number - 1])
        assert not is_proven(KNOWN, card, ())
        turned = replace(card, arm=Arm(1 - _arm(number)))
        assert not is_proven(KNOWN, turned, paths[number])
    assert not is_proven(KNOWN, replace(CARDS[0], slot=6), paths[6])
    assert not is_proven(KNOWN, replace(CARDS[0], stratum="sex=x"), paths[0])


# --- how the slots were used ----------------------------------------------------------------------


def _use(*places: int) -> list[tuple[str, int, str]]:
    slots = [SEALED.slots[place] for place in places]
    return [(slot.stratum, slot.slot, slot.kit) for slot in slots]


def test_slots_used_in_order_in_each_stratum_are_right() -> None:
    assert verify_use(SEALED, []) == []
    assert verify_use(SEALED, _use(0, 6, 7, 1, 2, 8)) == []


def test_a_slot_out_of_turn_is_named() -> None:
    assert verify_use(SEALED, _use(0, 2)) == _problems(
        ("randomization 2", "took slot 2 of stratum 'sex=f', not 1")
    )
    assert verify_use(SEALED, _use(6, 0, 0)) == _problems(
        ("randomization 3", "took slot 0 of stratum 'sex=f', not 1")
    )


def test_a_stock_is_used_in_any_order_but_no_slot_twice() -> None:
    sealed = stocked(8)
    used = [("all", slot, sealed.slots[slot].kit) for slot in (5, 0, 7)]
    assert verify_use(sealed, used) == []
    assert verify_use(sealed, [*used, used[1]]) == _problems(
        ("randomization 4", "took slot 0 of stratum 'all', which is taken")
    )


def test_a_kit_of_another_slot_is_named() -> None:
    used = _use(0, 1)
    used[1] = ("sex=f", 1, used[0][2])
    assert verify_use(SEALED, used) == _problems(
        ("randomization 2", f"{used[0][2]} is not the kit of slot 1 of stratum 'sex=f'")
    )


def test_a_slot_that_the_list_does_not_have_is_named() -> None:
    assert verify_use(SEALED, [("sex=x", 0, "34567896")]) == _problems(
        ("randomization 1", "slot 0 of stratum 'sex=x' is not in the list")
    )


def test_verification_asks_for_no_key() -> None:
    """Everything handed in is public after the lock; the entropy of the ceremony is gone."""
    room = Ceremony(spec=SPEC, seed=3)
    sealed = room.seal()
    cards = open_all(sealed, room.keys[1])
    room.keys.clear()
    assert verify_opened(sealed.publication, SPEC, room.annex, room.parts, sealed, cards) == []
