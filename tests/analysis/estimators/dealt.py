"""Every sequence of arms that a design may deal, by letting each of its draws fall in every way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from equipoise.analysis.estimators.reference_set import (
    BigStick,
    Complete,
    Design,
    PermutedBlocks,
    Totals,
)
from equipoise.rules.allocation import designs
from equipoise.rules.allocation.generator import Draw

Chances = dict[tuple[int, ...], float]


class _Undecided(Exception):
    pass


def every_way(deal: Callable[[Draw], Sequence[int]]) -> Chances:
    """Return each sequence that ``deal`` can return, and its chance."""
    chances: Counter[tuple[int, ...]] = Counter()
    waiting: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
    while waiting:
        fallen, chance = waiting.pop()
        script = iter(fallen)
        asked = 0

        def draw(n: int, script: Any = script) -> int:
            nonlocal asked
            asked = n
            try:
                return int(next(script))
            except StopIteration:
                raise _Undecided from None

        try:
            chances[tuple(deal(draw))] += chance  # type: ignore[assignment]
        except _Undecided:
            waiting += [((*fallen, k), chance / asked) for k in range(asked)]
    return dict(chances)


def deals(design: Design, length: int, seen: Sequence[int] = ()) -> Chances:
    """Return each sequence of one stratum under ``design``, by the product's own allocation."""
    if isinstance(design, Totals):
        places = sorted(seen)
        return every_way(lambda draw: _dealt_out(draw, places))
    ratio = design.ratio
    if isinstance(design, BigStick):
        return every_way(partial(_stick, ratio, design.limit, length))
    if isinstance(design, Complete):
        return every_way(lambda draw: designs.complete(draw, ratio, length))
    if design.realised is None:
        sizes = design.sizes
        return every_way(lambda draw: designs.permuted_blocks(draw, ratio, sizes, length))
    return every_way(partial(_known_blocks, ratio, design.realised[0], length))


def _stick(ratio: tuple[int, ...], limit: int, length: int, draw: Draw) -> list[int]:
    return designs.big_stick(draw, ratio, limit, length)


def _known_blocks(
    ratio: tuple[int, ...], sizes: tuple[int, ...], length: int, draw: Draw
) -> list[int]:
    arms: list[int] = []
    for size in sizes:
        arms += designs.permuted_blocks(draw, ratio, (size,), size)
    return arms[:length]


def _dealt_out(draw: Draw, places: list[int]) -> list[int]:
    left, arms = list(places), []
    while left:
        arms.append(left.pop(draw(len(left))))
    return arms


def treated_sets(chances: Chances, seen: Sequence[int], compare: tuple[int, int]) -> dict[int, Any]:
    """Return the chance of each set of treated, as a number in binary, given the other arms."""
    others = {i: arm for i, arm in enumerate(seen) if arm not in compare}
    found: Counter[int] = Counter()
    for arms, chance in chances.items():
        if all(
            (arms[i] == others[i]) if i in others else arms[i] in compare for i in range(len(arms))
        ):
            found[sum(2**i for i, arm in enumerate(arms) if arm == compare[0])] += chance  # type: ignore[assignment]
    total = sum(found.values())
    return {treated: chance / total for treated, chance in found.items()}


def binary(n: int) -> np.ndarray[Any, Any]:
    """Return one column of scores whose sum tells who was treated."""
    return 2.0 ** np.arange(n)[None, :]


# A design, the arms seen under it, and the two compared: whole and cut blocks, two ratios, blocks
# of known and of unknown size, three arms of which the third is held fixed.
SITUATIONS: list[tuple[Design, tuple[int, ...], tuple[int, int]]] = [
    (Complete(), (0, 1, 1, 0, 1), (1, 0)),
    (Complete((2, 1)), (0, 1, 0, 0, 1), (1, 0)),
    (Complete((1, 2, 1)), (0, 1, 2, 1, 2), (1, 0)),
    (PermutedBlocks((4,)), (0, 1, 1, 0, 0, 0), (1, 0)),
    (PermutedBlocks((3,), (2, 1)), (0, 1, 0, 1, 0, 0), (1, 0)),
    (PermutedBlocks((3,), (1, 1, 1)), (0, 1, 2, 2, 0), (2, 0)),
    (PermutedBlocks((2, 4), realised={0: (2, 4, 2)}), (0, 1, 1, 1, 0, 0, 1), (1, 0)),
    (PermutedBlocks((2, 4)), (0, 1, 1, 1, 0, 0), (1, 0)),
    (PermutedBlocks((3, 6), (1, 1, 1)), (0, 1, 2, 2, 0, 0), (1, 2)),
    (BigStick(1), (0, 1, 1, 0, 1), (1, 0)),
    (BigStick(2), (0, 0, 1, 1, 1, 0), (1, 0)),
    (BigStick(1, (2, 1)), (0, 0, 1, 0, 1), (1, 0)),
    (BigStick(2, (1, 1, 1)), (0, 0, 2, 1, 1, 2), (0, 1)),
    (Totals(), (0, 1, 1, 0, 1), (1, 0)),
    (Totals(), (0, 1, 2, 0, 2, 2), (2, 0)),
]
