"""SHA-256 and HMAC-SHA256 of the loops against published vectors and the standard library."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.kernels.sha256 import LANES, hmac_of_numbers, hmac_sha256, hmac_states, sha256


def array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def code(key: bytes, message: bytes) -> bytes:
    found = np.empty(32, np.uint8)
    hmac_sha256(*hmac_states(array(key)), array(message), found)
    return bytes(found)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        # FIPS 180-4 examples of the NIST Cryptographic Toolkit: one block, two blocks.
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_published_digests(message: bytes, digest: str) -> None:
    assert bytes(sha256(array(message))).hex() == digest


@pytest.mark.parametrize(
    ("key", "message", "digest"),
    [
        # RFC 4231, test cases 1, 2, 3 and 6 (a key longer than a block).
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_published_codes(key: bytes, message: bytes, digest: str) -> None:
    assert code(key, message).hex() == digest


@given(key=st.binary(max_size=100), message=st.binary(max_size=300))
@settings(deadline=None)
def test_any_message_as_in_the_standard_library(key: bytes, message: bytes) -> None:
    assert bytes(sha256(array(message))) == hashlib.sha256(message).digest()
    assert code(key, message) == hmac.digest(key, message, "sha256")


@given(
    key=st.binary(max_size=100),
    text=st.binary(max_size=150),
    first=st.integers(min_value=0, max_value=2**40),
)
@settings(deadline=None)
def test_messages_side_by_side_as_one_by_one(key: bytes, text: bytes, first: int) -> None:
    words = np.empty(8 * LANES, np.uint32)
    hmac_of_numbers(*hmac_states(array(key)), array(text), 64, first, words)
    found = words.astype(">u4").tobytes()
    for lane in range(LANES):
        message = text + (first + lane).to_bytes(8, "big")
        assert found[32 * lane : 32 * lane + 32] == hmac.digest(key, message, "sha256")
