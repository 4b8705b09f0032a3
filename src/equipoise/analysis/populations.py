"""Analysis sets: who is in, and for everybody who is not, which part of the rule failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.facts import Facts
from equipoise.protocol.arrays import conditions, decide
from equipoise.protocol.estimand import Population
from equipoise.protocol.parts import Protocol


@dataclass(frozen=True)
class Left:
    """A participant left out: the parts of the rule that failed, or could not be known."""

    participant: str
    arm: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """An analysis set of one trial: its size by arm, and those left out with their reasons."""

    name: str
    sizes: Mapping[str, int]
    left: tuple[Left, ...]

    def reasons(self) -> dict[tuple[str, str], int]:
        """Return the number left out by (first part that failed, arm)."""
        return dict(Counter((each.failed[0], each.arm) for each in self.left))


def members(protocol: Protocol, facts: Facts, population: Population) -> NDArray[np.bool_]:
    """Return who is in the set; who is not known to be in is out. The shape of ``facts``."""
    holds = decide(population.rule, facts.about(protocol, population.rule)) == 1
    return np.array(np.broadcast_to(holds, facts.shape))


def arms_of(facts: Facts, population: Population) -> NDArray[np.integer]:
    """Return the arm for which each participant counts in the set."""
    if population.as_treated and facts.arm_treated is not None:
        return facts.arm_treated
    return facts.arm


def sets(protocol: Protocol, facts: Facts) -> list[Set]:
    """Return every analysis set of a trial, in the order of the protocol."""
    return [_set(protocol, facts, *each) for each in protocol.all_populations().items()]


def _set(protocol: Protocol, facts: Facts, name: str, population: Population) -> Set:
    inside = members(protocol, facts, population)
    arm = arms_of(facts, population)
    known = facts.about(protocol, population.rule)
    held = {
        part: np.broadcast_to(decide(part, known) == 1, facts.shape)
        for part in conditions(population.rule)
    }
    return Set(
        name,
        {title: int((inside & (arm == place)).sum()) for place, title in enumerate(facts.arms)},
        tuple(
            Left(
                facts.numbers[row],
                facts.arms[arm[row]],
                tuple(part for part, holds in held.items() if not holds[row]),
            )
            for row in np.flatnonzero(~inside)
        ),
    )
