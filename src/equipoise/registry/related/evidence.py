"""What speaks for two records being related, as numbers.

The cosine in each space; how near by words, as a share of the best candidate's; how near the
registration numbers are; whether the candidate compares treatments, as trials that are read
together do. Then what a walk over the candidates finds that starts at those near the asking record
and steps to those near each other, so that a record like many of the likely ones gains (Zhou et
al., Ranking on data manifolds, 2004, NIPS 16, 169-176). Nearness there is by words and, where a
sentence model has read the records, by meaning. Shares are logarithms: they speak as ratios.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from equipoise.registry.related.fields import SPACES
from equipoise.registry.related.space import Space

Floats = NDArray[np.float32]

DESIGNS: Mapping[str, str] = {
    "at random": "random randomly randomise randomised randomisation randomize randomized "
    "randomization",
    "compared": "compare compared comparing comparison control controlled placebo "
    "placebocontrolled sham usual versus",
    "observed": "cohort crosssectional observational registry retrospective survey",
}
"""Words of a kind of study: a record has one of them, or not."""

MEANT = ("words and meaning",)
"""What is told only where a sentence model has read the records."""

NAMES = (
    *SPACES, "words, share", "pieces, share", "number", "at random", "compared", "not observed",
    "walk", *MEANT,
)  # fmt: skip
"""What each column of :func:`evidence` holds."""

_LEAST = 1e-3
_NEIGHBOURS = 5
_RESTART = 0.15
_STEPS = 15
_FAINT = 0.03


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
    cosines = _cosines(spaces, counted, candidates)
    words = _share(cosines["words"])
    columns = [*cosines.values(), np.log(words + _LEAST), _share(cosines["pieces"]) ** 4]
    columns.append(_near_numbers(*numbers))
    columns += _designs(spaces["words"], candidates)
    alike = _alike(spaces["words"], candidates)
    if meanings is None:
        meant = np.zeros(len(candidates), np.float32)
        walked = _walk(_power(alike, 3), _power(words, 3))
    else:
        asked, read = meanings
        meaning = _share(np.maximum(read @ asked, 0))
        likely = words * _power(meaning, 3)
        meant = np.log(likely + _LEAST)
        near = _power(alike, 2) * _power(np.maximum(read @ read.T, 0), 3)
        walked = _walk(near, words * likely)
    columns += [np.log(walked + _LEAST), meant]
    return np.stack(columns, axis=1).astype(np.float32)


def _cosines(
    spaces: Mapping[str, Space],
    counted: Mapping[str, Mapping[str, int]],
    candidates: NDArray[np.int64],
) -> dict[str, Floats]:
    found = {}
    for name in SPACES:
        cosine = spaces[name].cosines(spaces[name].vector(counted[name]), candidates)
        told = np.diff(spaces[name].unit.indptr)[candidates] > 0
        if told.any():
            cosine[~told] = cosine[told].mean()
        found[name] = cosine
    return found


def _near_numbers(own: int, others: NDArray[np.int64]) -> Floats:
    apart = np.log1p(np.abs(others - own)) / 10
    return -np.where((others == 0) | (own == 0), np.median(apart), apart)


def _designs(words: Space, candidates: NDArray[np.int64]) -> list[Floats]:
    """Whether each candidate has words of a design: 1 where that speaks for it."""
    has = {name: words.having(told.split(), candidates) for name, told in DESIGNS.items()}
    return [np.asarray(has[name] != (name == "observed"), np.float32) for name in DESIGNS]


def _alike(words: Space, candidates: NDArray[np.int64]) -> Floats:
    """The cosine of each two candidates by their weightier words, (candidates, candidates)."""
    unit = words.unit[candidates]
    unit.data[unit.data < _FAINT] = 0
    unit.eliminate_zeros()
    return np.asarray((unit @ unit.T).todense(), np.float32)


def _power(base: Floats, times: int) -> Floats:
    """What ``base ** times`` is, several times faster."""
    found = base
    for _ in range(times - 1):
        found = found * base
    return found


def _share(cosine: Floats) -> Floats:
    """How near each is, the best candidate being 1."""
    return np.asarray(cosine / max(float(cosine.max()), 1e-9), np.float32)


def _walk(near: Floats, start: Floats) -> Floats:
    """Where a walk is, that steps to one of the nearest or starts anew; the best candidate is 1.

    What is nearer counts more than in proportion: both are squared.
    """
    near, start = near * near, start * start
    np.fill_diagonal(near, 0)
    fewest = min(_NEIGHBOURS, len(start))
    least = np.partition(near, -fewest, axis=1)[:, -fewest][:, None]
    step = np.where(near >= least, near, 0)
    step = step + step.T
    outward = np.sqrt(np.maximum(step.sum(axis=1), 1e-20))
    step = step / outward[:, None] / outward
    at = start = start / max(float(start.sum()), 1e-9)
    for _ in range(_STEPS):
        at = _RESTART * start + (1 - _RESTART) * (step @ at)
    return _share(at)
