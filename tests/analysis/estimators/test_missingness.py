from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.missingness import came_back, patterns, share_missing
from equipoise.errors import InputError

X = np.nan
Y = np.array([[1, 1, 1], [1, X, X], [1, 1, X], [1, 1, 1], [1, X, 1], [X, X, X], [1, X, X]])
ARM = np.array([0, 0, 1, 1, 1, 1, 1])


def test_patterns_are_counted_by_arm_the_most_frequent_first() -> None:
    p = patterns(Y, ARM)
    said = ["".join("1" if seen else "." for seen in row) for row in p.observed]
    assert said == ["111", "1..", "11.", "1.1", "..."]
    assert p.counts.tolist() == [[1, 1], [1, 1], [0, 1], [0, 1], [0, 1]]
    assert p.monotone.tolist() == [True, True, True, False, True]
    assert not p.all_monotone
    assert patterns(Y[:4], ARM[:4]).all_monotone


def test_a_boolean_arm_is_column_1() -> None:
    assert patterns(Y[:2], np.array([True, False])).counts.tolist() == [[0, 1], [1, 0]]


def test_who_came_back() -> None:
    assert came_back(Y).tolist() == [False] * 4 + [True, False, False]
    assert came_back(np.stack([Y, Y[::-1]])).sum(axis=1).tolist() == [1, 1]


def test_the_share_missing_at_each_visit() -> None:
    share = share_missing(np.stack([Y, np.ones_like(Y)]), ARM == 1)
    assert share.shape == (2, 2, 3)
    assert share[0, 0] == pytest.approx([1 / 5, 3 / 5, 3 / 5])
    assert share[1, 0] == pytest.approx([0, 1 / 2, 1 / 2])
    assert not share[:, 1].any()
    assert np.isnan(share_missing(Y, np.ones(7, dtype=bool))[1]).all()


def test_arms_must_fit() -> None:
    for arms in ([0, 1], [-1] * 7, [0.5] * 7):
        with pytest.raises(InputError, match="patterns"):
            patterns(Y, arms)
