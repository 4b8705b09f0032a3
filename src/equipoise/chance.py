"""Where chance comes from: numbers with an address for rehearsal, secret bytes for keys and salts.

A rehearsal's random numbers are not drawn in order: each has an address (trial, participant,
purpose, index) under the seed, so any one can be computed alone and no draw disturbs another.
Allocation never uses them; its secrets come from an :class:`Entropy`.
"""

from __future__ import annotations

import builtins
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from equipoise.errors import InputError
from equipoise.kernels.philox import second_uniform, uniform
from equipoise.kernels.quantiles import exponential_quantile, normal_quantile

_WORD = 2**32


@cache
def purpose_number(purpose: str) -> int:
    """Return the 32-bit number of a named purpose: the first 4 bytes of its SHA-256, big-endian.

    The name is hashed as UTF-8. Equal names are equal streams, today and in any later version.
    """
    return int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:4], "big")


@dataclass(frozen=True, slots=True)
class Chance:
    """The random numbers of one trial of a rehearsal.

    ``seed`` is a 64-bit number, the same for every trial of an ensemble; ``trial`` counts them.
    Philox4x32-10 gives each number from key = (low, high word of the seed) and counter =
    (index, number of the purpose, participant, trial).
    """

    seed: int
    trial: int = 0

    def __post_init__(self) -> None:
        """Refuse a seed or trial that does not fit into its words."""
        if not 0 <= self.seed < 2**64:
            raise InputError("seed", f"{self.seed} is out of range", "Give 0 to 2**64 - 1.")
        _check_word("trial", self.trial)

    def uniform(self, participant: int, purpose: str, index: int) -> float:
        """Return a uniform number strictly between 0 and 1, an odd multiple of 2**-53.

        Raises InputError when ``participant`` or ``index`` is not in 0 to 2**32 - 1.
        """
        _check_word("participant", participant)
        _check_word("index", index)
        return uniform(
            self.seed % _WORD,
            self.seed // _WORD,
            self.trial,
            participant,
            purpose_number(purpose),
            index,
        )

    def second(self, participant: int, purpose: str, index: int) -> float:
        """Return the other uniform number at the same address, independent of :meth:`uniform`.

        It costs nothing more where both are wanted. Raises InputError as :meth:`uniform` does.
        """
        _check_word("participant", participant)
        _check_word("index", index)
        return second_uniform(
            self.seed % _WORD,
            self.seed // _WORD,
            self.trial,
            participant,
            purpose_number(purpose),
            index,
        )

    def normal(self, participant: int, purpose: str, index: int) -> float:
        """Return a standard normal number: the normal quantile of :meth:`uniform`."""
        return normal_quantile(self.uniform(participant, purpose, index))

    def exponential(self, participant: int, purpose: str, index: int) -> float:
        """Return an exponential number with mean 1: its quantile of :meth:`uniform`."""
        return exponential_quantile(self.uniform(participant, purpose, index))


def _check_word(name: str, value: int) -> None:
    if not 0 <= value < _WORD:
        raise InputError(f"chance: {name}", f"{value} is out of range", "Give 0 to 2**32 - 1.")


class Entropy(Protocol):
    """A source of bytes that nobody else can guess."""

    def bytes(self, n: int) -> builtins.bytes:
        """Return ``n`` bytes."""
        ...


class SystemEntropy:
    """The operating system's cryptographic generator."""

    def bytes(self, n: int) -> builtins.bytes:
        """Return ``n`` bytes that were never returned before."""
        return os.urandom(n)

    def __repr__(self) -> str:
        return "SystemEntropy()"


class SeededEntropy:
    """Repeatable bytes for rehearsal: anyone who knows the seed knows them all.

    The stream is HMAC-SHA256(key, 0), HMAC-SHA256(key, 1), ... with 8-byte big-endian counters,
    where key is the SHA-256 of three lines without a final line feed: "equipoise entropy", the
    seed in decimal, the label. How the bytes are split over calls does not change them.
    """

    __slots__ = ("_key", "_label", "_position")

    def __init__(self, seed: int, label: str) -> None:
        """Start the stream of ``label`` under ``seed``."""
        self._key = hashlib.sha256(f"equipoise entropy\n{seed}\n{label}".encode()).digest()
        self._label = label
        self._position = 0

    def bytes(self, n: int) -> builtins.bytes:
        """Return the next ``n`` bytes of the stream."""
        first, skip = divmod(self._position, 32)
        last = -(-(self._position + n) // 32)
        stream = b"".join(
            hmac.digest(self._key, counter.to_bytes(8, "big"), "sha256")
            for counter in range(first, last)
        )
        self._position += n
        return stream[skip : skip + n]

    def __repr__(self) -> str:
        return f"SeededEntropy(label={self._label!r})"
