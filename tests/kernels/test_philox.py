"""Philox4x32-10 against the published vectors and, through its 64-bit sister, NumPy's generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.kernels.philox import philox4x32, u01, uniform

# Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, output.
PUBLISHED = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip
CONSTANTS = {  # word size in bits: multipliers, Weyl increments
    32: (0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85),
    64: (0xD2E7470EE14C6C93, 0xCA5A826395121157, 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B),
}
words = st.integers(0, 2**32 - 1)


def hex_words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def philox4_in_integers(bits: int, counter: list[int], key: list[int]) -> list[int]:
    """Philox4x``bits``-10 as its paper writes it, in Python's own integers."""
    m0, m1, w0, w1 = CONSTANTS[bits]
    mask = 2**bits - 1
    (x0, x1, x2, x3), (k0, k1) = counter, key
    for _ in range(10):
        p0, p1 = m0 * x0, m1 * x2
        x0, x1, x2, x3 = (p1 >> bits) ^ x1 ^ k0, p1 & mask, (p0 >> bits) ^ x3 ^ k1, p0 & mask
        k0, k1 = (k0 + w0) & mask, (k1 + w1) & mask
    return [x0, x1, x2, x3]


@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED)
def test_reproduces_the_published_vectors(counter: str, key: str, output: str) -> None:
    assert list(philox4x32(*hex_words(counter), *hex_words(key))) == hex_words(output)


def test_the_reference_in_integers_is_numpys_generator_at_64_bits() -> None:
    key = [0x0123456789ABCDEF, 0xFEDCBA9876543210]
    generator = np.random.Philox(key=np.array(key, dtype=np.uint64), counter=41)  # noqa: TID251
    # NumPy adds one to its counter before the first block.
    assert generator.random_raw(8).tolist() == [
        *philox4_in_integers(64, [42, 0, 0, 0], key),
        *philox4_in_integers(64, [43, 0, 0, 0], key),
    ]


@given(st.lists(words, min_size=4, max_size=4), st.lists(words, min_size=2, max_size=2))
def test_agrees_with_the_reference_at_32_bits(counter: list[int], key: list[int]) -> None:
    assert list(philox4x32(*counter, *key)) == philox4_in_integers(32, counter, key)


def test_takes_words_of_any_integer_type() -> None:
    # Numba would multiply two uint32 as uint64, and a negative int64 must not creep in.
    counter, key, output = PUBLISHED[2]
    for integer in (np.uint32, np.int64, np.uint64):
        narrow: list[Any] = [integer(word) for word in hex_words(f"{counter} {key}")]
        assert list(philox4x32(*narrow)) == hex_words(output)


def test_a_unit_number_is_the_middle_of_its_cell() -> None:
    assert u01(0, 0) == 2.0**-53
    assert u01(2**32 - 1, 2**32 - 1) == 1 - 2.0**-53
    assert u01(2**31, 0) == 0.5 + 2.0**-53
    assert u01(0, 2**6) == 3 * 2.0**-53


@given(words, words)
def test_unit_numbers_are_open_odd_and_symmetric(high: int, low: int) -> None:
    u = u01(high, low)
    assert 0 < u < 1
    assert (u * 2**53) % 2 == 1
    assert u01(high ^ 0xFFFFFFFF, low ^ 0xFFFFFFFF) == 1 - u


@given(st.lists(words, min_size=6, max_size=6, unique=True))
def test_each_part_of_an_address_has_its_own_word(address: list[int]) -> None:
    seed_low, seed_high, trial, participant, purpose, index = address
    words_out = philox4_in_integers(32, [index, purpose, participant, trial], [seed_low, seed_high])
    assert uniform(*address) == u01(words_out[0], words_out[1])
