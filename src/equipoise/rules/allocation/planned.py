"""The specification of the sequence that a protocol plans."""

from __future__ import annotations

from itertools import product
from math import gcd

from equipoise.errors import InputError
from equipoise.protocol.parts import Allocation, Protocol
from equipoise.rules.allocation.minimization import Minimization
from equipoise.rules.allocation.specification import Specification

WHOLE = "all"
"""The stratum of a trial without stratification."""


def allocation_of(protocol: Protocol) -> Allocation:
    """Return the allocation of the randomized study; raise :class:`InputError` without one."""
    allocation = protocol.root.allocation
    if allocation is None:
        raise InputError(
            f"study {protocol.root.study}",
            "has no allocation, so nobody can be randomized",
            "Add `allocation` to the protocol.",
        )
    return allocation


def specification(protocol: Protocol) -> Specification:
    """Return the public specification of the sequence, as the protocol states it.

    Under minimization it is a stock for the allocator, one for all strata. Raises
    :class:`InputError` when the sequence cannot be generated without knowing arms.
    """
    root, allocation = protocol.root, allocation_of(protocol)
    items = {item.id: item for form in root.forms.values() for item in form.items}
    codes = {factor.item: tuple(items[factor.item].codes or ()) for factor in allocation.strata}
    weights = [allocation.ratio[arm] for arm in root.arms]
    divisor = gcd(*weights)
    ratio = tuple(weight // divisor for weight in weights)
    rule = None
    if allocation.design == "minimization" and allocation.allocator is not None:
        reader, probability = allocation.reader("allocates"), str(allocation.allocator.probability)
        rule = Minimization(reader=reader, ratio=ratio, factors=codes, probability=probability)
    levels = [] if rule else [[f"{item}={code}" for code in codes[item]] for item in codes]
    return Specification(
        trial=root.study,
        arms=tuple(root.arms),
        ratio=ratio,
        design=allocation.design,
        strata=tuple(",".join(labels) for labels in product(*levels)) if levels else (WHOLE,),
        length=allocation.length,
        minimization=rule,
    )
