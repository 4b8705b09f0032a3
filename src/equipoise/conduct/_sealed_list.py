"""The sealed list: everything of the allocation that is public before the first participant.

As a file it is JSON, one object a line: the publication with its digest, then the slots in order,
each with a check, so that damage is found when the file is read and named by its slot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.conduct._keys import Reader
from equipoise.conduct._merkle import inclusion_path, merkle_root
from equipoise.errors import InputError
from equipoise.events.types import Digest
from equipoise.rules.allocation.encoding import canonical_json, domain_hash
from equipoise.rules.allocation.kits import Kit
from equipoise.rules.allocation.minimization import Minimization

_CHECK_BYTES = 8  # a check finds accidents; the digests of the publication find intent

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PartyCommitment(_Record):
    """What a party published before the parts of the seed were revealed."""

    party: str
    commitment: Digest


class Publication(_Record):
    """What is published before the first participant; its digest is one line for a registry.

    ``specification`` and ``annex`` are the digest and the commitment of what made the list;
    ``root`` is the Merkle root of the slots' commitments in the order of the slots (RFC 6962);
    ``kits`` and ``boxes`` are hashes of all kit codes and of all ciphertexts in that order.
    ``origin`` is the annex and the parts of the seed, sealed to each reader, so that what proves
    the list after the lock is not lost before. ``minimization`` says how an allocator takes from
    the list; without it participants take the slots in order.
    """

    format: Literal["equipoise-sealed-list/1"] = "equipoise-sealed-list/1"
    trial: str
    specification: Digest
    annex: Digest
    parts: tuple[PartyCommitment, ...]
    readers: tuple[Reader, ...]
    strata: Annotated[tuple[str, ...], Field(min_length=1)]
    length: Annotated[int, Field(ge=1)]
    root: Digest
    kits: Digest
    boxes: Digest
    origin: tuple[Hex, ...]
    minimization: Minimization | None = Field(default=None, exclude_if=lambda rule: rule is None)

    @property
    def digest(self) -> str:
        """SHA-256 of the publication as canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(canonical_json(self.model_dump())).hexdigest()

    @property
    def size(self) -> int:
        """The number of slots in all strata."""
        return len(self.strata) * self.length

    def index(self, stratum: str, slot: int) -> int | None:
        """Return where the slot stands in the list, from 0; None when it does not."""
        if stratum not in self.strata or not 0 <= slot < self.length:
            return None
        return self.strata.index(stratum) * self.length + slot

    def place(self, index: int) -> tuple[str, int]:
        """Return stratum and slot of the entry at ``index``, both from 0."""
        stratum, slot = divmod(index, self.length)
        return self.strata[stratum], slot


class SealedSlot(_Record):
    """A slot as the public sees it: where, its commitment, its kit codes, one box per reader."""

    stratum: str
    slot: int
    commitment: Digest
    kit: str
    replacements: tuple[str, str]
    boxes: tuple[Hex, ...]

    @property
    def check(self) -> str:
        """The first 8 bytes of SHA-256 of the slot as canonical JSON, 16 hexadecimal digits."""
        return hashlib.sha256(canonical_json(self.model_dump())).digest()[:_CHECK_BYTES].hex()


class _FirstLine(_Record):
    digest: str
    publication: Publication


class _SlotLine(_Record):
    check: str
    slot: SealedSlot


class SealedList(_Record):
    """The publication and all slots: strata as the specification orders them, slots from 0."""

    publication: Publication
    slots: tuple[SealedSlot, ...]

    def find(self, stratum: str, slot: int) -> SealedSlot | None:
        """Return the slot, or None when the list has none of that name."""
        place = (stratum, slot)
        return next((each for each in self.slots if (each.stratum, each.slot) == place), None)

    def kits(self, stratum: str, slot: int) -> Kit | None:
        """Return the kit code of the slot and its two replacements; None past the end."""
        found = self.find(stratum, slot)
        return Kit(found.kit, found.replacements) if found else None

    def proof(self, stratum: str, slot: int) -> tuple[bytes, ...] | None:
        """Return the path from the slot's commitment to the root; None past the end.

        With it :func:`equipoise.conduct._verify.is_proven` needs no list.
        """
        index = self.publication.index(stratum, slot)
        return None if index is None else inclusion_path(_commitments(self.slots), index)

    def to_bytes(self) -> bytes:
        """Return the list as a file."""
        known = self.publication
        first = _FirstLine(digest=known.digest, publication=known)
        lines = [first, *(_SlotLine(check=slot.check, slot=slot) for slot in self.slots)]
        return b"".join(canonical_json(line.model_dump()) + b"\n" for line in lines)

    @classmethod
    def from_bytes(cls, data: bytes) -> SealedList:
        """Return the list that :meth:`to_bytes` wrote.

        Raises InputError for every other content, naming the first slot that is damaged or
        missing. A list that reads is what was written, not yet what was published: compare
        :attr:`Publication.digest`.
        """
        first, *lines = data.split(b"\n")
        header = _read_line(_FirstLine, first, "its first line")
        known = header.publication
        if known.digest != header.digest:
            raise _damaged("its first line", "does not fit its digest")
        if len(known.origin) != len(known.readers):
            raise _damaged("its first line", "does not seal the origin to every reader")
        slots = []
        for index in range(known.size):
            if index >= len(lines) - 1:  # what follows the last line break is no whole line
                raise _damaged(_name(*known.place(index)), "is missing or cut off")
            slots.append(_read_slot(known, index, lines[index]))
        if lines[known.size :] != [b""]:
            raise _damaged("its end", f"does not come after {known.size} slots")
        for part, digest in slot_digests(slots).items():
            if digest != getattr(known, part):
                raise _damaged(f"the set of its {part}", "does not fit the first line")
        return cls(publication=known, slots=tuple(slots))


def slot_digests(slots: Sequence[SealedSlot]) -> dict[str, str]:
    """Return ``root``, ``kits`` and ``boxes`` as a publication of these slots states them."""
    return {
        "root": merkle_root(_commitments(slots)).hex(),
        "kits": _hash_all("kits", ((slot.kit, *slot.replacements) for slot in slots)),
        "boxes": _hash_all("boxes", (slot.boxes for slot in slots)),
    }


def _commitments(slots: Sequence[SealedSlot]) -> list[bytes]:
    return [bytes.fromhex(slot.commitment) for slot in slots]


def _hash_all(name: str, rows: Iterable[Sequence[str]]) -> str:
    return domain_hash(f"equipoise/{name}/1", *(domain_hash("row", *row) for row in rows)).hex()


Line = TypeVar("Line", _FirstLine, _SlotLine)


def _read_line(kind: type[Line], line: bytes, where: str) -> Line:
    try:
        record = kind.model_validate_json(line)
    except ValidationError:
        raise _damaged(where, "cannot be read") from None
    if canonical_json(record.model_dump()) != line:
        raise _damaged(where, "is not written as it was")
    return record


def _read_slot(known: Publication, index: int, line: bytes) -> SealedSlot:
    name = _name(*known.place(index))
    record = _read_line(_SlotLine, line, name)
    slot = record.slot
    if (slot.stratum, slot.slot) != known.place(index):
        raise _damaged(name, f"is not there; {_name(slot.stratum, slot.slot)} is in its place")
    if len(slot.boxes) != len(known.readers):
        raise _damaged(name, f"has {len(slot.boxes)} boxes for {len(known.readers)} readers")
    if record.check != slot.check:
        raise _damaged(name, "does not fit its check")
    return slot


def _name(stratum: str, slot: int) -> str:
    return f"slot {slot} of stratum {stratum!r}"


def _damaged(where: str, fault: str) -> InputError:
    return InputError(
        "sealed list", f"{where} {fault}", "Take the file again from where it was published."
    )
