"""Fisher's family: the odds ratio given the margins, of one table or of strata.

Given the margins, the events of the first arm follow the noncentral hypergeometric distribution;
for strata their sum follows the convolution. Everything here is read off that one distribution.
Four rules make a two-sided P value of it:

``minlike``    the tables no more likely than the one seen: R's ``fisher.test``;
``central``    twice the smaller tail;
``blaker``     the smaller tail and as much of the other as is no larger. Blaker H. Can J Stat
               2000;28:783-798, doi:10.2307/3315916;
``mid-p``      twice the smaller tail with half of what was seen: not guaranteed, seldom liberal.
               Lancaster HO. J Am Stat Assoc 1961;56:223-234, doi:10.1080/01621459.1961.10482105.

P value and interval agree if made by one rule; ``fisher.test`` prints the P value of the first with
the interval of the second, which may disagree. Fay MP. Biostatistics 2010;11:373-374,
doi:10.1093/biostatistics/kxp050.

Distributions are enumerated, table by table: thousands of trials take seconds, not a million.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equipoise.analysis.estimators.counts import Array, Table, counts, table
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    INFINITE,
    NO_CONTRAST,
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
)

Rule = Literal["minlike", "central", "blaker", "mid-p"]
Alternative = Literal["two-sided", "less", "greater"]

_TIE = 1 + 1e-7  # probabilities this close count as equal, as in R
_FAR = 100.0  # beyond every log odds ratio that counts of a trial can bound
_HALVINGS = 64
_GRID = 1500  # steps on which the first acceptable odds ratio is sought


class _Given(NamedTuple):
    """The distribution of the events of the first arm given the margins, at odds ratio 1."""

    support: Array
    log_weight: Array

    def at(self, log_odds: ArrayLike) -> Array:
        """Return the probabilities, a row for each log odds ratio."""
        exponent = self.log_weight + np.asarray(log_odds)[..., None] * self.support
        weight = np.exp(exponent - exponent.max(axis=-1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def fisher_p(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
    rule: Rule = "minlike",
) -> Floats:
    """Return Fisher's exact P value: two-sided by ``rule``, or one-sided.

    ``less`` asks for fewer events in the arm than in the reference, ``greater`` for more. With
    ``rule="mid-p"`` a one-sided P value counts half of what was seen too. Tables with the same
    margins are worked out once. NaN where an arm is empty. Fisher RA. J R Stat Soc 1935;98:39-82,
    doi:10.2307/2342435; minlike: Freeman GH, Halton JH. Biometrika 1951;38:141-149,
    doi:10.1093/biomet/38.1-2.141.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    x1, n1, x0, n0 = (np.asarray(c, dtype=np.int64).ravel() for c in seen)
    margins, which = np.unique(np.stack([n1, n0, x1 + x0]), axis=1, return_inverse=True)
    p = np.empty(x1.shape)
    for k in range(margins.shape[1]):
        given = _given(*(int(m) for m in margins[:, k]))
        here = which.ravel() == k
        by_events = _all_p(given.at(0.0), alternative, rule)
        p[here] = by_events[x1[here] - int(given.support[0])]
    return floats(np.where(empty, np.nan, p.reshape(empty.shape)))


def odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    rule: Rule = "central",
    level: float = 0.95,
) -> Estimate:
    """Return the conditional maximum likelihood odds ratio, interval and P value by one rule.

    ``central`` and ``mid-p`` invert the two one-sided tests. ``minlike`` and ``blaker`` give the
    least and greatest odds ratio that is not rejected (the accepted ones may leave a gap between).
    With no events, or only events, in both arms the value is NaN, the interval 0 to infinity, P 1.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    strata = tuple(np.asarray(c)[..., None] for c in (events, n, events_ref, n_ref))
    return common_odds_ratio(*strata, rule=rule, level=level)


def common_odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_ref: ArrayLike,
    n_ref: ArrayLike,
    *,
    rule: Rule = "central",
    level: float = 0.95,
) -> Estimate:
    """Return the common odds ratio of strata, the last axis, given the margins of each.

    As :func:`odds_ratio`, which is this with one stratum; strata with an empty arm say nothing.
    R's ``mantelhaen.test(exact = TRUE)`` gives the P value of ``minlike`` with the interval of
    ``central``. Mehta CR, Patel NR, Gray R. J Am Stat Assoc 1985;80:969-973,
    doi:10.1080/01621459.1985.10478212.

    Raises InputError for counts that are not whole numbers with 0 <= events <= n.
    """
    critical_value(level)  # refuses an impossible level
    given = np.stack(counts(events, n, events_ref, n_ref), axis=-1)
    trials = given.reshape(-1, *given.shape[-2:])
    found = np.array([_one(trial, rule, 1 - level) for trial in trials]).reshape(-1, 4)
    value, low, high, p = np.moveaxis(found.reshape(*given.shape[:-2], 4), -1, 0)
    empty = np.asarray(~((given[..., 1] > 0) & (given[..., 3] > 0)).any(axis=-1))
    said = notes((empty, EMPTY_ARM), (np.isnan(value), NO_CONTRAST), (np.isinf(value), INFINITE))
    value, low, high, p = (floats(np.where(empty, np.nan, a)) for a in (value, low, high, p))
    return Estimate("odds ratio", value, low, high, level, p, f"exact conditional, {rule}", said)


def median_unbiased_odds_ratio(
    events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike
) -> Floats:
    """Return the odds ratio at which the mid-p of either side is one half: 0, infinity at the ends.

    NaN where the margins leave no contrast. Raises InputError as :func:`odds_ratio`.
    """
    seen, empty = table(events, n, events_ref, n_ref)
    value = np.full(empty.shape, np.nan)
    for where in np.ndindex(empty.shape):
        x1, n1, x0, n0 = (int(c[where]) for c in seen)
        given = _given(n1, n0, x1 + x0)
        if len(given.support) > 1:
            k = x1 - int(given.support[0])
            value[where] = _median(given, k)
    return floats(np.where(empty, np.nan, value))


def _one(trial: Array, rule: Rule, alpha: float) -> tuple[float, float, float, float]:
    """Return (value, low, high, P) of one trial, ``trial`` of shape (strata, 4)."""
    strata = [Table(*row) for row in trial if row[1] > 0 and row[3] > 0]
    parts = [_given(int(s.n1), int(s.n0), int(s.x1 + s.x0)) for s in strata]
    if all(len(part.support) == 1 for part in parts):
        return np.nan, 0.0, np.inf, 1.0
    given = reduce(_together, parts)
    k = int(sum(s.x1 for s in strata) - given.support[0])
    p = float(_all_p(given.at(0.0), "two-sided", rule)[k])
    last = len(given.support) - 1
    mean = _reach(lambda t: float(given.at(t) @ given.support), given.support[k])
    value = 0.0 if k == 0 else np.inf if k == last else np.exp(mean)
    flipped = _Given(-given.support[::-1], given.log_weight[::-1])
    low = 0.0 if k == 0 else np.exp(_lower_limit(given, k, rule, alpha))
    high = np.inf if k == last else np.exp(-_lower_limit(flipped, last - k, rule, alpha))
    return float(value), float(low), float(high), p


def _given(n1: int, n0: int, events: int) -> _Given:
    k = np.arange(max(0, events - n0), min(n1, events) + 1, dtype=np.float64)
    log_weight = -(
        special.gammaln(k + 1)
        + special.gammaln(n1 - k + 1)
        + special.gammaln(events - k + 1)
        + special.gammaln(n0 - events + k + 1)
    )
    return _Given(k, log_weight - log_weight.max())


def _together(a: _Given, b: _Given) -> _Given:
    """Return the distribution of the sum of two strata."""
    weight = np.convolve(np.exp(a.log_weight), np.exp(b.log_weight))
    with np.errstate(divide="ignore"):
        log_weight = np.log(weight)
    first = a.support[0] + b.support[0]
    return _Given(first + np.arange(len(weight), dtype=np.float64), log_weight)


def _all_p(f: Array, alternative: Alternative, rule: Rule) -> Array:
    """Return the P value of every possible table, from the probabilities of all."""
    half = f / 2 if rule == "mid-p" else 0.0
    fewer, more = np.cumsum(f), np.cumsum(f[::-1])[::-1]
    if alternative == "less":
        return np.minimum(fewer - half, 1.0)
    if alternative == "greater":
        return np.minimum(more - half, 1.0)
    if rule == "minlike":
        return _no_more_than(f, f)
    smaller = np.minimum(fewer, more)
    if rule == "blaker":
        return _no_more_than(smaller, f)
    return np.asarray(np.minimum(2 * (smaller - half), 1.0))


def _no_more_than(size: Array, f: Array) -> Array:
    """Return for each table the probability of all whose ``size`` is no larger than its own."""
    order = np.argsort(size, kind="stable")
    upto = np.cumsum(f[order])
    last = np.searchsorted(size[order], size * _TIE, side="right") - 1
    return np.asarray(np.minimum(upto[last] / upto[-1], 1.0))


def _upper(f: Array, k: int, share: float) -> float:
    """Return the probability of more than table k, and ``share`` of k itself."""
    return float(f[k + 1 :].sum() + share * f[k])


def _lower_limit(given: _Given, k: int, rule: Rule, alpha: float) -> float:
    """Return the least log odds ratio that is not rejected; k is not the first table."""
    share = 0.5 if rule == "mid-p" else 1.0
    if rule in {"central", "mid-p"}:
        return _reach(lambda t: _upper(given.at(t), k, share), alpha / 2)
    # from the upper tail alone it is accepted at ``stop``; far below it neither rule accepts
    stop = _reach(lambda t: _upper(given.at(t), k, 1.0), alpha)
    start = _reach(lambda t: _upper(given.at(t), k, 1.0), alpha * 1e-6)
    steps = np.linspace(start, stop, _GRID)
    accepted = _p_at(given, steps, k, rule) > alpha
    first = int(np.argmax(accepted)) if accepted.any() else _GRID - 1
    low, high = steps[max(first - 1, 0)], steps[first]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = bool(_p_at(given, np.array([middle]), k, rule)[0] > alpha)
        low, high = (low, middle) if inside else (middle, high)
    return float(high)


def _p_at(given: _Given, steps: Array, k: int, rule: Rule) -> Array:
    """Return the P value of table k by ``minlike`` or ``blaker`` at each log odds ratio."""
    f = given.at(steps)
    if rule == "minlike":
        size = f
    else:
        fewer = np.cumsum(f, axis=-1)
        more = np.cumsum(f[:, ::-1], axis=-1)[:, ::-1]
        size = np.minimum(fewer, more)
    return np.asarray((f * (size <= size[:, k : k + 1] * _TIE)).sum(axis=-1))


def _median(given: _Given, k: int) -> float:
    if k == 0:
        return 0.0
    if k == len(given.support) - 1:
        return float(np.inf)
    return float(np.exp(_reach(lambda t: _upper(given.at(t), k, 0.5), 0.5)))


def _reach(rising: Callable[[float], float], target: float) -> float:
    """Return the log odds ratio at which a rising function reaches ``target``."""
    low, high = -_FAR, _FAR
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return high
