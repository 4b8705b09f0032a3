from __future__ import annotations

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, PublicKey, SealedBox

from equipoise.chance import SeededEntropy, SystemEntropy
from equipoise.conduct._keys import Reader, ReaderKey, new_reader_key, reader_key, seal_box
from equipoise.errors import Problem
from equipoise.rules.allocation.secrecy import Secret
from tests.refusal import refusal

PRIVATE = SeededEntropy(1, "pharmacy").bytes(32)
KEY = new_reader_key("pharmacy", SeededEntropy(1, "pharmacy"))


def _opened(key: ReaderKey, box: bytes) -> bytes | None:
    content = key.open(box)
    return None if content is None else content.reveal()


def test_a_key_is_32_bytes_of_entropy_and_its_public_half() -> None:
    assert KEY.role == "pharmacy"
    assert KEY.private_key.reveal() == PRIVATE
    assert KEY.public_key == bytes(PrivateKey(PRIVATE).public_key)
    assert KEY.reader == Reader(role="pharmacy", public_key=KEY.public_key.hex())
    assert reader_key("pharmacy", Secret(PRIVATE)).reader == KEY.reader


def test_a_role_is_a_plain_label() -> None:
    problem = refusal(new_reader_key, "phar\nmacy", SystemEntropy())
    assert problem.where == "allocation.reader"


@given(st.binary(max_size=80))
def test_libsodium_opens_what_we_seal(content: bytes) -> None:
    box = seal_box(Secret(content), KEY.reader, SystemEntropy())
    assert len(box) == len(content) + 48
    assert SealedBox(PrivateKey(PRIVATE)).decrypt(box) == content
    assert _opened(KEY, box) == content


@given(st.binary(max_size=80))
def test_we_open_what_libsodium_seals(content: bytes) -> None:
    assert _opened(KEY, SealedBox(PublicKey(KEY.public_key)).encrypt(content)) == content


def test_a_box_begins_with_the_fresh_key_and_is_repeatable() -> None:
    fresh = PrivateKey(SeededEntropy(2, "box").bytes(32))
    box = seal_box(Secret(b"arm"), KEY.reader, SeededEntropy(2, "box"))
    assert box[:32] == bytes(fresh.public_key)
    assert box == seal_box(Secret(b"arm"), KEY.reader, SeededEntropy(2, "box"))
    assert box != seal_box(Secret(b"arm"), KEY.reader, SeededEntropy(3, "box"))


def test_a_damaged_box_does_not_open() -> None:
    box = seal_box(Secret(b"arm"), KEY.reader, SeededEntropy(2, "box"))
    for at in range(len(box)):
        if at != 31:  # the top bit of an X25519 key is ignored (RFC 7748, section 5)
            assert KEY.open(box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]) is None
    for length in range(len(box)):
        assert KEY.open(box[:length]) is None
    assert KEY.open(b"") is None


def test_another_readers_box_does_not_open() -> None:
    other = new_reader_key("monitor", SeededEntropy(1, "monitor"))
    assert KEY.open(seal_box(Secret(b"arm"), other.reader, SystemEntropy())) is None


@pytest.mark.parametrize("public", ["00" * 32, "01" + "00" * 31])
def test_nothing_is_sealed_to_a_point_of_low_order(public: str) -> None:
    reader = Reader(role="pharmacy", public_key=public)
    assert refusal(seal_box, Secret(b"arm"), reader, SystemEntropy()) == Problem(
        "reader 'pharmacy'",
        f"{public} is not a public key",
        "Copy the public key of the reader's key file.",
    )


def test_a_key_shows_its_role_and_not_its_private_half() -> None:
    shown = f"{KEY} {inspect.getmembers(KEY)}"
    assert "role='pharmacy'" in shown
    assert "private_key=sealed" in shown
    assert PRIVATE.hex() not in shown
    assert repr(PRIVATE)[2:-1] not in shown
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        pickle.dumps(KEY)
