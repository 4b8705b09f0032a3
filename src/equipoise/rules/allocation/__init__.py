"""The allocation sequence: what specifies it, whose secrets seed it, how it is drawn.

A trial publishes its :class:`Specification`; block sizes and imbalance limits stay in a sealed
:class:`Annex`. Three parties each commit to 32 random bytes and then reveal them, and the seed
they give together feeds a generator that anyone can write again (``docs/allocation.md``). Nothing
here keeps a sequence or a seed: :mod:`equipoise.conduct` seals them, and opens them after the lock.
"""

from __future__ import annotations

from equipoise.rules.allocation.designs import (
    big_stick,
    complete,
    generate,
    permuted_blocks,
    stock,
)
from equipoise.rules.allocation.generator import GENERATOR
from equipoise.rules.allocation.kits import Kit, check_kit_code, new_kits
from equipoise.rules.allocation.minimization import Minimization, choose_place
from equipoise.rules.allocation.seed import combine, commit
from equipoise.rules.allocation.specification import Annex, Specification, check_annex

__all__ = [
    "GENERATOR",
    "Annex",
    "Kit",
    "Minimization",
    "Specification",
    "big_stick",
    "check_annex",
    "check_kit_code",
    "choose_place",
    "combine",
    "commit",
    "complete",
    "generate",
    "new_kits",
    "permuted_blocks",
    "stock",
]
