from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators._roots import find_roots


def test_each_equation_has_its_own_root() -> None:
    powers, wanted = np.array([2.0, 3.0, 5.0]), np.array([2.0, 27.0, 1.0])
    found = find_roots(
        lambda x, power, value: x**power - value, (np.zeros(3), np.full(3, 9.0)), (powers, wanted)
    )
    assert found.success.all()
    assert found.x == pytest.approx([np.sqrt(2), 3, 1], rel=1e-9)
