"""Weights for evidence of being related, fitted on pairs known to belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

FOLDS = 5
TOP = 10
DISCOUNT = 1 / np.log2(np.arange(2, TOP + 2))
STEPS = (0.5, -0.5, 0.2, -0.2, 0.08, -0.08)
ROUNDS = 4

Gold = Mapping[str, Mapping[str, set[str]]]


def components(known: Gold, folds: int) -> dict[str, int]:
    """Return the fold of each trial: what is related, however far, is in one fold."""
    pairs = [(q, r) for of in known.values() for q, relevant in of.items() for r in relevant]
    ids = sorted({each for pair in pairs for each in pair})
    place = {each: i for i, each in enumerate(ids)}
    ends = np.array([[place[a], place[b]] for a, b in pairs]).T
    graph = sp.csr_matrix((np.ones(len(pairs)), ends), shape=(len(ids), len(ids)))
    n, label = connected_components(graph, directed=False)
    fold = np.random.default_rng(7).integers(0, folds, n)  # noqa: TID251 — any split will do
    return {each: int(fold[label[place[each]]]) for each in ids}


def fit(evidence: Mapping[str, Any], known: Gold, queries: Sequence[str]) -> np.ndarray:
    """Return the weights with the best nDCG at 10, one weight moved at a time.

    (Metzler and Croft, Linear feature-based models for information retrieval, 2007,
    doi:10.1007/s10791-006-9019-z.) Each kind of known pair counts the same, and in it each query.
    """
    wanted = set(queries)
    kinds = [[(q, of[q]) for q in of if q in wanted] for of in known.values()]
    told = [[evidence[q][1] for q, _ in asked] for asked in kinds]
    spread = np.concatenate([each for kind in told for each in kind]).std(axis=0)
    spread[spread == 0] = np.inf
    tables = [_table(evidence, asked, spread) for asked in kinds]
    weights = np.zeros(len(spread), np.float32)
    weights[0] = 1
    scores = [table[0] @ weights for table in tables]
    best = _mean(scores, tables)
    for turn in range(ROUNDS):
        before = best
        order = np.random.default_rng(turn).permutation(len(weights))  # noqa: TID251 — any order
        for column in order:
            for step in STEPS:
                if weights[column] + step < 0:
                    continue  # Being alike never speaks against being related.
                tried = [
                    s + np.float32(step) * t[0][:, :, column]
                    for s, t in zip(scores, tables, strict=True)
                ]
                found = _mean(tried, tables)
                if found > best + 1e-4:
                    best, scores, weights[column] = found, tried, weights[column] + step
                    break
        if best == before:
            break
    return np.asarray(weights / spread)


def _table(
    evidence: Mapping[str, Any], asked: Sequence[tuple[str, set[str]]], spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evidence (queries, candidates, columns), relevance of each, best possible gain."""
    most = max(len(evidence[q][0]) for q, _ in asked)
    told = np.full((len(asked), most, len(spread)), -1e3, np.float32)
    relevant = np.zeros((len(asked), most))
    for row, (query, related) in enumerate(asked):
        numbers, found = evidence[query]
        told[row, : len(numbers)] = found / spread
        relevant[row, : len(numbers)] = [each in related for each in numbers]
    best = np.array([DISCOUNT[: min(TOP, len(related))].sum() for _, related in asked])
    return told, relevant, best


def _mean(scores: Sequence[np.ndarray], tables: Sequence[Any]) -> float:
    found = []
    for score, (_, relevant, best) in zip(scores, tables, strict=True):
        top = np.argpartition(-score, TOP, axis=1)[:, :TOP]
        order = np.argsort(-np.take_along_axis(score, top, 1), axis=1)
        top = np.take_along_axis(top, order, 1)
        found.append(((np.take_along_axis(relevant, top, 1) * DISCOUNT).sum(1) / best).mean())
    return float(np.mean(found))
