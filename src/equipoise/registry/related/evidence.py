"""What speaks for two records being related, as numbers.

The cosine in each space; the same as a share of the best candidate's; how near the registration
numbers are. Where a sentence model has read the records: how near their words and their meanings
are together, and what a walk over the candidates finds, restarted at the likely ones (personalised
PageRank: Haveliwala, Topic-sensitive PageRank, 2002, doi:10.1145/511446.511513), so that a record
like many of the likely ones gains. These two are logarithms: they speak as ratios.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from equipoise.registry.related.fields import SPACES
from equipoise.registry.related.space import Space

Floats = NDArray[np.float32]

RELATIVE = ("words", "pieces")
"""The spaces whose cosine counts also as a share of the best candidate's."""

MEANT = ("words and meaning", "walk")
"""What is told only where a sentence model has read the records."""

NAMES = (*SPACES, *(f"{name}, relative" for name in RELATIVE), "number", *MEANT)
"""What each column of :func:`evidence` holds."""

_NEIGHBOURS = 10
_RESTART = 0.5
_STEPS = 10
_LEAST = 1e-3


def evidence(
    spaces: Mapping[str, Space],
    counted: Mapping[str, Mapping[str, int]],
    candidates: NDArray[np.int64],
    numbers: tuple[int, NDArray[np.int64]],
    meanings: tuple[Floats, Floats] | None = None,
) -> Floats:
    """Return what speaks for each candidate, shape (candidates, len(NAMES)).

    ``counted`` is the asking record's counts by space, ``numbers`` its registration number and the
    candidates' (0 = none), ``meanings`` its meaning (384) and the candidates' (candidates, 384),
    where known. What a record does not tell speaks neither for nor against it: its cosine is the
    mean over the candidates that do.
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
    columns += [_relative(cosines[name]) for name in RELATIVE]
    own, others = numbers
    apart = np.log1p(np.abs(others - own)) / 10
    columns.append(-np.where((others == 0) | (own == 0), np.median(apart), apart))
    if meanings is None:
        columns += [np.zeros(len(candidates), np.float32)] * len(MEANT)
    else:
        asked, read = meanings
        meaning = _relative(np.maximum(read @ asked, 0))
        likely = _relative(cosines["words"]) * meaning
        near = np.maximum(read @ read.T, 0)
        columns += [np.log(likely + _LEAST), np.log(_walk(near, likely) + _LEAST)]
    return np.stack(columns, axis=1).astype(np.float32)


def _relative(cosine: Floats) -> Floats:
    return np.asarray(cosine / max(float(cosine.max()), 1e-9), np.float32)


def _walk(near: Floats, likely: Floats) -> Floats:
    """Where a walk is, that steps to one of the nearest or starts anew; the best candidate is 1."""
    np.fill_diagonal(near, 0)
    fewest = min(_NEIGHBOURS, len(likely))
    least = np.partition(near, -fewest, axis=1)[:, -fewest][:, None]
    step = np.where(near >= least, near, 0) ** 2
    step = step + step.T
    step = step / np.maximum(step.sum(axis=1, keepdims=True), 1e-9)
    start = likely**2 / max(float((likely**2).sum()), 1e-9)
    at = start
    for _ in range(_STEPS):
        at = _RESTART * start + (1 - _RESTART) * (step.T @ at)
    return _relative(at)
