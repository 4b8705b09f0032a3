"""P values adjusted within the families that the protocol plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.endpoints import Result
from equipoise.analysis.estimators.multiplicity import (
    Graph,
    bonferroni,
    fixed_sequence,
    graphical,
    hochberg,
    holm,
    hommel,
)
from equipoise.protocol.estimand import Multiplicity

PROCEDURES: Mapping[str, Callable[[ArrayLike], NDArray[np.float64]]] = {
    "Bonferroni": bonferroni,
    "Holm": holm,
    "Hochberg": hochberg,
    "Hommel": hommel,
    "fixed sequence": fixed_sequence,
}
"""Those that need nothing but P values."""


@dataclass(frozen=True)
class Adjusted:
    """The adjusted P value of one comparison; ``rejected`` at the family's alpha."""

    endpoint: str
    visit: str | None
    p_value: float
    rejected: bool


def adjust(family: Multiplicity, results: Iterable[Result]) -> list[Adjusted]:
    """Return the family's comparisons with adjusted P values, in its order.

    An endpoint measured repeatedly brings a hypothesis for each visit. An endpoint that could not
    be estimated, or a P value that could not, counts as 1: nothing is gained by its failure.
    """
    found = list(results)
    members: list[tuple[str, str | None, float]] = []
    for name in family.endpoints:
        mine = [each for each in found if each.endpoint == name]
        members += [(name, each.visit, float(each.estimate.p_value)) for each in mine] or [
            (name, None, np.nan)
        ]
    p = np.nan_to_num([each for _, _, each in members], nan=1.0)
    adjusted = _adjusted(family, [name for name, _, _ in members], p)
    return [
        Adjusted(name, visit, float(value), bool(value <= family.alpha))
        for (name, visit, _), value in zip(members, adjusted, strict=True)
    ]


def _adjusted(
    family: Multiplicity, names: list[str], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return adjusted P values. Raises InputError for a graph that spends more than alpha."""
    if family.graph is None:
        return PROCEDURES[family.procedure](p)
    given = family.graph
    weights = np.array([given.weights.get(name, 0.0) for name in names])
    rows = [given.transitions.get(name, {}) for name in names]
    transitions = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    return graphical(p, Graph(weights, transitions))
