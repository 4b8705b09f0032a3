"""How much each piece of evidence counts: learned from pairs known to belong together.

Fitted by ``benchmarks/bench_related.py --learn`` (coordinate ascent) on three kinds of pairs:
trials of the same systematic review, of the same publication, and trials that name each other.
The weights here are those of all known queries; the figures in ``docs/registry/related.md`` say
which are of queries left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "words": 22.8,
        "pieces": 0.8,
        "pairs": 2.1,
        "head": 3.8,
        "summary": 2.4,
        "description": 12.9,
        "arms": 7.8,
        "eligibility": 5.2,
        "sites": 2.4,
        "sponsors": 2.1,
        "words, relative": 5.5,
        "pieces, relative": 2.7,
        "walk": 0.5,
        "number": 3.5,
    }
)
"""The name of a piece of evidence -> its weight; what is not named does not count."""

WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType({**WEIGHTS, "meaning": 16.0})
"""The same where a sentence model has read the records; its weight is set by hand, not fitted."""
