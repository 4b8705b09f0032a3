"""Who of those that come is randomized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        """Take the first ``wanted`` of each trial."""
        trials, came = eligible.shape
        rank = np.cumsum(eligible, axis=1)
        chosen = eligible & (rank <= wanted)
        person = np.nonzero(chosen)[1].reshape(trials, wanted)
        screened = person[:, -1] + 1
        seen = np.arange(came) < screened[:, None]
        refused = (seen & ~willing).sum(axis=1)
        return cls(
            (person + 1).astype(np.uint32), np.take_along_axis(stratum, person, axis=1),
            screened, refused, screened - refused - wanted,
        )  # fmt: skip
