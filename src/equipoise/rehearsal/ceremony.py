"""The sealing of the allocation in a rehearsal: the same ceremony, its parties played by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equipoise.chance import Entropy
from equipoise.conduct.allocation import (
    Annex,
    ReaderKey,
    allocation_of,
    commit,
    commit_seed_part,
    new_reader_key,
    publish,
    seal,
    specification,
)
from equipoise.conduct.trial import Trial
from equipoise.rehearsal.cast import Cast


def hold(
    trial: Trial, cast: Cast, annex_terms: Mapping[str, Any], entropy: Entropy
) -> dict[str, ReaderKey]:
    """Let the parties make the seed, publish the sealed list, and return the readers' keys.

    ``annex_terms`` holds ``block_sizes`` or ``limit``, as the design needs.
    """
    protocol = trial.state.protocol
    allocation, spec = allocation_of(protocol), specification(protocol)
    annex = Annex(entropy.bytes(32), annex_terms.get("block_sizes", ()), annex_terms.get("limit"))
    annex_commitment = annex.commitment(spec)
    parts = {party: entropy.bytes(32) for party in allocation.parties}
    commitments = {
        party: commit(spec, annex_commitment, party, part) for party, part in parts.items()
    }
    for party, commitment in commitments.items():
        commit_seed_part(trial, cast.board, party, annex_commitment, commitment)
    keys = {role: new_reader_key(role, entropy) for role in allocation.readers}
    readers = [key.reader for key in keys.values()]
    publish(trial, cast.board, seal(spec, annex, parts, commitments, readers, entropy))
    return keys
