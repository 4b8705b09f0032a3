"""How often the next arm is guessed by somebody who knows the design and all past arms.

A design is a Markov chain of states that the guesser sees in part (block sizes are hidden), so the
chance of each arm is that of its filter (Rabiner LR. Proc IEEE 1989;77:257-286,
doi:10.1109/5.18626, section III.A), and nobody guesses better than the most probable arm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """Where a design starts (states,), and by which arm it goes on (arms, states, states)."""

    start: Matrix
    moves: Matrix


def complete_chain(ratio: Sequence[int]) -> Chain:
    """Return the chain of complete randomization."""
    share = np.array(ratio, np.float64) / sum(ratio)
    return Chain(np.ones(1), share[:, None, None])


def blocks_chain(ratio: Sequence[int], sizes: Sequence[int]) -> Chain:
    """Return the chain of permuted blocks; a state is a size and the arms already drawn."""
    whole = {size: [size // sum(ratio) * weight for weight in ratio] for size in sizes}
    states = [(size, drawn) for size in dict.fromkeys(sizes)
              for drawn in product(*(range(most + 1) for most in whole[size]))
              if sum(drawn) < size]  # fmt: skip
    place = {state: number for number, state in enumerate(states)}
    start = np.zeros(len(states))
    for size in sizes:
        start[place[size, (0,) * len(ratio)]] += 1 / len(sizes)
    moves = np.zeros((len(ratio), len(states), len(states)))
    for (size, drawn), number in place.items():
        for arm, done in enumerate(drawn):
            chance = (whole[size][arm] - done) / (size - sum(drawn))
            then = (size, tuple(n + (i == arm) for i, n in enumerate(drawn)))
            if then in place:
                moves[arm, number, place[then]] += chance
            elif chance:
                moves[arm, number] += chance * start
    return Chain(start, moves)


def stick_chain(ratio: Sequence[int], limit: int) -> Chain:
    """Return the chain of the big stick; a state is each place's lead over the least one."""
    arm_of = [arm for arm, weight in enumerate(ratio) for _ in range(weight)]
    states = [s for s in product(range(limit + 1), repeat=len(arm_of)) if min(s) == 0]
    place = {state: number for number, state in enumerate(states)}
    moves = np.zeros((len(ratio), len(states), len(states)))
    for state, number in place.items():
        open_places = [p for p, lead in enumerate(state) if lead < limit]
        for p in open_places:
            then = [lead + (i == p) for i, lead in enumerate(state)]
            least = min(then)
            target = place[tuple(lead - least for lead in then)]
            moves[arm_of[p], number, target] += 1 / len(open_places)
    start = np.zeros(len(states))
    start[place[(0,) * len(arm_of)]] = 1.0
    return Chain(start, moves)


def guess_chances(chain: Chain, lists: NDArray[np.int8]) -> Matrix:
    """Return for each list and slot the chance that the best guess is right: as ``lists``."""
    belief = np.tile(chain.start, (len(lists), 1))
    right = np.empty(lists.shape)
    for at in range(lists.shape[1]):
        then = np.stack([belief @ move for move in chain.moves])
        right[:, at] = then.sum(axis=2).max(axis=0)
        belief = then[lists[:, at], np.arange(len(lists))]
        belief /= belief.sum(axis=1, keepdims=True)
    return right
