"""Weights for evidence of being related, fitted on pairs known to belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

FOLDS = 5
RIDGE = 0.03
MOST_RELEVANT, MOST_OTHERS = 15, 100

Gold = Mapping[str, Mapping[str, set[str]]]


def components(known: Gold, folds: int) -> dict[str, int]:
    """Return the fold of each trial: what is related, however far, is in one fold."""
    pairs = [(q, r) for of in known.values() for q, relevant in of.items() for r in relevant]
    ids = sorted({each for pair in pairs for each in pair})
    place = {each: i for i, each in enumerate(ids)}
    ends = np.array([[place[a], place[b]] for a, b in pairs]).T
    graph = sp.csr_matrix((np.ones(len(pairs)), ends), shape=(len(ids), len(ids)))
    n, label = connected_components(graph, directed=False)
    fold = np.random.default_rng(7).integers(0, folds, n)
    return {each: int(fold[label[place[each]]]) for each in ids}


def fit(evidence: Mapping[str, Any], known: Gold, queries: Sequence[str]) -> np.ndarray:
    """Return the weights that put the related first: pairwise logistic regression with a ridge.

    (Burges et al., Learning to rank using gradient descent, 2005, doi:10.1145/1102351.1102363,
    with a linear score.) Each kind of known pair weighs the same, and in it each query.
    """
    every = np.concatenate([evidence[q][1] for q in queries[::3]])
    spread = every.std(axis=0) + 1e-6
    differences, weights = [], []
    wanted = set(queries)
    for of in known.values():
        asked = [q for q in of if q in wanted]
        for query in asked:
            numbers, told = evidence[query]
            related = np.array([each in of[query] for each in numbers])
            if not related.any() or related.all():
                continue
            told = told / spread
            likely = np.argsort(-told[:, 0], kind="stable")
            yes = [i for i in likely if related[i]][:MOST_RELEVANT]
            no = [i for i in likely if not related[i]][:MOST_OTHERS]
            apart = (told[yes][:, None, :] - told[no][None, :, :]).reshape(-1, told.shape[1])
            differences.append(apart)
            weights.append(np.full(len(apart), 1 / len(apart) / len(asked)))
    apart, weight = np.concatenate(differences), np.concatenate(weights)
    weight = weight / weight.sum()

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        margin = apart @ b
        wrong = 1 / (1 + np.exp(np.clip(margin, -50, 50)))
        value = (weight * np.logaddexp(0, -margin)).sum() + RIDGE / 2 * b @ b
        return float(value), -(apart.T @ (weight * wrong)) + RIDGE * b

    found = minimize(loss, np.zeros(apart.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / spread)
