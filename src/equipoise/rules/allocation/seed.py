"""The seed from several parties: each commits to its part unseen, then all reveal.

Nobody can steer the sequence unless all of them collude: a part is fixed before any other is
seen, and one honest part makes the seed unpredictable. What remains to the last to reveal is to
refuse, which everybody sees (Blum 1983, doi:10.1145/1008908.1008911, on coin tossing this way).
"""

from __future__ import annotations

from collections.abc import Mapping

from equipoise.errors import InputError
from equipoise.rules.allocation.encoding import domain_hash
from equipoise.rules.allocation.specification import Specification, check_label

PART_BYTES = 32
_PARTIES_MIN = 3


def commit(spec: Specification, annex_commitment: bytes, party: str, part: bytes) -> bytes:
    """Return the commitment of ``party`` to its ``part``, 32 random bytes.

    SHA-256 over specification, annex, party and part. It binds the party to all of them, so
    neither the specification nor the annex can be tuned once parts are known. It hides the part
    without a further nonce, because the part itself has 256 unknown bits. Raises InputError when
    the part has another length or the name is not a plain label.
    """
    check_label("party", party)
    if len(part) != PART_BYTES:
        raise _fault(
            party,
            f"the part has {len(part)} bytes instead of {PART_BYTES}",
            "Draw it from the operating system's generator.",
        )
    return domain_hash("equipoise/seed-part/1", spec.digest, annex_commitment, party, part)


def combine(
    spec: Specification,
    annex_commitment: bytes,
    parts: Mapping[str, bytes],
    commitments: Mapping[str, bytes],
) -> bytes:
    """Return the seed of 32 bytes from each party's revealed part.

    SHA-256 over the trial and all parties with their parts, the parties in the order of their
    names (by code point). Raises InputError naming the party whose part is missing, was not
    committed to, or does not match its commitment, and when there are fewer than three parties.
    """
    if len(commitments) < _PARTIES_MIN:
        raise InputError(
            "allocation.seed",
            f"{len(commitments)} parties committed to a part",
            f"Let at least {_PARTIES_MIN} parties contribute, so that no two can fix the seed.",
        )
    for party in sorted(parts.keys() | commitments.keys()):
        if party not in commitments:
            raise _fault(party, "it reveals a part without having committed to one", "Start again.")
        if party not in parts:
            raise _fault(party, "its part is missing", "Ask for the part that it committed to.")
        if commit(spec, annex_commitment, party, parts[party]) != commitments[party]:
            raise _fault(
                party,
                "its part does not match its commitment",
                "Ask for the part that it committed to, for this specification and annex.",
            )
    fields = [field for party_and_part in sorted(parts.items()) for field in party_and_part]
    return domain_hash("equipoise/seed/1", spec.trial, *fields)


def _fault(party: str, what: str, todo: str) -> InputError:
    return InputError(f"allocation.seed: {party}", what, todo)
