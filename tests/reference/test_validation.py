from __future__ import annotations

import pytest

from benchmarks.validate import families
from benchmarks.validation.case import DATA, Case

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real trials are not here")


@pytest.mark.parametrize("family", families())
def test_every_number_agrees_with_its_reference(family: str) -> None:
    cases = list(families()[family]())
    assert cases
    assert not [case for case in cases if not case.agrees]


def case(ours: float, reference: float | None, published: str | None = None) -> Case:
    return Case("a trial", "a ratio", ours, reference, "R", 1e-6, published)


def test_a_case_can_disagree() -> None:
    assert case(0.763, 0.763, "0.76").agrees
    assert case(float("inf"), float("inf")).agrees
    assert not case(0.763, 0.7631).agrees
    assert not case(0.763, 0.763, "0.77").agrees
    assert not case(float("nan"), 0.763).agrees
    assert not case(0.763, float("nan")).agrees
    assert not case(float("nan"), None, "0.76").agrees
