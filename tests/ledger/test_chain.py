from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chance import SeededEntropy, SystemEntropy
from equipoise.errors import Broken, InputError
from equipoise.ledger.chain import GENESIS, Entry, Head, fault, follow, link, payload_hash, seal
from tests.diary import small_trial
from tests.ledger.sealing import notes, sealed

TRIAL = sealed(small_trial())


def test_the_digests_are_the_documented_ones() -> None:
    """Written from the words of the documentation alone, as another program would."""
    digest = sha256(b"equipoise/ledger/1\n").digest()
    assert Head(0, digest) == GENESIS
    for entry in TRIAL:
        payload = sha256(b"equipoise/payload/1\n" + entry.salt + entry.payload).digest()
        header = sha256(entry.header).digest()
        digest = sha256(b"equipoise/entry/1\n" + digest + header + payload).digest()
        assert entry.digest == digest


def test_version_1_is_chained_as_it_always_was() -> None:
    entry = Entry(1, b"{}", b"[]", bytes(range(32)), b"")
    digest = link(GENESIS.digest, entry.header, payload_hash(entry.salt, entry.payload))
    assert digest.hex() == "6f97074c80ce509b466709b35c21a5ad87ecc3034035c1bb6cbd379d561e0e91"


def test_a_payload_kept_from_the_reader_still_verifies() -> None:
    digest = GENESIS.digest
    for entry in TRIAL:
        withheld = entry.header, payload_hash(entry.salt, entry.payload)
        digest = link(digest, *withheld)
    assert digest == TRIAL[-1].digest


def test_sealing_continues_where_the_ledger_ends() -> None:
    events = small_trial()
    whole = seal(events, GENESIS, SeededEntropy(1, "salts"))
    entropy = SeededEntropy(1, "salts")
    first = seal(events[:5], GENESIS, entropy)
    assert first + seal(events[5:], first[-1].head, entropy) == whole
    assert seal([], first[-1].head, entropy) == []


def test_sealed_entries_are_the_events() -> None:
    assert [entry.event() for entry in TRIAL] == small_trial()


def test_every_entry_has_a_salt_of_its_own() -> None:
    salts = {entry.salt for entry in seal(notes(50), GENESIS, SystemEntropy())}
    assert len(salts) == 50
    assert {len(salt) for salt in salts} == {32}


def test_the_same_fact_has_another_digest_under_another_salt() -> None:
    (one,), (other,) = sealed(notes(1)), sealed(notes(1), label="other")
    assert (one.header, one.payload) == (other.header, other.payload)
    assert one.digest != other.digest


def test_neither_an_entry_nor_a_head_is_changed() -> None:
    for part, name in ((TRIAL[0], "payload"), (GENESIS, "digest")):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, b"")


@pytest.mark.parametrize("seq", [1, 3, 4])
def test_events_out_of_number_are_not_sealed(seq: int) -> None:
    (event,) = notes(1, after=seq - 1)
    with pytest.raises(Broken, match=f"event 2: is numbered {seq}"):
        seal([event], TRIAL[0].head, SystemEntropy())


def test_following_the_chain_gives_its_head() -> None:
    assert follow(TRIAL, GENESIS) == TRIAL[-1].head
    assert follow(TRIAL[4:], TRIAL[3].head) == TRIAL[-1].head
    assert follow([], TRIAL[3].head) == TRIAL[3].head


@given(
    st.integers(0, len(TRIAL) - 1),
    st.sampled_from(["header", "payload", "salt", "digest"]),
    st.data(),
)
def test_an_altered_byte_anywhere_is_found_and_named(
    place: int, part: str, data: st.DataObject
) -> None:
    value = bytearray(getattr(TRIAL[place], part))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    change: dict[str, Any] = {part: bytes(value)}
    altered = replace(TRIAL[place], **change)
    with pytest.raises(Broken, match=f"^event {place + 1}: was altered"):
        follow([*TRIAL[:place], altered, *TRIAL[place + 1 :]], GENESIS)


def test_bytes_moved_from_payload_to_salt_are_found() -> None:
    """The hash of salt and payload joined is the same; the salt's length tells."""
    entry = TRIAL[0]
    moved = replace(entry, salt=entry.salt + entry.payload[:1], payload=entry.payload[1:])
    assert payload_hash(moved.salt, moved.payload) == payload_hash(entry.salt, entry.payload)
    problem = fault(moved, GENESIS)
    assert problem
    assert "salt" in problem.what


@pytest.mark.parametrize(
    ("order", "where", "what"),
    [
        ([1, 2, 4, 5], "event 3", "missing"),
        ([2, 3], "event 1", "missing"),
        ([1, 2, 2, 3], "event 2", "there twice"),
        ([1, 3, 2, 4], "event 2", "missing"),
        ([1, 2, 3, 1], "event 1", "out of order"),
    ],
)
def test_missing_reordered_and_doubled_events_are_named(
    order: list[int], where: str, what: str
) -> None:
    with pytest.raises(Broken) as caught:
        follow([TRIAL[seq - 1] for seq in order], GENESIS)
    assert caught.value.problem.where == where
    assert what in caught.value.problem.what


def test_a_head_is_published_as_text() -> None:
    head = Head(17, bytes(range(32)))
    assert str(head).startswith("17:000102")
    assert Head.parse(f" {head}\n") == head
    assert Head.parse(str(GENESIS)) == GENESIS


@pytest.mark.parametrize(
    "text", ["", "17", f"17:{'A' * 64}", f"17:{'a' * 63}", f"-1:{'a' * 64}", f"017:{'a' * 64}"]
)
def test_what_is_not_a_head_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not the head of a ledger"):
        Head.parse(text)
