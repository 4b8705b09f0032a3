"""How the arms were dealt: the design of an opened allocation, as a randomization test draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from equipoise.analysis.estimators.reference_set import Design, PermutedBlocks, opened_design
from equipoise.rules.allocation import Annex, combine
from equipoise.rules.allocation.planned import specification
from equipoise.views.trial import TrialState


def design_of(state: TrialState, strata: Sequence[str]) -> Design | None:
    """Return the design of the allocation in a ledger, None unless it is opened.

    ``strata`` are the strata that people were randomized in, as they are numbered from 0. Nothing
    under minimization either, whose arms hang together as no design here can draw them. The sizes
    of blocks are drawn again from the parts of the seed, which have to be those committed to.
    Raises InputError where they are not.
    """
    if state.opened is None:
        return None
    spec, annex = specification(state.protocol), Annex.from_text(state.opened.annex)
    if spec.minimization is not None:
        return None
    parts = {party: bytes.fromhex(part) for party, part in state.opened.seed_parts.items()}
    committed = {p: bytes.fromhex(c.commitment) for p, c in state.seed_commitments.items()}
    design = opened_design(spec, annex, combine(spec, annex.commitment(spec), parts, committed))
    if not isinstance(design, PermutedBlocks) or design.realised is None:
        return design
    places = {name: place for place, name in enumerate(spec.strata)}
    realised = {number: design.realised[places[name]] for number, name in enumerate(strata)}
    return replace(design, realised=realised)
