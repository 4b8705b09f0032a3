"""Ranks, means and analysis of covariance on simulated participants."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.characteristics.rate import CHANCE, Rate, simulated
from equipoise.analysis.estimators import ancova, rank
from equipoise.analysis.estimators.continuous import mean_difference
from equipoise.analysis.estimators.noise import normals

KINDS: tuple[ancova.Variance, ...] = ("model", "HC0", "HC3")


def ranks(*, quick: bool) -> Iterator[Rate]:
    """Yield Mann-Whitney's type I error and Hodges-Lehmann's coverage on pain scores 0 to 10."""
    trials = 500 if quick else 10_000
    for n in (10, 25, 100):
        z = normals(CHANCE, (trials,), range(2 * n), f"pain scores {n}", 1)[..., 0]
        for name, middle, spread in (("middle of the scale", 4.0, 2.0), ("many zeros", 0.0, 2.0)):
            scores = np.clip(np.round(middle + spread * z), 0, 10)
            a, b = (rank.score_counts(part, 10) for part in (scores[:, :n], scores[:, n:]))
            e = rank.shift_of_scores(a, b)
            at = f"{n} per arm"
            rejected = np.asarray(e.p_value) <= 0.05
            yield simulated("type I error", f"Mann-Whitney, {name}", at, rejected, 5)
            wins = rank.win_probability_of_scores(a, b)
            held = (np.asarray(wins.low) <= 0.5) & (np.asarray(wins.high) >= 0.5)
            yield simulated("coverage", f"win probability, {name}", at, held, 95)
            held = (np.asarray(e.low) <= 0) & (np.asarray(e.high) >= 0)
            yield simulated("coverage", f"Hodges-Lehmann, {name}", at, held, 95)
        yield from untied(z[: trials // 5], n)


def untied(z: NDArray[np.float64], n: int) -> Iterator[Rate]:
    """Yield the same of values without ties, one trial at a time: exact below 50 per arm."""
    found = [rank.shift(row[:n], row[n:]) for row in z]
    at, name = f"{n} per arm", "no ties"
    rejected = [float(e.p_value) <= 0.05 for e in found]
    yield simulated("type I error", f"Mann-Whitney, {name}", at, rejected, 5)
    wins = [rank.win_probability(row[:n], row[n:]) for row in z]
    held = [float(e.low) <= 0.5 <= float(e.high) for e in wins]
    yield simulated("coverage", f"win probability, {name}", at, held, 95)
    held = [float(e.low) <= 0 <= float(e.high) for e in found]
    yield simulated("coverage", f"Hodges-Lehmann, {name}", at, held, 95)


def means(*, quick: bool) -> Iterator[Rate]:
    """Yield coverage of the difference in means, the effect being 0.5."""
    trials, effect = 500 if quick else 10_000, 0.5
    for n in (10, 25, 100):
        z = normals(CHANCE, (trials,), range(3 * n), f"means {n}", 2)
        treated = np.arange(3 * n) < n
        at = f"{n} and {2 * n}"
        baseline, error = z[..., 0], z[..., 1]
        skewed = (np.exp(error) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
        worlds = {
            "equal variances": error,
            "SD 2 in the smaller arm": np.where(treated, 2 * error, error),
            "log-normal": skewed,
        }
        for name, noise in worlds.items():
            y = noise + effect * treated
            for test, equal in (("Welch", False), ("Student", True)):
                e = mean_difference(y[:, :n], y[:, n:], equal_variances=equal)
                held = (np.asarray(e.low) <= effect) & (np.asarray(e.high) >= effect)
                yield simulated(name, test, at, held, 95)
            y = y + baseline
            for kind in KINDS:
                fitted = ancova.difference(
                    y,
                    np.broadcast_to(treated, y.shape),
                    covariates=baseline[..., None],
                    variance=kind,
                )
                held = (np.asarray(fitted.low) <= effect) & (np.asarray(fitted.high) >= effect)
                yield simulated(name, f"ANCOVA, {kind}", at, held, 95)
