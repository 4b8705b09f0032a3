"""Multiple imputation against complete cases, where what is missing depends on what was seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarks.characteristics.rate import CHANCE, Rate, simulated
from equipoise.analysis.estimators import binary, multiple_imputation
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.noise import Draws, normals, uniforms
from equipoise.chance import Chance

N = 100  # per arm
BATCH = 100


def imputed(*, quick: bool) -> Iterator[Rate]:
    """Yield coverage of the true contrast, 0, a third being missing.

    At random: in the arm those with a high, in the reference those with a low baseline go missing
    more often, so complete cases differ though the arms do not.
    """
    held: dict[tuple[str, str, str], list[NDArray[np.bool_]]] = {}
    for start in range(0, 100 if quick else 1000, BATCH):
        for place, e in batch(Chance(CHANCE.seed, start)):
            held.setdefault(place, []).append((np.asarray(e.low) <= 0) & (np.asarray(e.high) >= 0))
    for (panel, method, at), seen in held.items():
        yield simulated(panel, method, at, np.concatenate(seen), 95)


def batch(chance: Chance) -> Iterator[tuple[tuple[str, str, str], Estimate]]:
    """Yield each estimate of a batch of trials, counted from ``chance.trial``."""
    z = normals(chance, (BATCH,), range(2 * N), "two visits", 2)
    u = uniforms(chance, (BATCH,), range(2 * N), "missing", 2)
    treated = np.broadcast_to(np.arange(2 * N) < N, (BATCH, 2 * N))
    first = z[..., 0]
    second = 0.7 * first + np.sqrt(1 - 0.7**2) * z[..., 1]
    event = (u[..., 1] < special.expit(1.5 * first)).astype(float)
    chances = {
        "completely at random": np.full(first.shape, 1 / 3),
        "at random": special.expit(np.where(treated, 1.5, -1.5) * first - 0.9),
    }
    draws, samples = Draws(chance, 20), Draws(chance, 100)
    for at, share in chances.items():
        seen = u[..., 0] >= share
        y, x = np.where(seen, second, np.nan), np.where(seen, event, np.nan)
        pair = np.stack([first, y], axis=-1)
        counts = [
            count.sum(axis=-1)
            for arm in (treated & seen, ~treated & seen)
            for count in (arm & (event == 1), arm)
        ]
        means, events = "difference in means", "risk difference"
        yield (means, "complete cases", at), mean_difference(y[:, :N], y[:, N:])
        full = multiple_imputation.continuous(pair, treated, draws)
        yield (means, "multiple imputation", at), full
        full = multiple_imputation.bootstrap_continuous(pair, treated, samples)
        yield (means, "bootstrap imputation", at), full
        yield (events, "complete cases", at), binary.risk_difference(*counts, method="wald")
        full = multiple_imputation.binary(
            x, treated, draws, covariates=first[..., None], measure="risk difference"
        )
        yield (events, "multiple imputation", at), full
