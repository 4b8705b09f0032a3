"""The lists of an ensemble are those that the parties' ceremony makes, whatever the design."""

from __future__ import annotations

from typing import Any

import pytest

from equipoise.chance import SeededEntropy
from equipoise.conduct.allocation import Annex, allocation_of, commit, specification
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.sequence import list_of, sequences
from equipoise.rules.allocation.designs import generate
from equipoise.rules.allocation.seed import combine
from tests.rehearsals.knee import protocol

SEED = 2**64 - 17
DESIGNS: list[tuple[str, dict[str, Any]]] = [
    ("permuted blocks", {"block_sizes": [4, 8]}),
    ("big stick", {"limit": 2}),
    ("complete", {}),
]


def designed(design: str) -> Protocol:
    """Return the invented trial with another design and an uneven ratio."""
    plain = protocol()
    allocation = allocation_of(plain)
    ratio = dict(zip(allocation.ratio, (2, 1, 1), strict=True))
    changed = allocation.model_copy(update={"design": design, "ratio": ratio})
    return plain.model_copy(update={"allocation": changed})


@pytest.mark.parametrize(("design", "annex"), DESIGNS)
def test_lists_are_those_of_the_ceremony(design: str, annex: dict[str, Any]) -> None:
    trial = designed(design)
    spec = specification(trial)
    found = sequences(list_of(trial, annex), SEED, 9, 3, 40)
    for k in range(3):
        entropy = SeededEntropy(SEED, f"ceremony {9 + k}")
        sealed = Annex(entropy.bytes(32), annex.get("block_sizes", ()), annex.get("limit"))
        commitment = sealed.commitment(spec)
        parts = {party: entropy.bytes(32) for party in allocation_of(trial).parties}
        committed = {p: commit(spec, commitment, p, part) for p, part in parts.items()}
        lists = generate(spec, sealed, combine(spec, commitment, parts, committed))
        for place, stratum in enumerate(spec.strata):
            assert tuple(found[k, place]) == lists[stratum][:40]
