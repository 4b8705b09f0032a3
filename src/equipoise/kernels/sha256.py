"""SHA-256 and HMAC-SHA256 for loops over many short messages.

FIPS 180-4 (doi:10.6028/NIST.FIPS.180-4), sections 4.1.2, 5 and 6.2; HMAC as in RFC 2104. Words are
32-bit and held in unsigned 32-bit integers throughout.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Words = NDArray[np.uint32]

BLOCK_BYTES, DIGEST_BYTES, STATE_WORDS = 64, 32, 8
_ROUNDS = 64
LANES = 16
"""Messages that :func:`hmac_of_numbers` takes side by side."""
_VECTOR = ir.VectorType(ir.IntType(32), LANES)


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


@njit(cache=True, inline="always")
def _word(message: NDArray[np.uint8], at: int) -> np.uint32:
    return np.uint32(
        (np.uint32(message[at]) << np.uint32(24))
        | (np.uint32(message[at + 1]) << np.uint32(16))
        | (np.uint32(message[at + 2]) << np.uint32(8))
        | np.uint32(message[at + 3])
    )


@njit(cache=True, nogil=True)
def compress(state: Words, message: NDArray[np.uint8], start: int) -> None:
    """Take the 64 bytes of ``message`` from ``start`` into ``state``, 8 words, in place."""
    w = np.empty(_ROUNDS, np.uint32)
    for t in range(16):
        w[t] = _word(message, start + 4 * t)
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
def _padded(rest: NDArray[np.uint8], before: int) -> NDArray[np.uint8]:
    """Return the last bytes of a message filled up to whole blocks."""
    size = rest.shape[0]
    blocks = (size + 9 + 63) // 64
    padded = np.zeros(64 * blocks, np.uint8)
    padded[:size] = rest
    padded[size] = 0x80
    bits = np.uint64(8 * (before + size))
    for i in range(8):
        padded[64 * blocks - 1 - i] = np.uint8((bits >> np.uint64(8 * i)) & np.uint64(0xFF))
    return padded


@njit(cache=True, nogil=True)
def finish(state: Words, rest: NDArray[np.uint8], before: int, digest: NDArray[np.uint8]) -> None:
    """Take in the last bytes ``rest`` after ``before`` bytes (whole blocks); write the digest."""
    padded = _padded(rest, before)
    for start in range(0, padded.shape[0], BLOCK_BYTES):
        compress(state, padded, start)
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
def hmac_sha256(
    inner: Words, outer: Words, message: NDArray[np.uint8], code: NDArray[np.uint8]
) -> None:
    """Write the HMAC-SHA256 of ``message``, 32 bytes, under the key of the two states."""
    finish(inner.copy(), message, BLOCK_BYTES, code)
    finish(outer.copy(), code.copy(), BLOCK_BYTES, code)


# --- side by side ---------------------------------------------------------------------------


@intrinsic
def _sixteen_rounds(_: Any, values: Any, message: Any, constants: Any, first: Any) -> Any:
    """Do 16 rounds from round ``first`` on the ``values`` a to h, (8, LANES), in place.

    The 16 words of the ``message``, (16, LANES), become those of the next 16 rounds. A vector of
    words is one number to the compiler, so nothing depends on whether it finds out that the lanes
    are alike.
    """

    def lower(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        arrays = (
            context.make_array(kind)(context, builder, of).data
            for kind, of in zip(signature.args[:3], given[:3], strict=True)
        )
        start, words, k = arrays
        start, words = (builder.bitcast(each, _VECTOR.as_pointer()) for each in (start, words))
        v = _Vectors(builder)
        k = builder.gep(k, [given[3]])
        ks = [v.all(builder.load(v.at(k, t))) for t in range(16)]
        before = [builder.load(v.at(start, i), align=4) for i in range(STATE_WORDS)]
        w = [builder.load(v.at(words, t), align=4) for t in range(16)]
        for i, value in enumerate(_rounds(v, before, w, ks)):
            builder.store(value, v.at(start, i), align=4)
        for t, word in enumerate(w[16:]):
            builder.store(word, v.at(words, t), align=4)
        return context.get_dummy_value()

    return types.void(values, message, constants, first), lower


class _Vectors:
    """The operations of SHA-256 on vectors of words."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def at(self, pointer: Any, place: int) -> Any:
        return self._builder.gep(pointer, [ir.Constant(ir.IntType(64), place)])

    def all(self, word: Any) -> Any:
        """Return ``word`` in every lane."""
        empty, zero = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        one = self._builder.insert_element(empty, word, zero)
        places = ir.Constant(_VECTOR, [0] * LANES)
        return self._builder.shuffle_vector(one, empty, places)

    def _all(self, n: int) -> Any:
        return ir.Constant(_VECTOR, [n] * LANES)

    def sum(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = self._builder.add(first, other)
        return first

    def mixed(self, x: Any, rotations: tuple[int, ...], shift: int = 0) -> Any:
        """Return rotations of ``x``, and a shift unless it is 0, put together by xor."""
        b = self._builder
        parts = [b.or_(b.lshr(x, self._all(n)), b.shl(x, self._all(32 - n))) for n in rotations]
        parts += [b.lshr(x, self._all(shift))] if shift else []
        found = parts[0]
        for part in parts[1:]:
            found = b.xor(found, part)
        return found

    def chosen(self, e: Any, f: Any, g: Any) -> Any:
        return self._builder.xor(g, self._builder.and_(e, self._builder.xor(f, g)))

    def majority(self, a: Any, b: Any, c: Any) -> Any:
        either = self._builder.or_(a, b)
        return self._builder.or_(self._builder.and_(a, b), self._builder.and_(either, c))


def _rounds(v: _Vectors, values: list[Any], w: list[Any], ks: list[Any]) -> list[Any]:
    """Return a to h after 16 rounds; the next 16 words are appended to ``w``."""
    a, b, c, d, e, f, g, h = values
    for t, k in enumerate(ks):
        s0, s1 = v.mixed(w[t + 1], (7, 18), 3), v.mixed(w[t + 14], (17, 19), 10)
        w.append(v.sum(w[t], s0, w[t + 9], s1))
        s1 = v.mixed(e, (6, 11, 25))
        t1 = v.sum(h, s1, v.chosen(e, f, g), k, w[t])
        t2 = v.sum(v.mixed(a, (2, 13, 22)), v.majority(a, b, c))
        h, g, f, e = g, f, e, v.sum(d, t1)
        d, c, b, a = c, b, a, v.sum(t1, t2)
    return [a, b, c, d, e, f, g, h]


@njit(cache=True, nogil=True)
def _compress_lanes(state: Words, message: Words) -> None:
    """Take 16 words of each lane, (16, LANES), into its state, (8, LANES); both are changed."""
    values = state.copy()
    for first in range(0, _ROUNDS, 16):
        _sixteen_rounds(values, message, _K, first)  # type: ignore[call-arg]
    state += values


@njit(cache=True, nogil=True)
def hmac_of_numbers(
    inner: Words, outer: Words, text: NDArray[np.uint8], before: int, first: int, words: Words
) -> None:
    """Write the HMACs of LANES messages, 8 words each, one after the other.

    A message is ``text`` after ``before`` bytes that ``inner`` has taken in, key included, and
    then a number of 8 bytes: ``first`` and those that follow.
    """
    size = text.shape[0] + 8
    numbered = np.zeros(size, np.uint8)
    numbered[: text.shape[0]] = text
    padded = _padded(numbered, before)
    state, message = np.empty((8, LANES), np.uint32), np.empty((16, LANES), np.uint32)
    for i in range(8):
        state[i] = inner[i]
    for start in range(0, padded.shape[0], BLOCK_BYTES):
        for t in range(16):
            message[t] = _word(padded, start + 4 * t)
        for i in range(8):
            at = size - 1 - i - start
            if 0 <= at < BLOCK_BYTES:
                for lane in range(LANES):
                    byte = ((first + lane) >> (8 * i)) & 0xFF
                    message[at // 4, lane] |= np.uint32(byte << (24 - 8 * (at % 4)))
        _compress_lanes(state, message)
    message[:8] = state
    message[8] = 0x80000000
    message[9:15] = 0
    message[15] = 8 * (BLOCK_BYTES + DIGEST_BYTES)
    for i in range(8):
        state[i] = outer[i]
    _compress_lanes(state, message)
    for lane in range(LANES):
        for i in range(8):
            words[8 * lane + i] = state[i, lane]
