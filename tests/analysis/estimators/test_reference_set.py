from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equipoise.analysis.estimators._redraw import every
from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
    Urns,
    opened_design,
    reference_set,
)
from equipoise.errors import InputError
from equipoise.rules.allocation.designs import generate
from equipoise.rules.allocation.minimization import Minimization
from equipoise.rules.allocation.specification import Annex, Specification
from tests.analysis.estimators.dealt import SITUATIONS, binary, deals, treated_sets


def made(design: Design, arms: Any, compare: tuple[int, int] = (1, 0), strata: Any = None) -> Any:
    dealt = np.array(arms)
    return reference_set(design, dealt, compare, np.zeros_like(dealt) if strata is None else strata)


@pytest.mark.parametrize(("design", "arms", "compare"), SITUATIONS)
def test_it_is_what_the_allocation_may_deal(
    design: Design, arms: tuple[int, ...], compare: tuple[int, int]
) -> None:
    expected = treated_sets(deals(design, len(arms), arms), arms, compare)
    sums, chances = every(made(design, arms, compare), binary(len(arms)))
    found: dict[int, float] = {}
    for total, chance in zip(sums[0].astype(int).tolist(), chances, strict=True):
        found[total] = found.get(total, 0.0) + float(chance)
    assert found == pytest.approx(expected)
    assert len(found) > 2


@pytest.mark.parametrize("design", [PermutedBlocks((4,)), BigStick(2), Totals()])
def test_strata_are_dealt_apart(design: Design) -> None:
    arms, strata = np.array([0, 1, 0, 1, 0, 1]), np.array([1, 0, 1, 1, 0, 0])
    sums, chances = every(made(design, arms, strata=strata), binary(6))
    bits = (sums[0].astype(int)[:, None] >> np.arange(6)) & 1
    joint: dict[tuple[int, ...], float] = {}
    for row, chance in zip(bits.tolist(), chances, strict=True):
        joint[tuple(row)] = joint.get(tuple(row), 0.0) + float(chance)
    first = treated_sets(deals(design, 3, [1, 0, 1]), [1, 0, 1], (1, 0))
    second = treated_sets(deals(design, 3, [0, 0, 1]), [0, 0, 1], (1, 0))
    for row, chance in joint.items():
        one = sum(2**i for i, place in enumerate((1, 4, 5)) if row[place])
        two = sum(2**i for i, place in enumerate((0, 2, 3)) if row[place])
        assert chance == pytest.approx(first[one] * second[two])
    assert len(joint) == len(first) * len(second)


NONCE, SEED = bytes(32), bytes(range(32))


def specification(design: str, ratio: tuple[int, ...] = (1, 2)) -> Specification:
    return Specification("T", ("a", "b"), ratio, design, ("site=1", "site=2"), 40)


def test_the_blocks_of_an_opened_allocation_are_those_that_were_drawn() -> None:
    spec, annex = specification("permuted blocks"), Annex(NONCE, (3, 6, 9))
    design = opened_design(spec, annex, SEED)
    assert isinstance(design, PermutedBlocks)
    assert design.realised is not None
    sizes_seen = set()
    for number, name in enumerate(spec.strata):
        arms = generate(spec, annex, SEED)[name]
        at = 0
        for size in design.realised[number]:
            block = arms[at : at + size]
            assert len(block) < size or sum(block) * 3 == size * 2
            at += size
            sizes_seen.add(size)
        assert at - size < spec.length <= at
        assert isinstance(made(design, arms, strata=np.full(len(arms), number)), Urns)
    assert sizes_seen == {3, 6, 9}


def test_other_opened_designs() -> None:
    assert opened_design(specification("complete"), Annex(NONCE), SEED) == Complete((1, 2))
    stick = opened_design(specification("big stick"), Annex(NONCE, limit=3), SEED)
    assert stick == BigStick(3, (1, 2))
    rule = Minimization(
        factors={"sex": ("f", "m")},
        probability="0.8",
        ratio=(1, 1),
        reader="robot",
    )
    spec = Specification("T", ("a", "b"), (1, 1), "minimization", ("all",), 40, minimization=rule)
    with pytest.raises(InputError, match="minimization"):
        opened_design(spec, Annex(NONCE), SEED)


@pytest.mark.parametrize(
    ("design", "arms"),
    [
        (PermutedBlocks((4,)), [1, 1, 1, 0]),
        (PermutedBlocks((2, 4), realised={0: (2, 4)}), [1, 1, 0, 0, 1, 0]),
        (PermutedBlocks((2, 4)), [1, 1, 1, 0, 0]),
        (PermutedBlocks((2, 4), realised={0: (2,)}), [0, 1, 0]),
        (PermutedBlocks((2, 4), realised={0: (6,)}), [0, 1, 0]),
        (PermutedBlocks((2, 3)), [0, 1, 0]),
        (PermutedBlocks((5,)), [0, 1, 0]),
        (BigStick(2), [0, 0, 0, 1]),
        (BigStick(0), [0, 1]),
        (Complete(), [0, 1, 2]),
        (Complete(), [0, 1, -1]),
    ],
)
def test_what_the_design_cannot_have_dealt_is_refused(design: Design, arms: list[int]) -> None:
    with pytest.raises(InputError, match="re-randomization"):
        made(design, arms)
