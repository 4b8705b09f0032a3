"""Minimization: the arm that keeps the factors balanced is likelier, by a biased coin.

Pocock and Simon (1975, doi:10.2307/2529712). An arm of weight w stands for w equal places, and the
coin is tossed for places: measuring unequal arms against their weights instead would shift the
ratio from one participant to the next (Kuznetsova and Tymofyeyev 2012, doi:10.1002/sim.4447).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel, ConfigDict

from equipoise.errors import InputError
from equipoise.rules.allocation.generator import Draw

_DECIMALS_MAX = 6

Factors = Mapping[str, str]
"""The code of each factor of one participant."""


class Minimization(BaseModel):
    """What is published of a minimization: nothing else decides, and nothing of it is secret.

    ``reader`` is the role whose key allocates, ``ratio`` the weights of the arms, ``factors`` the
    codes of each factor, ``probability`` (decimal text) that of the place that balances best.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reader: str
    ratio: tuple[int, ...]
    factors: dict[str, tuple[str, ...]]
    probability: str

    def model_post_init(self, context: Any, /) -> None:
        """Raise InputError for no factors, and for a probability that does not favour balance."""
        del context
        if not self.factors:
            raise InputError(
                "allocation.strata",
                "there are no factors to balance",
                "Name the factors, or use the design complete.",
            )
        favoured, of = self.chance
        if not favoured * sum(self.ratio) > of or favoured >= of:
            raise InputError(
                "allocation.allocator.probability",
                f"{self.probability} does not favour balance by chance",
                f"Give a number between 1/{sum(self.ratio)} and 1; 0.8 is usual.",
            )

    @property
    def chance(self) -> tuple[int, int]:
        """The probability as a fraction of whole numbers."""
        try:
            favoured, of = Decimal(self.probability).as_integer_ratio()
        except (InvalidOperation, ValueError, OverflowError):
            favoured, of = 0, 1
        return (favoured, of) if of <= 10**_DECIMALS_MAX else (0, 1)

    def check(self, factors: Factors) -> None:
        """Raise InputError unless ``factors`` has one of the codes of each factor, and no other."""
        if set(factors) != set(self.factors) or any(
            code not in self.factors[name] for name, code in factors.items()
        ):
            raise InputError(
                "factors",
                "they are not one code of each factor that is balanced",
                f"Give a code for each of: {', '.join(self.factors)}.",
            )


def choose_place(
    rule: Minimization, before: Sequence[tuple[int, Factors]], factors: Factors, draw: Draw
) -> int:
    """Return the place, 0 to sum of the ratio - 1, of a participant with ``factors``.

    ``before`` is place and factors of each earlier participant. A place's score is the sum, over
    the factors, of the absolute differences between the counts of all pairs of places among those
    who share the participant's code, if the participant came there. One of the places with the
    least score, all equally likely, is taken with ``rule.probability``, else any other.
    """
    places = range(sum(rule.ratio))
    scores = [0] * len(places)
    for name, code in factors.items():
        counts = [0] * len(places)
        for place, theirs in before:
            counts[place] += theirs[name] == code
        for place in places:
            scores[place] += _differences([n + (i == place) for i, n in enumerate(counts)])
    best = [place for place in places if scores[place] == min(scores)]
    favourite = best[draw(len(best))]
    favoured, of = rule.chance
    if draw(of) < favoured:
        return favourite
    others = [place for place in places if place != favourite]
    return others[draw(len(others))]


def _differences(counts: Sequence[int]) -> int:
    return sum(abs(one - other) for i, one in enumerate(counts) for other in counts[:i])
