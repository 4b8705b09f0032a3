"""Assurance: the probability of success, averaged over what is believed of the effect.

O'Hagan A, Stevens JW, Campbell MJ. Assurance in clinical trial design. Pharm Stat 2005;4:187-201,
doi:10.1002/pst.175. Each draw of the prior has trials of its own; as the trials of a draw share
it, the Monte Carlo error is that of the mean over draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from equipoise.errors import InputError
from equipoise.rehearsal.ensemble.uses.prior import Prior
from equipoise.rehearsal.ensemble.uses.trials import Question, Share

LEAST_DRAWS = 2


@dataclass(frozen=True)
class Assurance:
    """The mean success over draws, and success given values of the first prior's number."""

    priors: tuple[Prior, ...]
    draws: tuple[tuple[float, ...], ...]
    successes: tuple[Share, ...]
    values: tuple[float, ...]
    power: tuple[Share, ...]
    expected: Share

    @property
    def value(self) -> float:
        """The assurance."""
        return float(np.mean([share.value for share in self.successes]))

    @property
    def error(self) -> float:
        """Its Monte Carlo standard error."""
        shares = [share.value for share in self.successes]
        return float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


def assurance(
    asked: Question, priors: Sequence[Prior], *, draws: int, trials: int, points: int = 7
) -> Assurance:
    """Return the assurance from ``draws`` draws with ``trials`` trials in all.

    The curve is the power at ``points`` values of the first number between its 1 and 99 %
    quantiles, the other numbers at their medians, each from ``trials`` / ``points`` trials.
    Raises InputError without a prior, or with fewer than two draws or a trial for each.
    """
    if not priors or len({each.path for each in priors}) < len(priors):
        raise InputError("--prior", "is needed, once for each number", "Give --prior 'PATH=…'.")
    if draws < LEAST_DRAWS or trials < draws:
        raise InputError("--draws", f"{draws} draws for {trials} trials give no error",
                         "Give 2 or more, and at least as many trials.")  # fmt: skip
    each = trials // draws
    drawn = list(zip(*(prior.draws(asked.seed, draws) for prior in priors), strict=True))
    paths = [prior.path for prior in priors]

    def power(values: Sequence[float], first: int, count: int) -> Share:
        changes = dict(asked.changes) | dict(zip(paths, values, strict=True))
        return replace(asked, changes=changes).power(first, count)

    found = [power(values, k * each, each) for k, values in enumerate(drawn)]
    first, middle = priors[0], [prior.quantile(0.5) for prior in priors]
    along = sorted(first.terms) if first.kind == "discrete" else np.linspace(
        first.quantile(0.01), first.quantile(0.99), points).tolist()  # fmt: skip
    count = max(1, trials // len(along))
    curve = [power([value, *middle[1:]], 0, count) for value in along]
    return Assurance(tuple(priors), tuple(drawn), tuple(found), tuple(along), tuple(curve),
                     power(middle, 0, count))  # fmt: skip
