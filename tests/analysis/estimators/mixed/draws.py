"""Normal numbers for tests, by address."""

from __future__ import annotations

from math import prod

import numpy as np

from equipoise.chance import Chance


def normal(*shape: int, seed: int = 1, trial: int = 0) -> np.ndarray:
    chance = Chance(seed, trial)
    return np.array([chance.normal(0, "test", i) for i in range(prod(shape))]).reshape(shape)


def uniform(*shape: int, seed: int = 1, trial: int = 0) -> np.ndarray:
    chance = Chance(seed, trial)
    return np.array([chance.uniform(1, "test", i) for i in range(prod(shape))]).reshape(shape)
