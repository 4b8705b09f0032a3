"""The allocation of many trials: each trial's ceremony and list, without the sealing.

The parties' parts are the second and later 32 bytes of a rehearsal's entropy
(:mod:`equipoise.rehearsal.ceremony`), so the seed of the list takes a few hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.conduct.allocation import allocation_of, specification
from equipoise.errors import Broken
from equipoise.kernels.compiled import njit
from equipoise.kernels.sha256 import (
    LANES,
    Words,
    compress,
    hmac_of_numbers,
    hmac_sha256,
    hmac_states,
    sha256,
)
from equipoise.protocol.parts import Protocol
from equipoise.rules.allocation.encoding import framed
from equipoise.rules.allocation.generator import GENERATOR

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

COMPLETE, BLOCKS, STICK = 0, 1, 2


@dataclass(frozen=True)
class List:
    """What the lists of all trials share.

    ``origin`` is the text under which the seed is hashed, with a gap of 32 bytes at each of
    ``gaps`` for the parts of the parties, in the order in which these are drawn. ``prefixes`` are
    those of the strata's streams; ``places`` holds each arm as often as its weight.
    """

    origin: Bytes
    gaps: Numbers
    prefixes: tuple[Bytes, ...]
    places: Numbers
    design: int
    terms: Numbers
    length: int


def list_of(protocol: Protocol, annex: Mapping[str, Any]) -> List:
    """Return what the lists of a protocol share; it must not minimize."""
    allocation, spec = allocation_of(protocol), specification(protocol)
    gaps, origin = _origin(spec.trial, allocation.parties)
    places = [arm for arm, weight in enumerate(spec.ratio) for _ in range(weight)]
    if annex.get("limit") is not None:
        design, terms = STICK, [annex["limit"]]
    elif annex.get("block_sizes"):
        design, terms = BLOCKS, list(annex["block_sizes"])
    else:
        design, terms = COMPLETE, [0]
    return List(
        origin, gaps,
        tuple(
            _array(framed("equipoise/allocation", GENERATOR, spec.trial, label))
            for label in spec.strata
        ),
        np.array(places, np.int64), design, np.array(terms, np.int64), spec.length,
    )  # fmt: skip


def _origin(trial: str, parties: tuple[str, ...]) -> tuple[Numbers, Bytes]:
    text, at = framed("equipoise/seed/1", trial), dict[str, int]()
    for party in sorted(parties):
        text += framed(party, bytes(32))
        at[party] = len(text) - 32
    return np.array([at[party] for party in parties], np.int64), _array(text)


def _array(data: bytes) -> Bytes:
    return np.frombuffer(data, np.uint8).copy()


def sequences(shared: List, seed: int, first: int, trials: int, length: int) -> NDArray[np.int8]:
    """Return the first ``length`` arms of every stratum: [trials, strata, length].

    Raises Broken when a stream of hashes gives no usable word, which none does.
    """
    found = np.empty((trials, len(shared.prefixes), length), np.int8)
    label = _array(f"equipoise entropy\n{seed}\nceremony ".encode())
    good = _sequences(
        label, first, shared.origin, shared.gaps, shared.prefixes, shared.places, shared.design,
        shared.terms, found,
    )  # fmt: skip
    if not good:
        raise Broken("allocation", "the stream of hashes repeats itself", "Report this.")
    return found


@njit(cache=True, nogil=True)
def _sequences(  # noqa: PLR0913, PLR0917 - plain numbers for the compiler
    label: Bytes, first: int, origin: Bytes, gaps: Numbers, prefixes: tuple[Bytes, ...],
    places: Numbers, design: int, terms: Numbers, found: NDArray[np.int8],
) -> bool:  # fmt: skip
    text, counter = origin.copy(), np.zeros(8, np.uint8)
    good = True
    for trial in range(found.shape[0]):
        inner, outer = hmac_states(sha256(_numbered(label, first + trial)))
        for part in range(gaps.shape[0]):
            counter[7] = part + 1  # the first 32 bytes are the annex's nonce
            hmac_sha256(inner, outer, counter, text[gaps[part] : gaps[part] + 32])
        inner, outer = hmac_states(sha256(text))
        for stratum in range(len(prefixes)):
            arms = found[trial, stratum]
            good = _fill(inner, outer, prefixes[stratum], places, design, terms, arms) and good
    return good


@njit(cache=True, nogil=True)
def _numbered(label: Bytes, number: int) -> Bytes:
    """Return ``label`` with ``number`` in decimal behind it."""
    digits = 1
    while number >= 10**digits:
        digits += 1
    text = np.empty(label.shape[0] + digits, np.uint8)
    text[: label.shape[0]] = label
    for i in range(digits):
        text[text.shape[0] - 1 - i] = 48 + number % 10
        number //= 10
    return text


@njit(cache=True, nogil=True)
def _fill(
    inner: Words, outer: Words, prefix: Bytes, places: Numbers, design: int, terms: Numbers,
    arms: NDArray[np.int8],
) -> bool:  # fmt: skip
    """Write the list of one stratum; false when its stream gave no usable word."""
    state, whole = inner.copy(), prefix.shape[0] // 64
    for block in range(whole):
        compress(state, prefix, 64 * block)
    rest = prefix[64 * whole :]
    words, at = np.empty(8 * LANES, np.uint32), np.zeros(2, np.int64)  # next word, next number
    at[0] = words.shape[0]
    before = 64 + 64 * whole
    if design == 1:
        return _blocks(state, outer, rest, before, words, at, places, terms, arms)
    if design == 2:
        return _stick(state, outer, rest, before, words, at, places, terms[0], arms)
    for slot in range(arms.shape[0]):
        drawn = _below(state, outer, rest, before, words, at, places.shape[0])
        if drawn < 0:
            return False
        arms[slot] = places[drawn]
    return True


@njit(cache=True, nogil=True, forceinline=True)
def _below(
    inner: Words, outer: Words, rest: Bytes, before: int, words: Words, at: Numbers, n: int
) -> int:
    """Return a uniform number from 0 to ``n`` - 1, or -1 when the stream gives none."""
    for _ in range(128):
        if at[0] == words.shape[0]:
            hmac_of_numbers(inner, outer, rest, before, at[1], words)
            at[0] = 0
            at[1] += LANES
        word = np.int64(words[at[0]])
        at[0] += 1
        drawn = word % n
        if word - drawn + n <= 4294967296:  # below the last multiple of n
            return int(drawn)
    return -1


@njit(cache=True, nogil=True)
def _blocks(  # noqa: PLR0913, PLR0917 - plain numbers for the compiler
    inner: Words, outer: Words, rest: Bytes, before: int, words: Words, at: Numbers,
    places: Numbers, sizes: Numbers, arms: NDArray[np.int8],
) -> bool:  # fmt: skip
    """Write permuted blocks."""
    done, block = 0, np.empty(sizes.max(), np.int8)
    while done < arms.shape[0]:
        size = sizes[_below(inner, outer, rest, before, words, at, sizes.shape[0])]
        for i in range(size):
            block[i] = places[i % places.shape[0]]
        for last in range(size - 1, 0, -1):
            chosen = _below(inner, outer, rest, before, words, at, last + 1)
            if chosen < 0:
                return False
            block[last], block[chosen] = block[chosen], block[last]
        for i in range(min(size, arms.shape[0] - done)):
            arms[done + i] = block[i]
        done += size
    return True


@njit(cache=True, nogil=True)
def _stick(  # noqa: PLR0913, PLR0917 - plain numbers for the compiler
    inner: Words, outer: Words, rest: Bytes, before: int, words: Words, at: Numbers,
    places: Numbers, limit: int, arms: NDArray[np.int8],
) -> bool:  # fmt: skip
    """Write draws by the ratio within a limit of imbalance between the places."""
    counts, open_ = np.zeros(places.shape[0], np.int64), np.empty(places.shape[0], np.int64)
    for slot in range(arms.shape[0]):
        least, n = counts.min(), 0
        for place in range(places.shape[0]):
            if counts[place] - least < limit:
                open_[n] = place
                n += 1
        drawn = _below(inner, outer, rest, before, words, at, n)
        if drawn < 0:
            return False
        counts[open_[drawn]] += 1
        arms[slot] = places[open_[drawn]]
    return True
