"""Philox4x32-10: random numbers by address instead of by order.

A counter-based generator turns (key, counter) into four 32-bit words with no state between calls,
so any number can be computed alone, on any thread or machine, and is always the same.

Salmon JK, Moraes MA, Dror RO, Shaw DE. Parallel random numbers: as easy as 1, 2, 3. SC'11 (2011),
doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import numpy as np

from equipoise.kernels.compiled import njit

Word = int | np.uint64
"""An unsigned 32-bit number; numba widens every product of two of them to 64 bits anyway."""

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)  # golden ratio
_WEYL_1 = np.uint64(0xBB67AE85)  # sqrt(3) - 1
_SPARE = np.uint64(6)
_LOW_BITS = np.uint64(26)


@njit(cache=True, forceinline=True, error_model="numpy")
def philox4x32(
    c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four output words of counter ``(c0, c1, c2, c3)`` under key ``(k0, k1)``.

    All are 32-bit words; they are held in 64 bits because the high half of each product is needed.
    """
    # The masks tell the compiler that products of 32-bit words are enough.
    x0, x1 = np.uint64(c0) & _MASK, np.uint64(c1) & _MASK
    x2, x3 = np.uint64(c2) & _MASK, np.uint64(c3) & _MASK
    key_0, key_1 = np.uint64(k0) & _MASK, np.uint64(k1) & _MASK
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * x0
        product_1 = _MULTIPLIER_1 * x2
        x0 = (product_1 >> _HALF) ^ x1 ^ key_0
        x1 = product_1 & _MASK
        x2 = (product_0 >> _HALF) ^ x3 ^ key_1
        x3 = product_0 & _MASK
        key_0 = (key_0 + _WEYL_0) & _MASK
        key_1 = (key_1 + _WEYL_1) & _MASK
    return x0, x1, x2, x3


@njit(cache=True, forceinline=True, error_model="numpy")
def u01(high: Word, low: Word) -> float:
    """Return a number strictly between 0 and 1 from the upper 26 bits of two words.

    The 2**52 possible values are the odd multiples of 2**-53: each is exact in double precision,
    neither end can occur, and the set is symmetric, so that u and 1 - u are equally likely.
    """
    bits = ((np.uint64(high) >> _SPARE) << _LOW_BITS) | (np.uint64(low) >> _SPARE)
    return (float(bits) + 0.5) * 2.0**-52


@njit(cache=True, forceinline=True, error_model="numpy")
def uniform(
    seed_low: Word, seed_high: Word, trial: Word, participant: Word, purpose: Word, index: Word
) -> float:
    """Return the uniform number at one address: key = seed, counter = the other four.

    The counter's words are (index, purpose, participant, trial), each below 2**32; the first two
    output words are used.
    """
    words = philox4x32(index, purpose, participant, trial, seed_low, seed_high)
    return u01(words[0], words[1])


@njit(cache=True, forceinline=True, error_model="numpy")
def second_uniform(
    seed_low: Word, seed_high: Word, trial: Word, participant: Word, purpose: Word, index: Word
) -> float:
    """Return the other uniform number at an address, from the last two output words.

    It is independent of :func:`uniform` of the same address.
    """
    words = philox4x32(index, purpose, participant, trial, seed_low, seed_high)
    return u01(words[2], words[3])
