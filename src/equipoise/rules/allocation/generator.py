"""The generator of allocation sequences: HMAC-SHA256 in counter mode, and draws from its words.

Block k of the stream of a stratum is HMAC-SHA256(seed, framed("equipoise/allocation", generator,
trial, stratum) || k), k an 8-byte big-endian number from 0; its 32 bytes are eight 32-bit
big-endian words, used in order. HMAC: RFC 2104; as a generator of independent streams it needs
only that HMAC-SHA256 is a pseudorandom function (Bellare 2006, doi:10.1007/11818175_36).
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import TypeVar

from equipoise.chance import Entropy
from equipoise.errors import InputError
from equipoise.rules.allocation.encoding import framed

GENERATOR = "hmac-sha256-ctr/1"
"""The name under which a specification asks for this generator."""

Draw = Callable[[int], int]
"""``draw(n)`` is uniform on 0 to n - 1."""

_WORDS = 2**32
_TRIES = 128  # a fair word is rejected less than half the time: 2**-128 for all of them

Item = TypeVar("Item")


def words(seed: bytes, trial: str, stratum: str) -> Iterator[int]:
    """Yield the 32-bit words of one stratum's stream, without end."""
    prefix = framed("equipoise/allocation", GENERATOR, trial, stratum)
    for counter in count():
        block = hmac.digest(seed, prefix + counter.to_bytes(8, "big"), "sha256")
        yield from struct.unpack(">8I", block)


def entropy_words(entropy: Entropy) -> Iterator[int]:
    """Yield 32-bit big-endian words of ``entropy``, without end."""
    while True:
        yield int.from_bytes(entropy.bytes(4), "big")


def below(source: Iterator[int], n: int) -> int:
    """Return a uniform integer from 0 to ``n`` - 1, with 1 <= n <= 2**32.

    A word at or above the largest multiple of ``n`` is thrown away, so no remainder is favoured.
    Raises InputError when the source gives only such words, as a broken one may.
    """
    limit = _WORDS - _WORDS % n
    for word in islice(source, _TRIES):
        if word < limit:
            return word % n
    raise InputError(
        "entropy",
        "the source of random bytes repeats itself",
        "Use the operating system's generator.",
    )


def shuffle(draw: Draw, items: Sequence[Item]) -> list[Item]:
    """Return ``items`` in uniformly random order.

    Fisher and Yates's method in Durstenfeld's form, from the last place down (Durstenfeld 1964,
    doi:10.1145/364520.364540).
    """
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        chosen = draw(last + 1)
        order[last], order[chosen] = order[chosen], order[last]
    return order
