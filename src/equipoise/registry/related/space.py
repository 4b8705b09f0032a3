"""A space: records as weighted counts of terms, compared by the cosine of their angle.

A count weighs 1 + ln(count), a term the root of ln((N + 1) / (n + 1)) with n of N records having
it (Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988,
doi:10.1016/0306-4573(88)90021-0; the root weighs rare terms less, which served better here). A
term that only one record has cannot relate two and is left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """``counts`` (records, terms), and the place of each term."""

    counts: sp.csr_matrix
    terms: Mapping[str, int]

    @cached_property
    def frequency(self) -> NDArray[np.int64]:
        """How many records have each term, shape (terms,)."""
        return np.bincount(self.counts.indices, minlength=self.counts.shape[1]).astype(np.int64)

    @cached_property
    def weight(self) -> Floats:
        """The weight of each term, shape (terms,)."""
        n = self.counts.shape[0]
        rarity = np.log((n + 1) / (self.frequency + 1))
        return np.sqrt(np.where(self.frequency > 1, rarity, 0.0)).astype(np.float32)

    @cached_property
    def unit(self) -> sp.csr_matrix:
        """The records as vectors of length 1 (0 for one without terms), (records, terms)."""
        data = (1 + np.log(self.counts.data)) * self.weight[self.counts.indices]
        rows = np.repeat(np.arange(self.counts.shape[0]), np.diff(self.counts.indptr))
        length = np.sqrt(np.bincount(rows, data**2, minlength=self.counts.shape[0]))
        data = data / np.where(length > 0, length, 1)[rows]
        indices, indptr = self.counts.indices, self.counts.indptr
        return sp.csr_matrix((data.astype(np.float32), indices, indptr), shape=self.counts.shape)

    @cached_property
    def inverted(self) -> sp.csr_matrix:
        """The same by term: (terms, records)."""
        return self.unit.T.tocsr()

    def vector(self, counted: Mapping[str, int]) -> sp.csr_matrix:
        """Return a record's counts as a vector of length 1, shape (1, terms)."""
        known = sorted((self.terms[term], n) for term, n in counted.items() if term in self.terms)
        places = np.array([place for place, _ in known], np.int32)
        data = np.array([1 + np.log(n) for _, n in known]) * self.weight[places]
        data = data / (np.sqrt((data**2).sum()) or 1)
        shape = (1, self.counts.shape[1])
        return sp.csr_matrix((data.astype(np.float32), places, [0, len(places)]), shape=shape)

    def cosines(self, vector: sp.csr_matrix, places: NDArray[np.int64]) -> Floats:
        """Return the cosine of ``vector`` to each of the records at ``places``."""
        dense = np.zeros(self.counts.shape[1], np.float32)
        dense[vector.indices] = vector.data
        return np.asarray(self.unit[places] @ dense, np.float32)

    def having(self, terms: Iterable[str], places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of the records at ``places`` has any of ``terms``."""
        wanted = np.zeros(self.counts.shape[1], np.float32)
        wanted[[self.terms[term] for term in terms if term in self.terms]] = 1
        return np.asarray(self.counts[places] @ wanted > 0)


class Growing:
    """A space while records are added to it, one after the other."""

    def __init__(self) -> None:
        """Start without records."""
        self._terms: dict[str, int] = {}
        self._places, self._data, self._ends = array("i"), array("f"), array("q", [0])

    def add(self, counted: Mapping[str, int]) -> None:
        """Add a record by its counts by term."""
        self._places.extend(self._terms.setdefault(t, len(self._terms)) for t in counted)
        self._data.extend(counted.values())
        self._ends.append(len(self._places))

    def space(self) -> Space:
        """Return the space of what was added."""
        counts = _matrix(self._data, self._places, self._ends, len(self._terms))
        return _without_the_lonely(counts, list(self._terms))


def _matrix(data: Any, places: Any, ends: Any, width: int) -> sp.csr_matrix:
    made = sp.csr_matrix(
        (np.array(data), np.array(places), np.array(ends)), shape=(len(ends) - 1, width)
    )
    made.sort_indices()
    return made


def _without_the_lonely(counts: sp.csr_matrix, terms: Sequence[str]) -> Space:
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(frequency > 1)
    return Space(counts[:, kept].tocsr(), {terms[int(old)]: new for new, old in enumerate(kept)})
