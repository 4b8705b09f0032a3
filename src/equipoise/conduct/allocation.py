"""The concealed allocation in the ledger: committed to, published, and after the lock opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipoise.conduct._keys import ReaderKey, new_reader_key
from equipoise.conduct._seal import open_all, open_origin, seal
from equipoise.conduct._sealed_list import SealedList
from equipoise.conduct._verify import verify_opened
from equipoise.conduct.close import check_digests
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Refused
from equipoise.events import types as t
from equipoise.rules.allocation import Annex, commit
from equipoise.rules.allocation.planned import WHOLE, allocation_of, specification

__all__ = [
    "WHOLE",
    "Annex",
    "ReaderKey",
    "SealedList",
    "allocation_of",
    "commit",
    "commit_seed_part",
    "lift_masking",
    "new_reader_key",
    "open_allocation",
    "publish",
    "seal",
    "specification",
]


def commit_seed_part(
    trial: Trial, staff: Staff, party: str, annex: bytes, commitment: bytes
) -> None:
    """Record a party's commitment to its part of the seed, bound to the commitment of the annex.

    Raises :class:`InputError` for a party that the protocol does not name.
    """

    def decide() -> list[t.Fact]:
        if party not in allocation_of(trial.state.protocol).parties:
            raise InputError(
                f"party '{party}'",
                "is not among the parties of the protocol's allocation",
                "Use one of allocation.parties.",
            )
        return [t.SeedCommitted(party=party, annex=annex.hex(), commitment=commitment.hex())]

    trial.act(staff, trial.state.protocol.root.study, None, decide)


def publish(trial: Trial, staff: Staff, sealed: SealedList) -> None:
    """Put the sealed list into the ledger; from then on participants can be randomized.

    Raises :class:`Refused` when the list was not made by the protocol's specification, for its
    readers, from the parts that its parties committed to in this ledger.
    """
    known = sealed.publication

    def decide() -> list[t.Fact]:
        protocol = trial.state.protocol
        allocation, spec = allocation_of(protocol), specification(protocol)
        committed = {
            party: (event.commitment, event.annex)
            for party, event in trial.state.seed_commitments.items()
        }
        stated = {part.party: (part.commitment, known.annex) for part in known.parts}
        faults = {
            "the protocol's specification": known.specification == spec.digest.hex(),
            "the protocol's minimization": known.minimization == spec.minimization,
            "the protocol's parties": set(stated) == set(allocation.parties),
            "the parts committed to in the ledger": stated == committed,
            "the protocol's readers": [r.role for r in known.readers] == list(allocation.readers),
        }
        for what, holds in faults.items():
            if not holds:
                raise Refused(
                    "sealed list",
                    f"does not fit {what}",
                    "Seal a list for this protocol, after every party has committed.",
                )
        return [
            t.AllocationSealed(
                publication=known.digest,
                root=known.root,
                specification=known.specification,
                slots=known.size,
                sealed_list=sealed.to_bytes().decode(),
            )
        ]

    trial.act(staff, trial.state.protocol.root.study, None, decide)


def open_allocation(
    trial: Trial, staff: Staff, study: str, key: ReaderKey, plan_digest: str, code_digest: str
) -> None:
    """Open every slot in the ledger, with the proof of how the list was made.

    Raises :class:`Refused` when nothing was sealed, when a study of this ledger is not locked, a
    role that the protocol names has not signed, plan or code (their digests now) are not those
    that were signed, or what opens is not what was published.
    """

    def decide() -> list[t.Fact]:
        sealed, protocol = trial.sealed_list, trial.state.protocol
        if sealed is None:
            raise Refused("allocation", "was never sealed", "There is nothing to open.")
        _may_open(trial, study)
        check_digests(trial, study, plan_digest, code_digest)
        spec = specification(protocol)
        cards, origin = open_all(sealed, key), open_origin(sealed, key)
        parts: Mapping[str, bytes] = origin.parts.reveal()
        for problem in verify_opened(sealed.publication, spec, origin.annex, parts, sealed, cards):
            raise Refused(problem.where, problem.what, problem.todo)
        slots = tuple(
            t.OpenedSlot(
                stratum=card.stratum,
                slot=card.slot,
                arm=spec.arms[card.arm.reveal()],
                nonce=card.nonce.reveal().hex(),
            )
            for card in cards
        )
        return [
            t.AllocationOpened(
                slots=slots,
                annex=origin.annex.disclose(),
                seed_parts={party: part.hex() for party, part in parts.items()},
            )
        ]

    trial.act(staff, study, None, decide)


def lift_masking(
    trial: Trial, staff: Staff, study: str, persons: Sequence[str], reason: str
) -> None:
    """Let named persons know every arm after the lock of ``study``, while others stay masked.

    For an analysis that is published while a follow-up goes on. Raises :class:`Refused` for a
    person who is not delegated, or who holds a role that records outcomes of a running study.
    """

    def decide() -> list[t.Fact]:
        running = [p for p in trial.state.protocols.values() if p.study not in trial.state.locked]
        recording = {visit.by for protocol in running for visit in protocol.schedule}
        for person in persons:
            roles = trial.state.staff.get(person, ("", ()))[1]
            if not roles:
                raise Refused(person, "is not delegated in this trial", "Check the name.")
            if recording & set(roles):
                raise Refused(
                    person,
                    f"records outcomes of {running[0].study}, which goes on",
                    "Let somebody else see the allocation.",
                )
        return [t.MaskingLifted(persons=tuple(persons), reason=reason)]

    trial.act(staff, study, None, decide)


def _may_open(trial: Trial, study: str) -> None:
    state = trial.state
    for other in state.protocols:
        if other not in state.locked:
            raise Refused(
                f"study {other}",
                "is not locked, and its people are still masked",
                "Lock it first, or lift masking for the persons who analyse.",
            )
    masking = state.protocol.root.masking
    signed = state.signatures.get(study, {})
    for role in masking.opening_signed_by if masking else ():
        if role not in signed:
            raise Refused(
                f"study {study}",
                f"the opening is not signed by the {role}",
                "Every role that the protocol names signs after the lock.",
            )
