"""Exact P values of whole numbers, such as events and pain scores, without listing arrangements."""

from __future__ import annotations

import math

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import NDArray

from equipoise.analysis.estimators._scores import Trial
from equipoise.analysis.estimators.reference_set import Chain, Urns
from equipoise.kernels import rerandomize

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_STEPS = 2e9  # most steps of one distribution: seconds
_CELLS = 1e7  # most entries of one distribution: 80 MB
_COUNTABLE = 1000  # from an urn of more, the ways to draw exceed double precision


def convolved_p(trial: Trial, reference: Urns | Chain) -> float | None:
    """Return the exact P value, or None where values are no whole numbers or it takes long.

    Where the number of treated in each group cannot vary, the sum of their scores less its
    expectation is the statistic. Where it can, there must be one group: the statistic then follows
    from the sum and the number of treated.
    """
    everyone = bool(trial.observed[reference.order].all())
    fixed = isinstance(reference, Urns) and reference.whole and everyone
    one_group = len(trial.members()) == 1
    if not (one_group or (fixed and not trial.ranked)):
        return None
    inside = trial.observed
    values = trial.values[inside]
    whole = _whole_numbers(scipy.stats.rankdata(values) if trial.ranked else values)
    if whole is None:
        return None
    scores = np.zeros(inside.size, dtype=np.int64)
    scores[inside] = whole
    joint = distribution(reference, scores, inside)
    if joint is None:
        return None
    slope = 0.0 if fixed else float(whole.mean())
    statistics = np.arange(joint.shape[1]) - slope * np.arange(joint.shape[0])[:, None]
    centre = float((statistics * joint).sum())
    treated = trial.treated & inside
    seen = float(scores[treated].sum() - slope * treated.sum()) - centre
    far = np.abs(statistics - centre) >= abs(seen) - 1e-9 * max(float(scores.sum()), 1.0)
    return float(min(joint[far].sum(), 1.0))


def _whole_numbers(values: Array) -> Integers | None:
    """Return the values on the coarsest scale on which they are whole numbers from 0, or None."""
    for scale in (1, 2, 10):
        scaled = (values - values.min()) * scale
        if np.all(np.abs(scaled - np.rint(scaled)) < 1e-9 * max(1.0, float(scaled.max()))):
            return np.asarray(np.rint(scaled), dtype=np.int64)
    return None


def distribution(reference: Urns | Chain, scores: Integers, counted: Flags) -> Array | None:
    """Return P(k counted are treated, their scores sum to s), ``(k, s)``; None if it takes long.

    ``scores`` are whole numbers from 0, and 0 where not ``counted``.
    """
    inside = counted[reference.order]
    total = int(scores[reference.order].sum())
    if isinstance(reference, Chain):
        most = int(inside.sum())
        if len(reference.moves) * (most + 1) * (total + 1) > _CELLS:
            return None
        if inside.size * reference.moves.size * (most + 1) * (total + 1) / 4 > _STEPS:
            return None
        return rerandomize.chain_distribution(
            scores[reference.order],
            inside,
            reference.restarts,
            reference.chances,
            reference.moves,
            reference.takes,
            most,
            total,
        )
    starts = np.concatenate([[0], np.cumsum(inside)])[reference.starts].astype(np.int64)
    own = scores[reference.order[inside]]
    weights = _weights(reference, np.diff(starts))
    if weights is None or _steps(weights, own, starts) > _STEPS:
        return None
    most = int(sum(np.flatnonzero(row)[-1] for row in weights))
    if (most + 1) * (total + 1) > _CELLS:
        return None
    return rerandomize.urn_distribution(own, starts, weights, most, total)


def _weights(reference: Urns, sizes: Integers) -> Array | None:
    """Return the chance that some given k members of an urn, and they alone, are treated."""
    if sizes.max(initial=0) > _COUNTABLE:
        return None
    weights = np.zeros((sizes.size, int(sizes.max(initial=0)) + 1))
    for urn, size in enumerate(sizes.tolist()):
        places, treated = int(reference.places[urn]), int(reference.treated[urn])
        for k in range(max(0, size - places + treated), min(size, treated) + 1):
            weights[urn, k] = math.comb(places - size, treated - k) / math.comb(places, treated)
    return weights


def _steps(weights: Array, scores: Integers, starts: Integers) -> float:
    """Return about how many additions the distribution takes."""
    steps, band, total = 0.0, 1, 0
    for urn, row in enumerate(weights):
        own = scores[starts[urn] : starts[urn + 1]]
        reached = np.flatnonzero(row)
        ways = sum(min(int(own.sum()) + 1, math.comb(own.size, int(k))) for k in reached)
        steps += own.size * float(reached[-1]) * float(own.sum()) + ways * band * (total + 1)
        band += reached.size - 1
        total += int(own.sum())
    return steps


def whole_blocks_p(reference: Urns, events: Integers, treated: Flags) -> Array:
    """Return P of events 0 or 1 ``(trials, n)`` in whole urns, ``treated`` ``(trials, n)``."""
    ordered = events[:, reference.order]
    seen = (ordered * treated[:, reference.order]).sum(axis=1)
    by_urn = np.add.reduceat(ordered, reference.starts[:-1], axis=1)
    return tails(by_urn, reference.places, reference.treated, seen)


def tails(events: Integers, places: Integers, treated: Integers, seen: Integers) -> Array:
    """Return P(treated events as far from what is expected) for ``events`` ``(trials, blocks)``.

    Block b has ``places[b]`` participants of whom ``treated[b]`` are treated; of all events,
    ``seen`` ``(trials,)`` are theirs. Within a block their number is hypergeometric.
    """
    kinds, kind = np.unique(np.stack([places, treated]), axis=1, return_inverse=True)
    shape = (kinds.shape[1], int(places.max()) + 1)
    sorts, lowest = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    numbers: dict[tuple[float, ...], int] = {}
    for number, (size, ones) in enumerate(kinds.T.tolist()):
        for e in range(size + 1):
            possible = range(max(0, e - size + ones), min(e, ones) + 1)
            ways = (math.comb(ones, j) * math.comb(size - ones, e - j) for j in possible)
            chances = tuple(way / math.comb(size, e) for way in ways)
            sorts[number, e] = numbers.setdefault(chances, len(numbers))
            lowest[number, e] = possible[0]
    powers, offsets = _powers([np.array(chances) for chances in numbers], places.size)
    out = np.empty(len(events))
    spreads = np.array([len(chances) - 1 for chances in numbers])
    rerandomize.block_tails(
        events,
        kind.ravel(),
        treated / places,
        sorts,
        lowest,
        spreads,
        powers,
        offsets,
        seen,
        out,
    )
    return out


def _powers(chances: list[Array], most: int) -> tuple[Array, Integers]:
    """Return the distribution of 0 to ``most`` blocks of each sort, and where each stands."""
    offsets = np.zeros((len(chances), most + 1), dtype=np.int64)
    parts: list[Array] = []
    at = 0
    for sort, chance in enumerate(chances):
        power = np.ones(1)
        for count in range(most + 1):
            offsets[sort, count] = at
            parts.append(power)
            at += power.size
            power = np.convolve(power, chance)
    return np.concatenate(parts), offsets
