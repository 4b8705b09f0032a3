"""The small trial's facts from a few diaries written as text, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from equipoise.analysis.facts import Facts
from equipoise.protocol.parts import Protocol
from tests.conduct.ward import study

Given = Mapping[tuple[str, str], ArrayLike]
"""(visit, item) -> one value for each participant, or a row for each trial."""

FORMS = {"entry": "baseline", "noon": "diary", "night": "diary"}


def protocol_with(folder: Path, *changes: tuple[str, str]) -> Protocol:
    loaded = study(folder, *changes)
    assert loaded.protocol, loaded.problems
    return loaded.protocol


def facts(arm: ArrayLike, given: Given, **known: ArrayLike) -> Facts:
    """Return people of ``arm`` (0 balm, 1 salve), all randomized, with what they answered."""
    arms = np.asarray(arm)
    return Facts(
        arms=("balm", "salve"),
        arm=arms,
        facts={"randomized": np.ones(arms.shape)} | known,
        answers={
            (visit, FORMS[visit], item): np.asarray(values)
            for (visit, item), values in given.items()
        },
        visit_h={"noon": np.full(arms.shape, 12.0), "night": np.full(arms.shape, 20.0)},
        numbers=tuple(f"P{n}" for n in range(1, arms.shape[-1] + 1)),
    )
