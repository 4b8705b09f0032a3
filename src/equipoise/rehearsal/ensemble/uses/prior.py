"""What is believed of a number under ``rehearsal`` before the trial."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from equipoise.chance import Chance
from equipoise.errors import InputError

Array = NDArray[np.float64]

_TEXT = re.compile(r"([a-zA-Z_0-9.]+)=(normal|uniform|discrete)\(([^()]*)\)")


@dataclass(frozen=True)
class Prior:
    """A distribution of the number at a dotted ``path``.

    ``terms`` are mean and standard deviation (normal), ends (uniform), or values with their
    ``weights`` (discrete), which add up to 1.
    """

    path: str
    kind: str
    terms: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def quantile(self, share: float) -> float:
        """Return the value below which ``share`` of the belief lies."""
        if self.kind == "normal":
            return float(stats.norm.ppf(share, *self.terms))
        if self.kind == "uniform":
            return self.terms[0] + share * (self.terms[1] - self.terms[0])
        order = np.argsort(self.terms)
        below = np.cumsum(np.array(self.weights)[order])
        place = min(int(np.searchsorted(below, share)), len(order) - 1)
        return self.terms[int(order[place])]

    def draws(self, seed: int, draws: int) -> list[float]:
        """Return ``draws`` values; draw k is that of trial k of ``seed``, whatever their number."""
        purpose = f"prior {self.path}"
        return [self.quantile(Chance(seed, k).uniform(0, purpose, 0)) for k in range(draws)]

    def density(self, values: Array) -> Array:
        """Return the density at ``values``, for discrete ones the weights; greatest is 1."""
        if self.kind == "normal":
            mean, sd = self.terms
            return np.asarray(np.exp(-0.5 * ((values - mean) / sd) ** 2))
        if self.kind == "uniform":
            return np.asarray(
                ((values >= self.terms[0]) & (values <= self.terms[1])).astype(np.float64)
            )
        weight = dict(zip(self.terms, self.weights, strict=True))
        return np.array([weight.get(float(v), 0.0) for v in values]) / max(self.weights)

    def __str__(self) -> str:
        """Say it as the command line does."""
        if self.kind == "discrete":
            pairs = zip(self.terms, self.weights, strict=True)
            inside = ",".join(f"{value:g}:{weight:g}" for value, weight in pairs)
        else:
            inside = ",".join(f"{value:g}" for value in self.terms)
        return f"{self.path}={self.kind}({inside})"


def prior(text: str) -> Prior:
    """Return the prior written as ``PATH=normal(mean,sd)``, ``uniform(a,b)``, ``discrete(v:w,…)``.

    Raises :class:`InputError` for anything else.
    """
    wrong = InputError(
        f"--prior {text}", "is no prior",
        "Write it so: --prior 'PATH=normal(-0.5,0.2)', uniform(0,1) or discrete(0:1,-0.7:3).",
    )  # fmt: skip
    match = _TEXT.fullmatch(text.replace(" ", ""))
    if match is None:
        raise wrong
    path, kind, inside = match.groups()
    try:
        pairs = [each.split(":") for each in inside.split(",")]
        numbers = [tuple(map(float, pair)) for pair in pairs]
    except ValueError:
        raise wrong from None
    width = 2 if kind == "discrete" else 1
    if any(len(n) != width or not all(map(math.isfinite, n)) for n in numbers):
        raise wrong
    terms = tuple(number[0] for number in numbers)
    if kind == "discrete":
        total = sum(number[1] for number in numbers)
        if min(n[1] for n in numbers) < 0 or total <= 0 or len(set(terms)) < len(terms):
            raise wrong
        return Prior(path, kind, terms, tuple(number[1] / total for number in numbers))
    if len(terms) != 2 or (terms[1] <= 0 if kind == "normal" else terms[1] <= terms[0]):
        raise wrong
    return Prior(path, kind, terms)
