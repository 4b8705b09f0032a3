"""The sealing of the allocation in a rehearsal: the same ceremony, its parties played by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from equipoise.chance import Entropy
from equipoise.conduct.allocation import (
    Annex,
    ReaderKey,
    SealedList,
    allocation_of,
    commit,
    commit_seed_part,
    new_reader_key,
    publish,
    seal,
    specification,
)
from equipoise.conduct.trial import Trial
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.cast import Cast
from equipoise.rules.allocation import Specification


@dataclass(frozen=True)
class Ceremony:
    """What a ceremony made: the sealed list and what it was made from, all in one hand."""

    spec: Specification
    annex: Annex
    parts: Mapping[str, bytes]
    commitments: Mapping[str, bytes]
    keys: Mapping[str, ReaderKey]
    sealed: SealedList


def perform(protocol: Protocol, annex_terms: Mapping[str, Any], entropy: Entropy) -> Ceremony:
    """Let the parties make the seed and the readers their keys, and seal the list.

    ``annex_terms`` holds ``block_sizes`` or ``limit``, as the design needs.
    """
    allocation, spec = allocation_of(protocol), specification(protocol)
    annex = Annex(entropy.bytes(32), annex_terms.get("block_sizes", ()), annex_terms.get("limit"))
    annex_commitment = annex.commitment(spec)
    parts = {party: entropy.bytes(32) for party in allocation.parties}
    commitments = {
        party: commit(spec, annex_commitment, party, part) for party, part in parts.items()
    }
    keys = {role: new_reader_key(role, entropy) for role in allocation.readers}
    readers = [key.reader for key in keys.values()]
    sealed = seal(spec, annex, parts, commitments, readers, entropy)
    return Ceremony(spec, annex, parts, commitments, keys, sealed)


def hold(
    trial: Trial, cast: Cast, annex_terms: Mapping[str, Any], entropy: Entropy
) -> Mapping[str, ReaderKey]:
    """Perform the ceremony, record it in the ledger, and return the readers' keys."""
    made = perform(trial.state.protocol, annex_terms, entropy)
    annex_commitment = made.annex.commitment(made.spec)
    for party, commitment in made.commitments.items():
        commit_seed_part(trial, cast.board, party, annex_commitment, commitment)
    publish(trial, cast.board, made.sealed)
    return made.keys
