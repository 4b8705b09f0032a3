"""Who has the whole server, its ledger and its memory, and no key, learns no arm."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import pytest
from nacl.bindings import crypto_scalarmult_base

from equipoise.chance import SeededEntropy, SystemEntropy
from equipoise.conduct._card import Card
from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._seal import open_all
from equipoise.conduct._sealed_list import SealedList
from equipoise.conduct.allocation import new_reader_key
from equipoise.conduct.trial import Trial
from equipoise.rules.allocation.encoding import domain_hash
from equipoise.rules.allocation.secrecy import Secret
from tests.conduct.ward import Ward, study

KEY_BYTES = 32
PEOPLE = 6


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """A ward with treated participants, whose server's chance is not that of the ceremony."""
    ward = Ward(study(tmp_path))
    ward.sealed()
    ward.trial.entropy = SystemEntropy()
    for n in range(PEOPLE):
        ward.treated(f"P{n}")
    return ward


# --- a search of the server's memory --------------------------------------------------------------


def _behind(thing: object) -> Sequence[object]:
    """Return what ``thing`` refers to; of a function its closure and defaults, not its module."""
    if isinstance(thing, FunctionType):
        return [*(cell.cell_contents for cell in thing.__closure__ or ()), thing.__defaults__]
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, (type, ModuleType, BuiltinFunctionType)):
        return []
    return gc.get_referents(thing)


def _reachable(start: object) -> Iterator[object]:
    seen: dict[int, object] = {}  # keeps what it has seen alive, so that no id is used twice
    waiting = [start]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        waiting.extend(_behind(thing))
        yield thing


def _secrets(trial: Trial) -> set[bytes]:
    """Return every run of 32 bytes that lies in memory as bytes or as hexadecimal digits."""
    found = set()
    for thing in _reachable(trial):
        if isinstance(thing, (bytes, bytearray)):
            found.add(bytes(thing))
            text = bytes(thing).decode("utf-8", "replace")
        elif isinstance(thing, str):
            text = thing
        else:
            continue
        found |= {
            bytes.fromhex(run) for run in re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", text)
        }
    return {each for each in found if len(each) == KEY_BYTES}


def _keys_found(ward: Ward) -> list[str]:
    """Return the roles whose private key is somewhere in memory, in whatever place and form."""
    public = {key.public_key: role for role, key in ward.keys.items()}
    tried = (crypto_scalarmult_base(secret) for secret in _secrets(ward.trial))
    return [public[half] for half in tried if half in public]


def _sealed_things(trial: Trial) -> list[object]:
    return [t for t in _reachable(trial) if isinstance(t, (Secret, ReaderKey, Card))]


def test_no_key_and_nothing_unsealed_is_in_the_servers_memory(ward: Ward) -> None:
    assert ward.trial.sealed_list is not None
    assert ward.keys["pharmacy"].public_key in _secrets(ward.trial)  # the search reaches the list
    assert _sealed_things(ward.trial) == []
    assert _keys_found(ward) == []


def test_the_search_finds_a_key_wherever_it_is_kept(ward: Ward) -> None:
    key, trial = ward.keys["pharmacy"], ward.trial
    raw = key.private_key.reveal()
    places: list[Any] = [{"a": [raw]}, raw.hex(), f"key={raw.hex()}", key, lambda: key]
    for place in places:
        trial.state.title = place  # as good a place as any
        assert _keys_found(ward) == ["pharmacy"], place
    trial.state.title = ""
    assert _keys_found(ward) == []


# --- the sealed list ------------------------------------------------------------------------------


def _list(ward: Ward) -> SealedList:
    assert ward.trial.sealed_list is not None
    return ward.trial.sealed_list


def test_every_ciphertext_has_the_same_length_and_is_there_once(ward: Ward) -> None:
    boxes = [box for slot in _list(ward).slots for box in slot.boxes]
    assert len(boxes) == 80 * 4
    assert {len(box) for box in boxes} == {2 * 81}
    assert len(set(boxes)) == len(boxes)
    assert len({box[:64] for box in boxes}) == len(boxes)  # each has a fresh key of its own


def test_every_commitment_is_there_once(ward: Ward) -> None:
    assert len({slot.commitment for slot in _list(ward).slots}) == 80


def test_other_keys_open_nothing(ward: Ward) -> None:
    strangers = [new_reader_key("pharmacy", SeededEntropy(n, "stranger")) for n in range(20)]
    boxes = [bytes.fromhex(box) for slot in _list(ward).slots for box in slot.boxes]
    assert not [box for key in strangers for box in boxes if key.open(box)]
    own = ward.keys["pharmacy"]
    assert [bool(own.open(box)) for box in boxes] == [True, False, False, False] * 80


def _tested(ward: Ward, nonces: Sequence[bytes]) -> list[tuple[str, int]]:
    """Return slot and arm wherever an arm with one of ``nonces`` gives the commitment."""
    return [
        (slot.commitment, arm)
        for slot in _list(ward).slots
        for arm in (0, 1)
        for nonce in nonces
        if slot.commitment
        == domain_hash(
            "equipoise/slot/1", "XX0001", slot.stratum, slot.slot.to_bytes(4, "big"), bytes([arm]),
            nonce,
        ).hex()
    ]  # fmt: skip


def test_a_guessed_arm_cannot_be_tested_on_its_commitment(ward: Ward) -> None:
    """Not without a nonce, nor with any number that lies on the server: salts, digests, keys."""
    salts = [entry.salt for entry in ward.store.read()]
    assert set(salts) <= _secrets(ward.trial)
    known = [b"", bytes(KEY_BYTES), *_secrets(ward.trial)]
    assert _tested(ward, known) == []
    cards = open_all(_list(ward), ward.keys["pharmacy"])
    assert _tested(ward, [cards[3].nonce.reveal()]) == [
        (_list(ward).slots[3].commitment, cards[3].arm.reveal())
    ]


def test_slots_of_one_arm_have_nothing_in_common(ward: Ward) -> None:
    """No byte of a commitment, ciphertext or kit code goes with the arm in all slots."""
    slots = _list(ward).slots
    arms = [card.arm.reveal() for card in open_all(_list(ward), ward.keys["pharmacy"])]
    rows = [slot.commitment + slot.kit + "".join(slot.boxes) for slot in slots]
    assert len({len(row) for row in rows}) == 1
    for place in range(len(rows[0])):
        by_arm = [
            {row[place] for row, arm in zip(rows, arms, strict=True) if arm == each}
            for each in (0, 1)
        ]
        assert by_arm[0] & by_arm[1], place
