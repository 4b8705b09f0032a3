from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.counts import counts, table
from equipoise.errors import InputError


def test_counts_are_broadcast() -> None:
    events, n = counts([[1], [2]], [3, 4, 5])
    assert events.shape == n.shape == (2, 3)
    assert events[1, 2] == 2
    assert n[1, 2] == 5


def test_an_empty_arm_is_noticed_and_made_safe() -> None:
    seen, empty = table([0, 1], [0, 4], [2, 2], [5, 5])
    assert list(empty) == [True, False]
    assert list(seen.n1) == [1, 4]


@pytest.mark.parametrize("events", [-1, 5, 1.0, True, np.nan])
def test_what_cannot_be_a_count_is_refused(events: float) -> None:
    with pytest.raises(InputError):
        counts(events, 4)
