"""Randomization designs: how often which sequence of arms may happen.

All take any whole-number ratio and any number of arms through one device. An arm of weight
w stands w times in a list of places, and the designs treat all places alike; so by symmetry each
participant meets every arm with its share of the ratio, whatever the position in the list. For
the big stick this is the mapping from equal allocation that Kuznetsova and Tymofyeyev describe
for unequal ratios (2012, doi:10.1002/sim.4447): letting the arms' own counts run within limits
would shift the ratio from one participant to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from equipoise.errors import InputError
from equipoise.rules.allocation.generator import Draw, below, shuffle, words
from equipoise.rules.allocation.specification import Annex, Specification, check_annex

SEED_BYTES = 32


def generate(spec: Specification, annex: Annex, seed: bytes) -> dict[str, tuple[int, ...]]:
    """Return the whole sequence: for each stratum, the number of the arm of each slot.

    The strata have unrelated streams; a longer list of the same trial, stratum, design and annex
    begins with the shorter one, unless it is a stock. ``seed`` is 32 bytes. Raises
    InputError when the seed has another length or the annex does not fit.
    """
    check_annex(spec, annex)
    if len(seed) != SEED_BYTES:
        raise InputError(
            "allocation.seed",
            f"the seed has {len(seed)} bytes instead of {SEED_BYTES}",
            "Combine it from the parties' parts.",
        )
    return {
        stratum: tuple(_sequence(partial(below, words(seed, spec.trial, stratum)), spec, annex))
        for stratum in spec.strata
    }


def _sequence(draw: Draw, spec: Specification, annex: Annex) -> list[int]:
    terms = annex.reveal()
    if terms.limit is not None:
        return big_stick(draw, spec.ratio, terms.limit, spec.length)
    if terms.block_sizes:
        return permuted_blocks(draw, spec.ratio, terms.block_sizes, spec.length)
    if spec.minimization is not None:
        return stock(draw, spec.ratio, spec.length)
    return complete(draw, spec.ratio, spec.length)


def complete(draw: Draw, ratio: Sequence[int], length: int) -> list[int]:
    """Return ``length`` arms, each drawn by the ratio without regard to the others."""
    places = _places(ratio)
    return [places[draw(len(places))] for _ in range(length)]


def stock(draw: Draw, ratio: Sequence[int], length: int) -> list[int]:
    """Return ``length`` arms that hold the ratio exactly, in random order.

    ``length`` is a multiple of the sum of the ratio. An allocator takes from it in another order.
    """
    places = _places(ratio)
    return shuffle(draw, places * (length // len(places)))


def permuted_blocks(
    draw: Draw, ratio: Sequence[int], sizes: Sequence[int], length: int
) -> list[int]:
    """Return ``length`` arms in blocks that each hold the ratio exactly.

    For each block one of ``sizes`` is drawn, all equally likely, and then its order. Each size
    is a multiple of the sum of the ratio. The last block is cut where the list ends.
    """
    places = _places(ratio)
    arms: list[int] = []
    while len(arms) < length:
        size = sizes[draw(len(sizes))]
        arms += shuffle(draw, places * (size // len(places)))
    return arms[:length]


def big_stick(draw: Draw, ratio: Sequence[int], limit: int, length: int) -> list[int]:
    """Return ``length`` arms, drawn by the ratio as long as the imbalance stays within ``limit``.

    The imbalance is the largest difference between the counts of two places, so in arms i and j
    with weights w it bounds ``|n_i / w_i - n_j / w_j|``. A place that would exceed the limit is
    left out of the next draw. With two arms 1:1 this is the big stick of Soares and Wu (1983,
    doi:10.1080/03610928308828586): a fair coin until ``|n_0 - n_1| = limit``, then the lesser arm.
    Berger, Ivanova and Deloria Knoll (2003, doi:10.1002/sim.1538) compare its predictability with
    that of blocks at the same tolerated imbalance.
    """
    places = _places(ratio)
    counts = [0] * len(places)
    arms: list[int] = []
    for _ in range(length):
        least = min(counts)
        open_places = [place for place, n in enumerate(counts) if n - least < limit]
        place = open_places[draw(len(open_places))]
        counts[place] += 1
        arms.append(places[place])
    return arms


def _places(ratio: Sequence[int]) -> list[int]:
    return [arm for arm, weight in enumerate(ratio) for _ in range(weight)]
