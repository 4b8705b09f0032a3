"""Sealing the allocation, and opening it: the only place where arms and slots meet.

``seal`` is the ceremony: the parties' parts go in, a public list comes out, and nothing else is
kept. From then on an arm exists only as ciphertext for the keys of the readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.chance import Entropy
from equipoise.conduct._card import CONTENT_BYTES, NONCE_BYTES, Arm, Card
from equipoise.conduct._keys import Reader, ReaderKey, seal_box
from equipoise.conduct._sealed_list import (
    PartyCommitment,
    Publication,
    SealedList,
    SealedSlot,
    slot_digests,
)
from equipoise.errors import Broken, InputError
from equipoise.events.types import Digest
from equipoise.rules.allocation import (
    Annex,
    Kit,
    Specification,
    check_annex,
    combine,
    generate,
    new_kits,
)
from equipoise.rules.allocation.encoding import canonical_json
from equipoise.rules.allocation.secrecy import Secret
from equipoise.rules.allocation.specification import check_label

_ORIGIN_BYTES = 1024  # the annex and the parts are padded to a multiple: lengths tell nothing


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What made the list: with it anyone can make the list again and compare."""

    annex: Annex
    parts: Secret[dict[str, bytes]]


class _OriginContent(BaseModel):
    """The origin as it is sealed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    annex: Annotated[str, Field(repr=False)]
    parts: Annotated[dict[str, Digest], Field(repr=False)]


def seal(
    spec: Specification,
    annex: Annex,
    parts: Mapping[str, bytes],
    commitments: Mapping[str, bytes],
    readers: Sequence[Reader],
    entropy: Entropy,
) -> SealedList:
    """Return the sealed list: sequence generated, every slot committed to and sealed to readers.

    ``parts`` are what the parties reveal, ``commitments`` what they published before, 32 bytes
    each; ``entropy`` gives kit codes, nonces and the keys of the boxes. What it gives does not
    depend on the arms. Raises InputError when a part, the annex or a reader is unusable; then
    nothing was generated.
    """
    check_annex(spec, annex)
    _check_readers(readers, entropy)
    kits = new_kits(len(spec.strata) * spec.length, entropy)
    annex_commitment = annex.commitment(spec)
    seed = combine(spec, annex_commitment, parts, commitments)
    cards = _cards(spec, generate(spec, annex, seed), entropy)
    slots = tuple(
        _sealed_slot(card, kit, readers, entropy) for card, kit in zip(cards, kits, strict=True)
    )
    digests = slot_digests(slots)
    return SealedList(
        publication=Publication(
            trial=spec.trial,
            specification=spec.digest.hex(),
            annex=annex_commitment.hex(),
            parts=tuple(
                PartyCommitment(party=party, commitment=commitment.hex())
                for party, commitment in sorted(commitments.items())
            ),
            readers=tuple(readers),
            strata=spec.strata,
            length=spec.length,
            minimization=spec.minimization,
            origin=_boxes(_origin_content(annex, parts), readers, entropy),
            root=digests["root"],
            kits=digests["kits"],
            boxes=digests["boxes"],
        ),
        slots=slots,
    )


def open_slot(sealed: SealedList, stratum: str, slot: int, key: ReaderKey) -> Card:
    """Return what one slot holds.

    Raises InputError when there is no such slot or ``key`` is not one of the readers', and
    Broken when the slot's box does not open or holds something else than was committed to.
    """
    found = sealed.find(stratum, slot)
    if found is None:
        raise InputError(
            f"slot {slot} of stratum {stratum!r}",
            "the sealed list has no such slot",
            f"Slots count from 0 to {sealed.publication.length - 1} in each stratum.",
        )
    return _open(sealed.publication, found, _box_of(sealed.publication, key), key)


def open_all(sealed: SealedList, key: ReaderKey) -> list[Card]:
    """Return what all slots hold, in the order of the list. Raises as :func:`open_slot` does."""
    known = sealed.publication
    box = _box_of(known, key)
    return [_open(known, slot, box, key) for slot in sealed.slots]


def open_origin(sealed: SealedList, key: ReaderKey) -> Origin:
    """Return the annex and the parts of the seed, for the proof after the lock.

    Raises InputError when ``key`` is not one of the readers', Broken when the box is damaged.
    """
    known = sealed.publication
    content = key.open(bytes.fromhex(known.origin[_box_of(known, key)]))
    if content is None:
        raise _broken("origin", "its box is damaged")
    try:
        stated = Secret(_OriginContent.model_validate_json(content.reveal()))
        annex = Annex.from_text(stated.reveal().annex)
    except (ValidationError, InputError):
        raise _broken("origin", "its box holds no annex and parts") from None
    parts = {party: bytes.fromhex(part) for party, part in stated.reveal().parts.items()}
    return Origin(annex, Secret(parts))


def _check_readers(readers: Sequence[Reader], entropy: Entropy) -> None:
    """Refuse readers to whom nothing could be sealed, before there is anything to seal."""
    if not readers:
        raise InputError("readers", "there are none", "Name who may open the slots.")
    for reader in readers:
        check_label("reader", reader.role)
        seal_box(Secret(b""), reader, entropy)
    roles = {reader.role for reader in readers}
    keys = {reader.public_key for reader in readers}
    if min(len(roles), len(keys)) < len(readers):
        raise InputError(
            "readers", "two have the same role or the same key", "Make one key for each role."
        )


def _cards(
    spec: Specification, sequence: Mapping[str, Sequence[int]], entropy: Entropy
) -> Iterator[Card]:
    for stratum in spec.strata:
        for slot, arm in enumerate(sequence[stratum]):
            nonce = Secret(entropy.bytes(NONCE_BYTES))
            yield Card(spec.trial, stratum, slot, Arm(arm), nonce)


def _sealed_slot(card: Card, kit: Kit, readers: Sequence[Reader], entropy: Entropy) -> SealedSlot:
    return SealedSlot(
        stratum=card.stratum,
        slot=card.slot,
        commitment=card.commitment().hex(),
        kit=kit.code,
        replacements=kit.replacements,
        boxes=_boxes(card.content(), readers, entropy),
    )


def _boxes(content: Secret[bytes], readers: Sequence[Reader], entropy: Entropy) -> tuple[str, ...]:
    return tuple(seal_box(content, reader, entropy).hex() for reader in readers)


def _origin_content(annex: Annex, parts: Mapping[str, bytes]) -> Secret[bytes]:
    stated = _OriginContent(
        annex=annex.disclose(), parts={party: part.hex() for party, part in parts.items()}
    )
    content = canonical_json(stated.model_dump())
    return Secret(content.ljust(-(-len(content) // _ORIGIN_BYTES) * _ORIGIN_BYTES))


def _box_of(known: Publication, key: ReaderKey) -> int:
    """Return which of a slot's boxes is sealed to ``key``."""
    if key.reader not in known.readers:
        roles = ", ".join(reader.role for reader in known.readers)
        raise InputError(
            f"key of {key.role!r}",
            "no box of this list is sealed to it",
            f"Use the key that was made for this trial by one of: {roles}.",
        )
    return known.readers.index(key.reader)


def _open(known: Publication, slot: SealedSlot, box: int, key: ReaderKey) -> Card:
    where = f"slot {slot.slot} of stratum {slot.stratum!r}"
    content = key.open(bytes.fromhex(slot.boxes[box]))
    if content is None or len(content.reveal()) != CONTENT_BYTES:
        raise _broken(where, f"the box of {key.role!r} is damaged")
    card = Card.from_content(known.trial, slot.stratum, slot.slot, content)
    if card.commitment().hex() != slot.commitment:
        raise _broken(where, "what was sealed is not what was committed to")
    return card


def _broken(where: str, what: str) -> Broken:
    return Broken(where, what, "Compare the list's digest with the published one.")
