"""How much each piece of evidence counts: learned from pairs known to belong together.

Fitted by ``benchmarks/bench_related.py --learn`` on three kinds of pairs: trials of the same
systematic review, of the same publication, and trials that name each other. The weights here are
those of all known queries; the figures in ``docs/registry/related.md`` are of queries left out of
the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "pieces": 0.882,
        "arms": 2.9,
        "sites": 1.91,
        "words, share": 0.812,
        "pieces, share": 0.776,
        "number": 0.712,
        "at random": 0.357,
        "compared": 0.0711,
        "not observed": 0.276,
        "walk": 0.873,
    }
)
"""The name of a piece of evidence -> its weight; what is not named does not count."""

WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType(
    {
        "arms": 2.71,
        "sites": 2.15,
        "words, share": 0.625,
        "pieces, share": 0.472,
        "number": 0.884,
        "at random": 0.37,
        "compared": 0.136,
        "not observed": 0.179,
        "walk": 0.712,
        "words and meaning": 0.361,
    }
)
"""The same where a sentence model has read the records."""
