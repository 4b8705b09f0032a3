"""One trial as a randomization test sees it, and the scores that it sums over the treated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TIE = 1e-10  # of the sum of all scores: nearer sums are equal


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One trial, all ``(n,)``: who is ``observed`` has a value and one of the two arms compared.

    ``groups`` are those within which values are compared, ``ranked`` whether by their ranks.
    """

    values: Array
    arms: Integers
    strata: Integers
    observed: Flags
    treated: Flags
    groups: Integers
    ranked: bool

    @property
    def empty(self) -> bool:
        """Whether an arm has no value."""
        ones = int((self.observed & self.treated).sum())
        return ones in {0, int(self.observed.sum())}

    def scores(self, shift: float = 0.0) -> Array:
        """Return the centred values or ranks after the arm is moved back by ``shift``."""
        values = self.values - shift * self.treated
        return self._ranks(values) if self.ranked else self.centred(values)

    def centred(self, values: Array) -> Array:
        """Return ``values`` less the mean of their group, and 0 for those not observed."""
        scores = np.zeros(values.size)
        for members in self.members():
            scores[members] = values[members] - values[members].mean()
        return scores

    def members(self) -> list[Flags]:
        """Return who is observed in each group."""
        groups = np.unique(self.groups[self.observed])
        return [self.observed & (self.groups == group) for group in groups]

    def _ranks(self, values: Array) -> Array:
        """Return centred ranks; of several groups with van Elteren's weights, 1 / (n + 1)."""
        largest = float(np.abs(values[self.observed]).max(initial=0.0))
        if largest > 0:  # x - (x - y) is y, but not to the last bit: ten digits decide
            values = np.round(values, 10 - math.ceil(math.log10(largest)))
        members = self.members()
        ranks = np.zeros(values.size)
        for group in members:
            ranks[group] = scipy.stats.rankdata(values[group])
        scores = self.centred(ranks)
        if len(members) > 1:
            for group in members:
                scores[group] /= group.sum() + 1
        return scores

    def far(self, sums: Array, chances: Array | None, scores: Array) -> float:
        """Return P of ``sums`` as far from 0 as that of the arms seen.

        They are all that are possible with their ``chances``, or drawn (None).
        """
        seen = float(scores[self.treated].sum())
        out = np.abs(sums) >= abs(seen) - _TIE * np.abs(scores).sum()
        if chances is None:
            return float((1 + np.count_nonzero(out)) / (1 + sums.size))
        return float(min(chances[out].sum(), 1.0))
