"""What speaks for two records being related, as numbers, and how much each number counts.

The numbers: the cosine in each space; the same as a share of the best candidate's; how near the
registration numbers are; how near the meanings are that a sentence model reads; and what a walk
over the candidates, restarted at those that the words speak for, finds (personalised PageRank:
Haveliwala, Topic-sensitive PageRank, 2002, doi:10.1145/511446.511513), so that a record like many
of the likely ones gains.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from equipoise.registry.related.fields import SPACES
from equipoise.registry.related.space import Space

Floats = NDArray[np.float32]

RELATIVE = ("words", "pieces", "pairs")
"""The spaces whose cosine counts also as a share of the best candidate's."""

NAMES = (*SPACES, *(f"{name}, relative" for name in RELATIVE), "walk", "number", "meaning")
"""What each column of :func:`evidence` holds."""

_NEIGHBOURS = 10
_RESTART = 0.5
_STEPS = 10


def evidence(
    spaces: Mapping[str, Space],
    counted: Mapping[str, Mapping[str, int]],
    candidates: NDArray[np.int64],
    numbers: tuple[int, NDArray[np.int64]],
    meaning: Floats | None = None,
) -> Floats:
    """Return what speaks for each candidate, shape (candidates, len(NAMES)).

    ``counted`` is the asking record's counts by space, ``numbers`` its registration number and the
    candidates' (0 = none), ``meaning`` how near the candidates' meanings are, where known. What a
    record does not tell speaks neither for nor against it: its cosine is the mean over the
    candidates that do.
    """
    cosines = {}
    for name in SPACES:
        vector = spaces[name].vector(counted[name])
        cosine = spaces[name].cosines(vector, candidates)
        told = np.diff(spaces[name].unit.indptr)[candidates] > 0
        if told.any():
            cosine[~told] = cosine[told].mean()
        cosines[name] = cosine
    columns = list(cosines.values())
    columns += [cosines[name] / max(float(cosines[name].max()), 1e-9) for name in RELATIVE]
    columns.append(_walk(spaces["words"], candidates, cosines["words"]))
    own, others = numbers
    apart = np.log1p(np.abs(others - own)) / 10
    columns.append(-np.where((others == 0) | (own == 0), np.median(apart), apart))
    columns.append(np.zeros(len(candidates), np.float32) if meaning is None else meaning)
    return np.stack(columns, axis=1).astype(np.float32)


def _walk(space: Space, candidates: NDArray[np.int64], likely: Floats) -> Floats:
    vectors = space.unit[candidates]
    near = (vectors @ vectors.T).toarray()
    np.fill_diagonal(near, 0)
    fewest = min(_NEIGHBOURS, len(candidates))
    least = np.partition(near, -fewest, axis=1)[:, -fewest][:, None]
    step = np.where(near >= least, near, 0) ** 2
    step = step + step.T
    step = step / np.maximum(step.sum(axis=1, keepdims=True), 1e-9)
    start = likely**2 / max(float((likely**2).sum()), 1e-9)
    at = start
    for _ in range(_STEPS):
        at = _RESTART * start + (1 - _RESTART) * (step.T @ at)
    return np.asarray(at / max(float(at.max()), 1e-9), np.float32)
