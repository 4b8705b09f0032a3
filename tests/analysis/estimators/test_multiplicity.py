from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from equipoise.analysis.estimators import multiplicity as several
from equipoise.analysis.estimators.multiplicity import Graph, bonferroni, hochberg, holm, hommel
from equipoise.errors import InputError

FIVE = [0.001, 0.0125, 0.03, 0.041, 0.2]
families = arrays.arrays(np.float64, st.integers(1, 8), elements=st.floats(0, 1))
BY_SIZE = [
    bonferroni,
    holm,
    hochberg,
    hommel,
    several.benjamini_hochberg,
    several.benjamini_yekutieli,
]


def test_five_hypotheses() -> None:
    # p.adjust of R
    assert bonferroni(FIVE) == pytest.approx([0.005, 0.0625, 0.15, 0.205, 1])
    assert holm(FIVE) == pytest.approx([0.005, 0.05, 0.09, 0.09, 0.2])
    assert hochberg(FIVE) == pytest.approx([0.005, 0.05, 0.082, 0.082, 0.2])
    assert hommel(FIVE) == pytest.approx([0.005, 0.05, 0.0615, 0.082, 0.2])
    assert several.benjamini_hochberg(FIVE) == pytest.approx([0.005, 0.03125, 0.05, 0.05125, 0.2])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5
    assert several.benjamini_yekutieli(FIVE)[:3] == pytest.approx(
        [0.005 * harmonic, 0.03125 * harmonic, 0.05 * harmonic]
    )


def test_a_fixed_sequence_stops_at_its_first_failure() -> None:
    assert list(several.fixed_sequence([0.01, 0.06, 0.02])) == [0.01, 0.06, 0.06]


@given(families)
def test_adjustment_never_helps_and_the_better_method_rejects_more(p: Any) -> None:
    assert (p <= hommel(p)).all()
    assert (hommel(p) <= hochberg(p) + 1e-15).all()
    assert (hochberg(p) <= holm(p)).all()
    assert (holm(p) <= bonferroni(p)).all()
    assert bonferroni(p).max() <= 1


@pytest.mark.parametrize("adjust", BY_SIZE)
@given(families, st.randoms(use_true_random=False))
def test_the_order_of_hypotheses_is_no_matter(adjust: Any, p: Any, rng: Any) -> None:
    order = list(range(p.size))
    rng.shuffle(order)
    assert adjust(p[order]) == pytest.approx(adjust(p)[order])


@pytest.mark.parametrize("adjust", [holm, hochberg, several.benjamini_hochberg])
@given(families)
def test_it_rejects_what_the_textbook_procedure_rejects(adjust: Any, p: Any) -> None:
    alpha, m = 0.05, p.size
    ordered = np.sort(p)
    if adjust is several.benjamini_hochberg:
        passed = ordered * m / np.arange(1, m + 1) <= alpha
    else:
        passed = ordered * (m - np.arange(m)) <= alpha
    if adjust is holm:  # step down: stop at the first that fails
        expected = int(np.argmin(passed)) if not passed.all() else m
    else:  # step up: everything up to the last that passes
        expected = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    assert int((adjust(p) <= alpha).sum()) == expected


@given(arrays.arrays(np.float64, st.integers(1, 6), elements=st.floats(0, 1)))
def test_hommel_is_the_closure_of_the_simes_test(p: Any) -> None:
    closed = np.zeros(p.size)
    for members in range(1, 2**p.size):
        inside = [i for i in range(p.size) if members >> i & 1]
        ordered = np.sort(p[inside])
        simes = min(len(inside) * ordered / np.arange(1, len(inside) + 1))
        closed[inside] = np.maximum(closed[inside], simes)
    assert hommel(p) == pytest.approx(closed)


def test_families_of_an_ensemble() -> None:
    both = np.array([FIVE, FIVE[::-1]])
    chain = several.fixed_sequence_graph(5)
    methods: list[Callable[[Any], Any]] = [
        *BY_SIZE,
        several.fixed_sequence,
        lambda p: several.graphical(p, chain),
        lambda p: several.serial_gatekeeping(p, [[0, 1], [3, 2, 4]]),
    ]
    for adjust in methods:
        assert adjust(both)[1] == pytest.approx(adjust(FIVE[::-1]))
        assert adjust(np.stack([both] * 3)).shape == (3, 2, 5)


@pytest.mark.parametrize("p", [[0.1, np.nan], [1.2], [-0.1], 0.5])
def test_what_is_no_p_value_is_refused(p: object) -> None:
    with pytest.raises(InputError):
        holm(p)  # type: ignore[arg-type]


# --- graphs ---------------------------------------------------------------------------------------

# Bretz et al. 2009: two primary and two secondary hypotheses
TWO_AND_TWO = Graph(
    np.array([0.5, 0.5, 0, 0]),
    np.array([[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]]),
)


def test_two_primary_and_two_secondary_hypotheses() -> None:
    # graph_test_shortcut of graphicalMCP 0.2.8
    adjusted = several.graphical([0.018, 0.01, 0.105, 0.006], TWO_AND_TWO)
    assert adjusted == pytest.approx([0.024, 0.02, 0.105, 0.024])


@given(families)
def test_known_procedures_are_graphs(p: Any) -> None:
    size = p.size
    assert several.graphical(p, several.holm_graph(size)) == pytest.approx(holm(p))
    fixed = several.graphical(p, several.fixed_sequence_graph(size))
    assert fixed == pytest.approx(several.fixed_sequence(p))
    alone = Graph(np.full(size, 1 / size), np.zeros((size, size)))
    assert several.graphical(p, alone) == pytest.approx(bonferroni(p))


def _closed(p: Any, graph: Graph) -> Any:
    """Test every intersection by weighted Bonferroni, with the weights that the graph leaves it."""
    size = p.size
    adjusted = np.zeros(size)
    for members in range(1, 2**size):
        inside = [i for i in range(size) if members >> i & 1]
        w, g = graph.weights.copy(), graph.transitions.copy()
        for j in set(range(size)) - set(inside):
            moved_w, moved = w + w[j] * g[j], np.zeros_like(g)
            for a in range(size):
                for b in range(size):
                    if a != b and j not in {a, b} and g[a, j] * g[j, a] < 1:
                        moved[a, b] = (g[a, b] + g[a, j] * g[j, b]) / (1 - g[a, j] * g[j, a])
            w, g = moved_w, moved
            w[j] = 0
        ratios = [p[i] / w[i] for i in inside if w[i] > 1e-12]
        adjusted[inside] = np.maximum(adjusted[inside], min([1.0, *ratios]))
    return adjusted


@given(arrays.arrays(np.float64, 4, elements=st.floats(0.001, 1)))
def test_the_shortcut_is_the_closed_test(p: Any) -> None:
    for graph in (TWO_AND_TWO, several.parallel_gate([0, 3], [1, 2]), several.holm_graph(4)):
        assert several.graphical(p, graph) == pytest.approx(_closed(p, graph))


def test_behind_a_parallel_gate_one_rejection_opens_half() -> None:
    gate = several.parallel_gate([0, 1], [2, 3])
    # 0 passes at alpha/2 and leaves alpha/4 to each behind; 2 passes that, and 3 then has alpha/2
    assert several.graphical([0.02, 0.5, 0.01, 0.02], gate) == pytest.approx([0.04, 1, 0.04, 0.04])
    assert several.graphical([0.04, 0.5, 0.01, 0.02], gate) == pytest.approx([0.08, 1, 0.08, 0.08])


def test_behind_a_serial_gate_all_must_pass() -> None:
    adjusted = several.serial_gatekeeping([0.001, 0.03, 0.002, 0.001], [[0, 1], [3, 2]])
    assert adjusted == pytest.approx([0.002, 0.03, 0.03, 0.03])


def test_what_no_alpha_can_reach_is_not_rejected() -> None:
    dead_end = Graph(np.array([1.0, 0.0]), np.zeros((2, 2)))
    assert list(several.graphical([0.0, 0.0], dead_end)) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("weights", "transitions"),
    [
        ([0.6, 0.6], np.zeros((2, 2))),
        ([-0.1, 0.5], np.zeros((2, 2))),
        ([0.5, 0.5], [[0, 1.1], [0, 0]]),
        ([0.5, 0.5], [[0, -0.1], [0, 0]]),
        ([0.5, 0.5], [[0.5, 0.5], [0, 0]]),
        ([0.5, 0.5], np.zeros((3, 3))),
    ],
)
def test_a_graph_that_spends_too_much_is_refused(weights: Any, transitions: Any) -> None:
    with pytest.raises(InputError):
        Graph(np.array(weights), np.array(transitions))


def test_families_must_name_each_hypothesis_once() -> None:
    with pytest.raises(InputError):
        several.serial_gatekeeping(FIVE, [[0, 1], [2, 3]])
    with pytest.raises(InputError):
        several.serial_gatekeeping(FIVE, [[0, 1], [1, 2, 3, 4]])
    with pytest.raises(InputError):
        several.parallel_gate([0, 1], [1, 2])
    with pytest.raises(InputError):
        several.graphical(FIVE, TWO_AND_TWO)


# --- Dunnett --------------------------------------------------------------------------------------


def test_one_comparison_needs_no_adjustment() -> None:
    assert several.dunnett_critical([20], 30, 7) == pytest.approx(stats.t.ppf(0.975, 7))
    assert several.dunnett_critical([20], 30, np.inf) == pytest.approx(stats.norm.ppf(0.975))
    t = np.array([[-2.5], [1.0]])
    assert several.dunnett_p(t, [20], 30, 7) == pytest.approx(2 * stats.t.sf(abs(t), 7))


def test_dunnett_agrees_with_scipy() -> None:
    # Dunnett 1955: blood counts under two drugs and none
    groups = [
        [9.76, 8.80, 7.68, 9.36],
        [12.80, 9.68, 12.16, 9.20, 10.55],
        [7.40, 8.50, 7.20, 8.24, 9.84, 8.32],
    ]
    there = stats.dunnett(*groups[:2], control=groups[2])
    p = several.dunnett_p(there.statistic, [4, 5], 6, 12)
    assert p == pytest.approx([0.620, 0.00587], abs=5e-4)
    assert p == pytest.approx(there.pvalue, abs=1e-3)  # scipy integrates by Monte Carlo


def test_at_the_critical_value_p_is_alpha() -> None:
    for df in (1, 5, 60, np.inf):
        c = several.dunnett_critical([10, 30], 20, df, level=0.9)
        assert several.dunnett_p([float(c), 0.5], [10, 30], 20, df)[0] == pytest.approx(0.1)


@given(st.lists(st.floats(-6, 6), min_size=2, max_size=4))
def test_dunnett_lies_between_no_adjustment_and_bonferroni(t: list[float]) -> None:
    p = several.dunnett_p(t, [10] * len(t), 10, 30)
    alone = 2 * stats.t.sf(np.abs(t), 30)
    assert (alone - 1e-9 <= p).all()
    assert (p <= np.minimum(len(t) * alone, 1) + 1e-9).all()


def test_dunnett_refuses_what_has_no_answer() -> None:
    with pytest.raises(InputError):
        several.dunnett_p([1.0, 2.0], [10], 10, 30)
    with pytest.raises(InputError):
        several.dunnett_critical([10, 0], 10, 30)
    with pytest.raises(InputError):
        several.dunnett_critical([10], 10, 30, level=1.0)
