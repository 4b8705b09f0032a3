"""Who of those that come is randomized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit

Booleans = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass
class Recruits:
    """Who was randomized in each trial, and how many came to nothing before the last of them."""

    person: NDArray[np.uint32]
    stratum: NDArray[np.int16]
    screened: Counts
    refused: Counts
    ineligible: Counts

    @classmethod
    def of(
        cls, willing: Booleans, eligible: Booleans, stratum: NDArray[np.int16], wanted: int
    ) -> Recruits:
        """Take the first ``wanted`` of each trial; so many must be eligible, and willing."""
        shape = (eligible.shape[0], wanted)
        found = cls(
            np.empty(shape, np.uint32), np.empty(shape, np.int16), np.zeros(shape[0], np.int64),
            np.zeros(shape[0], np.int64), np.zeros(shape[0], np.int64),
        )  # fmt: skip
        _enter(
            willing, eligible, stratum, found.person, found.stratum, found.screened, found.refused,
            found.ineligible,
        )  # fmt: skip
        return found


@njit(cache=True, nogil=True)
def _enter(
    willing: Booleans, eligible: Booleans, stratum: NDArray[np.int16],
    person: NDArray[np.uint32], place: NDArray[np.int16], screened: Counts, refused: Counts,
    ineligible: Counts,
) -> None:  # fmt: skip
    for trial in range(eligible.shape[0]):
        entered, who = 0, 0
        while entered < person.shape[1]:
            if eligible[trial, who]:
                person[trial, entered], place[trial, entered] = who + 1, stratum[trial, who]
                entered += 1
            elif willing[trial, who]:
                ineligible[trial] += 1
            else:
                refused[trial] += 1
            who += 1
        screened[trial] = who
