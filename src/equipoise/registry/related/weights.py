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
        "arms": 2.83,
        "sites": 1.91,
        "words, relative": 5.31,
        "pieces, relative": 2.66,
        "number": 0.583,
    }
)
"""The name of a piece of evidence -> its weight; what is not named does not count."""

WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType(
    {
        "arms": 3.07,
        "sites": 2.22,
        "words, relative": 0.311,
        "pieces, relative": 1.19,
        "number": 0.702,
        "words and meaning": 0.914,
        "walk": 1.12,
    }
)
"""The same where a sentence model has read the records."""
