"""Weights for evidence of being related, fitted on pairs known to belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

FOLDS = 5
PENALTY = 0.1
SMALLEST = 1e-6

Gold = Mapping[str, Mapping[str, set[str]]]


def groups(known: Gold) -> dict[str, int]:
    """Return the group of each trial: what is related, however far, is in one group."""
    pairs = [(q, r) for of in known.values() for q, relevant in of.items() for r in relevant]
    ids = sorted({each for pair in pairs for each in pair})
    place = {each: i for i, each in enumerate(ids)}
    ends = np.array([[place[a], place[b]] for a, b in pairs]).T
    graph = sp.csr_matrix((np.ones(len(pairs)), ends), shape=(len(ids), len(ids)))
    label = connected_components(graph, directed=False)[1]
    return {each: int(label[place[each]]) for each in ids}


def components(known: Gold, folds: int, seed: int = 7) -> dict[str, int]:
    """Return the fold of each trial: a group is in one fold; each seed splits them otherwise."""
    group = groups(known)
    rng = np.random.default_rng(seed)  # noqa: TID251 — any split will do
    fold = rng.integers(0, folds, max(group.values()) + 1)
    return {each: int(fold[group[each]]) for each in group}


def fit(evidence: Mapping[str, Any], known: Gold, queries: Sequence[str]) -> np.ndarray:
    """Return the weights that make the known pairs likeliest, none below 0.

    A relative is drawn with the probability softmax(score) (Cao et al., Learning to rank: from
    pairwise approach to listwise approach, 2007, doi:10.1145/1273496.1273513), with a penalty on
    the squares. Each query of a kind counts the same, each kind as the root of its queries.
    """
    wanted = set(queries)
    rows, targets, starts, total = [], [], [], 0
    for of in known.values():
        asked = [(q, related) for q, related in of.items() if q in wanted]
        for query, related in asked:
            numbers, told = evidence[query]
            relevant = np.array([each in related for each in numbers], float)
            if relevant.any():
                rows.append(told)
                targets.append(relevant / relevant.sum() / np.sqrt(len(asked)))
                starts.append(total)
                total += len(numbers)
    told, target = np.concatenate(rows).astype(float), np.concatenate(targets)
    lengths = np.diff([*starts, total])
    told -= np.repeat(np.add.reduceat(told, starts) / lengths[:, None], lengths, axis=0)
    spread = told.std(axis=0)
    spread[spread < SMALLEST] = np.inf
    told /= spread
    share = np.add.reduceat(target, starts)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        score = told @ weights
        score -= np.repeat(np.maximum.reduceat(score, starts), lengths)
        likely = np.exp(score)
        mass = np.add.reduceat(likely, starts)
        value = share @ np.log(mass) - target @ score
        slope = (likely * np.repeat(share / mass, lengths) - target) @ told
        return float(value + PENALTY * weights @ weights), slope + 2 * PENALTY * weights

    start = np.zeros(told.shape[1])
    bounds = [(0, None)] * len(start)  # Being alike never speaks against being related.
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds).x / spread)
