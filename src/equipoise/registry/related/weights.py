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
        "arms": 2.76,
        "sites": 1.9,
        "words, relative": 5.31,
        "pieces, relative": 2.67,
        "number": 0.58,
    }
)
"""The name of a piece of evidence -> its weight; what is not named does not count."""

WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType(
    {
        "arms": 2.77,
        "sites": 2.23,
        "words, relative": 0.5,
        "pieces, relative": 0.97,
        "number": 0.71,
        "words and meaning": 0.89,
        "walk": 0.99,
    }
)
"""The same where a sentence model has read the records."""
