"""How much each piece of evidence counts: learned from pairs known to belong together.

Fitted by ``benchmarks/bench_related.py --learn`` (pairwise logistic regression with a ridge) on
three kinds of pairs: trials of the same systematic review, of the same publication, and trials
that name each other. The weights here are those of all known queries; the figures in
``docs/registry/related.md`` are of queries left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WEIGHTS: Mapping[str, float] = MappingProxyType({"words": 1.0})
"""The name of a piece of evidence -> its weight; what is not named does not count."""

WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType({"words": 1.0, "meaning": 0.4})
"""The same where a sentence model has read the records."""
