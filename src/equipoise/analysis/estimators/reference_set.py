"""Reference sets: which arms the participants might have had, under the design actually used.

A design is turned into *urns* (participants draw arms without replacement: complete randomization,
permuted blocks, fixed totals) or a *chain* (the arm depends on the state that earlier ones leave:
big stick, blocks of unknown size). Of more than two arms, two are compared, and who had the others
is held fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.rules.allocation.generator import below, shuffle, words
from equipoise.rules.allocation.specification import Annex, Specification, check_annex

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
State = tuple[int, ...]
Choice = tuple[int, State, float]
"""An arm, the state it leads to, and its chance."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Each arm drawn by the ratio without regard to the others."""

    ratio: tuple[int, ...] = (1, 1)
    name = "complete randomization"


@dataclass(frozen=True, slots=True)
class PermutedBlocks:
    """Blocks that each hold the ratio; the last of a stratum may be cut.

    With one size, or where ``realised`` gives the sizes of each stratum's blocks in order, arms are
    drawn again within the blocks as they were. With several ``sizes`` alone, the sizes are drawn
    again too.
    """

    sizes: tuple[int, ...]
    ratio: tuple[int, ...] = (1, 1)
    realised: Mapping[int, tuple[int, ...]] | None = None
    name = "permuted blocks"


@dataclass(frozen=True, slots=True)
class BigStick:
    """Arms drawn by the ratio, the imbalance kept within ``limit``."""

    limit: int
    ratio: tuple[int, ...] = (1, 1)
    name = "big stick"


@dataclass(frozen=True, slots=True)
class Totals:
    """Every arrangement that leaves each stratum as many of each arm as it had."""

    name = "fixed totals"


Design = Complete | PermutedBlocks | BigStick | Totals


@dataclass(frozen=True, slots=True, eq=False)
class Urns:
    """Independent urns. ``order`` lists participants urn by urn, urn u from ``starts[u]``.

    Urn u has ``places[u]`` places, of which ``treated[u]`` are the arm's.
    """

    order: Integers
    starts: Integers
    places: Integers
    treated: Integers

    @property
    def whole(self) -> bool:
        """Whether every place of every urn has its participant."""
        return bool(np.array_equal(np.diff(self.starts), self.places))


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A chain over ``order``; where ``restarts``, it begins again in state 0.

    ``chances`` ``(1 or participants, states, choices)``; a choice leads to ``moves`` and gives the
    arm where ``takes`` is 1, both ``(states, choices)``.
    """

    order: Integers
    restarts: NDArray[np.bool_]
    chances: Floats
    moves: Integers
    takes: Floats


def opened_design(spec: Specification, annex: Annex, seed: bytes) -> Design:
    """Return the design of an opened allocation; stratum i is ``spec.strata[i]``.

    The sizes of permuted blocks are drawn again from the ``seed``, so they are those that were.
    Raises InputError where annex and specification do not fit, or no design of here was used.
    """
    check_annex(spec, annex)
    terms = annex.reveal()
    if terms.limit is not None:
        return BigStick(terms.limit, spec.ratio)
    if terms.block_sizes:
        realised = {
            number: tuple(_realised(words(seed, spec.trial, name), terms.block_sizes, spec.length))
            for number, name in enumerate(spec.strata)
        }
        return PermutedBlocks(terms.block_sizes, spec.ratio, realised)
    if spec.minimization is not None:
        raise _fault(
            "minimization is not drawn again here", "Test it with a design that was used, or none."
        )
    return Complete(spec.ratio)


def _realised(source: Iterator[int], sizes: Sequence[int], length: int) -> Iterator[int]:
    draw, slots = partial(below, source), 0
    while slots < length:
        size = sizes[draw(len(sizes))]
        shuffle(draw, range(size))  # the words that the block's order took
        yield size
        slots += size


def reference_set(
    design: Design, arms: Integers, compare: tuple[int, int], strata: Integers
) -> Urns | Chain:
    """Return what might have happened instead of ``arms`` ``(n,)``, numbers in the ratio's order.

    Participants of a stratum stand in the order of its list. ``compare`` is (the arm, the
    reference). Raises InputError where the design could not have given these arms.
    """
    if isinstance(design, Totals):
        return _totals(arms, compare, strata)
    if min(arms, default=0) < 0 or max(arms, default=0) >= len(design.ratio):
        raise _fault(
            f"an arm has a number outside 0 to {len(design.ratio) - 1}",
            "Number the arms in the order of the ratio.",
        )
    if isinstance(design, BigStick):
        return _chain(_stick_choices(design), arms, compare, strata)
    if isinstance(design, PermutedBlocks) and design.realised is None and len(design.sizes) > 1:
        return _chain(_mixed_choices(design), arms, compare, strata)
    return _urns(design, arms, compare, strata)


def _totals(arms: Integers, compare: tuple[int, int], strata: Integers) -> Urns:
    inside = (arms == compare[0]) | (arms == compare[1])
    members = [np.flatnonzero(inside & (strata == stratum)) for stratum in np.unique(strata)]
    treated = [int((arms[found] == compare[0]).sum()) for found in members]
    return _of_urns(members, [found.size for found in members], treated)


def _urns(
    design: Complete | PermutedBlocks, arms: Integers, compare: tuple[int, int], strata: Integers
) -> Urns:
    members: list[Integers] = []
    places: list[int] = []
    treated: list[int] = []
    for stratum in np.unique(strata):
        line = np.flatnonzero(strata == stratum)
        at = 0
        for size in _sizes(design, int(stratum), line.size):
            block = line[at : at + size]
            at += size
            rounds = 1 if isinstance(design, Complete) else size // sum(design.ratio)
            own, other = (rounds * design.ratio[arm] for arm in compare)
            inside = block[(arms[block] == compare[0]) | (arms[block] == compare[1])]
            ones = int((arms[inside] == compare[0]).sum())
            if isinstance(design, PermutedBlocks) and (ones > own or inside.size - ones > other):
                raise _impossible()
            members.append(inside)
            places.append(own + other)
            treated.append(own)
    return _of_urns(members, places, treated)


def _sizes(design: Complete | PermutedBlocks, stratum: int, length: int) -> list[int]:
    if isinstance(design, Complete):
        return [1] * length
    if any(size < 1 or size % sum(design.ratio) for size in design.sizes) or not design.sizes:
        raise _fault("a block size does not hold the ratio", "Give multiples of its sum.")
    if design.realised is None:
        return [design.sizes[0]] * -(-length // design.sizes[0])
    sizes: list[int] = []
    for size in design.realised.get(stratum, ()):
        if sum(sizes) < length:
            sizes.append(size)
    if sum(sizes) < length or any(size not in design.sizes for size in sizes):
        raise _fault(
            f"the realised blocks of stratum {stratum} do not hold its {length} participants",
            "Give every block in order, each of a size of the design.",
        )
    return sizes


def _of_urns(members: list[Integers], places: list[int], treated: list[int]) -> Urns:
    return Urns(
        np.concatenate([*members, np.empty(0, dtype=np.int64)]).astype(np.int64),
        np.cumsum([0, *(found.size for found in members)]).astype(np.int64),
        np.array(places, dtype=np.int64),
        np.array(treated, dtype=np.int64),
    )


def _stick_choices(design: BigStick) -> tuple[State, Callable[[State], list[Choice]]]:
    places = [arm for arm, weight in enumerate(design.ratio) for _ in range(weight)]
    if design.limit < 1:
        raise _fault(f"a limit of {design.limit} is not possible", "Give a whole number from 1.")

    def choices(state: State) -> list[Choice]:
        open_places = [place for place, ahead in enumerate(state) if ahead < design.limit]
        found = []
        for place in open_places:
            then = [ahead + (other == place) for other, ahead in enumerate(state)]
            least = min(then)
            # Places of one arm are alike: their order is no part of the state.
            ahead_of = sorted((places[p], ahead - least) for p, ahead in enumerate(then))
            state_then = tuple(ahead for _, ahead in ahead_of)
            found.append((places[place], state_then, 1 / len(open_places)))
        return found

    return tuple(0 for _ in places), choices


def _mixed_choices(design: PermutedBlocks) -> tuple[State, Callable[[State], list[Choice]]]:
    starts = [
        tuple(size // sum(design.ratio) * weight for weight in design.ratio)
        for size in design.sizes
    ]
    _sizes(design, 0, 0)  # refuses a size that does not hold the ratio

    def choices(state: State) -> list[Choice]:
        open_blocks = [state] if state else starts
        found: list[Choice] = []
        for block in open_blocks:
            for arm, left in enumerate(block):
                if left:
                    then = tuple(n - (other == arm) for other, n in enumerate(block))
                    chance = left / sum(block) / len(open_blocks)
                    found.append((arm, then if any(then) else (), chance))
        return found

    return (), choices


def _chain(
    rule: tuple[State, Callable[[State], list[Choice]]],
    arms: Integers,
    compare: tuple[int, int],
    strata: Integers,
) -> Chain:
    start, choices = rule
    numbers: dict[State, int] = {start: 0}
    found: list[list[Choice]] = []
    for state in (queue := [start]):
        found.append(choices(state))
        for _, then, _ in found[-1]:
            if then not in numbers:
                numbers[then] = len(numbers)
                queue.append(then)
    shape = (len(found), max(map(len, found)))
    chances, moves, given = np.zeros(shape), np.zeros(shape, dtype=np.int64), np.full(shape, -1)
    for state_number, options in enumerate(found):
        for choice, (arm, then, chance) in enumerate(options):
            given[state_number, choice] = arm
            moves[state_number, choice] = numbers[then]
            chances[state_number, choice] = chance
    order = np.argsort(strata, kind="stable").astype(np.int64)
    restarts = np.ones(order.size, dtype=np.bool_)
    restarts[1:] = np.diff(strata[order]) != 0
    _check_possible(arms[order], restarts, chances, moves, given)
    conditional = chances[None]
    if not np.isin(arms, compare).all():
        conditional = _held(arms[order], compare, restarts, chances, moves, given)
    return Chain(order, restarts, conditional, moves, (given == compare[0]).astype(np.float64))


def _check_possible(
    arms: Integers, restarts: NDArray[np.bool_], chances: Floats, moves: Integers, given: Integers
) -> None:
    """Raise InputError unless some way through the chain gives these arms."""
    begin = np.zeros(len(chances), dtype=np.bool_)
    begin[0] = True
    reached = begin
    for arm, restart in zip(arms, restarts, strict=True):
        now = (begin if restart else reached)[:, None] & (given == arm) & (chances > 0)
        reached = np.zeros_like(begin)
        reached[moves[now]] = True
        if not reached.any():
            raise _impossible()


def _held(
    arms: Integers,
    compare: tuple[int, int],
    restarts: NDArray[np.bool_],
    chances: Floats,
    moves: Integers,
    given: Integers,
) -> Floats:
    """Return the chances of the choices given who had the arms that are not compared.

    Backwards: what remains possible from each state, so that drawing forwards never fails.
    """
    held = np.empty((arms.size, *chances.shape))
    ahead = np.ones(len(chances))
    for place in range(arms.size - 1, -1, -1):
        arm = arms[place]
        fits = np.isin(given, compare) if arm in compare else given == arm
        joint = np.where(fits, chances, 0.0) * ahead[moves]
        total = joint.sum(axis=1, keepdims=True)
        held[place] = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
        ahead = np.ones(len(chances)) if restarts[place] else total[:, 0] / max(total.max(), 1e-300)
    return held


def _impossible() -> InputError:
    return _fault(
        "the arms seen cannot come from this design",
        "Give the participants of each stratum in the order of its list, and the design that was"
        " used.",
    )


def _fault(what: str, todo: str) -> InputError:
    return InputError("re-randomization", what, todo)
