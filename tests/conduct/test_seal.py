from __future__ import annotations

import inspect
import json
import pickle
import traceback
from dataclasses import replace
from typing import Any

import pytest
from nacl.public import PrivateKey, SealedBox

from equipoise.chance import SeededEntropy, SystemEntropy
from equipoise.conduct._card import Card
from equipoise.conduct._keys import Reader, ReaderKey, new_reader_key, seal_box
from equipoise.conduct._seal import open_all, open_origin, open_slot, seal
from equipoise.conduct._sealed_list import SealedList
from equipoise.errors import Broken, Problem
from equipoise.rules.allocation import Annex, check_kit_code, combine, commit, generate
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct.ceremony import PARTIES, ROLES, SPEC, Ceremony
from tests.refusal import broken, refusal
from tests.rules.allocation import twin

ROOM = Ceremony()
SEALED = ROOM.seal()
PHARMACY = ROOM.key("pharmacy")
COMPARE = "Compare the list's digest with the published one."


def _arms(cards: list[Card]) -> dict[str, tuple[int, ...]]:
    return {
        stratum: tuple(card.arm.reveal() for card in cards if card.stratum == stratum)
        for stratum in SPEC.strata
    }


def _with_slot(number: int, **fields: Any) -> SealedList:
    slots = list(SEALED.slots)
    slots[number] = slots[number].model_copy(update=fields)
    return SEALED.model_copy(update={"slots": tuple(slots)})


# --- sealing ------------------------------------------------------------------------------------


def test_the_slots_hold_the_sequence_that_the_parts_give() -> None:
    annex = ROOM.annex.commitment(SPEC)
    seed = combine(SPEC, annex, ROOM.parts, ROOM.commitments)
    for key in ROOM.keys:
        assert _arms(open_all(SEALED, key)) == generate(SPEC, ROOM.annex, seed)


def test_the_publication_states_what_made_the_list() -> None:
    known = SEALED.publication
    assert known.format == "equipoise-sealed-list/1"
    assert known.trial == "NCT00000001"
    assert known.specification == SPEC.digest.hex()
    assert known.annex == ROOM.annex.commitment(SPEC).hex()
    assert [(part.party, part.commitment) for part in known.parts] == sorted(
        (party, commitment.hex()) for party, commitment in ROOM.commitments.items()
    )
    assert known.readers == tuple(key.reader for key in ROOM.keys)
    assert (known.strata, known.length) == (("sex=f", "sex=m"), 6)


def test_each_slot_is_33_bytes_in_a_sealed_box_of_81() -> None:
    for slot in SEALED.slots:
        for key, box in zip(ROOM.keys, slot.boxes, strict=True):
            assert len(box) == 2 * 81
            private = PrivateKey(key.private_key.reveal())
            content = SealedBox(private).decrypt(bytes.fromhex(box))
            assert len(content) == 33
            stated = twin.slot_commitment(
                "NCT00000001", slot.stratum, slot.slot, content[0], content[1:]
            )
            assert slot.commitment == stated.hex()


def test_nonces_are_never_used_twice() -> None:
    assert len({card.nonce.reveal() for card in open_all(SEALED, PHARMACY)}) == 12


def test_every_kit_code_is_one_and_no_two_are_alike() -> None:
    codes = [code for slot in SEALED.slots for code in (slot.kit, *slot.replacements)]
    assert len(set(codes)) == 36
    assert [check_kit_code(code) for code in codes] == codes


def test_the_ceremony_is_repeatable_byte_for_byte() -> None:
    assert Ceremony().seal().to_bytes() == SEALED.to_bytes()
    assert Ceremony(seed=2).seal().to_bytes() != SEALED.to_bytes()


def test_the_systems_entropy_seals_as_well() -> None:
    readers = [key.reader for key in ROOM.keys]
    made = [
        seal(SPEC, ROOM.annex, ROOM.parts, ROOM.commitments, readers, SystemEntropy())
        for _ in range(2)
    ]
    assert made[0].publication.root != made[1].publication.root
    assert _arms(open_all(made[0], PHARMACY)) == _arms(open_all(SEALED, PHARMACY))


@pytest.mark.parametrize("design", ["big stick", "complete"])
def test_every_design_is_sealed(design: str) -> None:
    room = Ceremony(spec=replace(SPEC, design=design))
    cards = open_all(room.seal(), room.keys[0])
    annex = room.annex.commitment(room.spec)
    seed = combine(room.spec, annex, room.parts, room.commitments)
    assert _arms(cards) == generate(room.spec, room.annex, seed)


def test_nothing_public_depends_on_the_arms_but_hashes_and_ciphertexts() -> None:
    """Another sequence under the same chance: kits, places and lengths are the same."""
    other = Ceremony(part_seed=2).seal()
    assert _arms(open_all(other, PHARMACY)) != _arms(open_all(SEALED, PHARMACY))
    for one, two in zip(SEALED.slots, other.slots, strict=True):
        hashed = {"commitment", "boxes"}
        assert one.model_dump(exclude=hashed) == two.model_dump(exclude=hashed)
        assert len(one.boxes[0]) == len(two.boxes[0])
    assert len(SEALED.to_bytes()) == len(other.to_bytes())


def test_swapping_the_arms_names_changes_no_slot() -> None:
    swapped = Ceremony(spec=replace(SPEC, arms=("control", "treated"))).seal()
    assert swapped.slots == SEALED.slots
    assert swapped.publication.specification != SEALED.publication.specification


@pytest.mark.parametrize(("length", "kilobytes"), [(600, 1), (1024, 1), (1025, 2), (2049, 3)])
def test_the_origin_is_padded_to_whole_kilobytes(length: int, kilobytes: int) -> None:
    """So its length does not tell how many block sizes the annex has."""
    room = Ceremony()
    bare = {"annex": room.annex.disclose(), "parts": {p: v.hex() for p, v in room.parts.items()}}
    missing = length - len(json.dumps(bare, separators=(",", ":")))
    room.parts["statistician" + "x" * missing] = room.parts.pop("statistician")
    annex = room.annex.commitment(SPEC)
    room.commitments = {p: commit(SPEC, annex, p, v) for p, v in room.parts.items()}
    sealed = room.seal()
    assert {len(box) for box in sealed.publication.origin} == {2 * (kilobytes * 1024 + 48)}
    assert open_origin(sealed, PHARMACY).parts.reveal() == room.parts
    content = PHARMACY.open(bytes.fromhex(sealed.publication.origin[0]))
    assert content is not None
    assert content.reveal()[length - 1 :] == b"}".ljust(kilobytes * 1024 - length + 1)


# --- who may be a reader ------------------------------------------------------------------------


def _seal_to(*readers: Reader) -> SealedList:
    return seal(SPEC, ROOM.annex, ROOM.parts, ROOM.commitments, readers, SystemEntropy())


def test_somebody_must_be_able_to_read() -> None:
    assert refusal(_seal_to) == Problem("readers", "there are none", "Name who may open the slots.")
    assert len(_seal_to(PHARMACY.reader).slots[0].boxes) == 1


@pytest.mark.parametrize("same", ["role", "key"])
def test_roles_and_keys_of_readers_differ(same: str) -> None:
    other = new_reader_key("other", SeededEntropy(9, "other")).reader
    like = PHARMACY.reader
    second = (
        Reader(role=like.role, public_key=other.public_key)
        if same == "role"
        else Reader(role="other", public_key=like.public_key)
    )
    assert refusal(_seal_to, like, second) == Problem(
        "readers", "two have the same role or the same key", "Make one key for each role."
    )
    assert len(_seal_to(like, other).slots) == 12


def test_a_reader_with_an_unusable_key_or_name_is_refused() -> None:
    assert refusal(_seal_to, Reader(role="x", public_key="00" * 32)).where == "reader 'x'"
    bad = Reader(role="x\n", public_key=PHARMACY.reader.public_key)
    assert refusal(_seal_to, bad).where == "allocation.reader"


def test_a_part_that_was_not_committed_to_stops_the_ceremony() -> None:
    room = Ceremony()
    room.parts["pharmacy"] = bytes(32)
    assert refusal(room.seal).where == "allocation.seed: pharmacy"


def test_an_annex_for_another_design_stops_the_ceremony() -> None:
    room = Ceremony()
    room.annex = Annex(bytes(32), limit=3)
    assert refusal(room.seal).where == "allocation.annex"


# --- opening ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_each_reader_opens_one_slot(role: str) -> None:
    for known in open_all(SEALED, PHARMACY):
        card = open_slot(SEALED, known.stratum, known.slot, ROOM.key(role))
        assert (card.trial, card.stratum, card.slot) == ("NCT00000001", known.stratum, known.slot)
        assert card.arm.reveal() == known.arm.reveal()
        assert card.nonce.reveal() == known.nonce.reveal()
    assert len(open_all(SEALED, PHARMACY)) == 12


@pytest.mark.parametrize("place", [("sex=f", 6), ("sex=f", -1), ("sex=x", 0)])
def test_a_slot_outside_the_list_is_refused(place: tuple[str, int]) -> None:
    assert refusal(open_slot, SEALED, *place, PHARMACY) == Problem(
        f"slot {place[1]} of stratum {place[0]!r}",
        "the sealed list has no such slot",
        "Slots count from 0 to 5 in each stratum.",
    )


def _strangers() -> list[ReaderKey]:
    new = new_reader_key("pharmacy", SeededEntropy(9, "new"))
    return [
        new,
        replace(PHARMACY, role="other"),
        replace(PHARMACY, role="break-glass"),
    ]


@pytest.mark.parametrize("key", _strangers(), ids=["new key", "new role", "another's role"])
def test_a_key_that_is_no_readers_is_refused(key: ReaderKey) -> None:
    stated = Problem(
        f"key of {key.role!r}",
        "no box of this list is sealed to it",
        "Use the key that was made for this trial by one of: pharmacy,"
        " monitoring board statistician, break-glass.",
    )
    assert refusal(open_slot, SEALED, "sex=f", 0, key) == stated
    assert refusal(open_all, SEALED, key) == stated
    assert refusal(open_origin, SEALED, key) == stated


def test_a_damaged_box_names_its_slot() -> None:
    boxes = SEALED.slots[7].boxes
    damaged = _with_slot(7, boxes=("00" * 81, *boxes[1:]))
    stated = Problem("slot 1 of stratum 'sex=m'", "the box of 'pharmacy' is damaged", COMPARE)
    assert broken(open_slot, damaged, "sex=m", 1, PHARMACY) == stated
    assert broken(open_all, damaged, PHARMACY) == stated
    assert open_slot(damaged, "sex=m", 1, ROOM.key("break-glass")).slot == 1
    assert open_slot(damaged, "sex=m", 2, PHARMACY).slot == 2


@pytest.mark.parametrize("length", [0, 32, 34])
def test_a_box_of_another_length_is_damaged(length: int) -> None:
    box = seal_box(Secret(bytes(length)), PHARMACY.reader, SystemEntropy()).hex()
    swapped = _with_slot(0, boxes=(box, *SEALED.slots[0].boxes[1:]))
    assert broken(open_slot, swapped, "sex=f", 0, PHARMACY).what == (
        "the box of 'pharmacy' is damaged"
    )


def test_a_box_with_another_content_is_not_what_was_committed_to() -> None:
    stated = Problem(
        "slot 3 of stratum 'sex=f'", "what was sealed is not what was committed to", COMPARE
    )
    swapped = _with_slot(3, boxes=SEALED.slots[4].boxes)
    assert broken(open_slot, swapped, "sex=f", 3, PHARMACY) == stated
    card = open_slot(SEALED, "sex=f", 3, PHARMACY)
    turned = bytes([1 - card.arm.reveal()]) + card.nonce.reveal()
    box = seal_box(Secret(turned), PHARMACY.reader, SystemEntropy()).hex()
    forged = _with_slot(3, boxes=(box, *SEALED.slots[3].boxes[1:]))
    assert broken(open_all, forged, PHARMACY) == stated


def test_no_error_tells_an_arm_or_a_nonce() -> None:
    swapped = _with_slot(3, boxes=SEALED.slots[4].boxes)
    with pytest.raises(Broken) as caught:
        open_slot(swapped, "sex=f", 3, PHARMACY)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = "".join(lines.format())
    assert "arm=sealed" in shown
    assert not [trace for trace in NONCE_TRACES if trace in shown]


NONCE_TRACES = [
    trace
    for nonce in (card.nonce.reveal() for card in open_all(SEALED, PHARMACY))
    for trace in (nonce.hex(), repr(nonce)[2:-1])
]


# --- what made it -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_each_reader_opens_the_origin(role: str) -> None:
    origin = open_origin(SEALED, ROOM.key(role))
    assert origin.annex.reveal() == ROOM.annex.reveal()
    assert origin.parts.reveal() == ROOM.parts
    assert sorted(origin.parts.reveal()) == sorted(PARTIES)


def test_the_origin_shows_nothing() -> None:
    origin = open_origin(SEALED, PHARMACY)
    shown = f"{origin} {inspect.getmembers(origin)}"
    assert "annex=sealed, parts=sealed" in shown
    assert not [part for part in ROOM.parts.values() if part.hex() in shown or repr(part) in shown]
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        pickle.dumps(origin)


def _with_origin(content: bytes) -> SealedList:
    box = seal_box(Secret(content), PHARMACY.reader, SystemEntropy()).hex()
    known = SEALED.publication
    changed = known.model_copy(update={"origin": (box, *known.origin[1:])})
    return SEALED.model_copy(update={"publication": changed})


def test_a_damaged_origin_is_named() -> None:
    known = SEALED.publication
    changed = known.model_copy(update={"origin": ("00" * 81, *known.origin[1:])})
    damaged = SEALED.model_copy(update={"publication": changed})
    assert broken(open_origin, damaged, PHARMACY) == Problem(
        "origin", "its box is damaged", COMPARE
    )


ANNEX = ROOM.annex.disclose()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        json.dumps({"annex": ANNEX}).encode(),
        json.dumps({"annex": ANNEX, "parts": {"a": "00"}}).encode(),
        json.dumps({"annex": ANNEX + " ", "parts": {}}).encode(),
        json.dumps({"annex": ANNEX, "parts": {}, "more": 1}).encode(),
    ],
)
def test_an_origin_that_is_not_one_is_named(content: bytes) -> None:
    assert broken(open_origin, _with_origin(content), PHARMACY) == Problem(
        "origin", "its box holds no annex and parts", COMPARE
    )


def test_an_origin_may_be_followed_by_spaces() -> None:
    content = json.dumps({"annex": ANNEX, "parts": {"a": "00" * 32}}).encode() + b"   "
    assert open_origin(_with_origin(content), PHARMACY).parts.reveal() == {"a": bytes(32)}
