"""SHA-256 and HMAC-SHA256 for loops over many short messages.

FIPS 180-4 (doi:10.6028/NIST.FIPS.180-4), sections 4.1.2, 5 and 6.2; HMAC as in RFC 2104. Words are
32-bit and held in unsigned 32-bit integers throughout.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Words = NDArray[np.uint32]

BLOCK_BYTES, DIGEST_BYTES, STATE_WORDS = 64, 32, 8
_ROUNDS = 64


def _primes(count: int) -> list[int]:
    found: list[int] = []
    n = 2
    while len(found) < count:
        if all(n % prime for prime in found):
            found.append(n)
        n += 1
    return found


def _cube_root(n: int) -> int:
    """Return the largest whole number whose cube is not above ``n``."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle - 1)
    return low


def _constants() -> Words:
    """Return the first 32 bits of the fractions of the cube roots of the first 64 primes."""
    return np.array([_cube_root(p << 96) % 2**32 for p in _primes(_ROUNDS)], np.uint32)


def _start() -> Words:
    """Return the first 32 bits of the fractions of the square roots of the first 8 primes."""
    return np.array([math.isqrt(p << 64) % 2**32 for p in _primes(STATE_WORDS)], np.uint32)


_K = _constants()
START = _start()


@njit(cache=True, inline="always")
def _rotated(x: np.uint32, n: int) -> np.uint32:
    return np.uint32((x >> np.uint32(n)) | (x << np.uint32(32 - n)))


@njit(cache=True, nogil=True)
def compress(state: Words, message: NDArray[np.uint8], start: int) -> None:
    """Take the 64 bytes of ``message`` from ``start`` into ``state``, 8 words, in place."""
    w = np.empty(_ROUNDS, np.uint32)
    for t in range(16):
        at = start + 4 * t
        w[t] = (
            (np.uint32(message[at]) << np.uint32(24))
            | (np.uint32(message[at + 1]) << np.uint32(16))
            | (np.uint32(message[at + 2]) << np.uint32(8))
            | np.uint32(message[at + 3])
        )
    for t in range(16, _ROUNDS):
        x, y = w[t - 15], w[t - 2]
        s0 = _rotated(x, 7) ^ _rotated(x, 18) ^ (x >> np.uint32(3))
        s1 = _rotated(y, 17) ^ _rotated(y, 19) ^ (y >> np.uint32(10))
        w[t] = np.uint32(w[t - 16] + s0 + w[t - 7] + s1)
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for t in range(_ROUNDS):
        s1 = _rotated(e, 6) ^ _rotated(e, 11) ^ _rotated(e, 25)
        chosen = (e & f) ^ (~e & g)
        t1 = np.uint32(h + s1 + chosen + _K[t] + w[t])
        s0 = _rotated(a, 2) ^ _rotated(a, 13) ^ _rotated(a, 22)
        t2 = np.uint32(s0 + ((a & b) ^ (a & c) ^ (b & c)))
        h, g, f, e = g, f, e, np.uint32(d + t1)
        d, c, b, a = c, b, a, np.uint32(t1 + t2)
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h


@njit(cache=True, nogil=True)
def finish(state: Words, rest: NDArray[np.uint8], before: int, digest: NDArray[np.uint8]) -> None:
    """Take in the last bytes ``rest`` after ``before`` bytes (whole blocks); write the digest."""
    size = rest.shape[0]
    blocks = (size + 9 + 63) // 64
    padded = np.zeros(64 * blocks, np.uint8)
    padded[:size] = rest
    padded[size] = 0x80
    bits = np.uint64(8 * (before + size))
    for i in range(8):
        padded[64 * blocks - 1 - i] = np.uint8((bits >> np.uint64(8 * i)) & np.uint64(0xFF))
    for block in range(blocks):
        compress(state, padded, 64 * block)
    for i in range(8):
        for j in range(4):
            digest[4 * i + j] = np.uint8((state[i] >> np.uint32(24 - 8 * j)) & np.uint32(0xFF))


@njit(cache=True, nogil=True)
def sha256(message: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the digest of ``message``, 32 bytes."""
    digest = np.empty(32, np.uint8)
    finish(START.copy(), message, 0, digest)
    return digest


@njit(cache=True, nogil=True)
def hmac_states(key: NDArray[np.uint8]) -> tuple[Words, Words]:
    """Return the states of HMAC's inner and outer hash after ``key``, to be used many times."""
    block = np.zeros(64, np.uint8)
    if key.shape[0] > 64:
        block[:32] = sha256(key)
    else:
        block[: key.shape[0]] = key
    inner, outer = START.copy(), START.copy()
    compress(inner, block ^ np.uint8(0x36), 0)
    compress(outer, block ^ np.uint8(0x5C), 0)
    return inner, outer


@njit(cache=True, nogil=True)
def hmac_sha256(key: NDArray[np.uint8], message: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the HMAC-SHA256 of ``message`` under ``key``, 32 bytes."""
    inner, outer = hmac_states(key)
    digest = np.empty(32, np.uint8)
    finish(inner, message, 64, digest)
    result = np.empty(32, np.uint8)
    finish(outer, digest, 64, result)
    return result
