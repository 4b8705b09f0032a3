"""Randomization tests: had the design dealt other arms, how often would they differ as much?

The outcomes are held fixed and the arms drawn again by the design that was used. Nothing else is
assumed: no model, no sampling from a population. Rosenberger WF, Uschner D, Wang Y. Stat Med
2019;38:1-12, doi:10.1002/sim.7901; Proschan MA, Dodd LE. Stat Med 2019;38:2292-2302,
doi:10.1002/sim.8093.

The statistic is the sum, over the treated, of values less their mean, or of ranks less theirs; of
values it is the difference in means times n1 n0 / n. Two-sided P counts the arrangements in which
it is as far from 0.

``values`` ``(..., n)``, NaN = not observed. ``arms`` ``(n,)`` or ``(..., n)`` are numbers in the
order of the design's ratio, or booleans (True = 1, the arm; False = 0, the reference). ``strata``
``(n,)`` or ``(..., n)`` are those of the randomization; their participants stand in the order of
the list, all who were randomized. Leading axes are trials, computed one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators._convolve import convolved_p, tails, whole_blocks_p
from equipoise.analysis.estimators._invert import shifts
from equipoise.analysis.estimators._redraw import Draws, Sums
from equipoise.analysis.estimators._scores import Trial
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    TOO_FEW,
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
)
from equipoise.analysis.estimators.reference_set import (
    Design,
    Totals,
    Urns,
    reference_set,
)
from equipoise.errors import InputError

__all__ = [
    "STATISTICS",
    "Draws",
    "attributable_difference",
    "monte_carlo_error",
    "rerandomization",
    "rerandomization_p",
]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

STATISTICS = {  # whether ranks are taken, and whether within strata
    "difference in means": (False, False),
    "stratified difference in means": (False, True),
    "rank sum": (True, False),
    "stratified rank sum": (True, True),
}


def rerandomization(
    values: ArrayLike,
    arms: ArrayLike,
    design: Design,
    *,
    draws: Draws,
    compare: tuple[int, int] = (1, 0),
    strata: ArrayLike | None = None,
    statistic: str = "difference in means",
    level: float = 0.95,
) -> Estimate:
    """Return the shift that fits best, the shifts that the test does not reject, and its P value.

    ``statistic`` is one of ``STATISTICS``. The stratified ones compare within strata only
    (differences weighted by n1 n0 / n, rank sums by 1 / (n + 1), van Elteren's weights);
    ``Totals`` always does. The value is the difference in means, or the median of all pairwise
    differences. Arms are drawn again within ``strata`` with any statistic.

    The interval inverts the test: a shift belongs to it if values less that shift in the arm do not
    let the test reject. It speaks of a constant effect (Wang Y, Rosenberger WF. Stat Med
    2020;39:2843-2854, doi:10.1002/sim.8577). Events, 0 or 1, have no constant effect but 0: read it
    as the risk difference of adjusted values, or use :func:`attributable_difference`.

    P is exact where all arrangements can be listed (up to 262,144), and where values or ranks are
    whole numbers (halves, tenths) whose distribution can be convolved. Otherwise it is
    (1 + b) / (1 + m), with b of m drawn arrangements as far out (Phipson B, Smyth GK. Stat Appl
    Genet Mol Biol 2010;9:39, doi:10.2202/1544-6115.1585). ``method`` says which, with the Monte
    Carlo standard error. Trial i of an ensemble has draws of its own.

    Notes: ``empty arm``; ``too few`` where so few arrangements cannot bound the interval. Raises
    InputError where the design cannot have given these arms.
    """
    critical_value(level)  # refuses an impossible level
    lines = _lines(values, arms, strata)
    found = np.full((4, len(lines.values)), np.nan)
    listed, drawn = False, False
    for number, trial in enumerate(_trials(lines, design, compare, statistic)):
        if trial.empty:
            continue
        sums = Sums(reference_set(design, trial.arms, compare, trial.strata), draws, number)
        exact = None if sums.listed else convolved_p(trial, sums.reference)
        found[:, number] = shifts(trial, sums, level)
        if exact is not None:
            found[3, number] = exact
        listed |= sums.listed
        drawn |= exact is None and not sums.listed
    value, low, high, p_value = found.reshape(4, *lines.shape)
    ways = [f"re-randomization by {design.name}, {statistic}"]
    if drawn:
        error = float(np.nanmax(monte_carlo_error(p_value, draws.number)))
        ways.append(f"P = (1 + b) / (1 + {draws.number:,}), Monte Carlo standard error {error:.1g}")
    else:
        ways.append("P exact" + ("" if listed else f", interval from {draws.number:,} draws"))
    return Estimate(
        "Hodges-Lehmann shift" if STATISTICS[statistic][0] else "mean difference",
        floats(value),
        floats(low),
        floats(high),
        level,
        floats(p_value),
        ", ".join(ways),
        notes((np.isnan(p_value), EMPTY_ARM), (np.isinf(low) | np.isinf(high), TOO_FEW)),
    )


def rerandomization_p(
    values: ArrayLike,
    arms: ArrayLike,
    design: Design,
    *,
    draws: Draws,
    compare: tuple[int, int] = (1, 0),
    strata: ArrayLike | None = None,
    statistic: str = "difference in means",
) -> Floats:
    """Return only the P values of :func:`rerandomization`, for ensembles; NaN for an empty arm.

    Events in whole blocks that are the same in all trials take a microsecond a trial.
    """
    lines = _lines(values, arms, strata)
    quick = _in_whole_blocks(lines, design, compare, statistic)
    if quick is not None:
        return floats(quick.reshape(lines.shape))
    found = np.full(len(lines.values), np.nan)
    for number, trial in enumerate(_trials(lines, design, compare, statistic)):
        if trial.empty:
            continue
        sums = Sums(reference_set(design, trial.arms, compare, trial.strata), draws, number)
        exact = None if sums.listed else convolved_p(trial, sums.reference)
        if exact is None:
            scores = trial.scores()
            drawn, chances = sums.of(scores)
            exact = trial.far(drawn[0], chances, scores)
        found[number] = exact
    return floats(found.reshape(lines.shape))


def monte_carlo_error(p_value: ArrayLike, number: int) -> Floats:
    """Return the standard error of P values from ``number`` draws: sqrt(p (1 - p) / m)."""
    p = np.asarray(p_value, dtype=np.float64)
    return floats(np.sqrt(p * (1 - p) / number))


def attributable_difference(
    events: ArrayLike, n: ArrayLike, events_ref: ArrayLike, n_ref: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Return the average effect on an event in these participants, whatever it is in each of them.

    How many events of the arm are due to it is found by testing every number that is possible, and
    so is how many the reference would have had more in the arm; each at half of alpha. Their sum
    over the participants bounds the risk difference. Rigdon J, Hudgens MG. Stat Med
    2015;34:924-935, doi:10.1002/sim.6384. Arms in fixed totals without blocks or strata: with them
    the tests depend on which participants were affected. Exact; the interval is conservative.
    P is that of no effect in anyone. Counts of any shape. Note ``empty arm``.
    """
    critical_value(level)  # refuses an impossible level
    x1, n1, x0, n0 = np.broadcast_arrays(
        *(np.asarray(count, dtype=np.int64) for count in (events, n, events_ref, n_ref))
    )
    if np.any((x1 < 0) | (x0 < 0) | (x1 > n1) | (x0 > n0)):
        raise InputError("events", "there are fewer than 0 or more than participants", "Recount.")
    found = np.full((4, x1.size), np.nan)
    for at, (a, m, b, k) in enumerate(zip(x1.flat, n1.flat, x0.flat, n0.flat, strict=True)):
        if m and k:
            found[:, at] = _attributable(int(a), int(m), int(b), int(k), (1 - level) / 2)
    value, low, high, p_value = found.reshape(4, *x1.shape)
    return Estimate(
        "risk difference",
        floats(value),
        floats(low),
        floats(high),
        level,
        floats(p_value),
        "attributable effects, exact",
        notes((np.isnan(p_value), EMPTY_ARM)),
    )


def _attributable(a: int, m: int, b: int, k: int, alpha: float) -> tuple[float, ...]:
    """Return value, limits and P for a of m and b of k events, each side tested at ``alpha``."""
    places, ones = np.array([m + k]), np.array([m])
    # Of the arm, j would have had the event without it; of the reference, j would have had it with.
    without = np.arange(m + 1)
    kept = without[tails((without + b)[:, None], places, ones, without) > alpha]
    due = a - kept
    within = np.arange(k + 1)
    seen = np.full(k + 1, a)
    more = within[tails((within + a)[:, None], places, ones, seen) > alpha] - b
    p = tails(np.array([[a + b]]), places, ones, np.array([a]))[0]
    total = m + k
    return (
        a / m - b / k,
        (due.min() + more.min()) / total,
        (due.max() + more.max()) / total,
        float(p),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The participants of every trial, each ``(trials, n)``, and the shape of the ensemble."""

    values: Array
    arms: Integers
    strata: Integers
    shape: tuple[int, ...]


def _lines(values: ArrayLike, arms: ArrayLike, strata: ArrayLike | None) -> _Lines:
    outcomes = np.asarray(values, dtype=np.float64)
    given = np.asarray(arms).astype(np.int64)
    within = np.zeros(1, dtype=np.int64) if strata is None else np.asarray(strata, dtype=np.int64)
    try:
        outcomes, given, within = np.broadcast_arrays(outcomes, given, within)
    except ValueError as error:
        raise InputError(
            "re-randomization", "values, arms and strata differ in length", "Give one of each."
        ) from error
    if np.ndim(values) == 0 or outcomes.shape[-1] == 0:
        raise InputError("re-randomization", "there are no values", "Give one a participant.")
    shape, n = outcomes.shape[:-1], outcomes.shape[-1]
    return _Lines(outcomes.reshape(-1, n), given.reshape(-1, n), within.reshape(-1, n), shape)


def _trials(
    lines: _Lines, design: Design, compare: tuple[int, int], statistic: str
) -> Iterator[Trial]:
    ranked, stratified = _meaning(statistic)
    one, other = compare
    for values, arms, strata in zip(lines.values, lines.arms, lines.strata, strict=True):
        observed = ((arms == one) | (arms == other)) & ~np.isnan(values)
        groups = strata if stratified or isinstance(design, Totals) else np.zeros_like(strata)
        yield Trial(values, arms, strata, observed, arms == one, groups, ranked)


def _meaning(statistic: str) -> tuple[bool, bool]:
    if statistic not in STATISTICS:
        raise InputError(
            "re-randomization",
            f"the statistic {statistic!r} is not known",
            f"Use one of {', '.join(STATISTICS)}.",
        )
    return STATISTICS[statistic]


def _in_whole_blocks(
    lines: _Lines, design: Design, compare: tuple[int, int], statistic: str
) -> Array | None:
    """Return P of events in two arms, in whole urns that are the same in all trials, or None."""
    values, arms, strata = lines.values, lines.arms, lines.strata
    treated = arms == compare[0]
    if (
        _meaning(statistic)[0]
        or isinstance(design, Totals)
        or not len(values)
        or not np.all((values == 0) | (values == 1))
        or not np.all(treated | (arms == compare[1]))
        or not np.all(strata == strata[0])
    ):
        return None
    reference = reference_set(design, arms[0], compare, strata[0])
    if not isinstance(reference, Urns) or not reference.whole:
        return None
    ones = np.add.reduceat(
        treated[:, reference.order], reference.starts[:-1], axis=1, dtype=np.int64
    )
    for wrong in np.flatnonzero((ones != reference.treated).any(axis=1))[:1]:
        reference_set(design, arms[wrong], compare, strata[wrong])  # says what is wrong
    return whole_blocks_p(reference, values.astype(np.int64), treated)
