"""The arms of many trials that minimize: each trial's ceremony, and its allocator asked in turn.

What the allocator draws hangs on its key, on the whole published list and on everybody before, so
each trial seals its list as a rehearsal of that trial does. Nothing of it is written again here.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from equipoise.chance import SeededEntropy
from equipoise.conduct.allocation import allocation_of
from equipoise.conduct.randomise import slots_in_turn
from equipoise.errors import InputError, Refused
from equipoise.rehearsal.ceremony import perform
from equipoise.rehearsal.ensemble.program import Program
from equipoise.rules.allocation import Minimization, combine, generate
from equipoise.rules.allocation.planned import specification


def minimized(
    program: Program, seed: int, first: int, codes: NDArray[np.int16]
) -> NDArray[np.int8]:
    """Return the arms of everybody: ``(trials, participants)``, in the order of randomization.

    ``codes``, of the same shape, is the place of each one's codes among all combinations of the
    factors, the last factor running fastest. Trial i of it is trial ``first`` + i of ``seed``.

    Raises:
        InputError: when there are more combinations than ``codes`` can tell apart.
        Refused: when the kits of an arm run out.
    """
    rule = specification(program.protocol).minimization
    assert rule is not None
    sizes = [len(each) for each in rule.factors.values()]
    if prod(sizes) > np.iinfo(codes.dtype).max:
        raise InputError(
            "allocation.strata",
            f"the factors have {prod(sizes)} combinations of codes, too many for an ensemble",
            f"Balance fewer: an ensemble tells {np.iinfo(codes.dtype).max} apart.",
        )
    arms = np.empty(codes.shape, np.int8)
    for place, theirs in enumerate(codes):
        people = _factors(rule, np.unravel_index(theirs, sizes))
        arms[place] = _arms(program, seed, first + place, people)
    return arms


def _factors(rule: Minimization, places: tuple[NDArray[np.intp], ...]) -> list[dict[str, str]]:
    named = rule.factors.items()
    return [
        {name: codes[at] for (name, codes), at in zip(named, person, strict=True)}
        for person in zip(*places, strict=True)
    ]


def _arms(program: Program, seed: int, trial: int, people: list[dict[str, str]]) -> list[int]:
    protocol = program.protocol
    made = perform(protocol, program.world.annex, SeededEntropy(seed, f"ceremony {trial}"))
    key = made.keys[allocation_of(protocol).reader("allocates")]
    try:
        slots = slots_in_turn(made.sealed, key, people)
    except Refused as error:
        raise Refused(f"trial {trial}", error.problem.what, error.problem.todo) from None
    annex_commitment = made.annex.commitment(made.spec)
    origin = combine(made.spec, annex_commitment, made.parts, made.commitments)
    (stock,) = generate(made.spec, made.annex, origin).values()
    return [stock[slot] for slot in slots]
