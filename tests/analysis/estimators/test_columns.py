from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.estimators.columns import basis, indicators, participants, two_arms
from equipoise.errors import InputError

ALL = np.ones(6, dtype=bool)
small = st.lists(st.integers(-9, 9), min_size=6, max_size=6)


def test_a_basis_spans_the_columns_and_turns_back() -> None:
    columns = np.array([[1.0, 2000 + i, (i * i) % 5] for i in range(6)])
    space = basis(columns, ALL)
    assert space.rank == 3
    assert space.axes.T @ space.axes == pytest.approx(np.eye(3), abs=1e-12)
    response = columns @ np.array([3.0, -0.5, 2.0])
    assert space.back @ (space.axes.T @ response) == pytest.approx([3, -0.5, 2], rel=1e-8)


@given(a=small, b=small)
def test_only_what_the_columns_determine_is_estimable(a: list[int], b: list[int]) -> None:
    columns = np.array([a, b, np.add(a, b)], dtype=np.float64).T
    space = basis(columns, ALL)
    assert int(space.rank) == np.linalg.matrix_rank(columns)
    for contrast in np.array([[1.0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 2], [1, -1, 0]]):
        # a contrast is determined if it is a sum of rows
        more = np.linalg.matrix_rank(np.vstack([columns, contrast]))
        assert bool(space.estimable(contrast[None])[0]) == (more == int(space.rank))


def test_rows_left_out_do_not_count() -> None:
    columns = np.array([[1.0, 0], [1, 1], [1, 2], [9, np.pi]])
    rows = np.array([True, True, True, False])
    assert basis(columns, rows).axes[3] == pytest.approx(0)
    assert basis(columns, np.zeros(4, dtype=bool)).rank == 0
    assert basis(np.zeros((0, 2)), np.zeros(0, dtype=bool)).rank == 0


def test_an_ensemble_is_its_trials() -> None:
    columns = np.array([[[1.0, 1], [1, 1], [1, 1]], [[1, 0], [1, 1], [1, 5]]])
    together = basis(columns, np.ones((2, 3), dtype=bool))
    assert list(together.rank) == [1, 2]
    assert together.estimable(np.array([[0.0, 1.0]])).tolist() == [[False], [True]]


def test_columns_of_participants() -> None:
    who = participants(
        [True, False, True], [[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]], strata=[7, 3, 7]
    )
    assert who.columns.tolist() == [[0, 0, 0], [2, 3, 0], [4, 5, 1]]
    assert who.known.tolist() == [False, True, True]
    assert participants([True, False], None, None).columns.shape == (2, 0)
    assert indicators([[1, 2], [2, 9]]).sum(axis=-1).tolist() == [[1, 1], [1, 1]]


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="whole numbers"):
        indicators([0.5, 1.0])
    with pytest.raises(InputError, match="True or False"):
        two_arms([1, 0])
    with pytest.raises(InputError, match="infinite"):
        participants([True], [[np.inf]], None)
