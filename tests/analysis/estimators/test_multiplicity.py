from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from equipoise.analysis.estimators.multiplicity import bonferroni, fixed_sequence, hochberg, holm
from equipoise.errors import InputError

FIVE = [0.001, 0.0125, 0.03, 0.041, 0.2]
families = arrays.arrays(np.float64, st.integers(1, 8), elements=st.floats(0, 1))


def test_five_hypotheses() -> None:
    # p.adjust of R
    assert bonferroni(FIVE) == pytest.approx([0.005, 0.0625, 0.15, 0.205, 1])
    assert holm(FIVE) == pytest.approx([0.005, 0.05, 0.09, 0.09, 0.2])
    assert hochberg(FIVE) == pytest.approx([0.005, 0.05, 0.082, 0.082, 0.2])


def test_a_fixed_sequence_stops_at_its_first_failure() -> None:
    assert list(fixed_sequence([0.01, 0.06, 0.02])) == [0.01, 0.06, 0.06]


@given(families)
def test_adjustment_never_helps_and_the_better_method_rejects_more(p: np.ndarray) -> None:
    assert (p <= hochberg(p)).all()
    assert (hochberg(p) <= holm(p)).all()
    assert (holm(p) <= bonferroni(p)).all()
    assert bonferroni(p).max() <= 1


@pytest.mark.parametrize("adjust", [bonferroni, holm, hochberg])
@given(families, st.randoms(use_true_random=False))
def test_the_order_of_hypotheses_is_no_matter(adjust: object, p: np.ndarray, rng: object) -> None:
    order = list(range(p.size))
    rng.shuffle(order)  # type: ignore[attr-defined]
    assert adjust(p[order]) == pytest.approx(adjust(p)[order])  # type: ignore[operator]


@pytest.mark.parametrize("adjust", [holm, hochberg])
@given(families)
def test_it_rejects_what_the_textbook_procedure_rejects(adjust: object, p: np.ndarray) -> None:
    alpha, m = 0.05, p.size
    ordered = np.sort(p)
    passed = ordered <= alpha / (m - np.arange(m))
    if adjust is holm:  # step down: stop at the first that fails
        expected = int(np.argmin(passed)) if not passed.all() else m
    else:  # step up: everything up to the last that passes
        expected = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    assert int((adjust(p) <= alpha).sum()) == expected  # type: ignore[operator]


def test_families_of_an_ensemble() -> None:
    both = np.array([FIVE, FIVE[::-1]])
    for adjust in (bonferroni, holm, hochberg, fixed_sequence):
        assert adjust(both)[1] == pytest.approx(adjust(FIVE[::-1]))


@pytest.mark.parametrize("p", [[0.1, np.nan], [1.2], [-0.1], 0.5])
def test_what_is_no_p_value_is_refused(p: object) -> None:
    with pytest.raises(InputError):
        holm(p)  # type: ignore[arg-type]
