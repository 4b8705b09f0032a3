"""Random numbers by address, whole arrays of them at once, for methods that impute or resample.

Each number is the one that :class:`equipoise.chance.Chance` gives at its address (trial,
participant, purpose, index). A participant's numbers therefore do not depend on who else is in the
trial or in which order they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.chance import Chance, purpose_number
from equipoise.errors import InputError
from equipoise.kernels.compiled import njit
from equipoise.kernels.philox import uniform
from equipoise.kernels.quantiles import exponential_quantile, normal_quantile

Array = NDArray[np.float64]
_WORD = 2**32


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often something is drawn, and from which chance.

    The trials of leading axes are numbered on from ``chance.trial`` in C order, or where they are
    ``alike`` each has the numbers that it would have alone. ``participants`` (n,), or (..., n) of
    trials that are alike, are their numbers in the address of their chance; 0, 1, 2... in order if
    not given.
    """

    chance: Chance
    count: int = 100
    participants: ArrayLike | None = None
    alike: bool = False

    def numbers(self, n: int) -> NDArray[np.int64]:
        """Return the numbers of ``n`` participants; raise InputError where they do not fit."""
        if self.participants is None:
            return np.arange(n)
        given = np.asarray(self.participants, dtype=np.int64)
        if given.shape[-1:] != (n,) or (given.ndim > 1 and not self.alike):
            raise InputError("participants", "not one number for each", "Number each of them.")
        return given

    def uniforms(self, lead: tuple[int, ...], n: int, purpose: str) -> Array:
        """Return ``count`` uniform numbers of each of ``n`` participants of trials (*lead,).

        The shape is (*lead, n, count), or one that spreads to it.
        """
        if not self.alike:
            return uniforms(self.chance, lead, self.numbers(n), purpose, self.count)
        drawn, which = self.shared(lead, n, purpose)
        return drawn[which]

    def shared(
        self, lead: tuple[int, ...], n: int, purpose: str
    ) -> tuple[Array, NDArray[np.int64]]:
        """Return the same without repetition: numbers (rows, count), and the row of each."""
        numbers = self.numbers(n)
        if not self.alike:
            drawn = uniforms(self.chance, lead, numbers, purpose, self.count)
            return drawn.reshape(-1, self.count), np.arange(prod(lead) * n).reshape(*lead, n)
        people, which = np.unique(numbers, return_inverse=True)
        drawn = uniforms(self.chance, (), people, purpose, self.count)
        return drawn, which.reshape(numbers.shape)

    def trials(self, lead: tuple[int, ...]) -> tuple[int, ...]:
        """Return how many trials have numbers of their own: of those alike one."""
        return (1,) * len(lead) if self.alike else lead


def uniforms(
    chance: Chance, trials: tuple[int, ...], participants: ArrayLike, purpose: str, count: int
) -> Array:
    """Return uniform numbers in (0, 1), shape (*trials, participants, count).

    The trials of the leading axes are numbered on from ``chance.trial`` in C order;
    ``participants`` are the numbers that stand in the address; the last axis is the index.
    Raises InputError for a participant outside 0 to 2**32 - 1.
    """
    numbers = np.asarray(participants, dtype=np.int64)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= _WORD):
        raise InputError("participants", "a number is out of range", "Give 0 to 2**32 - 1.")
    out = np.empty((prod(trials), numbers.size, count))
    address = (chance.seed % _WORD, chance.seed // _WORD, chance.trial, purpose_number(purpose))
    _fill(out, numbers, *(np.uint64(word) for word in address))
    return out.reshape(*trials, numbers.size, count)


def normals(
    chance: Chance, trials: tuple[int, ...], participants: ArrayLike, purpose: str, count: int
) -> Array:
    """Return standard normal numbers at the same addresses as :func:`uniforms`."""
    return _through(_normal, uniforms(chance, trials, participants, purpose, count))


def exponentials(
    chance: Chance, trials: tuple[int, ...], participants: ArrayLike, purpose: str, count: int
) -> Array:
    """Return exponential numbers of mean 1 at the same addresses as :func:`uniforms`."""
    return _through(_exponential, uniforms(chance, trials, participants, purpose, count))


def _through(quantile: Callable[[Array], None], numbers: Array) -> Array:
    quantile(numbers.reshape(-1))
    return numbers


def _fill_addresses(
    out: Any, participants: Any, seed_low: Any, seed_high: Any, trial: Any, purpose: Any
) -> None:
    for t in range(out.shape[0]):
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[t, i, k] = uniform(
                    seed_low,
                    seed_high,
                    trial + np.uint64(t),
                    np.uint64(participants[i]),
                    purpose,
                    np.uint64(k),
                )


def _to_normal(numbers: Any) -> None:
    for i in range(numbers.size):
        numbers[i] = normal_quantile(numbers[i])


def _to_exponential(numbers: Any) -> None:
    for i in range(numbers.size):
        numbers[i] = exponential_quantile(numbers[i])


_fill = njit(cache=True, nogil=True)(_fill_addresses)
_normal = njit(cache=True, nogil=True)(_to_normal)
_exponential = njit(cache=True, nogil=True)(_to_exponential)
