from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.mixed.design import dependent, independent, orthonormal
from tests.analysis.estimators.mixed.draws import normal


@pytest.mark.parametrize("closeness", [1.0, 1e-2, 1e-6])
def test_columns_become_orthonormal_however_close_they_are(closeness: float) -> None:
    x = normal(40, 4) * np.array([1, 1e6, 1e-6, 1])
    x[:, 3] = x[:, 0] + closeness * x[:, 3]
    q, r = orthonormal(x)
    assert q.T @ q == pytest.approx(np.eye(4), abs=1e-12)
    assert (np.tril(r, -1) == 0).all()
    assert q @ r == pytest.approx(x, rel=1e-9, abs=1e-9 * np.abs(x).min())
    assert not dependent(r).any()


def test_columns_that_follow_from_those_before_are_left_out() -> None:
    x = normal(30, 3)
    wide = np.column_stack(
        [x[:, 0], 2 * x[:, 0], np.zeros(30), x[:, 1], x[:, 0] - x[:, 1], x[:, 2]]
    )
    kept, follows = independent(wide)
    assert kept.tolist() == [0, 3, 5]
    expected = np.array([[2, 0, 1], [0, 0, -1], [0, 0, 0]])
    assert follows == pytest.approx(expected, abs=1e-9)


def test_fewer_rows_than_columns() -> None:
    kept, follows = independent(normal(2, 4))
    assert kept.tolist() == [0, 1]
    assert follows.shape == (2, 2)
